/** VPN by its calls: states, refusals, what a route table is told. Packets: scenarios/vpn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSite } from '../../../daemon/sites.ts';
import { ACCOUNT, harness } from '../../testing.ts';

function start() {
  const h = harness();
  const apply = () => {
    h.facts.appliedRevision = h.intent.revision;
  };
  const decided = createSite(
    'office',
    { cidr: '192.168.0.0/16' },
    { intent: h.intent, account: ACCOUNT, now: h.facts.now },
  );
  assert.ok('site' in decided);
  h.intent.apply(decided.edits);
  const { VpcId } = h.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const RouteTableId = h.call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }).RouteTables[0]
    .RouteTableId;
  const customer = (IpAddress: string) =>
    h.call('CreateCustomerGateway', { Type: 'ipsec.1', IpAddress }).CustomerGateway.CustomerGatewayId;
  const VpnGatewayId = h.call('CreateVpnGateway', { Type: 'ipsec.1' }).VpnGateway.VpnGatewayId;
  return { h, apply, site: decided.site, VpcId, RouteTableId, customer, VpnGatewayId };
}

test('a customer gateway of the same address and number is the one that is there', () => {
  const { h, site, customer } = start();
  const id = customer(site.publicAddress);
  assert.equal(customer(site.publicAddress), id);
  assert.notEqual(customer('203.0.113.7'), id);
  const Type = 'ipsec.1';
  assert.match(h.refusal('CreateCustomerGateway', { Type, IpAddress: 'office' }), /^InvalidParameterValue: /);
  assert.match(h.refusal('CreateCustomerGateway', { Type }), /^MissingParameter: .*ipAddress/);
  const two = { Type, IpAddress: '203.0.113.7', PublicIp: '203.0.113.8' } as const;
  assert.match(h.refusal('CreateCustomerGateway', two), /^InvalidParameterCombination: .*publicIp/);
  for (const BgpAsn of [0, 2_147_483_648]) {
    assert.match(
      h.refusal('CreateCustomerGateway', { Type, IpAddress: '203.0.113.7', BgpAsn }),
      /^InvalidParameterValue: .*bgpAsn/,
    );
  }
  h.call('DeleteCustomerGateway', { CustomerGatewayId: id });
  const shown = h.call('DescribeCustomerGateways', { CustomerGatewayIds: [id] }).CustomerGateways[0];
  assert.deepEqual([shown.State, shown.BgpAsn, shown.IpAddress], ['deleting', '65000', site.publicAddress]);
});

test('a VPN gateway has one VPC, a VPC one VPN gateway', () => {
  const { h, apply, VpcId, VpnGatewayId, RouteTableId } = start();
  const attachment = () => h.call('DescribeVpnGateways', {}).VpnGateways[0].VpcAttachments[0];
  assert.match(
    h.refusal('EnableVgwRoutePropagation', { GatewayId: VpnGatewayId, RouteTableId }),
    /^Gateway.NotAttached: /,
  );
  assert.equal(h.call('AttachVpnGateway', { VpnGatewayId, VpcId }).VpcAttachment.State, 'attaching');
  assert.equal(attachment().State, 'attaching');
  apply();
  assert.equal(attachment().State, 'attached');
  assert.match(h.refusal('AttachVpnGateway', { VpnGatewayId, VpcId }), /^VpnGatewayAttachmentLimitExceeded: /);
  const second = h.call('CreateVpnGateway', { Type: 'ipsec.1' }).VpnGateway.VpnGatewayId;
  assert.match(h.refusal('AttachVpnGateway', { VpnGatewayId: second, VpcId }), /^InvalidVpcState: /);
  assert.match(
    h.refusal('DetachVpnGateway', { VpnGatewayId: second, VpcId }),
    /^InvalidVpnGatewayAttachment.NotFound: /,
  );
  assert.match(h.refusal('DeleteVpc', { VpcId }), /^DependencyViolation: /);
  assert.match(h.refusal('DeleteVpnGateway', { VpnGatewayId }), /^IncorrectState: /);
  h.call('DetachVpnGateway', { VpnGatewayId, VpcId });
  h.call('DeleteVpnGateway', { VpnGatewayId });
  h.call('DeleteVpc', { VpcId });
});

test('a connection tells by BGP what the site has, or what it was told', () => {
  const { h, apply, site, customer, VpcId, VpnGatewayId, RouteTableId } = start();
  h.call('AttachVpnGateway', { VpnGatewayId, VpcId });
  h.call('EnableVgwRoutePropagation', { GatewayId: VpnGatewayId, RouteTableId });
  const connect = (CustomerGatewayId: string, StaticRoutesOnly: boolean) =>
    h.call('CreateVpnConnection', { Type: 'ipsec.1', CustomerGatewayId, VpnGatewayId, Options: { StaticRoutesOnly } })
      .VpnConnection;
  const told = () =>
    h
      .call('DescribeRouteTables', { RouteTableIds: [RouteTableId] })
      .RouteTables[0].Routes.filter(({ Origin }) => Origin === 'EnableVgwRoutePropagation')
      .map(({ DestinationCidrBlock }) => DestinationCidrBlock);
  const nobody = connect(customer('203.0.113.7'), false);
  assert.deepEqual(told(), []);
  const { VpnConnectionId } = connect(customer(site.publicAddress), false);
  assert.deepEqual(told(), ['192.168.0.0/16']);
  const telemetry = () =>
    h
      .call('DescribeVpnConnections', { VpnConnectionIds: [nobody.VpnConnectionId, VpnConnectionId] })
      .VpnConnections.map(({ State, VgwTelemetry }) => [State, VgwTelemetry.map(({ Status }) => Status).join()]);
  assert.deepEqual(telemetry(), [
    ['pending', 'DOWN,DOWN'],
    ['pending', 'DOWN,DOWN'],
  ]);
  apply();
  assert.deepEqual(telemetry(), [
    ['available', 'DOWN,DOWN'],
    ['available', 'UP,DOWN'],
  ]);
  const first = () =>
    h.call('DescribeVpnConnections', { VpnConnectionIds: [VpnConnectionId] }).VpnConnections[0].VgwTelemetry[0];
  const { OutsideIpAddress, StatusMessage } = first();
  assert.match(OutsideIpAddress, /^198\.18\./);
  assert.notEqual(OutsideIpAddress, site.publicAddress);
  assert.equal(StatusMessage, 'a plain link, not encrypted');
  h.facts.encryptsTunnels = true;
  assert.match(first().StatusMessage, /^encrypted: WireGuard/);
  h.call('DeleteVpnConnection', { VpnConnectionId });
  assert.deepEqual(told(), []);
  const fixed = connect(customer(site.publicAddress), true).VpnConnectionId;
  const route = { VpnConnectionId: fixed, DestinationCidrBlock: '192.168.7.0/24' };
  h.call('CreateVpnConnectionRoute', route);
  assert.match(h.refusal('CreateVpnConnectionRoute', route), /^RouteAlreadyExists: /);
  assert.deepEqual(told(), ['192.168.7.0/24']);
  h.call('DeleteVpnConnectionRoute', route);
  assert.match(h.refusal('DeleteVpnConnectionRoute', route), /^InvalidRoute.NotFound: /);
  assert.deepEqual(told(), []);
});

test('a route of IPv6 leads to no VPN gateway', () => {
  const { h, VpcId, VpnGatewayId, RouteTableId } = start();
  h.call('AttachVpnGateway', { VpnGatewayId, VpcId });
  const list = h.call('CreateManagedPrefixList', { PrefixListName: 'six', MaxEntries: 1, AddressFamily: 'IPv6' });
  for (const destination of [
    { DestinationIpv6CidrBlock: '2001:db8::/32' },
    { DestinationPrefixListId: list.PrefixList.PrefixListId },
  ]) {
    assert.match(
      h.refusal('CreateRoute', { RouteTableId, GatewayId: VpnGatewayId, ...destination }),
      /^UnsupportedOperation: Routes of IPv6/,
    );
  }
  h.call('CreateRoute', { RouteTableId, GatewayId: VpnGatewayId, DestinationCidrBlock: '192.168.0.0/16' });
});

test('quotas of a region, and of a gateway', () => {
  const { h, VpnGatewayId } = start();
  const Type = 'ipsec.1';
  const gateways = [VpnGatewayId];
  while (gateways.length < 5) gateways.push(h.call('CreateVpnGateway', { Type }).VpnGateway.VpnGatewayId);
  assert.match(h.refusal('CreateVpnGateway', { Type }), /^VpnGatewayLimitExceeded: /);
  const ids = Array.from(
    { length: 50 },
    (_, at) =>
      h.call('CreateCustomerGateway', { Type, IpAddress: `203.0.113.${at}` }).CustomerGateway.CustomerGatewayId,
  );
  assert.match(
    h.refusal('CreateCustomerGateway', { Type, IpAddress: '203.0.113.50' }),
    /^CustomerGatewayLimitExceeded: /,
  );
  const connect = (at: number, gateway: number) =>
    ['CreateVpnConnection', { Type, CustomerGatewayId: ids[at] ?? '', VpnGatewayId: gateways[gateway] ?? '' }] as const;
  const full = /^VpnConnectionLimitExceeded: /;
  for (let at = 0; at < 10; at++) h.call(...connect(at, 0));
  assert.match(h.refusal(...connect(10, 0)), full);
  for (let at = 10; at < 50; at++) h.call(...connect(at, Math.floor(at / 10)));
  const TransitGatewayId = h.call('CreateTransitGateway', {}).TransitGateway.TransitGatewayId;
  h.facts.appliedRevision = h.intent.revision;
  assert.match(h.refusal('CreateVpnConnection', { Type, CustomerGatewayId: ids[0] ?? '', TransitGatewayId }), full);
});

test('one end only, and nothing of a tunnel can be chosen', () => {
  const { h, customer, VpnGatewayId } = start();
  const asked = { Type: 'ipsec.1', CustomerGatewayId: customer('203.0.113.7') };
  const one = 'The request must contain exactly one of vpnGatewayId or transitGatewayId';
  assert.equal(h.refusal('CreateVpnConnection', asked), `MissingParameter: ${one}`);
  const both = { ...asked, VpnGatewayId, TransitGatewayId: 'tgw-00000000000000000' };
  assert.equal(h.refusal('CreateVpnConnection', both), `InvalidParameterCombination: ${one}`);
  const tunnel = { ...asked, VpnGatewayId, Options: { TunnelOptions: [{ PreSharedKey: 'twelve.chars' }] } };
  assert.match(h.refusal('CreateVpnConnection', tunnel), /^UnsupportedOperation: .*TunnelOptions/);
});

test('a customer gateway and a VPN gateway have one connection, and numbers that differ', () => {
  const { h, customer, VpnGatewayId } = start();
  const Type = 'ipsec.1';
  const asked = { Type, CustomerGatewayId: customer('203.0.113.7'), VpnGatewayId };
  const { VpnConnectionId } = h.call('CreateVpnConnection', asked).VpnConnection;
  assert.match(h.refusal('CreateVpnConnection', asked), /^InvalidOption.Conflict: /);
  const same = { Type, IpAddress: '203.0.113.8', BgpAsn: 64_512 } as const;
  const { CustomerGatewayId } = h.call('CreateCustomerGateway', same).CustomerGateway;
  assert.match(h.refusal('CreateVpnConnection', { ...asked, CustomerGatewayId }), /^AsnConflict: /);
  assert.equal(h.call('DescribeVpnConnections', {}).VpnConnections.length, 1);
  h.call('DeleteVpnConnection', { VpnConnectionId });
  h.call('CreateVpnConnection', asked);
  assert.match(
    h.refusal('CreateVpnConnection', { ...asked, CustomerGatewayId: 'cgw-1' }),
    /^InvalidCustomerGatewayId.Malformed: /,
  );
});

/** With a connection of static routes to a VPN gateway. */
function withStatic() {
  const started = start();
  const { h, customer, VpnGatewayId } = started;
  const CustomerGatewayId = customer('203.0.113.7');
  const connect = (end: object, StaticRoutesOnly: boolean) =>
    h.call('CreateVpnConnection', { Type: 'ipsec.1', CustomerGatewayId, ...end, Options: { StaticRoutesOnly } })
      .VpnConnection;
  const fixed = connect({ VpnGatewayId }, true).VpnConnectionId;
  const routesOf = (id: string) =>
    h.call('DescribeVpnConnections', { VpnConnectionIds: [id] }).VpnConnections[0].Routes.length;
  return { ...started, CustomerGatewayId, connect, fixed, routesOf };
}

