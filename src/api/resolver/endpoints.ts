/**
 * Resolver endpoints: two to six addresses in subnets of one VPC, guarded by security groups. By an inbound one others ask the
 * VPC's resolver, by an outbound one it asks others.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_CreateResolverEndpoint.html
 */
import type { IpAddressStatus, ResolverEndpoint as View } from '@aws-sdk/client-route53resolver';
import { put, remove } from '../../model/edit.ts';
import { newId } from '../../model/ids.ts';
import { refuse } from '../../model/refusal.ts';
import type { NetworkInterface, ResolverEndpoint } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { resolverAction } from './action.ts';
import { checkedGroups, newAddresses } from './addresses.ts';
import { addressesOf, arnOf, findOwn, invalid, listed, nameOf, ownOf, refuseRequest, requestId } from './find.ts';
import { tagsOnCreate } from './tags.ts';

/** AWS's default quotas. */
const MAX_ENDPOINTS = 4;
const MIN_ADDRESSES = 2;
const MAX_ADDRESSES = 6;

export const createResolverEndpoint = resolverAction<'CreateResolverEndpoint'>(
  {
    CreatorRequestId: true,
    Name: true,
    SecurityGroupIds: true,
    Direction: true,
    IpAddresses: { SubnetId: true, Ip: true },
    ResolverEndpointType: ['IPV4'],
    Protocols: true,
    Tags: true,
  },
  (input, context) => {
    const { CreatorRequestId, IpAddresses: wanted, Direction: direction, Protocols: protocols = [] } = input;
    const creatorRequestId = requestId(CreatorRequestId);
    const name = nameOf(input.Name);
    for (const protocol of protocols) {
      if (protocol !== 'Do53') {
        refuse('UnsupportedOperation', `The value '${protocol}' for parameter Protocols is not supported by Culvert.`);
      }
    }
    if (wanted.length < MIN_ADDRESSES) refuseTooFew();
    if (wanted.length > MAX_ADDRESSES) {
      refuse('LimitExceededException', `A Resolver endpoint can have at most ${MAX_ADDRESSES} IP addresses.`);
    }
    const own = ownOf(context, 'resolverEndpoint');
    if (own.some((each) => each.creatorRequestId === creatorRequestId)) {
      refuse(
        'ResourceExistsException',
        `A Resolver endpoint with CreatorRequestId '${creatorRequestId}' exists already.`,
      );
    }
    if (own.length >= MAX_ENDPOINTS) {
      refuse('LimitExceededException', `The limit of ${MAX_ENDPOINTS} Resolver endpoints in the Region is reached.`);
    }
    const id = newId(direction === 'INBOUND' ? 'inboundEndpoint' : 'outboundEndpoint', context);
    const interfaces = newAddresses(context, { endpointId: id, groupIds: input.SecurityGroupIds }, wanted);
    const vpcId = interfaces[0]?.vpcId ?? '';
    const endpoint: ResolverEndpoint = {
      kind: 'resolverEndpoint',
      id,
      account: context.account,
      region: context.region,
      tags: tagsOnCreate(input.Tags),
      createdAt: context.now,
      creatorRequestId,
      name,
      direction: direction === 'INBOUND' ? 'INBOUND' : 'OUTBOUND',
      vpcId,
      groupIds: checkedGroups(context, input.SecurityGroupIds, vpcId),
      madeRevision: context.nextRevision,
      changedRevision: context.nextRevision,
      changedAt: context.now,
    };
    return {
      edits: [put(endpoint), ...interfaces.map(put)],
      output: { ResolverEndpoint: viewEndpoint(endpoint, interfaces.length, context) },
    };
  },
);

export const getResolverEndpoint = resolverAction<'GetResolverEndpoint'>(
  { ResolverEndpointId: true },
  (input, context) =>
    reply({ ResolverEndpoint: viewStored(findOwn(context, 'resolverEndpoint', input.ResolverEndpointId), context) }),
);

export const listResolverEndpoints = resolverAction<'ListResolverEndpoints'>(
  { MaxResults: true, NextToken: true, Filters: true },
  (input, context) => {
    const all = ownOf(context, 'resolverEndpoint').map((each) => viewStored(each, context));
    const { items, rest } = listed(all, input, {
      CreatorRequestId: (each) => each.CreatorRequestId,
      Direction: (each) => each.Direction,
      HostVPCId: (each) => each.HostVPCId,
      IpAddressCount: (each) => each.IpAddressCount,
      Name: (each) => each.Name,
      SecurityGroupIds: (each) => each.SecurityGroupIds,
      Status: (each) => each.Status,
    });
    return reply({ ResolverEndpoints: items, ...rest });
  },
);

/** Its name; addresses and groups have actions of their own, or none. */
export const updateResolverEndpoint = resolverAction<'UpdateResolverEndpoint'>(
  { ResolverEndpointId: true, Name: true, ResolverEndpointType: ['IPV4'] },
  (input, context) => {
    const before = findOwn(context, 'resolverEndpoint', input.ResolverEndpointId);
    const name = input.Name === undefined ? before.name : nameOf(input.Name);
    const endpoint = { ...before, name, changedAt: context.now };
    return { edits: [put(endpoint)], output: { ResolverEndpoint: viewStored(endpoint, context) } };
  },
);

