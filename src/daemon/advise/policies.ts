/**
 * What the endpoint's policy says of AWS calls that an instance's role may make through it. Which calls these will be nobody knows: all
 * that the policies themselves speak of is tried, patterns as they stand. A call that is named: call.ts.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
 */
import type { Trace } from '../../analyse/flow.ts';
import type { Advice } from '../../analyse/reasons.ts';
import { asksOf } from '../../api/authority/asks.ts';
import { arnOf } from '../../iam/arn.ts';
import { authorize, decide, type EndpointPolicy } from '../../iam/authorize.ts';
import { type PolicyDocument, parseDocument } from '../../iam/document.ts';
import type { Request } from '../../iam/evaluate.ts';
import { globalKeys, tagKeys } from '../../iam/global-keys.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Case } from './advise.ts';
import { type Caller, callerOf } from './callers.ts';
import { quoted, widened } from './documents.ts';

export interface Way {
  /** "sqs". */
  readonly service: string;
  /** null: it goes by the service's public name. */
  readonly endpoint: {
    readonly id: string;
    readonly vpcId: string;
    /** null: it allows all. */
    readonly policy: EndpointPolicy | null;
  } | null;
  /** Of the caller, as the service would see it: private through an endpoint, else public; null: it cannot be told. */
  readonly clientAddress: string | null;
}

export type Ask = Pick<Request, 'action' | 'resource'>;

/** Of calls that nobody has named. */
export interface Unnamed {
  /** Empty where all that the role may do passes. */
  readonly advice: readonly Advice[];
  /** Whether some of it passes. */
  readonly isSome: boolean;
}

const ALL_PASSES: Unnamed = { advice: [], isSome: true };

export function policyAdvice(asked: Case): Unnamed {
  const caller = callerOf(asked);
  const way = callWay(asked);
  if (caller === undefined || way === undefined) return ALL_PASSES;
  const { endpoint } = way;
  if (endpoint === null || endpoint.policy === null) return ALL_PASSES;
  const open = { ...way, endpoint: { ...endpoint, policy: null } };
  const own = candidates(caller, way.service, endpoint.policy).filter(
    (ask) => judge(asked, caller, open, ask) === null,
  );
  const denied = own.filter((ask) => judge(asked, caller, way, ask) !== null);
  if (denied.length === 0) return ALL_PASSES;
  return { advice: [endpointAdvice(asked, caller, way, denied)], isSome: denied.length < own.length };
}

/** undefined: nothing arrives at an AWS service. */
export function callWay({ plan, found }: Case): Way | undefined {
  return found.paths.flatMap(({ trace }) => wayOf(plan, found.sender.port, trace) ?? [])[0];
}

/** undefined: it does not arrive at an AWS service. */
function wayOf(plan: Plan, sender: string, { receiver, hops, seenFrom }: Trace): Way | undefined {
  const service = plan.services.find(({ id }) => receiver?.kind === 'service' && id === receiver.id)?.service;
  if (service === undefined) return undefined;
  const through = hops.find(({ stage }) => stage === 'cross')?.component;
  const crossing = plan.crossings.find(({ id }) => id === through);
  const gateway = plan.serviceGateways.find(({ id }) => id === through);
  const [id, vpcId] = [crossing?.origin[1] ?? gateway?.id, crossing?.consumer ?? gateway?.domain];
  if (id === undefined || vpcId === undefined) return { service, endpoint: null, clientAddress: seenFrom };
  const policy = plan.endpointPolicies.find((each) => each.id === id) ?? null;
  const [clientAddress = null] = plan.ports.find((each) => each.id === sender)?.addresses ?? [];
  return { service, endpoint: { id, vpcId, policy }, clientAddress };
}

function judge(asked: Case, caller: Caller, way: Way, ask: Ask): string | null {
  const others = { owner: caller.role.account, resource: null, endpoint: way.endpoint?.policy ?? null };
  return authorize(requestOf(asked, caller, way, ask), caller.grants, others);
}