test('a hundred static routes a connection, each once', () => {
  const { h, fixed, routesOf } = withStatic();
  const route = (at: number) => ({ VpnConnectionId: fixed, DestinationCidrBlock: `192.168.${at}.0/24` });
  for (let at = 0; at < 100; at++) h.call('CreateVpnConnectionRoute', route(at));
  assert.equal(
    h.refusal('CreateVpnConnectionRoute', route(7)),
    'RouteAlreadyExists: The route identified by 192.168.7.0/24 already exists.',
  );
  assert.equal(
    h.refusal('CreateVpnConnectionRoute', route(100)),
    'RouteLimitExceeded: The maximum number of routes has been reached.',
  );
  assert.equal(
    h.refusal('DeleteVpnConnectionRoute', route(100)),
    `InvalidRoute.NotFound: The specified route 192.168.100.0/24 does not exist in ${fixed}.`,
  );
  assert.equal(routesOf(fixed), 100);
  h.call('DeleteVpnConnectionRoute', route(7));
  h.call('CreateVpnConnectionRoute', route(100));
});

test('routes are not told to a connection that has BGP, nor to one of a transit gateway', () => {
  const { h, apply, customer, connect, routesOf, VpnGatewayId } = withStatic();
  const { TransitGatewayId } = h.call('CreateTransitGateway', {}).TransitGateway;
  apply();
  for (const { VpnConnectionId } of [
    connect({ VpnGatewayId, CustomerGatewayId: customer('203.0.113.8') }, false),
    connect({ TransitGatewayId }, false),
    connect({ TransitGatewayId }, true),
  ]) {
    const route = { VpnConnectionId, DestinationCidrBlock: '192.168.7.0/24' };
    assert.equal(
      h.refusal('CreateVpnConnectionRoute', route),
      `InvalidVpnConnection.InvalidType: ${VpnConnectionId} has no static routes of its own: it uses BGP or ends at a transit gateway.`,
    );
    assert.equal(routesOf(VpnConnectionId), 0);
  }
});

