/**
 * Whether a call to an embedded service is allowed, by the caller's policies, the resource's and the endpoint's.
 * Calls of Culvert's own services are authorised by control (src/api/authority).
 */
import { authorize } from '../../iam/authorize.ts';
import type { Grants } from '../../iam/credentials.ts';
import type { Request } from '../../iam/evaluate.ts';
import { globalKeys, tagKeys } from '../../iam/global-keys.ts';
import { type Principal, principalArn } from '../../iam/principal.ts';
import { Refusal } from '../../model/refusal.ts';
import type { DecodedCall } from '../../wire/index.ts';
import { asksOf, keysOf } from './actions.ts';
import { BUCKET_POLICY_OPERATIONS, checkPolicyGiven, policyOn, policyOnBucket } from './embedded/resource-policies.ts';
import type { Stores } from './embedded/stores.ts';
import type { Arrival } from './handler.ts';

/** Throws a Refusal in the service's own words where any of what the call asks for is not allowed. */
export async function checkAllowed(
  stores: Stores,
  call: DecodedCall,
  principal: Principal,
  arrival: Arrival,
  grants: Grants | undefined,
): Promise<void> {
  checkPolicyGiven(call);
  const endpoint = arrival.endpoint?.policy ?? null;
  const { owner, policy: kept, tags } = await policyOn(stores, call, principal.account);
  // Its owner's root can always mend a bucket's policy.
  const isMending = principal.kind === 'root' && BUCKET_POLICY_OPERATIONS.includes(call.operation);
  const policy = isMending ? null : kept;
  const asks = asksOf(call, owner);
  const isOther = asks.some(({ bucket }) => bucket !== undefined);
  // The usual case, and nobody has a word in it.
  if (principal.kind === 'root' && policy === null && endpoint === null && owner === principal.account && !isOther)
    return;
  const way = {
    now: new Date(),
    region: call.region,
    isSecure: arrival.service !== null,
    endpoint: arrival.endpoint,
    clientAddress: arrival.clientAddress,
    principalTags: grants?.tags ?? {},
  };
  const known = { ...globalKeys(way), ...keysOf(call), ...tagKeys('aws:resourcetag', tags) };
  for (const { action, resource, bucket } of asks) {
    const on = bucket === undefined ? { owner, policy } : await policyOnBucket(stores, bucket, principal.account);
    const context = { ...known, 'aws:resourceaccount': [on.owner], [`${call.service}:resourceaccount`]: [on.owner] };
    const request: Request = { principal, action, resource, context };
    const reason = authorize(request, grants, { owner: on.owner, resource: on.policy, endpoint });
    if (reason !== null) throw denied(call, request, reason);
  }
}

/** Code and status by service. */
const DENIALS: Readonly<Record<string, readonly [code: string, status: number]>> = {
  dynamodb: ['AccessDeniedException', 400],
  logs: ['AccessDeniedException', 400],
  s3: ['AccessDenied', 403],
  sns: ['AuthorizationError', 403],
  sqs: ['AccessDenied', 403],
};

function denied({ service }: DecodedCall, { principal, action, resource }: Request, reason: string): Refusal {
  const [code, status] = DENIALS[service] ?? ['AccessDenied', 403];
  // SQS and S3 quote the resource.
  const named = service === 's3' || service === 'sqs' ? `"${resource}"` : resource;
  return new Refusal(
    code,
    `User: ${principalArn(principal)} is not authorized to perform: ${action} on resource: ${named} ${reason}`,
    status,
  );
}
