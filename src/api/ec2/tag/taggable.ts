/** Which resources can be tagged, by the prefix of their ids, and what DescribeTags calls them. */
import type { ResourceType } from '@aws-sdk/client-ec2';
import { refuse } from '../../../model/refusal.ts';
import type { ResourceOf } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { type FindableKind, find, findIfThere } from '../../shared/find.ts';

type TaggableKind = Exclude<FindableKind, 'routeTableAssociation' | 'connectionNotification'>;

interface Taggable {
  readonly kind: TaggableKind;
  readonly type: ResourceType;
}

const BY_PREFIX: Readonly<Record<string, Taggable>> = {
  acl: { kind: 'networkAcl', type: 'network-acl' },
  ami: { kind: 'image', type: 'image' },
  dopt: { kind: 'dhcpOptions', type: 'dhcp-options' },
  eigw: { kind: 'egressOnlyInternetGateway', type: 'egress-only-internet-gateway' },
  eni: { kind: 'networkInterface', type: 'network-interface' },
  i: { kind: 'instance', type: 'instance' },
  igw: { kind: 'internetGateway', type: 'internet-gateway' },
  key: { kind: 'keyPair', type: 'key-pair' },
  rtb: { kind: 'routeTable', type: 'route-table' },
  sg: { kind: 'securityGroup', type: 'security-group' },
  sgr: { kind: 'securityGroupRule', type: 'security-group-rule' },
  subnet: { kind: 'subnet', type: 'subnet' },
  vpc: { kind: 'vpc', type: 'vpc' },
  vpce: { kind: 'vpcEndpoint', type: 'vpc-endpoint' },
  'vpce-svc': { kind: 'endpointService', type: 'vpc-endpoint-service' },
  'vpce-svc-perm': { kind: 'servicePermission', type: 'vpc-endpoint-service-permission' },
};

export const TAGGABLE: readonly Taggable[] = Object.values(BY_PREFIX);

/** The resource with this id, of whatever kind; AWS's refusal for its kind where it is not there. */
export function taggedResource(context: Context, id: string): ResourceOf<TaggableKind> {
  return find(context, taggableOf(id)?.kind ?? refuse('InvalidID', `The ID '${id}' is not valid`), id);
}

/** The same with its type, and without a refusal. */
export function taggedIfThere(
  context: Context,
  id: string,
): { readonly type: ResourceType; readonly resource: ResourceOf<TaggableKind> } | undefined {
  const taggable = taggableOf(id);
  const resource = taggable && findIfThere(context, taggable.kind, id);
  return resource && { type: taggable.type, resource };
}

function taggableOf(id: string): Taggable | undefined {
  const prefix = id.slice(0, Math.max(0, id.lastIndexOf('-')));
  return Object.hasOwn(BY_PREFIX, prefix) ? BY_PREFIX[prefix] : undefined;
}