test('a VPN gateway fills in tables of its VPC only, while it is attached', () => {
  const { h, VpcId, VpnGatewayId, RouteTableId } = start();
  const other = h.call('CreateVpc', { CidrBlock: '10.1.0.0/16' }).Vpc.VpcId;
  const propagation = { GatewayId: VpnGatewayId, RouteTableId };
  const filledBy = () =>
    (h.call('DescribeRouteTables', { RouteTableIds: [RouteTableId] }).RouteTables[0].PropagatingVgws ?? []).map(
      ({ GatewayId }) => GatewayId,
    );
  const refused = () => {
    assert.equal(
      h.refusal('EnableVgwRoutePropagation', propagation),
      `Gateway.NotAttached: resource ${VpnGatewayId} is not attached to network ${VpcId}`,
    );
    assert.deepEqual(filledBy(), []);
  };
  refused();
  h.call('AttachVpnGateway', { VpnGatewayId, VpcId: other });
  refused();
  assert.equal(
    h.refusal('DetachVpnGateway', { VpnGatewayId, VpcId }),
    `InvalidVpnGatewayAttachment.NotFound: The attachment with vpnGateway ID '${VpnGatewayId}' and vpc ID '${VpcId}' does not exist`,
  );
  h.call('DetachVpnGateway', { VpnGatewayId, VpcId: other });
  h.call('AttachVpnGateway', { VpnGatewayId, VpcId });
  h.call('EnableVgwRoutePropagation', propagation);
  h.call('EnableVgwRoutePropagation', propagation);
  assert.deepEqual(filledBy(), [VpnGatewayId]);
  h.call('DetachVpnGateway', { VpnGatewayId, VpcId });
  assert.deepEqual(filledBy(), []);
  // Attached again, it is to be asked for again.
  h.call('AttachVpnGateway', { VpnGatewayId, VpcId });
  assert.deepEqual(filledBy(), []);
  h.call('EnableVgwRoutePropagation', propagation);
  h.call('DisableVgwRoutePropagation', propagation);
  h.call('DisableVgwRoutePropagation', propagation);
  assert.deepEqual(filledBy(), []);
});

