/** Which resources can be tagged, by the prefix of their ids, and what DescribeTags calls them. */
import type { ResourceType } from '@aws-sdk/client-ec2';
import { type Edit, put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { isLive } from '../../../model/remote.ts';
import type { ResourceOf, VpcPeering } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { type FindableKind, find, findIfThere, own } from '../../shared/find.ts';
import type { Tags } from '../../shared/tags.ts';
import { findLive, liveIfThere, type MortalKind, selectShown } from '../life.ts';
import { findPeering, ownPeerings, peeringIfThere } from '../peering/find-peering.ts';
import { peeringTags, withPeeringTags } from '../peering/view.ts';

/** A resource's tags as the caller sees them, and the edit that gives it others. */
export interface Tagged {
  readonly id: string;
  readonly type: ResourceType;
  readonly tags: Tags;
  withTags(tags: Tags): Edit;
}

/** How resources whose ids begin alike are found. */
interface Taggable {
  /** AWS's refusal where it is not there. */
  find(context: Context, id: string): Tagged;
  findIfThere(context: Context, id: string): Tagged | undefined;
  own(context: Context): readonly Tagged[];
}

function taggable(kind: FindableKind, type: ResourceType): Taggable {
  const tagged = (resource: ResourceOf<FindableKind>): Tagged => ({
    id: resource.id,
    type,
    tags: resource.tags,
    withTags: (tags) => put({ ...resource, tags }),
  });
  return {
    find: (context, id) => tagged(find(context, kind, id)),
    findIfThere(context, id) {
      const resource = findIfThere(context, kind, id);
      return resource && tagged(resource);
    },
    own: (context) => own(context, kind).map(tagged),
  };
}

/** Those that are shown for a while after they were deleted have tags only while they live. */
function mortal(kind: MortalKind, type: ResourceType): Taggable {
  const tagged = (resource: ResourceOf<MortalKind>): Tagged => ({
    id: resource.id,
    type,
    tags: resource.tags,
    withTags: (tags) => put({ ...resource, tags }),
  });
  return {
    find: (context, id) => tagged(findLive(context, kind, id)),
    findIfThere(context, id) {
      const resource = liveIfThere(context, kind, id);
      return resource && tagged(resource);
    },
    own: (context) => selectShown(context, kind, undefined).filter(isLive).map(tagged),
  };
}

const BY_PREFIX: Readonly<Record<string, Taggable>> = {
  acl: taggable('networkAcl', 'network-acl'),
  ami: taggable('image', 'image'),
  dopt: taggable('dhcpOptions', 'dhcp-options'),
  eigw: taggable('egressOnlyInternetGateway', 'egress-only-internet-gateway'),
  eipalloc: taggable('elasticAddress', 'elastic-ip'),
  eni: taggable('networkInterface', 'network-interface'),
  fl: taggable('flowLog', 'vpc-flow-log'),
  i: taggable('instance', 'instance'),
  igw: taggable('internetGateway', 'internet-gateway'),
  key: taggable('keyPair', 'key-pair'),
  nia: taggable('networkInsightsAnalysis', 'network-insights-analysis'),
  nip: taggable('networkInsightsPath', 'network-insights-path'),
  pcx: {
    find: (context, id) => taggedPeering(context, findPeering(context, id)),
    findIfThere(context, id) {
      const peering = peeringIfThere(context, id);
      return peering && taggedPeering(context, peering);
    },
    own: (context) => ownPeerings(context).map((each) => taggedPeering(context, each)),
  },
  pl: taggable('prefixList', 'prefix-list'),
  rtb: taggable('routeTable', 'route-table'),
  sg: taggable('securityGroup', 'security-group'),
  sgr: taggable('securityGroupRule', 'security-group-rule'),
  subnet: taggable('subnet', 'subnet'),
  cgw: mortal('customerGateway', 'customer-gateway'),
  nat: mortal('natGateway', 'natgateway'),
  tgw: mortal('transitGateway', 'transit-gateway'),
  'tgw-attach': mortal('transitAttachment', 'transit-gateway-attachment'),
  'tgw-rtb': mortal('transitRouteTable', 'transit-gateway-route-table'),
  vgw: mortal('vpnGateway', 'vpn-gateway'),
  vpn: mortal('vpnConnection', 'vpn-connection'),
  vpc: taggable('vpc', 'vpc'),
  vpce: taggable('vpcEndpoint', 'vpc-endpoint'),
  'vpce-svc': taggable('endpointService', 'vpc-endpoint-service'),
  'vpce-svc-perm': taggable('servicePermission', 'vpc-endpoint-service-permission'),
};

/** Of two owners, each with tags of its own. */
function taggedPeering(context: Context, peering: VpcPeering): Tagged {
  return {
    id: peering.id,
    type: 'vpc-peering-connection',
    tags: peeringTags(peering, context),
    withTags: (tags) => put(withPeeringTags(peering, tags, context)),
  };
}

/** The resource with this id, of whatever kind; AWS's refusal for its kind where it is not there. */
export function taggedResource(context: Context, id: string): Tagged {
  return (taggableOf(id) ?? refuse('InvalidID', `The ID '${id}' is not valid`)).find(context, id);
}

/** The same without a refusal. */
export function taggedIfThere(context: Context, id: string): Tagged | undefined {
  return taggableOf(id)?.findIfThere(context, id);
}

/** All of the caller's own that can have tags. */
export function allTagged(context: Context): readonly Tagged[] {
  return Object.values(BY_PREFIX).flatMap((each) => each.own(context));
}

function taggableOf(id: string): Taggable | undefined {
  const prefix = id.slice(0, Math.max(0, id.lastIndexOf('-')));
  return Object.hasOwn(BY_PREFIX, prefix) ? BY_PREFIX[prefix] : undefined;
}
