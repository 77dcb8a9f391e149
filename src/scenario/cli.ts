/**
 * A command as one types it for the AWS CLI → the operation and its input, by the shapes of the service. Knows what the CLI's
 * users know: kebab-case names, lists of words, shorthand, JSON, file://. What it does not know it refuses by name.
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters.html
 */

import { type ServiceName, type ServiceRow, serviceRow } from '../wire/services.ts';
import { type Member, operationNames, operationOf, type Shape, type StructShape } from '../wire/shape.ts';
import { adapt } from './cli-customs.ts';
import { parseShorthand } from './shorthand.ts';

export interface Call {
  readonly service: ServiceRow;
  readonly operation: string;
  /** null: the default one. */
  readonly region: string | null;
  /** --endpoint-url; null: none. */
  readonly endpoint: string | null;
  readonly input: Readonly<Record<string, unknown>>;
}

/** By the CLI's names. */
const SERVICES: Readonly<Record<string, ServiceName>> = {
  acm: 'acm',
  cloudtrail: 'cloudtrail',
  cloudwatch: 'monitoring',
  directconnect: 'directconnect',
  dynamodb: 'dynamodb',
  ec2: 'ec2',
  elbv2: 'elasticloadbalancing',
  events: 'events',
  iam: 'iam',
  logs: 'logs',
  route53: 'route53',
  route53resolver: 'route53resolver',
  s3api: 's3',
  'service-quotas': 'servicequotas',
  sns: 'sns',
  sqs: 'sqs',
  sts: 'sts',
};

/** `words`: after `aws`. `readFile`: the text of a file://NAME. Throws an Error with a sentence. */
export function translate(words: readonly string[], readFile: (name: string) => string): Call {
  const [serviceWord = '', operationWord = '', ...rest] = words;
  const service = serviceRow(SERVICES[serviceWord] ?? '');
  if (service === undefined) throw new Error(`there is no aws ${serviceWord} here`);
  const operation = namesOf(service).get(operationWord);
  const shapes = operation === undefined ? undefined : operationOf(service, operation);
  if (operation === undefined || shapes === undefined) {
    throw new Error(`aws ${serviceWord} has no operation ${operationWord}`);
  }
  const shape = shapes.input;
  // What the CLI would write into a file of that name is in the answer here.
  const isWritten = shapes.output.members.some((each) => each.shape.kind === 'stream');
  const options = readOptions(isWritten ? rest.slice(0, -1) : rest);
  const region = options.get('region')?.[0] ?? null;
  options.delete('region');
  const endpoint = options.get('endpoint-url')?.[0] ?? null;
  options.delete('endpoint-url');
  const input: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(adapt(service.name, operation, options))) input[name] = value;
  for (const [name, values] of options) assign(input, shape, name, values, readFile);
  return { service, operation, region, endpoint, input };
}

/** Options in their order, each with its values; `--no-x` stays as it is. */
export type Options = Map<string, readonly string[]>;

function readOptions(words: readonly string[]): Options {
  const options: Options = new Map();
  let name: string | undefined;
  let values: string[] = [];
  for (const word of words) {
    const option = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(word);
    if (option === null) {
      if (name === undefined) throw new Error(`an option is missing before ${word}`);
      values.push(word);
      continue;
    }
    [, name = ''] = option;
    if (options.has(name)) throw new Error(`--${name} is there twice`);
    values = option[2] === undefined ? [] : [option[2]];
    options.set(name, values);
  }
  return options;
}

function assign(
  input: Record<string, unknown>,
  shape: StructShape,
  name: string,
  values: readonly string[],
  readFile: (name: string) => string,
): void {
  const member = shape.members.find((each) => kebab(each.name) === name);
  if (member?.shape.kind === 'stream') {
    // Of these the CLI takes the name of a file.
    input[member.name] = Buffer.from(readFile(values.join(' ')));
    return;
  }
  if (member !== undefined) {
    input[member.name] = optionValue(
      member,
      name,
      values.map((value) => fromFile(value, readFile)),
    );
    return;
  }
  const negated = name.startsWith('no-') ? shape.members.find((each) => kebab(each.name) === name.slice(3)) : undefined;
  if (negated === undefined || values.length > 0 || !isFlag(negated.shape)) {
    throw new Error(`${shape.name} has no option --${name}`);
  }
  input[negated.name] = negated.shape.kind === 'struct' ? { Value: false } : false;
}