test('what the customer’s router is told: both tunnels, without keys, and nothing of a connection that goes', () => {
  const { h, customer, connect, fixed, VpnGatewayId } = withStatic();
  const shown = (id: string) => h.call('DescribeVpnConnections', { VpnConnectionIds: [id] }).VpnConnections[0];
  const CustomerGatewayId = customer('203.0.113.8');
  const { VpnConnectionId } = connect({ VpnGatewayId, CustomerGatewayId }, false);
  const { CustomerGatewayConfiguration: told, VgwTelemetry } = shown(VpnConnectionId);
  const tunnel = (address: string) =>
    '<ipsec_tunnel><customer_gateway><tunnel_outside_address><ip_address>203.0.113.8</ip_address></tunnel_outside_address>' +
    '<bgp><asn>65000</asn><hold_time>30</hold_time></bgp></customer_gateway>' +
    `<vpn_gateway><tunnel_outside_address><ip_address>${address}</ip_address></tunnel_outside_address>` +
    '<bgp><asn>64512</asn><hold_time>30</hold_time></bgp></vpn_gateway></ipsec_tunnel>';
  assert.equal(
    told,
    `<?xml version="1.0" encoding="UTF-8"?><vpn_connection id="${VpnConnectionId}">` +
      `<customer_gateway_id>${CustomerGatewayId}</customer_gateway_id><vpn_gateway_id>${VpnGatewayId}</vpn_gateway_id>` +
      `<vpn_connection_type>ipsec.1</vpn_connection_type>${tunnel(VgwTelemetry[0].OutsideIpAddress)}${tunnel('not-made')}</vpn_connection>`,
  );
  const plain = shown(fixed).CustomerGatewayConfiguration;
  assert.match(plain, /<vpn_connection_attributes>NoBGPVPNConnection<\/vpn_connection_attributes>/);
  assert.doesNotMatch(plain, /<bgp>/);
  const by = (Name: string, value: string) =>
    h
      .call('DescribeVpnConnections', { Filters: [{ Name, Values: [value] }] })
      .VpnConnections.map((each) => each.VpnConnectionId);
  assert.deepEqual(by('customer-gateway-configuration', plain), [fixed]);
  assert.deepEqual(by('bgp-asn', '65000'), [fixed, VpnConnectionId]);
  h.call('DeleteVpnConnection', { VpnConnectionId });
  assert.equal(shown(VpnConnectionId).CustomerGatewayConfiguration, undefined);
});

