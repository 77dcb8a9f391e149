/** Direct Connect by its calls: states, refusals, which way has a block. Packets: scenarios/direct-connect. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSite, deleteSite } from '../../daemon/sites.ts';
import { check } from '../../plan/check.ts';
import { compile } from '../../plan/compile.ts';
import { ec2Actions } from '../ec2/index.ts';
import { withDocumentedErrors } from '../testing/documented-errors.ts';
import { ACCOUNT, harness } from '../testing.ts';
import { directConnectActions } from './index.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read as they are told
type Told = any;

/** It takes tags, and its list of errors is older. */
const OF_TAGS = ['DuplicateTagKeysException', 'TooManyTagsException'].map(
  (code) => `CreateDirectConnectGateway ${code}`,
);

function start() {
  const plain = harness({ ...ec2Actions, ...directConnectActions });
  const h = withDocumentedErrors(plain, 'direct-connect', directConnectActions, OF_TAGS);
  const by = { intent: h.intent, account: ACCOUNT, now: h.facts.now };
  const decided = createSite('office', { cidr: '192.168.0.0/16' }, by);
  assert.ok('site' in decided);
  h.intent.apply(decided.edits);
  const call = (name: string, input: object = {}) => h.call(name, input) as Told;
  const refused = (name: string, input: object) => h.refusal(name, input);
  const apply = () => {
    h.facts.appliedRevision = h.intent.revision;
  };
  const port = call('CreateConnection', {
    location: 'office',
    bandwidth: '1Gbps',
    connectionName: 'port',
  }).connectionId;
  const { VpcId } = call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const vpnGateway = () => call('CreateVpnGateway', { Type: 'ipsec.1' }).VpnGateway.VpnGatewayId as string;
  const virtualGatewayId = vpnGateway();
  call('AttachVpnGateway', { VpnGatewayId: virtualGatewayId, VpcId });
  const transitGateway = (AmazonSideAsn?: number) =>
    call('CreateTransitGateway', { Options: { AmazonSideAsn } }).TransitGateway.TransitGatewayId as string;
  const gateway = (): string =>
    call('CreateDirectConnectGateway', { directConnectGatewayName: 'hub' }).directConnectGateway.directConnectGatewayId;
  const wish = (more: object) => ({ virtualInterfaceName: 'vif', vlan: 101, asn: 65_000, ...more });
  const privately = (more: object) => ({ connectionId: port, newPrivateVirtualInterface: wish(more) });
  const transit = (more: object) => ({ connectionId: port, newTransitVirtualInterface: wish(more) });
  const plan = () => {
    const found = compile(h.intent, h.facts);
    assert.deepEqual(check(found), []);
    return found;
  };
  return {
    ...{ h, by, site: decided.site, call, refused, apply, port, VpcId, virtualGatewayId, vpnGateway, transitGateway },
    ...{ gateway, privately, transit, plan },
  };
}

test('states follow the network, and go down with the site', () => {
  const { h, by, site, call, apply, port, virtualGatewayId, privately } = start();
  assert.match(port, /^dxcon-[0-9a-f]{8}$/);
  const made = call('CreatePrivateVirtualInterface', privately({ virtualGatewayId }));
  assert.match(made.virtualInterfaceId, /^dxvif-[0-9a-f]{8}$/);
  const states = () => {
    const [connection] = call('DescribeConnections', { connectionId: port }).connections;
    const [shown] = call('DescribeVirtualInterfaces', { connectionId: port }).virtualInterfaces;
    return [connection.connectionState, shown.virtualInterfaceState, shown.bgpPeers[0].bgpStatus].join();
  };
  assert.equal(states(), 'requested,pending,down');
  apply();
  assert.equal(states(), 'available,available,up');
  const gone = deleteSite('office', by);
  assert.ok('edits' in gone);
  h.intent.apply(gone.edits);
  assert.equal(states(), 'down,down,down');
  h.intent.apply([{ op: 'put', resource: site }]);
  call('DeleteVirtualInterface', { virtualInterfaceId: made.virtualInterfaceId });
  call('DeleteConnection', { connectionId: port });
  assert.equal(states(), 'deleting,deleting,down');
  h.intent.revision++;
  apply();
  assert.equal(states(), 'deleted,deleted,down');
});

