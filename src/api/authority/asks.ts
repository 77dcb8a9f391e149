/**
 * What a call asks for: its action on each resource that it names or makes, tagging what it makes, and passing on a role. Kinds
 * of resource come from AWS's reference (reference.ts); where that has none the action is on `*`.
 */
import { arnOf } from '../../iam/arn.ts';
import type { RequestContext } from '../../iam/conditions.ts';
import type { Principal } from '../../iam/principal.ts';
import { keysOf, type Subject, tagsGiven } from './keys.ts';
import { type Call, type Named, type Namer, namedIn } from './named.ts';
import { type ActionReference, referenceOf, type TypeReference } from './reference.ts';

export interface Ask {
  /** "ec2:CreateVpc". */
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
}

/** Never empty. */
export function asksOf(call: Call, principal: Principal, namer: Namer): readonly Ask[] {
  const named = namedIn(call, namer);
  const own = onEach(call, targetsOf(call, named, principal, namer), namer);
  return [...own, ...taggingAsks(call, own, namer), ...passRoleAsks(call, namer)];
}

interface Target {
  readonly type: TypeReference;
  readonly named: Named;
}

const NONE: ActionReference = { types: [], keys: new Set() };

function onEach(call: Call, targets: readonly Target[], namer: Namer): readonly Ask[] {
  const action = `${call.service}:${call.operation}`;
  const subject = { ...namer, service: call.service, input: call.input };
  if (targets.length === 0) {
    const { keys } = referenceOf(call.service, call.operation) ?? NONE;
    const none: Subject = { ...subject, type: null, id: '*', resource: undefined };
    return [{ action, resource: '*', context: keysOf(none, keys) }];
  }
  return targets.map(({ type, named }) => {
    const resource = arnOfTarget(type, named, namer);
    const context = keysOf({ ...subject, type: type.name, id: named.id, resource: named.resource }, type.keys);
    return { action, resource, context: { ...context, 'aws:resourceaccount': [resource.split(':')[4] ?? ''] } };
  });
}

function targetsOf(call: Call, named: readonly Named[], principal: Principal, namer: Namer): readonly Target[] {
  const { types } = referenceOf(call.service, call.operation) ?? NONE;
  const found = named.flatMap((each): Target[] => {
    const type = types.find(({ name }) => isKind(name, each.type)) ?? anyBalancing(call, types);
    return type === undefined ? [] : [{ type, named: each }];
  });
  if (call.service === 'ec2') {
    const missing = types.filter(({ name, isRequired }) => isRequired && !found.some(({ type }) => type.name === name));
    return [...found, ...missing.map((type) => ({ type, named: anyOf(type.name) }))];
  }
  const [first] = types.filter(({ isRequired }) => isRequired);
  if (found.length > 0 || first === undefined) return madeBalancing(call, types) ?? found;
  const made = madeBalancing(call, types);
  if (made !== undefined) return made;
  // Calls about a user that name none are about the one who calls.
  if (first.name === 'user' && principal.kind === 'user') {
    const self = namedIn({ ...call, input: { UserName: principal.userName } }, namer);
    return self.map((each) => ({ type: first, named: each }));
  }
  return [{ type: first, named: anyOf(first.name) }];
}

function anyOf(type: string): Named {
  return { type, id: '*', resource: undefined };
}

/** The reference tells load balancers by their kind: "loadbalancer/net/". */
function isKind(name: string, type: string): boolean {
  return name === type || name.startsWith(`${type}/`);
}

/** Both generations of load balancing share names of actions, and the reference has the older one's kinds for some. */
function anyBalancing({ service }: Call, types: readonly TypeReference[]): TypeReference | undefined {
  return service === 'elasticloadbalancing' ? types[0] : undefined;
}