export const deleteResolverEndpoint = resolverAction<'DeleteResolverEndpoint'>(
  { ResolverEndpointId: true },
  (input, context) => {
    const endpoint = findOwn(context, 'resolverEndpoint', input.ResolverEndpointId);
    const rules = context.intent.table('resolverRule').by('endpointId', endpoint.id);
    if (rules.length > 0) {
      refuseRequest(
        `Resolver endpoint ${endpoint.id} is used by the Resolver rule ${rules[0]?.id} and cannot be deleted.`,
      );
    }
    const interfaces = addressesOf(endpoint, context);
    const view = viewEndpoint(endpoint, interfaces.length, context);
    return {
      edits: [...interfaces, endpoint].map(remove),
      output: { ResolverEndpoint: { ...view, Status: 'DELETING' as const } },
    };
  },
);

export const associateAddress = resolverAction<'AssociateResolverEndpointIpAddress'>(
  { ResolverEndpointId: true, IpAddress: { SubnetId: true, Ip: true } },
  (input, context) => {
    const endpoint = findOwn(context, 'resolverEndpoint', input.ResolverEndpointId);
    const present = addressesOf(endpoint, context);
    const { SubnetId, Ip } = input.IpAddress;
    if (SubnetId === undefined) invalid('IpAddress.SubnetId is missing.');
    if (present.some((each) => each.addresses[0] === Ip)) {
      refuse('ResourceExistsException', `The IP address ${Ip} is associated with ${endpoint.id} already.`);
    }
    if (present.length >= MAX_ADDRESSES) {
      refuse('LimitExceededException', `A Resolver endpoint can have at most ${MAX_ADDRESSES} IP addresses.`);
    }
    const owner = { endpointId: endpoint.id, groupIds: endpoint.groupIds };
    const made = newAddresses(context, owner, [{ SubnetId, ...(Ip !== undefined && { Ip }) }], endpoint.vpcId);
    const changed = { ...endpoint, changedRevision: context.nextRevision, changedAt: context.now };
    return {
      edits: [put(changed), ...made.map(put)],
      output: { ResolverEndpoint: viewEndpoint(changed, present.length + 1, context) },
    };
  },
);

/** By its id, or by subnet and address; all that is said must be so. */
export const disassociateAddress = resolverAction<'DisassociateResolverEndpointIpAddress'>(
  { ResolverEndpointId: true, IpAddress: { IpId: true, SubnetId: true, Ip: true } },
  (input, context) => {
    const endpoint = findOwn(context, 'resolverEndpoint', input.ResolverEndpointId);
    const present = addressesOf(endpoint, context);
    const { IpId, SubnetId, Ip } = input.IpAddress;
    const found = present.find(
      ({ resolver, subnetId, addresses }) =>
        resolver?.addressId === (IpId ?? resolver?.addressId) &&
        subnetId === (SubnetId ?? subnetId) &&
        addresses[0] === (Ip ?? addresses[0]),
    );
    if (found === undefined || (IpId === undefined && (SubnetId === undefined || Ip === undefined))) {
      refuse('ResourceNotFoundException', `The IP address ${IpId ?? Ip} is not associated with ${endpoint.id}.`);
    }
    if (present.length <= MIN_ADDRESSES) refuseTooFew();
    const changed = { ...endpoint, changedRevision: context.nextRevision, changedAt: context.now };
    return {
      edits: [put(changed), remove(found)],
      output: { ResolverEndpoint: viewEndpoint(changed, present.length - 1, context) },
    };
  },
);

export const listAddresses = resolverAction<'ListResolverEndpointIpAddresses'>(
  { ResolverEndpointId: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const endpoint = findOwn(context, 'resolverEndpoint', input.ResolverEndpointId);
    const all = addressesOf(endpoint, context).map((each) => ({ Id: each.resolver?.addressId, each }));
    const { items, rest } = listed(all, input, {});
    return reply({ IpAddresses: items.map(({ each }) => viewAddress(each, context)), ...rest });
  },
);

function refuseTooFew(): never {
  refuseRequest(`[RSLVR-00400] Resolver endpoint need to have at least ${MIN_ADDRESSES} IP addresses.`);
}

function viewStored(endpoint: ResolverEndpoint, context: Context): View {
  return viewEndpoint(endpoint, addressesOf(endpoint, context).length, context);
}

function viewEndpoint(endpoint: ResolverEndpoint, addressCount: number, { facts }: Context): View {
  const { madeRevision, changedRevision } = endpoint;
  const isThere = facts.appliedRevision >= changedRevision;
  return {
    Id: endpoint.id,
    CreatorRequestId: endpoint.creatorRequestId,
    Arn: arnOf(endpoint, 'resolver-endpoint'),
    ...(endpoint.name !== null && { Name: endpoint.name }),
    SecurityGroupIds: [...endpoint.groupIds],
    Direction: endpoint.direction,
    IpAddressCount: addressCount,
    HostVPCId: endpoint.vpcId,
    Status: isThere ? 'OPERATIONAL' : madeRevision === changedRevision ? 'CREATING' : 'UPDATING',
    StatusMessage: isThere ? 'This Resolver Endpoint is operational.' : 'The network does not have it yet.',
    CreationTime: endpoint.createdAt,
    ModificationTime: endpoint.changedAt,
    ResolverEndpointType: 'IPV4',
    Protocols: ['Do53'],
  };
}

function viewAddress(port: NetworkInterface, { facts }: Context) {
  const isThere = facts.appliedRevision >= (port.resolver?.madeRevision ?? 0);
  const status: IpAddressStatus = isThere ? 'ATTACHED' : 'CREATING';
  return {
    IpId: port.resolver?.addressId ?? '',
    SubnetId: port.subnetId,
    Ip: port.addresses[0] ?? '',
    Status: status,
    StatusMessage: isThere ? 'This IP address is operational.' : 'The network does not have it yet.',
    CreationTime: port.createdAt,
    ModificationTime: port.createdAt,
  };
}