test('what an interface cannot be is refused, and nothing changes', () => {
  const { call, refused, port, virtualGatewayId, gateway, privately, transit } = start();
  const create = (more: object) => refused('CreatePrivateVirtualInterface', privately(more));
  const client = 'DirectConnectClientException: ';
  assert.match(create({}), new RegExp(`^${client}Exactly one`));
  assert.match(create({ virtualGatewayId, vlan: 0 }), new RegExp(`^${client}VLAN 0`));
  assert.match(create({ virtualGatewayId, vlan: 4095 }), new RegExp(`^${client}VLAN 4095`));
  assert.match(create({ virtualGatewayId, mtu: 9000 }), new RegExp(`^${client}MTU 9000`));
  assert.match(create({ virtualGatewayId: 'vgw-00000000000000000' }), new RegExp(`^${client}Could not find virtual`));
  assert.match(create({ directConnectGatewayId: 'none' }), new RegExp(`^${client}Could not find Direct Connect`));
  assert.match(create({ virtualGatewayId, addressFamily: 'ipv6' }), /addressFamily/);
  assert.match(
    refused('CreatePrivateVirtualInterface', { ...privately({ virtualGatewayId }), connectionId: 'dxcon-00000000' }),
    new RegExp(`^${client}Could not find Connection with ID`),
  );
  assert.match(
    refused('CreateConnection', { location: 'office', bandwidth: '3Gbps', connectionName: 'x' }),
    new RegExp(`^${client}Bandwidth 3Gbps`),
  );
  const directConnectGatewayId = gateway();
  assert.match(
    refused('CreateTransitVirtualInterface', transit({ directConnectGatewayId, mtu: 9001 })),
    new RegExp(`^${client}MTU 9001`),
  );
  const made = call('CreatePrivateVirtualInterface', privately({ directConnectGatewayId, mtu: 8500 }));
  assert.equal(made.mtu, 8500);
  const wider = { virtualInterfaceId: made.virtualInterfaceId, mtu: 9001 };
  assert.equal(call('UpdateVirtualInterfaceAttributes', wider).mtu, 9001);
  assert.match(create({ virtualGatewayId }), new RegExp(`^${client}VLAN 101 is already in use on ${port}`));
  assert.match(
    refused('CreateTransitVirtualInterface', transit({ directConnectGatewayId, vlan: 102 })),
    new RegExp(`^${client}.* of the other type`),
  );
});

test('its addresses, key and number are looked at, and addresses of AWS’s own are free ones', () => {
  const { call, refused, virtualGatewayId, privately } = start();
  const create = (more: object) => call('CreatePrivateVirtualInterface', privately({ virtualGatewayId, ...more }));
  const no = (more: object) => refused('CreatePrivateVirtualInterface', privately({ virtualGatewayId, ...more }));
  assert.match(no({ amazonAddress: 'nonsense', customerAddress: '10.9.0.2/30' }), /'nonsense' is not an IPv4 address/);
  assert.match(no({ amazonAddress: '10.9.0.1/30', customerAddress: '10.9.0.5/30' }), /not two addresses of one block/);
  assert.match(no({ amazonAddress: '10.9.0.1/30', customerAddress: '10.9.0.1/30' }), /not two addresses of one block/);
  assert.match(no({ amazonAddress: '10.9.0.1/30' }), /must be given together/);
  for (const authKey of ['short', 'k'.repeat(81)]) {
    assert.match(no({ authKey }), /authentication key must have 6 to 80/);
  }
  for (const asn of [0, 2_147_483_647]) assert.match(no({ asn }), new RegExp(`ASN ${asn} is invalid`));
  for (const asnLong of [0, 4_294_967_295]) assert.match(no({ asnLong }), new RegExp(`ASN ${asnLong} is invalid`));
  const given = { amazonAddress: '10.9.0.1/30', customerAddress: '10.9.0.2/30' };
  const first = create({ vlan: 1, ...given, asnLong: 4_200_000_000 });
  assert.deepEqual([first.asn, first.amazonAddress], [4_200_000_000, '10.9.0.1/30']);
  assert.match(first.authKey, /^[0-9a-f]{24}$/);
  const [second, third] = [create({ vlan: 2, authKey: 'k'.repeat(80) }), create({ vlan: 3 })];
  assert.equal(second.authKey, 'k'.repeat(80));
  assert.deepEqual([second.amazonAddress, third.customerAddress], ['169.254.255.1/30', '169.254.255.6/30']);
  call('DeleteVirtualInterface', { virtualInterfaceId: second.virtualInterfaceId });
  assert.equal(create({ vlan: 4 }).amazonAddress, '169.254.255.1/30');
});