test('without a public address left no connection and no elastic address is made', () => {
  const { h, CustomerGatewayId, VpnGatewayId } = withStatic();
  const { AllocationId } = h.call('AllocateAddress', {});
  const address = h.intent.table('elasticAddress').get(AllocationId) ?? assert.fail();
  const all = Array.from({ length: 65_536 }, (_, at) => `198.18.${at >> 8}.${at & 255}`);
  h.intent.apply(
    all.map((publicIp, at) => ({
      op: 'put',
      resource: { ...address, id: `eipalloc-f${String(at).padStart(16, '0')}`, account: '444455556666', publicIp },
    })),
  );
  const none = 'InsufficientAddressCapacity: Not enough available addresses to satisfy your request.';
  assert.equal(h.refusal('CreateVpnConnection', { Type: 'ipsec.1', CustomerGatewayId, VpnGatewayId }), none);
  assert.equal(h.refusal('AllocateAddress', {}), none);
  assert.equal(h.call('DescribeVpnConnections', {}).VpnConnections.length, 1);
});

test('what a connection or a VPC uses stays', () => {
  const { h, VpcId, CustomerGatewayId, VpnGatewayId, fixed } = withStatic();
  h.call('AttachVpnGateway', { VpnGatewayId, VpcId });
  const used = `IncorrectState: The vpnGateway '${VpnGatewayId}' is in use.`;
  assert.equal(h.refusal('DeleteVpnGateway', { VpnGatewayId }), used);
  h.call('DetachVpnGateway', { VpnGatewayId, VpcId });
  assert.equal(h.refusal('DeleteVpnGateway', { VpnGatewayId }), used);
  const customer = { CustomerGatewayId };
  assert.equal(h.refusal('DeleteCustomerGateway', customer), 'IncorrectState: The customer gateway is in use.');
  h.call('DeleteVpnConnection', { VpnConnectionId: fixed });
  h.call('DeleteCustomerGateway', customer);
  h.call('DeleteVpnGateway', { VpnGatewayId });
});
