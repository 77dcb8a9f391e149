/** IAM's resources by name, in the caller's account. Names are unique whatever their capitals, but are found as written. */
import { policyByArn } from '../../iam/arn.ts';
import { AWS_ACCOUNT } from '../../iam/managed-policies.ts';
import { owner } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import type { Group, InstanceProfile, Policy, ResourceOf, Role, User } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import { invalid } from './names.ts';
import { byText } from './pages.ts';

type NamedKind = 'role' | 'user' | 'group' | 'policy' | 'instanceProfile';
type Named = Role | User | Group | Policy | InstanceProfile;

/** Casts, because TypeScript does not follow a kind through a type parameter to its resource. */
function own(context: Context, kind: NamedKind, field: 'owner' | 'name', value: string): readonly Named[] {
  return context.intent.table(kind).by(field as never, value);
}

/** All of the caller's account, by name. */
export function ownByName<K extends NamedKind>(context: Context, kind: K): ResourceOf<K>[] {
  const all = own(context, kind, 'owner', owner(context.account, ''));
  return [...all].sort((a, b) => byText(a.name, b.name)) as ResourceOf<K>[];
}

function byName<K extends NamedKind>(context: Context, kind: K, name: string): ResourceOf<K> | undefined {
  const found = own(context, kind, 'name', name).find((each) => each.account === context.account);
  return found as ResourceOf<K> | undefined;
}

export function nameIsTaken(context: Context, kind: NamedKind, name: string): boolean {
  if (byName(context, kind, name) !== undefined) return true;
  const lower = name.toLowerCase();
  return (ownByName(context, kind) as Named[]).some((each) => each.name.toLowerCase() === lower);
}

export function findRole(context: Context, name: string): Role {
  return byName(context, 'role', name) ?? missing(`The role with name ${name} cannot be found.`);
}

export function findUser(context: Context, name: string): User {
  return byName(context, 'user', name) ?? missing(`The user with name ${name} cannot be found.`);
}

export function findGroup(context: Context, name: string): Group {
  return byName(context, 'group', name) ?? missing(`The group with name ${name} cannot be found.`);
}

export function findProfile(context: Context, name: string): InstanceProfile {
  return byName(context, 'instanceProfile', name) ?? missing(`Instance Profile ${name} cannot be found.`);
}

export function missing(message: string): never {
  refuse('NoSuchEntity', message, 404);
}

export function checkedArn(arn: string): string {
  if (!/^arn:aws:iam::(\d{12}|aws):policy\/.+$/.test(arn)) invalid(`ARN ${arn} is not valid.`);
  return arn;
}

/** A managed policy that the caller may read and attach: its account's own, or AWS's. */
export function visiblePolicy(context: Context, arn: string): Policy | undefined {
  const policy = policyByArn(context.intent, checkedArn(arn));
  return policy?.account === context.account || policy?.account === AWS_ACCOUNT ? policy : undefined;
}

export function findPolicy(context: Context, arn: string): Policy {
  return visiblePolicy(context, arn) ?? missing(`Policy ${arn} was not found.`);
}

/** One that the caller may change. */
export function findOwnPolicy(context: Context, arn: string): Policy {
  const policy = findPolicy(context, arn);
  if (policy.account === AWS_ACCOUNT) {
    refuse('AccessDenied', `Policy ${arn} is an AWS managed policy: it cannot be changed.`, 403);
  }
  return policy;
}
