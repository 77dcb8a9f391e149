/**
 * Site-to-site VPN connections, between a customer gateway and a virtual private gateway or a transit gateway. Two tunnels at AWS,
 * one here, the first: up while a site has the customer gateway's address. Whether it is encrypted is the host's to say.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpnConnection.html
 */
import type { VpnConnection as Shown, VgwTelemetry } from '@aws-sdk/client-ec2';
import { put } from '../../../model/edit.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import { isLive, siteBeyond, TUNNEL_WORDS, tunnelKind } from '../../../model/remote.ts';
import type { CustomerGateway, TransitAttachment, VpnConnection, VpnGateway } from '../../../model/resources.ts';
import { formatCidr } from '../../../net/cidr.ts';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { dateOf, required } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate, viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { blockOf } from '../blocks.ts';
import { takePublicAddresses } from '../instance/transition.ts';
import { bury, findLive, liveCount, selectShown, stateOf } from '../life.ts';
import { endAttachment, newAttachment } from '../transit-gateway/attachments.ts';
import { refuseUnlessAvailable } from '../transit-gateway/route-tables.ts';
import { customerConfiguration } from './customer-configuration.ts';

/** https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-limits.html */
const MAX_ROUTES = 100;

export const createVpnConnection = ec2Action<'CreateVpnConnection'>(
  {
    CustomerGatewayId: true,
    Type: ['ipsec.1'],
    VpnGatewayId: true,
    TransitGatewayId: true,
    Options: { StaticRoutesOnly: true, EnableAcceleration: [false], TunnelInsideIpVersion: ['ipv4'] },
    TagSpecifications: true,
  },
  (input, context) => {
    const customer = findLive(context, 'customerGateway', input.CustomerGatewayId);
    const { VpnGatewayId: vpnGatewayId, TransitGatewayId: transitGatewayId } = input;
    if ((vpnGatewayId === undefined) === (transitGatewayId === undefined)) {
      const code = vpnGatewayId === undefined ? 'MissingParameter' : 'InvalidParameterCombination';
      refuse(code, 'The request must contain exactly one of vpnGatewayId or transitGatewayId');
    }
    if (liveCount(context, 'vpnConnection') >= quotaOf(context.intent, 'vpnConnectionsPerRegion', context))
      refuseMore();
    const tags = tagsOnCreate(input.TagSpecifications, 'vpn-connection');
    const taken = takePublicAddresses(context, 1);
    const [outsideAddress = ''] = taken.addresses;
    const made = (end: VpnConnection['end']): VpnConnection => ({
      ...newResource(context, 'vpnConnection', tags),
      kind: 'vpnConnection',
      customerGatewayId: customer.id,
      end,
      staticOnly: input.Options?.StaticRoutesOnly === true,
      routes: [],
      outsideAddress,
      changedRevision: context.nextRevision,
      deletion: null,
    });
    if (vpnGatewayId !== undefined) {
      const gateway = findLive(context, 'vpnGateway', vpnGatewayId);
      refuseUnlessFit(context, customer, gateway);
      const connection = made({ kind: 'vpnGateway', id: gateway.id });
      return {
        edits: [put(connection), ...taken.edits],
        output: { VpnConnection: viewConnection(connection, context) },
      };
    }
    const gateway = findLive(context, 'transitGateway', transitGatewayId);
    refuseUnlessAvailable(context, gateway);
    const connection = made({ kind: 'transitGateway', id: gateway.id });
    const { edits } = newAttachment(context, gateway, { kind: 'vpn', connectionId: connection.id }, {});
    return {
      edits: [put(connection), ...taken.edits, ...edits],
      output: { VpnConnection: viewConnection(connection, context) },
    };
  },
);

function refuseMore(): never {
  refuse('VpnConnectionLimitExceeded', 'The maximum number of VPN connections has been reached.');
}

/** With transit gateways both may be: connections of one customer gateway share its way there. */
function refuseUnlessFit({ intent }: Context, customer: CustomerGateway, gateway: VpnGateway): void {
  const all = intent.table('vpnConnection').by('end.id', gateway.id).filter(isLive);
  if (all.length >= quotaOf(intent, 'vpnConnectionsPerGateway', gateway)) refuseMore();
  if (all.some(({ customerGatewayId }) => customerGatewayId === customer.id)) {
    const why = `A VPN connection between ${gateway.id} and ${customer.id} is there already.`;
    refuse('InvalidOption.Conflict', why);
  }
  if (customer.asn === gateway.asn) {
    refuse('AsnConflict', `The Autonomous System Number of ${customer.id} is that of ${gateway.id}: ${gateway.asn}.`);
  }
}

const FIELDS = (context: Context): FilterFields<VpnConnection> => ({
  'bgp-asn': ({ customerGatewayId }) => context.intent.table('customerGateway').get(customerGatewayId)?.asn,
  'customer-gateway-configuration': (connection) => viewConnection(connection, context).CustomerGatewayConfiguration,
  'customer-gateway-id': ({ customerGatewayId }) => customerGatewayId,
  'option.static-routes-only': ({ staticOnly }) => staticOnly,
  'route.destination-cidr-block': ({ routes }) => routes,
  state: (connection) => stateOf(connection, context.facts),
  'transit-gateway-id': ({ end }) => (end.kind === 'transitGateway' ? end.id : undefined),
  type: () => 'ipsec.1',
  'vpn-connection-id': ({ id }) => id,
  'vpn-gateway-id': ({ end }) => (end.kind === 'vpnGateway' ? end.id : undefined),
});