test('a connection that is not there is told; of other things there are none', () => {
  const { h, call, refused, port } = start();
  const nowhere = 'dxcon-00000000';
  assert.equal(
    refused('DescribeConnections', { connectionId: nowhere }),
    `DirectConnectClientException: Could not find Connection with ID ${nowhere}`,
  );
  assert.deepEqual(call('DescribeVirtualInterfaces', { virtualInterfaceId: 'dxvif-00000000' }).virtualInterfaces, []);
  const id = { directConnectGatewayId: '00000000-0000-0000-0000-000000000000' };
  assert.deepEqual(call('DescribeDirectConnectGateways', id).directConnectGateways, []);
  assert.deepEqual(call('DescribeDirectConnectGatewayAssociations', id).directConnectGatewayAssociations, []);
  assert.deepEqual(call('DescribeDirectConnectGatewayAttachments', id).directConnectGatewayAttachments, []);
  // Nor are another account's and another region's.
  for (const other of [h.as('444455556666'), h.as(ACCOUNT, 'us-east-1')]) {
    assert.match(other.refusal('DescribeConnections', { connectionId: port }), /Could not find Connection/);
  }
});

test('pages are of one and more, of a hundred at most', () => {
  const { call, refused, gateway } = start();
  const [one, two] = [gateway(), gateway()];
  const list = (wish: object) => call('DescribeDirectConnectGateways', wish);
  const { directConnectGateways: found, nextToken } = list({ maxResults: 1 });
  const { directConnectGateways: rest } = list({ maxResults: 1000, nextToken });
  const ids = [...found, ...rest].map((each: Told) => each.directConnectGatewayId);
  assert.deepEqual(ids.sort(), [one, two].sort());
  assert.equal(found.length, 1);
  const no = (wish: object) => refused('DescribeDirectConnectGateways', wish);
  assert.match(no({ maxResults: 0 }), /^DirectConnectClientException: maxResults/);
  assert.match(no({ nextToken: 'x' }), /^DirectConnectClientException: The nextToken/);
});

