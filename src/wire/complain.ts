/**
 * Words a violation as the service does. Codes and texts are AWS's as users report them; none was compared with a live AWS.
 */
import { Refusal } from '../model/refusal.ts';
import type { Wording } from './services.ts';
import type { Protocol } from './types.ts';
import type { Violation } from './violations.ts';

/** The refusal for the first of the violations in AWS's order: what is missing, then what is wrong, then what is unknown. */
export function complain(violations: readonly Violation[], wording: Wording, protocol: Protocol): Refusal | null {
  const first =
    violations.find(({ is }) => is === 'missing') ?? violations.find(({ is }) => is !== 'unknown') ?? violations[0];
  if (first === undefined) return null;
  const isTree = protocol === 'awsJson1.0' || protocol === 'awsJson1.1' || protocol === 'rpcv2Cbor';
  if (first.is === 'type' && isTree) return serialization(first);
  return WORDINGS[wording](first);
}

function serialization(violation: Extract<Violation, { is: 'type' }>): Refusal {
  const wanted = { string: 'a String', number: 'a Number', boolean: 'a Boolean', list: 'a List', map: 'a Map' }[
    violation.expected as string
  ];
  return new Refusal(
    'SerializationException',
    violation.value.endsWith('_VALUE') || violation.value.startsWith('START_')
      ? `${violation.value} can not be converted to ${wanted ?? `a ${violation.expected}`}`
      : `Could not read the member ${violation.path.join('.')}`,
  );
}

const WORDINGS: Readonly<Record<Wording, (violation: Violation) => Refusal>> = {
  ec2,
  validation,
  validationException,
  sqs,
  sns,
  s3,
  route53,
  logs,
  directconnect,
};

function ec2(violation: Violation): Refusal {
  const name = violation.path.join('.');
  switch (violation.is) {
    case 'missing':
      return new Refusal('MissingParameter', `The request must contain the parameter ${name}`);
    case 'unknown':
      return new Refusal('UnknownParameter', `The parameter ${name} is not recognized`);
    case 'enum':
      return new Refusal('InvalidParameterValue', `Invalid value '${violation.value}' for ${leaf(violation)}.`);
    case 'text':
      return new Refusal(
        'InvalidParameterValue',
        `Value (${violation.value}) for parameter ${name} is invalid. It holds a control character.`,
      );
    case 'type':
      return new Refusal(
        'InvalidParameterValue',
        `Value (${violation.value}) for parameter ${name} is invalid. It must be ${AS_TEXT[violation.expected]}.`,
      );
  }
}

const AS_TEXT: Readonly<Record<string, string>> = {
  string: 'a single value',
  number: 'a number',
  boolean: 'true or false',
  timestamp: 'a time in ISO 8601',
  blob: 'Base64',
  stream: 'Base64',
  list: 'a numbered list',
  map: 'a numbered list of entries',
  struct: 'a structure',
};

/** The services of the query protocol: IAM, STS, ELBv2. */
function validation(violation: Violation): Refusal {
  const at = violation.path.map((step) => step.charAt(0).toLowerCase() + step.slice(1)).join('.');
  const text = (value: string, constraint: string): Refusal =>
    new Refusal(
      'ValidationError',
      `1 validation error detected: Value ${value} at '${at}' failed to satisfy constraint: ${constraint}`,
    );
  switch (violation.is) {
    case 'missing':
      return text('null', 'Member must not be null');
    case 'enum':
      return text(`'${violation.value}'`, `Member must satisfy enum value set: [${violation.values.join(', ')}]`);
    case 'text':
      return text(
        `'${violation.value}'`,
        'Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\uFFFD]*',
      );
    case 'type':
      return new Refusal('MalformedInput', `Invalid value for ${at}: it must be ${AS_TEXT[violation.expected]}`);
    case 'unknown':
      return new Refusal('MalformedInput', `Unexpected list position in ${at}`);
  }
}

/** The same in the JSON protocol: ACM. */
function validationException(violation: Violation): Refusal {
  return new Refusal('ValidationException', validation(violation).message);
}

function route53(violation: Violation): Refusal {
  return new Refusal('InvalidInput', validation(violation).message);
}

function directconnect(violation: Violation): Refusal {
  return new Refusal('DirectConnectClientException', validation(violation).message);
}

function logs(violation: Violation): Refusal {
  return new Refusal('InvalidParameterException', validation(violation).message);
}

function sqs(violation: Violation): Refusal {
  const name = violation.path.join('.');
  if (violation.is === 'text') {
    return new Refusal('InvalidMessageContents', 'The message contains characters outside the allowed set.');
  }
  return violation.is === 'missing'
    ? new Refusal('MissingParameter', `The request must contain the parameter ${name}.`)
    : new Refusal('InvalidParameterValue', `Value ${given(violation)} for parameter ${name} is invalid.`);
}

function sns(violation: Violation): Refusal {
  const name = violation.path.join('.');
  return violation.is === 'missing'
    ? new Refusal('InvalidParameter', `Invalid parameter: ${name}`)
    : new Refusal('InvalidParameter', `Invalid parameter: ${name} Reason: ${given(violation)} is not valid`);
}

function s3(violation: Violation): Refusal {
  return violation.is === 'missing' || violation.is === 'type'
    ? new Refusal(
        'MalformedXML',
        'The XML you provided was not well-formed or did not validate against our published schema',
      )
    : new Refusal('InvalidArgument', `Invalid argument: ${violation.path.join('.')}`);
}

function given(violation: Violation): string {
  return 'value' in violation ? violation.value : '';
}

function leaf(violation: Violation): string {
  return violation.path.findLast((step) => !/^\d+$/.test(step)) ?? '';
}
