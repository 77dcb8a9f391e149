/**
 * What conditions may ask of one resource in one call: tags that it has and is given, and the keys of EC2, load balancing, IAM and
 * Route 53 that follow from the input and the resource. Keys that AWS does not have with the action on that kind are left out, as
 * are those of features that are not here: a missing key is missing, as at AWS.
 */
import type { RequestContext } from '../../iam/conditions.ts';
import { tagKeys } from '../../iam/global-keys.ts';
import type { Intent } from '../../model/intent.ts';
import type { AnyResource } from '../../model/resources.ts';

export interface Subject {
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly intent: Intent;
  readonly input: Readonly<Record<string, unknown>>;
  /** null: the call is about no kind of resource. */
  readonly type: string | null;
  readonly id: string;
  readonly resource: AnyResource | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Keys that are a member of the input or, where it gives none, a field of the resource. */
const PLAIN: Readonly<Record<string, readonly [member: string, field: string | null]>> = {
  'ec2:availabilityzone': ['AvailabilityZone', 'availabilityZone'],
  'ec2:instancetype': ['InstanceType', 'instanceType'],
  'ec2:vpceservicename': ['ServiceName', 'serviceName'],
  'ec2:vpceserviceprivatednsname': ['PrivateDnsName', null],
  'elasticloadbalancing:listenerprotocol': ['Protocol', null],
  'elasticloadbalancing:scheme': ['Scheme', null],
  'elasticloadbalancing:securitygroup': ['SecurityGroups', null],
  'elasticloadbalancing:securitypolicy': ['SslPolicy', null],
  'elasticloadbalancing:subnet': ['Subnets', null],
  'iam:permissionsboundary': ['PermissionsBoundary', 'permissionsBoundaryArn'],
  'iam:policyarn': ['PolicyArn', null],
  'servicequotas:service': ['ServiceCode', null],
};

export function keysOf(subject: Subject, allowed: ReadonlySet<string>): RequestContext {
  const all: RequestContext = { ...plain(subject), ...tags(subject), ...places(subject), ...records(subject) };
  return Object.fromEntries(
    Object.entries(all).filter(
      ([key, values]) => values.length > 0 && (allowed.has(key) || allowed.has(key.slice(0, key.indexOf('/') + 1))),
    ),
  );
}

/** What is asked for comes before what there is: a boundary may be one that is to take the place of another. */
function plain({ input, resource }: Subject): RequestContext {
  const fields = resource as Fields | undefined;
  return Object.fromEntries(
    Object.entries(PLAIN).map(([key, [member, field]]) => {
      const given = texts(input[member]);
      return [key, given.length > 0 || field === null ? given : texts(fields?.[field])];
    }),
  );
}

interface GivenTag {
  readonly Key?: string;
  readonly Value?: string;
}

function tags({ service, account, input, type, resource }: Subject): RequestContext {
  const own = resource !== undefined && resource.account === account ? resource.tags : {};
  const given = tagsGiven(input, type);
  const removed = texts(input.TagKeys ?? input.RemoveTagKeys);
  return {
    ...tagKeys('aws:resourcetag', own),
    ...tagKeys(`${service}:resourcetag`, own),
    ...tagKeys('aws:requesttag', given),
    'aws:tagkeys': [...Object.keys(given), ...removed],
  };
}

/** Of `type` where the call gives tags by kind of resource. */
export function tagsGiven(input: Fields, type: string | null): Readonly<Record<string, string>> {
  const specifications = (input.TagSpecifications ?? []) as readonly {
    readonly ResourceType?: string;
    readonly Tags?: readonly GivenTag[];
  }[];
  const listed = [
    ...specifications.filter(({ ResourceType }) => ResourceType === type).flatMap(({ Tags }) => Tags ?? []),
    ...((input.Tags ?? input.AddTags ?? []) as readonly GivenTag[]),
  ];
  return Object.fromEntries(listed.map(({ Key = '', Value = '' }) => [Key, Value]));
}

function places({ service, region, account, intent, input, type, id, resource }: Subject): RequestContext {
  if (service !== 'ec2') return {};
  const fields = resource as Fields | undefined;
  const arn = (kind: string, name: string | undefined) =>
    name === undefined ? [] : [`arn:aws:ec2:${region}:${account}:${kind}/${name}`];
  const [nested] = (input.NetworkInterfaces ?? []) as readonly { readonly SubnetId?: string }[];
  const [subnetId] = texts(fields?.subnetId ?? input.SubnetId ?? nested?.SubnetId);
  const subnet = subnetId === undefined ? undefined : intent.table('subnet').get(subnetId);
  const [vpcId] = texts(fields?.vpcId ?? input.VpcId ?? subnet?.vpcId);
  const [serviceName] = texts(fields?.serviceName ?? input.ServiceName);
  return {
    'ec2:region': [region],
    'ec2:vpc': arn('vpc', vpcId),
    'ec2:subnet': arn('subnet', subnetId),
    'ec2:requestervpc': arn('vpc', texts(input.VpcId)[0]),
    'ec2:acceptervpc':
      input.PeerVpcId === undefined
        ? []
        : [`arn:aws:ec2:${input.PeerRegion ?? region}:${input.PeerOwnerId ?? account}:vpc/${input.PeerVpcId}`],
    'ec2:vpceserviceowner': serviceName === undefined ? [] : [serviceOwner(intent, serviceName)],
    'ec2:vpceserviceregion': serviceName === undefined ? [] : texts(input.ServiceRegion ?? region),
    // ec2:VpcID, ec2:RouteTableID, …
    ...(type === null || id.endsWith('*') ? {} : { [`ec2:${type.replaceAll('-', '')}id`]: [id] }),
  };
}

/** An account, or "amazon". */
function serviceOwner(intent: Intent, name: string): string {
  const id = /\.(vpce-svc-[0-9a-f]+)$/.exec(name)?.[1];
  return id === undefined ? 'amazon' : (intent.table('endpointService').get(id)?.account ?? 'unknown');
}

interface Change {
  readonly Action?: string;
  readonly ResourceRecordSet?: { readonly Name?: string; readonly Type?: string };
}

/** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html */
function records({ input }: Subject): RequestContext {
  const { Changes: changes } = (input.ChangeBatch ?? {}) as { readonly Changes?: readonly Change[] };
  if (changes === undefined) return {};
  const each = (read: (change: Change) => string | undefined) => [
    ...new Set(changes.flatMap((change) => read(change) ?? [])),
  ];
  const name = (text: string | undefined) => text?.toLowerCase().replace(/\.$/, '');
  return {
    'route53:changeresourcerecordsetsactions': each(({ Action }) => Action),
    'route53:changeresourcerecordsetsnormalizedrecordnames': each(({ ResourceRecordSet }) =>
      name(ResourceRecordSet?.Name),
    ),
    'route53:changeresourcerecordsetsrecordtypes': each(({ ResourceRecordSet }) => ResourceRecordSet?.Type),
  };
}

function texts(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((each) => typeof each === 'string');
  return typeof value === 'string' && value !== '' ? [value] : [];
}
