/**
 * What policies say of one AWS call that an instance's role would make: which statement of which policy allows or denies it, and for
 * each policy that stands in its way the least that would let it through. The resource's own policy the services keep: it is asked for
 * where the resource is named, and told in `kept`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import type { Advice } from '../../analyse/reasons.ts';
import { arnOf, defaultDocument, policyByArn } from '../../iam/arn.ts';
import { type Decision, decide, deniedBy, lackingIn, type PolicyKind, type Word } from '../../iam/authorize.ts';
import { type OwnPolicy, policiesOf, type Request } from '../../iam/evaluate.ts';
import { type Told, tell } from '../../iam/explain.ts';
import { AWS_ACCOUNT } from '../../iam/managed-policies.ts';
import { principalArn } from '../../iam/principal.ts';
import type { Case } from './advise.ts';
import { type Caller, callerOf } from './callers.ts';
import { extended, quoted, relieved, shellWord, widened } from './documents.ts';
import { type Ask, callWay, endpointFixes, requestOf, type Way } from './policies.ts';

export interface CallVerdict {
  /** Of each kind of policy that has a word in it; empty: nobody can say. */
  readonly policies: readonly Told[];
  readonly advice: readonly Advice[];
}

/** What nobody opens for a caller that may not do it anyway comes after the caller's own. */
const ORDER: readonly PolicyKind[] = [
  'identity-based policy',
  'permissions boundary',
  'session policy',
  'resource-based policy',
  'VPC endpoint policy',
];
const CODES = {
  'identity-based policy': 'CULVERT_IDENTITY_POLICY',
  'permissions boundary': 'CULVERT_PERMISSIONS_BOUNDARY',
  'session policy': 'CULVERT_SESSION_POLICY',
  'resource-based policy': 'CULVERT_RESOURCE_POLICY',
  'VPC endpoint policy': 'CULVERT_ENDPOINT_POLICY',
} as const satisfies Record<PolicyKind, Advice['code']>;

/** All that speaks of one call. */
interface Matter {
  readonly asked: Case;
  readonly caller: Caller;
  readonly way: Way;
  readonly ask: Ask;
  readonly request: Request;
  readonly own: readonly OwnPolicy[];
  readonly decision: Decision;
}

export function judgeCall(asked: Case): CallVerdict {
  const { action, resource = '*' } = asked.question;
  const caller = callerOf(asked);
  const way = callWay(asked);
  if (action === undefined || caller === undefined || way === undefined) return { policies: [], advice: [] };
  const ask: Ask = { action, resource };
  const request = requestOf(asked, caller, way, ask);
  const decision = decide(request, caller.grants, {
    owner: asked.kept?.owner ?? caller.role.account,
    resource: asked.kept?.policy ?? null,
    endpoint: way.endpoint?.policy ?? null,
  });
  const matter = { asked, caller, way, ask, request, decision, own: policiesOf(asked.intent, caller.role) };
  const policies = decision.words.map((word) => tell(word, request, namesOf(matter, word.kind)));
  const against = ORDER.filter((kind) => isAgainst(decision, kind));
  return { policies, advice: against.map((kind) => adviceOn(matter, kind, policies)) };
}

/** Every policy that stands in the way, not only the one that AWS tells. */
function isAgainst({ words, against }: Decision, kind: PolicyKind): boolean {
  if (against === null) return false;
  const verdictOf = (of: PolicyKind) => words.find((word) => word.kind === of)?.verdict;
  if (kind === against || verdictOf(kind) === 'deny') return true;
  // A resource's policy need not allow, and may do so in place of the caller's.
  if (kind === 'resource-based policy' || verdictOf('resource-based policy') === 'allow') return false;
  return verdictOf(kind) === 'none';
}

function namesOf({ asked, caller, way, own }: Matter, kind: PolicyKind): readonly string[] {
  switch (kind) {
    case 'VPC endpoint policy':
      return [`the policy of ${way.endpoint?.id}`];
    case 'resource-based policy':
      return [`the policy of ${policyHolder(asked)}`];
    case 'permissions boundary':
      return [caller.role.permissionsBoundaryArn ?? ''];
    case 'session policy':
      return caller.sessionPolicies.map((arn) => arn ?? `the policy of session ${caller.principal.sessionName}`);
    case 'identity-based policy':
      return own.map((policy) => (policy.kind === 'managed' ? policy.name : `inline policy ${policy.name}`));
  }
}

function adviceOn(matter: Matter, kind: PolicyKind, policies: readonly Told[]): Advice {
  const { asked, caller, ask, way, decision } = matter;
  const word = decision.words.find((each) => each.kind === kind);
  const role = arnOf(caller.role);
  const holder = {
    'VPC endpoint policy': way.endpoint?.id ?? '',
    'resource-based policy': policyHolder(asked),
    'permissions boundary': caller.role.permissionsBoundaryArn ?? role,
    'session policy': principalArn(caller.principal),
    'identity-based policy': role,
  }[kind];
  const told =
    policies.find((each) => each.kind === kind)?.sentence ?? `${holder} has no policy, and is of another account`;
  const says = word?.verdict === 'deny' ? deniedBy(kind) : lackingIn(kind, ask.action);
  return {
    code: CODES[kind],
    components: [...new Set([holder, role])],
    sentence: `${caller.role.name} may not do ${ask.action} on ${ask.resource} ${says}: ${told}`,
    fixes: fixesOf(matter, kind, word),
  };
}

function fixesOf(matter: Matter, kind: PolicyKind, word: Word | undefined): readonly string[] {
  const { asked, caller, ask, way } = matter;
  switch (kind) {
    case 'VPC endpoint policy':
      return endpointFixes(asked, caller, way, [ask]);
    case 'resource-based policy':
      return [resourceFix(matter)];
    case 'permissions boundary':
      return boundaryFix(matter, word);
    case 'identity-based policy':
      return identityFix(matter, word);
    case 'session policy':
      return sessionFix(matter, word);
  }
}

