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
  assert.match(h.refusal('AttachVpnGateway', { VpnGatewayId: second, VpcId }), /^InvalidParameterValue: /);
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

test('quotas of a region', () => {
  const { h, VpnGatewayId } = start();
  const Type = 'ipsec.1';
  for (let count = 1; count < 5; count++) h.call('CreateVpnGateway', { Type });
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
  for (const CustomerGatewayId of ids) h.call('CreateVpnConnection', { Type, CustomerGatewayId, VpnGatewayId });
  assert.match(
    h.refusal('CreateVpnConnection', { Type, CustomerGatewayId: ids[0] ?? '', VpnGatewayId }),
    /^VpnConnectionLimitExceeded: /,
  );
});

test('one end only, and nothing of a tunnel can be chosen', () => {
  const { h, customer, VpnGatewayId } = start();
  const asked = { Type: 'ipsec.1', CustomerGatewayId: customer('203.0.113.7') };
  assert.match(h.refusal('CreateVpnConnection', asked), /^MissingParameter: /);
  const both = { ...asked, VpnGatewayId, TransitGatewayId: 'tgw-00000000000000000' };
  assert.match(h.refusal('CreateVpnConnection', both), /^InvalidParameterCombination: /);
  const tunnel = { ...asked, VpnGatewayId, Options: { TunnelOptions: [{ PreSharedKey: 'twelve.chars' }] } };
  assert.match(h.refusal('CreateVpnConnection', tunnel), /^UnsupportedOperation: .*TunnelOptions/);
});
