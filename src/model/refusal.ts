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

export function refuse(code: string, message: string, status = 400): never {
  throw new Refusal(code, message, status);
}
