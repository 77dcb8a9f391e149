/**
 * Customer gateways (AWS's note of a router outside) and virtual private gateways (AWS's end at a VPC), and which route tables
 * the latter fill in. A customer gateway is the router of the site that has its address.
 * https://docs.aws.amazon.com/vpn/latest/s2svpn/how_it_works.html
 */
import type { CustomerGateway as ShownCustomer, VpnGateway as ShownVpn } from '@aws-sdk/client-ec2';
import { put } from '../../../model/edit.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import { isLive } from '../../../model/remote.ts';
import type { CustomerGateway, VpnGateway } from '../../../model/resources.ts';
import { parseIpv4 } from '../../../net/ip.ts';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { find, isOwn } from '../../shared/find.ts';
import { invalidValue, required } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate, viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { bury, findLive, liveCount, selectShown, stateOf } from '../life.ts';
import { asnOf } from '../transit-gateway/gateways.ts';

const DEFAULT_CUSTOMER_ASN = 65_000;
/** Larger ones have a parameter of their own at AWS, BgpAsnExtended. */
const MAX_CUSTOMER_ASN = 2_147_483_647;

/** One that is the same in all that counts is there already: AWS answers it in place of another. */
export const createCustomerGateway = ec2Action<'CreateCustomerGateway'>(
  { BgpAsn: true, PublicIp: true, IpAddress: true, Type: ['ipsec.1'], DeviceName: true, TagSpecifications: true },
  (input, context) => {
    const address = required(input.IpAddress ?? input.PublicIp, 'ipAddress');
    if (address !== (input.PublicIp ?? address)) {
      refuse('InvalidParameterCombination', 'The parameter publicIp may not be used in combination with ipAddress');
    }
    if (parseIpv4(address) === undefined) invalidValue(address, 'ipAddress', 'It must be an IPv4 address.');
    const asn = input.BgpAsn ?? DEFAULT_CUSTOMER_ASN;
    if (asn < 1 || asn > MAX_CUSTOMER_ASN) invalidValue(asn, 'bgpAsn', `It must be in 1-${MAX_CUSTOMER_ASN}.`);
    const same = context.intent
      .table('customerGateway')
      .by('address', address)
      .find((each) => isLive(each) && each.asn === asn && isOwn(each, context));
    if (same !== undefined) return reply({ CustomerGateway: viewCustomer(same, context) });
    if (liveCount(context, 'customerGateway') >= quotaOf(context.intent, 'customerGatewaysPerRegion', context)) {
      refuse('CustomerGatewayLimitExceeded', 'The maximum number of customer gateways has been reached.');
    }
    const gateway: CustomerGateway = {
      ...newResource(context, 'customerGateway', tagsOnCreate(input.TagSpecifications, 'customer-gateway')),
      kind: 'customerGateway',
      address,
      asn,
      deviceName: input.DeviceName ?? null,
      deletion: null,
    };
    return { edits: [put(gateway)], output: { CustomerGateway: viewCustomer(gateway, context) } };
  },
);

const CUSTOMER_FIELDS = (context: Context): FilterFields<CustomerGateway> => ({
  'bgp-asn': ({ asn }) => asn,
  'customer-gateway-id': ({ id }) => id,
  'ip-address': ({ address }) => address,
  state: (gateway) => viewCustomer(gateway, context).State,
  type: () => 'ipsec.1',
});

export const describeCustomerGateways = ec2Action<'DescribeCustomerGateways'>(
  { CustomerGatewayIds: true, Filters: true },
  (input, context) => {
    const all = selectShown(context, 'customerGateway', input.CustomerGatewayIds);
    const found = filterResources(all, input.Filters, CUSTOMER_FIELDS(context));
    return reply({ CustomerGateways: found.map((each) => viewCustomer(each, context)) });
  },
);