function identityFix({ caller: { role }, ask, own }: Matter, word: Word | undefined): readonly string[] {
  const { action, resource } = ask;
  const put = `aws iam put-role-policy --role-name ${role.name} --policy-name`;
  const [document, statement] = word?.at ?? [];
  // It cannot be read: no statement more would help.
  if (word?.verdict === 'deny' && word.at === null) return [];
  if (document === undefined || statement === undefined) {
    const Statement = [{ Effect: 'Allow', Action: action, Resource: resource }];
    const name = action.replace(/[^\w+=,.@-]/g, '-');
    return [`${put} ${name} --policy-document ${quoted({ Version: '2012-10-17', Statement })}`];
  }
  const policy = own[document];
  if (policy === undefined) return [];
  const left = relieved(policy.document, statement, action, arnOf(role));
  if (policy.kind === 'managed') return managedFix(policy.name, left, `detach-role-policy --role-name ${role.name}`);
  return left === null
    ? [`aws iam delete-role-policy --role-name ${role.name} --policy-name ${policy.name}`]
    : [`${put} ${policy.name} --policy-document ${quoted(left)}`];
}

function boundaryFix({ asked, caller: { role }, ask }: Matter, word: Word | undefined): readonly string[] {
  const arn = role.permissionsBoundaryArn ?? '';
  const boundary = policyByArn(asked.intent, arn);
  const taking = `aws iam delete-role-permissions-boundary --role-name ${role.name}`;
  // One that is gone allows nothing, and one of AWS's stays as it is.
  if (boundary === undefined || boundary.account === AWS_ACCOUNT) return [taking];
  const text = defaultDocument(boundary);
  const statement = word?.at?.[1];
  const changed =
    statement === undefined
      ? extended(text, { Effect: 'Allow', Action: ask.action, Resource: ask.resource })
      : relieved(text, statement, ask.action, arnOf(role));
  return changed === null ? [taking] : managedFix(arn, changed, '');
}

/** Of a session that has begun nothing can be changed: it is to be begun anew. */
function sessionFix({ caller, ask }: Matter, word: Word | undefined): readonly string[] {
  const { principal, sessionPolicies, role } = caller;
  const [at, statement] = word?.at ?? [];
  const own = sessionPolicies.indexOf(null);
  const managed = sessionPolicies.flatMap((arn) => arn ?? []);
  // A managed policy's deny, or one that cannot be read, no text beside it takes back.
  if (word?.verdict === 'deny' && (at === undefined || at !== own)) return [];
  const allowing = { Effect: 'Allow', Action: ask.action, Resource: ask.resource };
  const text = principal.policies[own] ?? NO_STATEMENT;
  const document =
    statement === undefined ? extended(text, allowing) : relieved(text, statement, ask.action, arnOf(role));
  return [
    [
      `aws sts assume-role --role-arn ${arnOf(role)} --role-session-name ${principal.sessionName}`,
      ...(managed.length === 0 ? [] : [`--policy-arns ${managed.map((arn) => `arn=${arn}`).join(' ')}`]),
      ...(document === null ? [] : [`--policy ${quoted(document)}`]),
    ].join(' '),
  ];
}

/** `left` null: nothing is left of it, and `detach` takes it away. AWS's own cannot be changed. */
function managedFix(arn: string, left: object | null, detach: string): readonly string[] {
  if (left === null || arn.startsWith(`arn:aws:iam::${AWS_ACCOUNT}:`)) return [`aws iam ${detach} --policy-arn ${arn}`];
  return [`aws iam create-policy-version --policy-arn ${arn} --set-as-default --policy-document ${quoted(left)}`];
}

const NO_STATEMENT = JSON.stringify({ Version: '2012-10-17', Statement: [] });

/** To be run by the resource's owner. */
function resourceFix({ asked, caller, ask, request }: Matter): string {
  const role = arnOf(caller.role);
  const owner = asked.kept?.owner ?? caller.role.account;
  const isForeign = owner !== caller.role.account;
  const denies = (resource: string) => {
    const { words } = decide(request, caller.grants, { owner, resource, endpoint: null });
    const verdict = words.find(({ kind }) => kind === 'resource-based policy')?.verdict;
    return verdict === 'deny' || (isForeign && verdict !== 'allow');
  };
  const allowing = { Effect: 'Allow', Principal: { AWS: role }, Action: ask.action, Resource: ask.resource };
  const changed = widened(asked.kept?.policy ?? NO_STATEMENT, role, allowing, denies);
  const [, , service, region, account, name = ''] = ask.resource.split(':');
  switch (service) {
    case 'sqs': {
      const url = shellWord(`https://sqs.${region}.amazonaws.com/${account}/${name}`);
      const attributes = quoted({ Policy: JSON.stringify(changed) });
      return `aws sqs set-queue-attributes --queue-url ${url} --attributes ${attributes}`;
    }
    case 'sns': {
      const value = `--attribute-name Policy --attribute-value ${quoted(changed)}`;
      return `aws sns set-topic-attributes --topic-arn ${shellWord(ask.resource)} ${value}`;
    }
    default:
      return `aws s3api put-bucket-policy --bucket ${shellWord(bucketOf(ask.resource))} --policy ${quoted(changed)}`;
  }
}

/** Of an object the bucket. */
function policyHolder({ question: { resource = '' } }: Case): string {
  return resource.startsWith('arn:aws:s3:::') ? `arn:aws:s3:::${bucketOf(resource)}` : resource;
}

function bucketOf(arn: string): string {
  return (arn.split(':').at(5) ?? '').split('/')[0] ?? '';
}