/** As the service would see it. */
export function requestOf(asked: Case, caller: Caller, { endpoint, clientAddress }: Way, ask: Ask): Request {
  const { facts, kept } = asked;
  const [, , service = '', , account = ''] = ask.resource.split(':');
  const owner = kept?.owner ?? (/^\d{12}$/.test(account) ? account : caller.role.account);
  const keys = globalKeys({
    now: new Date(facts.now),
    region: caller.region,
    isSecure: true,
    endpoint: endpoint && { vpcEndpointId: endpoint.id, vpcId: endpoint.vpcId },
    clientAddress,
    principalTags: caller.grants.tags,
  });
  const ofResource = {
    'aws:resourceaccount': [owner],
    [`${service}:resourceaccount`]: [owner],
    ...tagKeys('aws:resourcetag', kept?.tags ?? {}),
    ...keysOfEc2(asked, caller, ask),
  };
  return { principal: caller.principal, ...ask, context: { ...keys, ...ofResource } };
}

/** Tags and what else a call that names nothing but the resource would have; other services keep their own. */
function keysOfEc2({ intent }: Case, { principal, region }: Caller, { action, resource }: Ask): Request['context'] {
  const [service = '', operation = ''] = action.split(':');
  const id = resource.slice(resource.lastIndexOf('/') + 1);
  if (service !== 'ec2' || id === '*') return {};
  const namer = { intent, account: principal.account, region };
  const asks = asksOf({ service, operation, input: { ResourceId: id } }, principal, namer);
  return asks.find((each) => each.resource === resource)?.context ?? {};
}

/** A pattern is asked for as it stands: it is allowed where another covers it. */
function candidates({ grants }: Caller, service: string, { document }: EndpointPolicy): readonly Ask[] {
  const documents = [
    ...grants.policies.map((text) => parseDocument(text, 'identity')),
    parseDocument(document, 'resource'),
  ];
  const actions = patternsOf(documents, 'actions').map((each) => (each === '*' ? `${service}:*` : each));
  const resources = patternsOf(documents, 'resources');
  return [...new Set(actions)]
    .filter((action) => action.startsWith(`${service}:`))
    .flatMap((action) => resources.map((resource) => ({ action, resource })));
}

function patternsOf(documents: readonly PolicyDocument[], of: 'actions' | 'resources'): readonly string[] {
  const all = documents.flatMap(({ statements }) => statements).flatMap((each) => each[of] ?? []);
  return [...new Set(all.flatMap(({ not, patterns }) => (not ? ['*'] : patterns)))];
}

function endpointAdvice(asked: Case, caller: Caller, way: Way, denied: readonly Ask[]): Advice {
  const actions = unique(denied.map(({ action }) => action));
  const resources = unique(denied.map(({ resource }) => resource));
  const id = way.endpoint?.id ?? '';
  return {
    code: 'CULVERT_ENDPOINT_POLICY',
    components: [id, arnOf(caller.role)],
    sentence: `the policy of ${id} does not let ${caller.role.name} do ${actions.join(', ')} on ${resources.join(', ')}, which its own policies allow`,
    fixes: endpointFixes(asked, caller, way, denied),
  };
}

/** The policy of the endpoint that the way is through, so that these pass for the role. */
export function endpointFixes(asked: Case, caller: Caller, way: Way, denied: readonly Ask[]): readonly string[] {
  const { endpoint } = way;
  if (endpoint === null || endpoint.policy === null) return [];
  const { kind, document } = endpoint.policy;
  const denies = (text: string) => {
    const changed = { ...way, endpoint: { ...endpoint, policy: { kind, document: text } } };
    return denied.some((ask) => {
      const others = { owner: caller.role.account, resource: null, endpoint: changed.endpoint.policy };
      const { words } = decide(requestOf(asked, caller, changed, ask), caller.grants, others);
      return words.some((word) => word.kind === 'VPC endpoint policy' && word.verdict !== 'allow');
    });
  };
  const role = arnOf(caller.role);
  // A gateway endpoint's policy knows a role by its ARN in a condition only.
  const who =
    kind === 'gateway'
      ? { Principal: '*', Condition: { ArnEquals: { 'aws:PrincipalArn': role } } }
      : { Principal: { AWS: role } };
  const what = {
    Action: unique(denied.map(({ action }) => action)),
    Resource: unique(denied.map((ask) => ask.resource)),
  };
  const text = quoted(widened(document, role, { Effect: 'Allow', ...who, ...what }, denies));
  return [`aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${endpoint.id} --policy-document ${text}`];
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
