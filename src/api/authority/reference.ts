/**
 * What AWS's service authorisation reference says of each action: the kinds of resource that it is allowed on, and which condition
 * keys a request has with each. Generated (scripts/gen-authority.ts); an action that is not in it is allowed on `*`.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
import { createRequire } from 'node:module';

/** As it lies in generated/. Keys are in lower case, those by tag end before the tag: "aws:resourcetag/". */
export interface ServiceReference {
  readonly keys: readonly string[];
  /** By kind of resource: "arn:${Partition}:ec2:${Region}:${Account}:vpc/${VpcId}". */
  readonly arns: Readonly<Record<string, string>>;
  /** By action: numbers of keys by kind of resource, "vpc!" where the action always has one; "" for those of any kind. */
  readonly actions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface ActionReference {
  readonly types: readonly TypeReference[];
  /** With any kind, and without one. */
  readonly keys: ReadonlySet<string>;
}

export interface TypeReference {
  /** "vpc-endpoint". */
  readonly name: string;
  readonly isRequired: boolean;
  readonly arn: string;
  readonly keys: ReadonlySet<string>;
}

/** Those whose reference is here (scripts/gen-authority.ts), by the names in policies. */
export const SERVICES: ReadonlySet<string> = new Set([
  'acm',
  'cloudtrail',
  'cloudwatch',
  'directconnect',
  'ec2',
  'elasticloadbalancing',
  'events',
  'iam',
  'route53',
  'route53resolver',
  'servicequotas',
  'sts',
]);
/** What stands before a service's actions in policies, where that is not the name that requests are signed for. */
const PREFIXES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

export function policyPrefix(service: string): string {
  return PREFIXES[service] ?? service;
}

const require = createRequire(import.meta.url);
const files = new Map<string, ServiceReference>();
const known = new Map<string, ActionReference | null>();

/** null: AWS's reference does not have it. */
export function referenceOf(service: string, action: string): ActionReference | null {
  const name = `${service}:${action}`;
  const before = known.get(name);
  if (before !== undefined) return before;
  const reference = SERVICES.has(service) ? read(fileOf(service), action) : null;
  known.set(name, reference);
  return reference;
}

function fileOf(service: string): ServiceReference {
  const before = files.get(service);
  if (before !== undefined) return before;
  const file = require(`./generated/${service}.json`) as ServiceReference;
  files.set(service, file);
  return file;
}

function read(file: ServiceReference, action: string): ActionReference | null {
  const row = Object.hasOwn(file.actions, action) ? file.actions[action] : undefined;
  if (row === undefined) return null;
  const keys = (numbers = '') => numbers.split(' ').flatMap((each) => file.keys[each === '' ? -1 : Number(each)] ?? []);
  const always = keys(row['']);
  const types = Object.entries(row).flatMap(([text, numbers]): TypeReference[] => {
    const name = text.replace(/!$/, '');
    const arn = file.arns[name];
    if (arn === undefined) return [];
    return [{ name, arn, isRequired: text.endsWith('!'), keys: new Set([...always, ...keys(numbers)]) }];
  });
  return { types, keys: new Set(always) };
}