/** What load balancing makes has its name in its ARN. */
function madeBalancing({ service, operation, input }: Call, types: readonly TypeReference[]): Target[] | undefined {
  const kind = { CreateLoadBalancer: 'loadbalancer/net', CreateTargetGroup: 'targetgroup' }[operation];
  const [type] = types;
  if (service !== 'elasticloadbalancing' || kind === undefined || type === undefined) return undefined;
  const arn = `arn:aws:elasticloadbalancing:\${Region}:\${Account}:${kind}/${input.Name}/*`;
  return [{ type: { ...type, arn }, named: { type: kind, id: '', resource: undefined } }];
}

function arnOfTarget({ name, arn }: TypeReference, { id, resource }: Named, { account, region }: Namer): string {
  if (id.startsWith('arn:')) return id;
  // A peering belongs to both sides.
  const holder = name === 'vpc-peering-connection' ? account : (resource?.account ?? account);
  const filled: Readonly<Record<string, string>> = { Partition: 'aws', Region: region, Account: holder };
  // What follows the variables above is the id alone.
  return arn.replace(/\$\{(\w+)\}/g, (_, variable: string) => filled[variable] ?? id);
}

/** Who makes something with tags must be allowed to tag it. */
function taggingAsks(call: Call, own: readonly Ask[], namer: Namer): readonly Ask[] {
  const { service, operation, input } = call;
  if (service === 'ec2') {
    const specifications = (input.TagSpecifications ?? []) as readonly { readonly ResourceType?: string }[];
    const { types } = referenceOf('ec2', 'CreateTags') ?? NONE;
    const tagging = { ...call, operation: 'CreateTags' };
    return specifications.flatMap(({ ResourceType }) => {
      const type = types.find(({ name }) => name === ResourceType);
      if (type === undefined || Object.keys(tagsGiven(input, type.name)).length === 0) return [];
      const asks = onEach(tagging, [{ type, named: anyOf(type.name) }], namer);
      return asks.map((ask) => ({ ...ask, context: { ...ask.context, 'ec2:createaction': [operation] } }));
    });
  }
  const made = /^Create(.*)$/.exec(operation)?.[1];
  if (made === undefined || Object.keys(tagsGiven(input, null)).length === 0) return [];
  switch (service) {
    case 'iam':
      return own.map((ask) => ({ ...ask, action: `iam:Tag${made}` }));
    case 'elasticloadbalancing':
      return own.map((ask) => ({
        ...ask,
        action: 'elasticloadbalancing:AddTags',
        context: { ...ask.context, 'elasticloadbalancing:createaction': [operation] },
      }));
    default:
      return [];
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html */
function passRoleAsks({ service, operation, input }: Call, { intent, account }: Namer): readonly Ask[] {
  const isOfLogs = service === 'ec2' && operation === 'CreateFlowLogs';
  const roleName = isOfLogs ? lastOf(input.DeliverLogsPermissionArn) : passedRole();
  if (roleName === undefined) return [];
  const role = intent
    .table('role')
    .by('name', roleName)
    .find((each) => each.account === account);
  if (role === undefined) return [];
  const to = isOfLogs ? 'vpc-flow-logs.amazonaws.com' : 'ec2.amazonaws.com';
  const context = { 'iam:passedtoservice': [to], 'aws:resourceaccount': [account] };
  return [{ action: 'iam:PassRole', resource: arnOf(role), context }];

  function passedRole(): string | undefined {
    if (service === 'iam') return operation === 'AddRoleToInstanceProfile' ? (input.RoleName as string) : undefined;
    const { Name, Arn } = (input.IamInstanceProfile ?? {}) as { readonly Name?: string; readonly Arn?: string };
    const name = Name ?? lastOf(Arn);
    if (service !== 'ec2' || name === undefined) return undefined;
    const profiles = intent.table('instanceProfile').by('name', name);
    return profiles.find((each) => each.account === account)?.roleName ?? undefined;
  }
}

/** What stands behind an ARN's last slash. */
function lastOf(arn: unknown): string | undefined {
  return typeof arn === 'string' ? arn.slice(arn.lastIndexOf('/') + 1) : undefined;
}