function fromFile(value: string, readFile: (name: string) => string): string {
  return value.startsWith('file://') ? readFile(value.slice('file://'.length)) : value;
}

/** A boolean, or what EC2 wraps one into: {Value: true}. */
function isFlag(shape: Shape): boolean {
  if (shape.kind === 'boolean') return true;
  const [only, ...others] = shape.kind === 'struct' ? shape.members : [];
  return only?.name === 'Value' && only.shape.kind === 'boolean' && others.length === 0;
}

function optionValue({ shape, name: memberName }: Member, name: string, values: readonly string[]): unknown {
  const [first] = values;
  if (first === undefined) {
    if (shape.kind === 'list') return [];
    if (!isFlag(shape)) throw new Error(`--${name} has no value`);
    return shape.kind === 'struct' ? { Value: true } : true;
  }
  if (shape.kind === 'list') {
    if (values.length === 1 && /^\s*\[/.test(first)) return typed(shape, JSON.parse(first), memberName);
    return values.map((value) => typed(shape.item, open(shape.item, value), memberName));
  }
  if (values.length > 1) throw new Error(`--${name} has one value, not ${values.length}: ${values.join(' ')}`);
  return typed(shape, open(shape, first), memberName);
}

/** What stands for a structure is JSON or shorthand. */
function open(shape: Shape, text: string): unknown {
  if (shape.kind !== 'struct' && shape.kind !== 'map' && shape.kind !== 'list') return text;
  return /^\s*[{[]/.test(text) ? JSON.parse(text) : parseShorthand(text);
}

function typed(shape: Shape, value: unknown, where: string): unknown {
  switch (shape.kind) {
    case 'struct':
      return Object.fromEntries(
        Object.entries(asObject(value, where)).map(([name, inner]) => {
          const member = shape.members.find((each) => each.name === name);
          if (member === undefined) throw new Error(`${where} has no ${name}`);
          return [name, typed(member.shape, inner, `${where}.${name}`)];
        }),
      );
    case 'map':
      return Object.fromEntries(
        Object.entries(asObject(value, where)).map(([name, inner]) => [name, typed(shape.value, inner, where)]),
      );
    case 'list':
      return (Array.isArray(value) ? value : [value]).map((item) => typed(shape.item, item, where));
    case 'number': {
      const number = Number(value);
      if (value === '' || Number.isNaN(number)) throw new Error(`${where} is a number, not ${value}`);
      return number;
    }
    case 'boolean':
      if (String(value) !== 'true' && String(value) !== 'false') throw new Error(`${where} is true or false: ${value}`);
      return String(value) === 'true';
    case 'blob':
      return Buffer.from(String(value));
    case 'timestamp':
      return new Date(String(value));
    case 'stream':
      throw new Error(`${where} cannot be given inside of another`);
    case 'string':
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

function asObject(value: unknown, where: string): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${where} is Key=Value,… or JSON`);
  }
  return value;
}

const known = new Map<string, ReadonlyMap<string, string>>();

/** By the CLI's name. */
function namesOf(row: ServiceRow): ReadonlyMap<string, string> {
  let names = known.get(row.name);
  if (names === undefined) {
    names = new Map(operationNames(row).map((name) => [kebab(name), name]));
    known.set(row.name, names);
  }
  return names;
}

/** As the CLI derives its names: CreateVpcEndpoint → create-vpc-endpoint. */
export function kebab(name: string): string {
  const [plural = ''] = /[A-Z]{2,}s$/.exec(name) ?? [];
  const start = plural === '' ? name : `${name.slice(0, -plural.length)}-${plural.toLowerCase()}`;
  return start
    .replace(/(.)([A-Z][a-z]+)/g, '$1-$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
}
