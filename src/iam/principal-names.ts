/**
 * By which names a policy can mean a principal. Naming itself, its role or its account differ in what they give.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
import type { PrincipalBlock } from './document.ts';
import { principalArnForConditions, userIdOf } from './evaluate.ts';
import { type Principal, principalArn } from './principal.ts';

/** The principal itself, and everybody. Of a session: not its role. */
export function directNames(principal: Principal): readonly string[] {
  const names = ['*', principalArn(principal)];
  return principal.kind === 'root' ? [...names, principal.account] : [...names, userIdOf(principal)];
}

/** A session's role; none of others. */
export function roleNames(principal: Principal): readonly string[] {
  return principal.kind === 'session' ? [principalArnForConditions(principal), principal.roleId] : [];
}

export function accountNames({ account }: Principal): readonly string[] {
  return [account, `arn:aws:iam::${account}:root`];
}

export function matchesBlock(block: PrincipalBlock, names: readonly string[]): boolean {
  const listed = block.values.AWS?.some((value) => names.includes(value)) ?? false;
  return listed !== block.not;
}