test('a gateway is associated with gateways of one kind, each VPC’s once', () => {
  const { call, refused, apply, virtualGatewayId, vpnGateway, transitGateway, gateway, privately } = start();
  const [directConnectGatewayId, other, transit] = [gateway(), gateway(), transitGateway()];
  apply();
  const associate = (gatewayId: string, to = directConnectGatewayId) => ({ directConnectGatewayId: to, gatewayId });
  const name = 'CreateDirectConnectGatewayAssociation';
  assert.match(refused(name, associate('vgw-1')), /Could not find gateway/);
  call(name, associate(virtualGatewayId));
  assert.match(refused(name, associate(virtualGatewayId)), /already associated with Direct Connect Gateway/);
  assert.match(refused(name, associate(virtualGatewayId, other)), /already associated with a Direct Connect/);
  assert.match(refused(name, associate(transit)), /cannot have both/);
  call('CreatePrivateVirtualInterface', privately({ directConnectGatewayId: other }));
  assert.match(refused(name, associate(transit, other)), /cannot have both/);
  const both = { ...associate(virtualGatewayId), virtualGatewayId: 'vgw-1' };
  assert.match(refused(name, both), /a gateway has one ID/);
  const named = { associationId: 'x', directConnectGatewayId, virtualGatewayId };
  assert.match(refused('DeleteDirectConnectGatewayAssociation', named), /not by both/);
  call(name, associate(vpnGateway(), other));
  const prefixes = { addAllowedPrefixesToDirectConnectGateway: [{ cidr: '2001:db8::/32' }] };
  assert.match(refused(name, { ...associate(vpnGateway()), ...prefixes }), /not an IPv4 CIDR/);
  const shown = call('DescribeDirectConnectGatewayAssociations', { directConnectGatewayId: other });
  assert.equal(shown.directConnectGatewayAssociations.length, 1);
  assert.match(refused('DeleteDirectConnectGateway', { directConnectGatewayId: other }), /must be deleted first/);
});

test('transit gateways have other ASNs than their Direct Connect gateway, and than one another', () => {
  const { call, refused, apply, transitGateway, gateway } = start();
  const directConnectGatewayId = gateway();
  const [same, one, twin] = [undefined, 64_600, 64_600].map(transitGateway);
  apply();
  const name = 'CreateDirectConnectGatewayAssociation';
  const associate = (gatewayId = '') => ({ directConnectGatewayId, gatewayId });
  assert.match(refused(name, associate(same)), /^DirectConnectClientException: .* different ASNs: both have 64512/);
  call(name, associate(one));
  assert.match(refused(name, associate(twin)), /^DirectConnectClientException: .* different ASNs: both have 64600/);
});

test('an equal block is Direct Connect’s before VPN’s, at both sides, whichever came first', () => {
  const { h, call, site, virtualGatewayId, privately, plan } = start();
  const { CustomerGatewayId } = call('CreateCustomerGateway', {
    Type: 'ipsec.1',
    IpAddress: site.publicAddress,
  }).CustomerGateway;
  const { VpnConnectionId } = call('CreateVpnConnection', {
    ...{ Type: 'ipsec.1', CustomerGatewayId, VpnGatewayId: virtualGatewayId },
  }).VpnConnection;
  const ways = () =>
    [
      [virtualGatewayId, site.cidr],
      ['rtb-office', '10.0.0.0/16'],
    ].map(([table, block]) => {
      const routes = plan().routeTables.find(({ id }) => id === table)?.routes;
      return routes?.find(({ destination }) => destination === block)?.via;
    });
  const by = (link: string) => [
    { kind: 'link', link },
    { kind: 'link', link },
  ];
  assert.deepEqual(ways(), by(VpnConnectionId));
  const { virtualInterfaceId } = call('CreatePrivateVirtualInterface', privately({ virtualGatewayId }));
  assert.deepEqual(ways(), by(virtualInterfaceId));
  assert.equal(h.intent.table('dxInterface').size, 1);
});

test('tags, by ARN', () => {
  const { call, refused, port, gateway } = start();
  const resourceArn = `arn:aws:directconnect:ap-south-1:${ACCOUNT}:dxcon/${port}`;
  call('TagResource', { resourceArn, tags: [{ key: 'team', value: 'net' }] });
  const told = () => call('DescribeTags', { resourceArns: [resourceArn] }).resourceTags[0].tags;
  assert.deepEqual(told(), [{ key: 'team', value: 'net' }]);
  call('UntagResource', { resourceArn, tagKeys: ['team'] });
  assert.deepEqual(told(), []);
  assert.match(refused('TagResource', { resourceArn: 'arn:aws:sqs:x', tags: [] }), /ARN .* is invalid/);
  for (const [own, other] of [
    ['ap-south-1', 'us-east-1'],
    [ACCOUNT, '444455556666'],
  ] as const) {
    const strange = { resourceArn: resourceArn.replace(own, other), tags: [] };
    assert.match(refused('TagResource', strange), /^DirectConnectClientException: Could not find/);
  }
  const ofGateway = `arn:aws:directconnect::${ACCOUNT}:dx-gateway/${gateway()}`;
  call('TagResource', { resourceArn: ofGateway, tags: [{ key: 'team', value: 'net' }] });
});

