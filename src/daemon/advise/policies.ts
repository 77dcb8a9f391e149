/**
 * What policies say of an AWS call that an instance's role makes through an endpoint. Which call it will be nobody knows: where none is
 * named, all that the policies themselves speak of is tried, patterns as they stand. Resource policies are the services' own.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
 */
import type { Trace } from '../../analyse/flow.ts';
import type { Advice } from '../../analyse/reasons.ts';
import { authorize, type EndpointPolicy } from '../../iam/authorize.ts';
import type { Grants } from '../../iam/credentials.ts';
import { type PolicyDocument, parseDocument } from '../../iam/document.ts';
import { grantsOf, type Request } from '../../iam/evaluate.ts';
import { globalKeys } from '../../iam/global-keys.ts';
import type { Principal } from '../../iam/principal.ts';
import type { Role } from '../../model/resources.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Case } from './advise.ts';

const ALLOW_ALL = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };

interface Caller {
  readonly role: Role;
  readonly region: string;
  /** Private. */
  readonly address: string | null;
  readonly principal: Principal;
  readonly grants: Grants;
}

interface Way {
  /** "sqs". */
  readonly service: string;
  /** null: it goes by no endpoint, or by one that allows all. */
  readonly endpoint: { readonly id: string; readonly vpcId: string; readonly policy: EndpointPolicy } | null;
}

type Ask = Pick<Request, 'action' | 'resource'>;

/** Empty where all that the role may do passes. */
export function policyAdvice(asked: Case): readonly Advice[] {
  const caller = callerOf(asked);
  const way = asked.found.paths.flatMap(({ trace }) => wayOf(asked.plan, asked.found.sender.domain, trace) ?? [])[0];
  if (caller === undefined || way === undefined) return [];
  const { action, resource } = asked.question;
  const reason = (ask: Ask, endpoint = way.endpoint) => judge(asked, caller, endpoint, ask);
  const asks = action === undefined ? candidates(caller, way) : [{ action, resource: resource ?? '*' }];
  const own = asks.filter((ask) => reason(ask, null) === null);
  const [first] = asks;
  if (action !== undefined && own.length === 0 && first !== undefined) {
    return [identityAdvice(caller, first, reason(first, null) ?? '')];
  }
  const denied = own.filter((ask) => reason(ask) !== null);
  return denied.length === 0 || way.endpoint === null ? [] : [endpointAdvice(asked, caller, way.endpoint, denied)];
}

function callerOf({ intent, plan, found }: Case): Caller | undefined {
  const metadata = plan.machines.find(({ id }) => id === found.sender.machine)?.metadata;
  const role = intent.table('role').get(metadata?.role?.roleId ?? '');
  if (role === undefined || metadata === undefined) return undefined;
  const { account, region } = metadata;
  const [address = null] = plan.ports.find(({ id }) => id === found.sender.port)?.addresses ?? [];
  const who = { account, roleName: role.name, roleId: role.id, path: role.path };
  const principal: Principal = { kind: 'session', ...who, sessionName: found.sender.machine ?? '', policies: [] };
  return { role, region, address, principal, grants: grantsOf(intent, role) };
}

/** undefined: it does not arrive at an AWS service. */
function wayOf(plan: Plan, vpcId: string, { receiver, hops }: Trace): Way | undefined {
  const service = plan.services.find(({ id }) => receiver?.kind === 'service' && id === receiver.id)?.service;
  if (service === undefined) return undefined;
  const through = hops.find(({ stage }) => stage === 'cross')?.component;
  const id = plan.crossings.find((each) => each.id === through)?.origin[1] ?? through;
  const policy = plan.endpointPolicies.find((each) => each.id === id);
  return { service, endpoint: policy === undefined ? null : { id: policy.id, vpcId, policy } };
}

function judge({ facts }: Case, caller: Caller, endpoint: Way['endpoint'], ask: Ask): string | null {
  const [, , , , account = ''] = ask.resource.split(':');
  const owner = /^\d{12}$/.test(account) ? account : caller.role.account;
  const keys = globalKeys({
    now: new Date(facts.now),
    region: caller.region,
    isSecure: true,
    endpoint: endpoint && { vpcEndpointId: endpoint.id, vpcId: endpoint.vpcId },
    clientAddress: caller.address,
    principalTags: caller.grants.tags,
  });
  const context = { ...keys, 'aws:resourceaccount': [owner] };
  const others = { owner: caller.role.account, resource: null, endpoint: endpoint?.policy ?? null };
  return authorize({ principal: caller.principal, ...ask, context }, caller.grants, others);
}

