/**
 * May this caller make this call? Every call of Culvert's own services is asked here, before its action runs: by the caller's
 * policies within boundary and session, and by the policy of the endpoint that it came through. Pure.
 *
 * Throws the refusal in the service's own words; of several lacks the first. An account's root may do all that an endpoint lets
 * through. AssumeRole is decided by the role's trust (src/iam/trust.ts); asking who one is needs no permission.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
import { authorize, type EndpointPolicy } from '../../iam/authorize.ts';
import type { Grants } from '../../iam/credentials.ts';
import { grantsOf } from '../../iam/evaluate.ts';
import { globalKeys, type Way } from '../../iam/global-keys.ts';
import { type Principal, principalArn } from '../../iam/principal.ts';
import type { Intent } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import { type Ask, asksOf } from './asks.ts';
import type { Call } from './named.ts';
import { policyPrefix } from './reference.ts';

export interface Caller {
  readonly principal: Principal;
  readonly intent: Intent;
  readonly way: Omit<Way, 'principalTags'>;
  /** Of the endpoint that the call came through; null: none, or one that allows all. */
  readonly endpointPolicy: EndpointPolicy | null;
}

const UNASKED: ReadonlySet<string> = new Set(['sts:AssumeRole', 'sts:GetCallerIdentity', 'sts:GetSessionToken']);
const ALL: Grants = {
  policies: ['{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'],
  boundary: null,
  tags: {},
};

export function checkCall(call: Call, { principal, intent, way, endpointPolicy }: Caller): void {
  const isUnasked = UNASKED.has(`${call.service}:${call.operation}`);
  if (endpointPolicy === null && (principal.kind === 'root' || isUnasked)) return;
  const own = ownGrants(intent, principal);
  const grants = isUnasked ? ALL : own;
  const caller: Principal = isUnasked && principal.kind === 'session' ? { ...principal, policies: [] } : principal;
  const others = { owner: principal.account, resource: null, endpoint: endpointPolicy };
  const keys = globalKeys({ ...way, principalTags: own?.tags ?? {} });
  const named = { ...call, service: policyPrefix(call.service) };
  for (const ask of asksOf(named, principal, { intent, account: principal.account, region: way.region })) {
    const { action, resource, context } = ask;
    const reason = authorize({ principal: caller, action, resource, context: { ...keys, ...context } }, grants, others);
    if (reason !== null) denied(call.service, principal, ask, reason);
  }
}

/** undefined: the root has no policies, and one that is gone may do nothing. */
function ownGrants(intent: Intent, principal: Principal): Grants | undefined {
  if (principal.kind === 'root') return undefined;
  const identity =
    principal.kind === 'user' ? intent.table('user').get(principal.userId) : intent.table('role').get(principal.roleId);
  return identity === undefined ? undefined : grantsOf(intent, identity);
}

function denied(service: string, principal: Principal, { action, resource }: Ask, reason: string): never {
  const on = resource === '*' ? '' : ` on resource: ${resource}`;
  const words = `User: ${principalArn(principal)} is not authorized to perform: ${action}${on} ${reason}`;
  switch (service) {
    case 'ec2':
      return refuse('UnauthorizedOperation', `You are not authorized to perform this operation. ${words}`, 403);
    case 'acm':
    case 'cloudtrail':
    case 'directconnect':
    case 'events':
    case 'route53resolver':
    case 'servicequotas':
      return refuse('AccessDeniedException', words, 400);
    default:
      return refuse('AccessDenied', words, 403);
  }
}