test('fifty tags of a resource, each key once in a call, on creation as later', () => {
  const { refused, call, port, virtualGatewayId, privately, transit, gateway } = start();
  const twice = [
    { key: 'team', value: 'one' },
    { key: 'team', value: 'two' },
  ];
  const many = Array.from({ length: 51 }, (_, at) => ({ key: `k${at}`, value: '' }));
  const resourceArn = `arn:aws:directconnect:ap-south-1:${ACCOUNT}:dxcon/${port}`;
  const connection = { location: 'office', bandwidth: '1Gbps', connectionName: 'second' };
  const directConnectGatewayId = gateway();
  const calls: readonly [string, (tags: object[]) => object][] = [
    ['CreateConnection', (tags) => ({ ...connection, tags })],
    ['CreateDirectConnectGateway', (tags) => ({ directConnectGatewayName: 'hub', tags })],
    ['CreatePrivateVirtualInterface', (tags) => privately({ virtualGatewayId, tags })],
    ['CreateTransitVirtualInterface', (tags) => transit({ directConnectGatewayId, tags })],
    ['TagResource', (tags) => ({ resourceArn, tags })],
  ];
  for (const [name, input] of calls) {
    assert.equal(refused(name, input(twice)), 'DuplicateTagKeysException: A tag key was given more than once.', name);
    assert.equal(refused(name, input(many)), 'TooManyTagsException: A resource can have at most 50 tags.', name);
    for (const key of ['', 'k'.repeat(129), 'aws:k']) {
      assert.match(refused(name, input([{ key, value: '' }])), /^DirectConnectClientException: The tag /, name);
    }
  }
  const told = () => call('DescribeTags', { resourceArns: [resourceArn] }).resourceTags[0].tags.length;
  assert.equal(told(), 0);
  call('TagResource', { resourceArn, tags: many.slice(1) });
  assert.match(refused('TagResource', { resourceArn, tags: many.slice(0, 1) }), /^TooManyTagsException: /);
  call('TagResource', { resourceArn, tags: [{ key: 'k7', value: 'changed' }] });
  assert.equal(told(), 50);
});

test('how many connections, virtual interfaces and gateways there may be', () => {
  const { h, call, refused, port, virtualGatewayId, privately, transit, gateway } = start();
  const client = 'DirectConnectClientException: ';
  const connection = { location: 'office', bandwidth: '1Gbps', connectionName: 'x' };
  for (let made = 1; made < 10; made++) call('CreateConnection', connection);
  assert.equal(
    refused('CreateConnection', connection),
    `${client}You have reached the maximum number of connections (10) in this region.`,
  );
  // Another region has ten of its own.
  h.as(ACCOUNT, 'us-east-1').call('CreateConnection', connection);
  const toGateway = { directConnectGatewayId: gateway() };
  for (let vlan = 1; vlan <= 50; vlan++) call('CreatePrivateVirtualInterface', privately({ virtualGatewayId, vlan }));
  for (let vlan = 51; vlan <= 54; vlan++) call('CreateTransitVirtualInterface', transit({ ...toGateway, vlan }));
  const full = (type: string) => `${client}Connection ${port} has the maximum number of ${type} virtual interfaces.`;
  assert.equal(refused('CreatePrivateVirtualInterface', privately({ virtualGatewayId, vlan: 60 })), full('private'));
  assert.equal(refused('CreateTransitVirtualInterface', transit({ ...toGateway, vlan: 60 })), full('transit'));
  for (let made = 1; made < 200; made++) gateway();
  assert.equal(
    refused('CreateDirectConnectGateway', { directConnectGatewayName: 'more' }),
    `${client}You have reached the maximum number of Direct Connect gateways (200).`,
  );
});