/** A pattern is asked for as it stands: it is allowed where another covers it. */
function candidates({ grants }: Caller, { service, endpoint }: Way): readonly Ask[] {
  const documents = [
    ...grants.policies.map((text) => parseDocument(text, 'identity')),
    ...(endpoint === null ? [] : [parseDocument(endpoint.policy.document, 'resource')]),
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

function endpointAdvice(
  asked: Case,
  caller: Caller,
  endpoint: NonNullable<Way['endpoint']>,
  denied: readonly Ask[],
): Advice {
  const [actions, resources] = [
    unique(denied.map(({ action }) => action)),
    unique(denied.map((each) => each.resource)),
  ];
  // In quotes of a shell's, which a condition's value may hold too.
  const document = JSON.stringify(widened(asked, caller, endpoint, denied, { actions, resources })).replaceAll(
    "'",
    '\\u0027',
  );
  return {
    code: 'CULVERT_ENDPOINT_POLICY',
    components: [endpoint.id, arnOf(caller.role)],
    sentence: `the policy of ${endpoint.id} does not let ${caller.role.name} do ${actions.join(', ')} on ${resources.join(', ')}, which its own policies allow`,
    fixes: [`aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${endpoint.id} --policy-document '${document}'`],
  };
}

/** The endpoint's policy with this role exempted from what denies these, everybody else not, and a statement that allows them to it alone. */
function widened(
  asked: Case,
  caller: Caller,
  endpoint: NonNullable<Way['endpoint']>,
  denied: readonly Ask[],
  { actions, resources }: { readonly actions: readonly string[]; readonly resources: readonly string[] },
): object {
  const { Statement, ...rest } = JSON.parse(endpoint.policy.document) as { Statement: object | readonly object[] };
  const isDenying = (statement: object) => {
    const document = JSON.stringify({ ...rest, Statement: [ALLOW_ALL, statement] });
    const alone = { ...endpoint, policy: { ...endpoint.policy, document } };
    return denied.some((ask) => judge(asked, caller, alone, ask) !== null);
  };
  const role = arnOf(caller.role);
  const kept = [Statement].flat().map((statement) => (isDenying(statement) ? exempting(statement, role) : statement));
  const after = { ...endpoint, policy: { ...endpoint.policy, document: JSON.stringify({ ...rest, Statement: kept }) } };
  if (kept.length > 0 && denied.every((ask) => judge(asked, caller, after, ask) === null)) {
    return { ...rest, Statement: kept };
  }
  // A gateway endpoint's policy knows a role by its ARN in a condition only.
  const who =
    endpoint.policy.kind === 'gateway'
      ? { Principal: '*', Condition: { ArnEquals: { 'aws:PrincipalArn': role } } }
      : { Principal: { AWS: role } };
  return { ...rest, Statement: [...kept, { Effect: 'Allow', ...who, Action: actions, Resource: resources }] };
}

interface Denial {
  readonly Condition?: { readonly ArnNotEquals?: Readonly<Record<string, string | readonly string[]>> };
}

/** The statement, for everybody but the role. */
function exempting(statement: Denial, role: string): Denial {
  const { Condition = {} } = statement;
  const { ArnNotEquals = {} } = Condition;
  const key = Object.keys(ArnNotEquals).find((each) => each.toLowerCase() === 'aws:principalarn') ?? 'aws:PrincipalArn';
  const others = { ...ArnNotEquals, [key]: [ArnNotEquals[key] ?? [], role].flat() };
  return { ...statement, Condition: { ...Condition, ArnNotEquals: others } };
}

/** What denies it is to be looked for in the role's own policies: no statement more would help. */
function identityAdvice({ role }: Caller, { action, resource }: Ask, reason: string): Advice {
  const statement = { Effect: 'Allow', Action: action, Resource: resource };
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  return {
    code: 'CULVERT_IDENTITY_POLICY',
    components: [arnOf(role)],
    sentence: `${role.name} may not do ${action} on ${resource}, ${reason}`,
    fixes: reason.includes('no identity-based policy')
      ? [
          `aws iam put-role-policy --role-name ${role.name} --policy-name ${action.replace(/[^\w+=,.@-]/g, '-')} --policy-document '${document}'`,
        ]
      : [],
  };
}

function arnOf({ account, path, name }: Role): string {
  return `arn:aws:iam::${account}:role${path}${name}`;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
