/**
 * A Refusal is AWS saying no: a value, never thrown across a room's door by design, though handlers may throw it as the
 * shortest way out of a nested check (`refuse`). `code` and `message` are AWS's to the letter; `status` is the HTTP status.
 */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.status = status;
  }
}

/**
 * For an action that AWS has and Culvert does not, of any service. 400, so that no client tries again; the code is one that
 * EC2 and SQS have themselves, and that tools which meet it in poorer regions take for what it is.
 */
export function notImplemented(operation: string): Refusal {
  return new Refusal(
    'UnsupportedOperation',
    `The action ${operation} is not supported by Culvert. docs/coverage.md lists those that are.`,
  );
}

export function refuse(code: string, message: string, status = 400): never {
  throw new Refusal(code, message, status);
}