export const describeVpnConnections = ec2Action<'DescribeVpnConnections'>(
  { VpnConnectionIds: true, Filters: true },
  (input, context) => {
    const all = selectShown(context, 'vpnConnection', input.VpnConnectionIds);
    const found = filterResources(all, input.Filters, FIELDS(context));
    return reply({ VpnConnections: found.map((each) => viewConnection(each, context)) });
  },
);

export const deleteVpnConnection = ec2Action<'DeleteVpnConnection'>({ VpnConnectionId: true }, (input, context) => {
  const connection = findLive(context, 'vpnConnection', input.VpnConnectionId);
  const attachments = attachmentsOf(connection, context);
  return {
    edits: [bury(context, connection), ...attachments.flatMap((each) => endAttachment(context, each))],
    output: {},
  };
});

export const createVpnRoute = ec2Action<'CreateVpnConnectionRoute'>(
  { VpnConnectionId: true, DestinationCidrBlock: true },
  (input, context) => {
    const { connection, destination } = routeOf(input, context);
    if (!connection.staticOnly || connection.end.kind !== 'vpnGateway') {
      const why = `${connection.id} has no static routes of its own: it uses BGP or ends at a transit gateway.`;
      refuse('InvalidVpnConnection.InvalidType', why);
    }
    if (connection.routes.includes(destination)) {
      refuse('RouteAlreadyExists', `The route identified by ${destination} already exists.`);
    }
    if (connection.routes.length >= MAX_ROUTES) {
      refuse('RouteLimitExceeded', 'The maximum number of routes has been reached.');
    }
    return { edits: [put({ ...connection, routes: [...connection.routes, destination] })], output: {} };
  },
);

export const deleteVpnRoute = ec2Action<'DeleteVpnConnectionRoute'>(
  { VpnConnectionId: true, DestinationCidrBlock: true },
  (input, context) => {
    const { connection, destination } = routeOf(input, context);
    if (!connection.routes.includes(destination)) {
      refuse('InvalidRoute.NotFound', `The specified route ${destination} does not exist in ${connection.id}.`);
    }
    const routes = connection.routes.filter((each) => each !== destination);
    return { edits: [put({ ...connection, routes })], output: {} };
  },
);

function routeOf(
  input: { readonly VpnConnectionId: string | undefined; readonly DestinationCidrBlock: string | undefined },
  context: Context,
) {
  const block = blockOf(required(input.DestinationCidrBlock, 'destinationCidrBlock'), 'destinationCidrBlock');
  return { connection: findLive(context, 'vpnConnection', input.VpnConnectionId), destination: formatCidr(block) };
}

function attachmentsOf(connection: VpnConnection, { intent }: Context): readonly TransitAttachment[] {
  return intent.table('transitAttachment').by('target.connectionId', connection.id).filter(isLive);
}

function viewConnection(connection: VpnConnection, context: Context): Shown {
  const { id, end, staticOnly, routes, outsideAddress } = connection;
  return {
    VpnConnectionId: id,
    State: stateOf(connection, context.facts),
    CustomerGatewayId: connection.customerGatewayId,
    ...(end.kind === 'vpnGateway' ? { VpnGatewayId: end.id } : { TransitGatewayId: end.id }),
    Type: 'ipsec.1',
    Category: 'VPN',
    // Of one that is deleted, or is about to be, it is not told.
    ...(connection.deletion === null && {
      CustomerGatewayConfiguration: customerConfiguration(context.intent, connection),
    }),
    Options: {
      StaticRoutesOnly: staticOnly,
      EnableAcceleration: false,
      TunnelInsideIpVersion: 'ipv4',
      ...(outsideAddress !== undefined && { TunnelOptions: [{ OutsideIpAddress: outsideAddress }] }),
    },
    Routes: routes.map((DestinationCidrBlock) => ({
      DestinationCidrBlock,
      Source: 'Static' as const,
      State: 'available' as const,
    })),
    VgwTelemetry: telemetryOf(connection, context),
    Tags: viewTags(connection.tags),
  };
}

/** AWS shows two tunnels. The second is never made here, and says so. */
function telemetryOf(connection: VpnConnection, { intent, facts }: Context): VgwTelemetry[] {
  const { staticOnly, outsideAddress } = connection;
  const customer = intent.table('customerGateway').get(connection.customerGatewayId);
  const isThere = siteBeyond(intent, connection) !== undefined;
  const isUp = isThere && stateOf(connection, facts) === 'available';
  const made = TUNNEL_WORDS[tunnelKind(facts, connection)];
  const LastStatusChange = dateOf(connection.createdAt);
  return [
    {
      ...(outsideAddress !== undefined && { OutsideIpAddress: outsideAddress }),
      ...{
        Status: isUp ? 'UP' : 'DOWN',
        StatusMessage: isThere ? made : `no site has the address ${customer?.address}`,
      },
      ...{ AcceptedRouteCount: isUp && !staticOnly ? 1 : 0, LastStatusChange },
    },
    {
      ...{ Status: 'DOWN', StatusMessage: 'not made: one tunnel carries all', AcceptedRouteCount: 0 },
      LastStatusChange,
    },
  ];
}