export const deleteCustomerGateway = ec2Action<'DeleteCustomerGateway'>(
  { CustomerGatewayId: true },
  (input, context) => {
    const gateway = findLive(context, 'customerGateway', input.CustomerGatewayId);
    if (context.intent.table('vpnConnection').by('customerGatewayId', gateway.id).some(isLive)) {
      refuse('IncorrectState', 'The customer gateway is in use.');
    }
    return { edits: [bury(context, gateway)], output: {} };
  },
);

export const createVpnGateway = ec2Action<'CreateVpnGateway'>(
  { Type: ['ipsec.1'], AmazonSideAsn: true, TagSpecifications: true },
  (input, context) => {
    const asn = asnOf(input.AmazonSideAsn, 'amazonSideAsn');
    if (liveCount(context, 'vpnGateway') >= quotaOf(context.intent, 'vpnGatewaysPerRegion', context)) {
      refuse('VpnGatewayLimitExceeded', 'The maximum number of virtual private gateways has been reached.');
    }
    const gateway: VpnGateway = {
      ...newResource(context, 'vpnGateway', tagsOnCreate(input.TagSpecifications, 'vpn-gateway')),
      kind: 'vpnGateway',
      asn,
      vpcId: null,
      changedRevision: context.nextRevision,
      deletion: null,
    };
    return { edits: [put(gateway)], output: { VpnGateway: viewVpnGateway(gateway, context) } };
  },
);

const VPN_FIELDS = (context: Context): FilterFields<VpnGateway> => ({
  'amazon-side-asn': ({ asn }) => asn,
  'attachment.state': (gateway) => viewVpnGateway(gateway, context).VpcAttachments?.map(({ State }) => State),
  'attachment.vpc-id': ({ vpcId }) => vpcId,
  // None is told one: zones are nothing that can be asked for.
  'availability-zone': () => undefined,
  state: (gateway) => viewVpnGateway(gateway, context).State,
  type: () => 'ipsec.1',
  'vpn-gateway-id': ({ id }) => id,
});

export const describeVpnGateways = ec2Action<'DescribeVpnGateways'>(
  { VpnGatewayIds: true, Filters: true },
  (input, context) => {
    const all = selectShown(context, 'vpnGateway', input.VpnGatewayIds);
    const found = filterResources(all, input.Filters, VPN_FIELDS(context));
    return reply({ VpnGateways: found.map((each) => viewVpnGateway(each, context)) });
  },
);

export const attachVpnGateway = ec2Action<'AttachVpnGateway'>({ VpcId: true, VpnGatewayId: true }, (input, context) => {
  const gateway = findLive(context, 'vpnGateway', input.VpnGatewayId);
  const vpc = find(context, 'vpc', input.VpcId ?? '');
  if (gateway.vpcId !== null) {
    refuse(
      'VpnGatewayAttachmentLimitExceeded',
      `The vpnGateway '${gateway.id}' is already attached to the vpc '${gateway.vpcId}'.`,
    );
  }
  if (context.intent.table('vpnGateway').by('vpcId', vpc.id).some(isLive)) {
    refuse('InvalidVpcState', `The vpc '${vpc.id}' already has an attached virtual private gateway.`);
  }
  const attached = { ...gateway, vpcId: vpc.id, changedRevision: context.nextRevision };
  return {
    edits: [put(attached)],
    output: { VpcAttachment: { VpcId: vpc.id, State: 'attaching' as const } },
  };
});