test('twenty VPCs’ gateways, six transit gateways, two hundred prefixes', () => {
  const { h, call, refused, apply, virtualGatewayId, gateway } = start();
  const [ofVpcs, ofTransit] = [gateway(), gateway()];
  const name = 'CreateDirectConnectGatewayAssociation';
  const [first] = [...h.intent.table('vpnGateway').all()];
  assert.ok(first);
  const ids = Array.from({ length: 20 }, (_, at) => `vgw-f${String(at).padStart(16, '0')}`);
  h.intent.apply(ids.map((id) => ({ op: 'put', resource: { ...first, id, vpcId: null } })));
  apply();
  for (const gatewayId of ids) call(name, { directConnectGatewayId: ofVpcs, gatewayId });
  const full = (id: string) =>
    `DirectConnectClientException: Direct Connect Gateway ${id} has the maximum number of associations.`;
  const more = { directConnectGatewayId: ofVpcs, gatewayId: virtualGatewayId };
  assert.equal(refused(name, more), full(ofVpcs));
  const transitGateways = Array.from({ length: 7 }, (_, at) => {
    const there = h.as(ACCOUNT, at < 4 ? 'ap-south-1' : 'us-east-1');
    const made = there.call('CreateTransitGateway', { Options: { AmazonSideAsn: 64_600 + at } }) as Told;
    return made.TransitGateway.TransitGatewayId as string;
  });
  apply();
  const toTransit = (gatewayId = '') => ({ directConnectGatewayId: ofTransit, gatewayId });
  for (const id of transitGateways.slice(1)) call(name, toTransit(id));
  assert.equal(refused(name, toTransit(transitGateways[0])), full(ofTransit));
  // Prefixes, as they are asked for and in all.
  const [{ associationId }] = call('DescribeDirectConnectGatewayAssociations', { directConnectGatewayId: ofVpcs })
    .directConnectGatewayAssociations as [{ associationId: string }];
  call('DeleteDirectConnectGatewayAssociation', { associationId });
  const prefixes = (from: number, count: number) => ({
    addAllowedPrefixesToDirectConnectGateway: Array.from({ length: count }, (_, at) => ({
      cidr: `10.${from + at}.0.0/16`,
    })),
  });
  const many = 'DirectConnectClientException: An association has at most 200 allowed prefixes.';
  assert.equal(refused(name, { ...more, ...prefixes(0, 201) }), many);
  const made = call(name, { ...more, ...prefixes(0, 200) }).directConnectGatewayAssociation;
  const by = { associationId: made.associationId };
  assert.equal(refused('UpdateDirectConnectGatewayAssociation', { ...by, ...prefixes(200, 1) }), many);
  const removeAllowedPrefixesToDirectConnectGateway = [{ cidr: '10.7.0.0/16' }];
  const changed = { ...by, ...prefixes(200, 1), removeAllowedPrefixesToDirectConnectGateway };
  const after = call('UpdateDirectConnectGatewayAssociation', changed).directConnectGatewayAssociation;
  assert.equal(after.allowedPrefixesToDirectConnectGateway.length, 200);
});

test('what is off is refused by name', () => {
  const { refused, virtualGatewayId, privately } = start();
  for (const name of ['CreatePublicVirtualInterface', 'CreateLag', 'AllocateHostedConnection']) {
    assert.equal(Object.hasOwn(directConnectActions, name), false, name);
  }
  const off = { requestMACSec: true, location: 'office', bandwidth: '1Gbps', connectionName: 'sealed' };
  assert.match(refused('CreateConnection', off), /requestMACSec/);
  const linked = privately({ virtualGatewayId, enableSiteLink: true });
  assert.match(refused('CreatePrivateVirtualInterface', linked), /enableSiteLink/);
});
