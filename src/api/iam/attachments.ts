/** Managed policies on roles, users and groups: the same rules for all. */
import type { AttachedPolicy } from '@aws-sdk/client-iam';
import { arnOf, policyByArn } from '../../iam/arn.ts';
import { type Edit, put } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import type { Group, Policy, Role, User } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import { checkedArn, missing, ownByName, visiblePolicy } from './find.ts';
import { checkedPath } from './names.ts';
import { byText, type PageInput, page } from './pages.ts';

const MAX_ATTACHED = 10;
const QUOTAS = { role: 'PoliciesPerRole', user: 'PoliciesPerUser', group: 'PoliciesPerGroup' } as const;

type Holder = Role | User | Group;

/** No edit where it is attached already: AWS takes that as done. */
export function attach(context: Context, identity: Holder, arn: string): readonly Edit[] {
  const policy = visiblePolicy(context, arn);
  if (policy === undefined) missing(`Policy ${arn} does not exist or is not attachable.`);
  const attached = identity.attachedPolicyArns;
  if (attached.includes(arn)) return [];
  if (attached.length >= MAX_ATTACHED) {
    refuse('LimitExceeded', `Cannot exceed quota for ${QUOTAS[identity.kind]}: ${MAX_ATTACHED}`, 409);
  }
  return [put({ ...identity, attachedPolicyArns: [...attached, arn] })];
}

export function detach(identity: Holder, arn: string): readonly Edit[] {
  if (!identity.attachedPolicyArns.includes(checkedArn(arn))) missing(`Policy ${arn} was not found.`);
  return [put({ ...identity, attachedPolicyArns: identity.attachedPolicyArns.filter((each) => each !== arn) })];
}

export function listAttached(
  context: Context,
  identity: Holder,
  input: PageInput & { readonly PathPrefix?: string },
): { AttachedPolicies: AttachedPolicy[]; IsTruncated: boolean; Marker?: string } {
  const prefix = input.PathPrefix === undefined ? '/' : checkedPath(input.PathPrefix);
  const attached = [...identity.attachedPolicyArns].sort(byText).flatMap((arn) => {
    const policy = policyByArn(context.intent, arn);
    return policy?.path.startsWith(prefix) ? [{ PolicyName: policy.name, PolicyArn: arn }] : [];
  });
  const { items, rest } = page(attached, input, ({ PolicyArn }) => PolicyArn);
  return { AttachedPolicies: [...items], ...rest };
}

/** Who can have managed policies. */
export function holders(context: Context): Holder[] {
  return [...bounded(context), ...ownByName(context, 'group')];
}

/** Who can have a boundary. */
function bounded(context: Context): (Role | User)[] {
  return [...ownByName(context, 'role'), ...ownByName(context, 'user')];
}

export function isBoundedBy(holder: Holder, arn: string): boolean {
  return holder.kind !== 'group' && holder.permissionsBoundaryArn === arn;
}

export function attachmentCount(context: Context, policy: Policy): number {
  const arn = arnOf(policy);
  return holders(context).filter((identity) => identity.attachedPolicyArns.includes(arn)).length;
}

export function boundaryCount(context: Context, policy: Policy): number {
  const arn = arnOf(policy);
  return bounded(context).filter((identity) => isBoundedBy(identity, arn)).length;
}

export function checkedBoundary(context: Context, arn: string | undefined): string | null {
  if (arn === undefined) return null;
  if (visiblePolicy(context, arn) === undefined) missing(`Scope ARN: ${arn} does not exist or is not attachable.`);
  return arn;
}

/** In place of the boundary before, if there was one. */
export function bound(context: Context, identity: Role | User, arn: string): readonly Edit[] {
  return [put({ ...identity, permissionsBoundaryArn: checkedBoundary(context, arn) })];
}

export function unbound(identity: Role | User): readonly Edit[] {
  if (identity.permissionsBoundaryArn === null) {
    missing(`The ${identity.kind} with name ${identity.name} does not have a permissions boundary.`);
  }
  return [put({ ...identity, permissionsBoundaryArn: null })];
}