/** Routes through it stay, as blackholes; tables that it filled in lose what it filled in. */
export const detachVpnGateway = ec2Action<'DetachVpnGateway'>({ VpcId: true, VpnGatewayId: true }, (input, context) => {
  const gateway = findLive(context, 'vpnGateway', input.VpnGatewayId);
  const vpc = find(context, 'vpc', input.VpcId ?? '');
  if (gateway.vpcId !== vpc.id) {
    refuse(
      'InvalidVpnGatewayAttachment.NotFound',
      `The attachment with vpnGateway ID '${gateway.id}' and vpc ID '${vpc.id}' does not exist`,
    );
  }
  const tables = context.intent.table('routeTable').by('vpcId', vpc.id);
  return {
    edits: [
      put({ ...gateway, vpcId: null, changedRevision: context.nextRevision }),
      ...tables
        .filter(({ propagatingGatewayIds = [] }) => propagatingGatewayIds.includes(gateway.id))
        .map((table) => put({ ...table, propagatingGatewayIds: without(table.propagatingGatewayIds, gateway.id) })),
    ],
    output: {},
  };
});

export const deleteVpnGateway = ec2Action<'DeleteVpnGateway'>({ VpnGatewayId: true }, (input, context) => {
  const gateway = findLive(context, 'vpnGateway', input.VpnGatewayId);
  const { intent } = context;
  const isUsed =
    gateway.vpcId !== null ||
    intent.table('vpnConnection').by('end.id', gateway.id).some(isLive) ||
    intent.table('dxInterface').by('end.id', gateway.id).some(isLive) ||
    intent.table('dxAssociation').by('target.id', gateway.id).some(isLive);
  if (isUsed) {
    refuse('IncorrectState', `The vpnGateway '${gateway.id}' is in use.`);
  }
  return { edits: [bury(context, gateway)], output: {} };
});

export const enableVgwPropagation = ec2Action<'EnableVgwRoutePropagation'>(
  { GatewayId: true, RouteTableId: true },
  (input, context) => {
    const { gateway, table } = propagationOf(input, context);
    if (gateway.vpcId !== table.vpcId) {
      refuse('Gateway.NotAttached', `resource ${gateway.id} is not attached to network ${table.vpcId}`);
    }
    const propagatingGatewayIds = [...without(table.propagatingGatewayIds, gateway.id), gateway.id];
    return { edits: [put({ ...table, propagatingGatewayIds })], output: {} };
  },
);

export const disableVgwPropagation = ec2Action<'DisableVgwRoutePropagation'>(
  { GatewayId: true, RouteTableId: true },
  (input, context) => {
    const { gateway, table } = propagationOf(input, context);
    const propagatingGatewayIds = without(table.propagatingGatewayIds, gateway.id);
    return { edits: [put({ ...table, propagatingGatewayIds })], output: {} };
  },
);

function propagationOf(
  input: { readonly GatewayId: string | undefined; readonly RouteTableId: string | undefined },
  context: Context,
) {
  const table = find(context, 'routeTable', input.RouteTableId ?? '');
  return { table, gateway: findLive(context, 'vpnGateway', input.GatewayId) };
}

const without = (ids: readonly string[] | undefined, id: string) => (ids ?? []).filter((each) => each !== id);

function viewCustomer(gateway: CustomerGateway, { facts }: Context): ShownCustomer {
  return {
    CustomerGatewayId: gateway.id,
    State: stateOf({ ...gateway, changedRevision: 0 }, facts),
    Type: 'ipsec.1',
    IpAddress: gateway.address,
    BgpAsn: String(gateway.asn),
    ...(gateway.deviceName !== null && { DeviceName: gateway.deviceName }),
    Tags: viewTags(gateway.tags),
  };
}

function viewVpnGateway(gateway: VpnGateway, { facts }: Context): ShownVpn {
  const { id, vpcId } = gateway;
  const isThere = stateOf(gateway, facts) === 'available';
  return {
    VpnGatewayId: id,
    // It is there as soon as it is asked for; its attachment takes the network's time.
    State: gateway.deletion === null ? 'available' : stateOf(gateway, facts),
    Type: 'ipsec.1',
    AmazonSideAsn: gateway.asn,
    VpcAttachments: vpcId === null ? [] : [{ VpcId: vpcId, State: isThere ? 'attached' : 'attaching' }],
    Tags: viewTags(gateway.tags),
  };
}
