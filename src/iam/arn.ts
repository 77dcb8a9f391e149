/** ARNs of IAM's own resources, and the policies that they name. */
import type { Intent } from '../model/intent.ts';
import type { Group, InstanceProfile, Policy, Role, User } from '../model/resources.ts';
import { AWS_ACCOUNT, managedPolicy } from './managed-policies.ts';

const WORDS = {
  role: 'role',
  user: 'user',
  group: 'group',
  policy: 'policy',
  instanceProfile: 'instance-profile',
} as const;

export function arnOf(resource: Role | User | Group | Policy | InstanceProfile): string {
  return `arn:aws:iam::${resource.account}:${WORDS[resource.kind]}${resource.path}${resource.name}`;
}

/** A managed policy, AWS's or a customer's, by its ARN. */
export function policyByArn(intent: Intent, arn: string): Policy | undefined {
  const [, account, path, name] = /^arn:aws:iam::(\d{12}|aws):policy(\/(?:[^:]*\/)?)([^/:]+)$/.exec(arn) ?? [];
  if (account === undefined || name === undefined) return undefined;
  const found =
    account === AWS_ACCOUNT
      ? managedPolicy(name)
      : intent
          .table('policy')
          .by('name', name)
          .find((policy) => policy.account === account);
  return found?.path === path ? found : undefined;
}

/** A user or a role of any account by its ARN, whose path counts. */
export function identityByArn(intent: Intent, arn: string): Role | User | undefined {
  const [, kind, name = ''] = /^arn:aws:iam::\d{12}:(role|user)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  if (kind !== 'role' && kind !== 'user') return undefined;
  const named: readonly (Role | User)[] = intent.table(kind).by('name', name);
  return named.find((each) => arnOf(each) === arn);
}

export function defaultDocument(policy: Policy): string {
  const version = policy.versions.find(({ id }) => id === policy.defaultVersionId);
  if (version === undefined) throw new Error(`policy ${policy.id} lacks its default version`);
  return version.document;
}
