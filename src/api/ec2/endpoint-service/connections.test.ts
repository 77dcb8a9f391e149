import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTANCE_DAYS } from '../../../model/expiry.ts';
import { zoneName } from '../../../model/zones.ts';
import { ACCOUNT, REGION } from '../../testing.ts';
import { interfacesOf } from '../endpoint/fixture.ts';
import {
  accept,
  allow,
  CONSUMER,
  connect,
  consumer,
  loadBalancer,
  provider,
  publish,
  ROOT,
  refusedConnect,
  reject,
  service,
  settle,
  state,
} from './fixture.ts';

function pair(acceptanceRequired = true) {
  const p = provider();
  const c = consumer(p);
  const { id, name } = service(p, { AcceptanceRequired: acceptanceRequired });
  allow(p, id, ROOT);
  return { p, c, id, name };
}

type Step = 'create' | 'accept' | 'reject' | 'apply' | 'modify' | 'delete' | 'week';

/** Each walk: what is done, and the state after it. A "!" says that the step is refused and changes nothing. */
const WALKS: readonly { readonly required: boolean; readonly walk: string }[] = [
  { required: true, walk: 'create pendingAcceptance, apply pendingAcceptance, accept pending, apply available' },
  { required: true, walk: 'create pendingAcceptance, reject rejected, apply rejected' },
  { required: true, walk: 'create pendingAcceptance, accept pending, reject rejected' },
  {
    required: true,
    walk: 'create pendingAcceptance, accept pending, apply available, reject rejected, apply rejected',
  },
  { required: true, walk: 'create pendingAcceptance, reject rejected, accept pending, apply available' },
  { required: true, walk: 'create pendingAcceptance, modify pendingAcceptance, apply pendingAcceptance' },
  {
    required: true,
    walk: 'create pendingAcceptance, accept pending, apply available, modify pending, apply available',
  },
  { required: true, walk: 'create pendingAcceptance, reject rejected, modify rejected, apply rejected' },
  {
    required: true,
    walk: 'create pendingAcceptance, accept pending, accept! pending, apply available, accept! available',
  },
  { required: true, walk: 'create pendingAcceptance, reject rejected, reject! rejected' },
  {
    required: true,
    walk: 'create pendingAcceptance, delete deleting, accept! deleting, reject! deleting, apply deleted',
  },
  {
    required: true,
    walk: 'create pendingAcceptance, reject rejected, delete deleting, apply deleted, accept! deleted',
  },
  { required: true, walk: 'create pendingAcceptance, week expired, accept! expired, reject! expired, delete deleting' },
  { required: true, walk: 'create pendingAcceptance, accept pending, week pending, apply available' },
  { required: true, walk: 'create pendingAcceptance, reject rejected, week rejected, accept pending' },
  { required: true, walk: 'create pendingAcceptance, delete deleting, week deleting' },
  { required: false, walk: 'create pending, week pending, apply available, week available' },
  { required: false, walk: 'create pending, apply available, modify pending, apply available' },
  { required: false, walk: 'create pending, accept! pending, apply available, accept! available' },
  { required: false, walk: 'create pending, apply available, reject rejected, accept pending, apply available' },
];

for (const { required, walk } of WALKS) {
  test(`${required ? 'acceptance required' : 'automatic'}: ${walk}`, () => {
    const { p, c, id, name } = pair(required);
    settle(p);
    let endpoint = '';
    let group = 0;
    const steps: Record<Step, () => readonly { Error: { Code: string } }[]> = {
      create: () => {
        endpoint = connect(c, name, { SubnetIds: [c.subnetA] }).id;
        return [];
      },
      accept: () => accept(p, id, endpoint),
      reject: () => reject(p, id, endpoint),
      apply: () => {
        settle(p);
        return [];
      },
      modify: () => {
        const change = group++ % 2 === 0 ? { AddSubnetIds: [c.subnetB] } : { RemoveSubnetIds: [c.subnetB] };
        c.h.call('ModifyVpcEndpoint', { VpcEndpointId: endpoint, ...change });
        return [];
      },
      week: () => {
        p.h.forward(ACCEPTANCE_DAYS * 24 * 60 * 60);
        return [];
      },
      delete: () => c.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [endpoint] }).Unsuccessful,
    };
    for (const each of walk.split(', ')) {
      const [, step, mark, expected] = /^(\w+)(!?) (\w+)$/.exec(each) ?? [];
      const failed = steps[step as Step]().map((item) => item.Error.Code);
      assert.deepEqual(failed, mark === '!' ? ['IncorrectState'] : [], each);
      assert.equal(state(p, c, endpoint), expected, each);
    }
  });
}

test('the consumer is told everything at once; the provider sees who knocks', () => {
  const { p, c, id, name } = pair();
  const made = c.h.call('CreateVpcEndpoint', {
    VpcId: c.vpcId,
    VpcEndpointType: 'Interface',
    ServiceName: name,
    SubnetIds: [c.subnetB, c.subnetA],
    TagSpecifications: [{ ResourceType: 'vpc-endpoint', Tags: [{ Key: 'a', Value: 'b' }] }],
  }).VpcEndpoint;
  assert.equal(made.State, 'pendingAcceptance');
  assert.equal(made.ServiceName, name);
  assert.equal(made.PrivateDnsEnabled, false);
  assert.equal(made.ServiceRegion, REGION);
  assert.deepEqual(
    made.NetworkInterfaceIds,
    interfacesOf(c, made.VpcEndpointId).map((port) => port.id),
  );
  const names = made.DnsEntries.map((entry) => entry.DnsName.replace(/-[a-z0-9]{8}(?=[.-])/, ''));
  assert.deepEqual(names, [
    `${made.VpcEndpointId}.${id}.${REGION}.vpce.amazonaws.com`,
    `${made.VpcEndpointId}-${REGION}a.${id}.${REGION}.vpce.amazonaws.com`,
    `${made.VpcEndpointId}-${REGION}b.${id}.${REGION}.vpce.amazonaws.com`,
  ]);
  const [{ VpcEndpointConnectionId, ...connection }] = p.h.call(
    'DescribeVpcEndpointConnections',
    {},
  ).VpcEndpointConnections;
  assert.match(VpcEndpointConnectionId, /^vpce-con-[0-9a-f]{17}$/);
  assert.deepEqual(connection, {
    ServiceId: id,
    VpcEndpointId: made.VpcEndpointId,
    VpcEndpointOwner: CONSUMER,
    VpcEndpointState: 'pendingAcceptance',
    CreationTimestamp: made.CreationTimestamp,
    DnsEntries: made.DnsEntries,
    NetworkLoadBalancerArns: [p.arn],
    IpAddressType: 'ipv4',
    Tags: [],
    VpcEndpointRegion: REGION,
  });
});

test('zones are matched by their ids, however each account calls them', () => {
  const p = provider();
  const c = consumer(p);
  const only = loadBalancer(p, 'one', [p.subnetA]);
  const { id, name } = service({ ...p, arn: only });
  allow(p, id, ROOT);
  const offered = p.h.intent.table('endpointService').get(id)?.zoneIds[0] ?? '';
  const theirName = zoneName(CONSUMER, offered);
  const cidr = ['10.0.10.0/24', '10.0.11.0/24', '10.0.12.0/24'];
  const subnets = ['a', 'b', 'c'].map(
    (letter, at) =>
      c.h.call('CreateSubnet', {
        VpcId: c.vpcId,
        CidrBlock: cidr[at] as string,
        AvailabilityZone: `${REGION}${letter}`,
      }).Subnet,
  );
  for (const subnet of subnets) {
    if (subnet.AvailabilityZone === theirName) connect(c, name, { SubnetIds: [subnet.SubnetId] });
    else {
      assert.equal(
        refusedConnect(c, name, { SubnetIds: [subnet.SubnetId] }),
        `InvalidParameter: The VPC endpoint service ${name} does not support the availability zone of the subnet: ${subnet.SubnetId}.`,
      );
    }
  }
});

test('what consumers cannot ask of a customer’s service', () => {
  const { c, name } = pair();
  assert.equal(
    refusedConnect(c, name, { VpcEndpointType: 'Gateway' }),
    'InvalidParameter: Endpoint type (Gateway) does not match available service types ([Interface]).',
  );
  assert.match(refusedConnect(c, name, { SubnetIds: [c.subnetA, c.otherSubnetA] }), /^DuplicateSubnetsInSameZone: /);
  assert.match(
    refusedConnect(c, name, { IpAddressType: 'dualstack' }),
    /does not support the IP address type dualstack\.$/,
  );
  for (const other of [name.replace(REGION, 'us-east-1'), `x.${name}`, name.replace(/.$/, ''), 'vpce-svc-1']) {
    assert.equal(refusedConnect(c, other), `InvalidServiceName: The Vpc Endpoint Service '${other}' does not exist`);
  }
  const narrow = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}';
  const all = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}';
  const conditional = all.replace('"Resource"', '"Condition":{},"Resource"');
  for (const policy of [narrow, conditional, all.replace('Allow', 'Deny'), 'nonsense'])
    assert.match(refusedConnect(c, name, { PolicyDocument: policy }), /^InvalidParameter: .*endpoint policies/, policy);
  const { id } = connect(c, name, { PolicyDocument: all });
  assert.equal(c.h.intent.table('vpcEndpoint').get(id)?.policy, null);
  assert.match(c.h.refusal('ModifyVpcEndpoint', { VpcEndpointId: id, PolicyDocument: narrow }), /^InvalidParameter: /);
});

test('endpoints of customers’ services count against the quota of the VPC', () => {
  const { c, name } = pair();
  for (let made = 0; made < 50; made++) connect(c, name);
  assert.match(refusedConnect(c, name), /^VpcEndpointLimitExceeded: /);
});

test('the owner’s own endpoints need no permission, but acceptance', () => {
  const { p, id, name } = pair();
  const { id: own, state: first } = connect(p, name);
  assert.equal(first, 'pendingAcceptance');
  assert.deepEqual(accept(p, id, own), []);
});

test('answers to what is not there, or not of this service, are told beside those that went through', () => {
  const { p, c, id, name } = pair();
  const other = service({ ...p, arn: loadBalancer(p, 'other', [p.subnetA]) });
  allow(p, other.id, '*');
  const { id: one } = connect(c, name);
  const { id: stranger } = connect(c, other.name);
  const codes = (list: ReturnType<typeof accept>) => list.map((item) => [item.ResourceId, item.Error.Code]);
  assert.deepEqual(codes(accept(p, id, 'vpce-x', stranger, one, 'vpce-0123456789abcdef0')), [
    ['vpce-x', 'InvalidVpcEndpointId.Malformed'],
    [stranger, 'InvalidVpcEndpointId.NotFound'],
    ['vpce-0123456789abcdef0', 'InvalidVpcEndpointId.NotFound'],
  ]);
  assert.equal(state(p, c, one), 'pending');
  assert.equal(state(p, c, stranger), 'pendingAcceptance');
});

test('acceptance that is waived later lets the next ones in, not those that wait', () => {
  const { p, c, id, name } = pair();
  const { id: waiting } = connect(c, name);
  p.h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, AcceptanceRequired: false });
  assert.equal(connect(c, name).state, 'pending');
  settle(p);
  assert.equal(state(p, c, waiting), 'pendingAcceptance');
});

test('filters and pages of connections; the documented filter that AWS refuses', () => {
  const { p, c, id, name } = pair();
  const ids = [connect(c, name).id, connect(p, name).id, connect(c, name).id];
  reject(p, id, ids[2] as string);
  const found = (Name: string, ...Values: string[]) =>
    p.h
      .call('DescribeVpcEndpointConnections', { Filters: [{ Name, Values }] })
      .VpcEndpointConnections.map((each) => each.VpcEndpointId);
  assert.deepEqual(found('service-id', id), ids);
  assert.deepEqual(found('service-id', 'vpce-svc-0123456789abcdef0'), []);
  assert.deepEqual(found('vpc-endpoint-owner', ACCOUNT), [ids[1]]);
  assert.deepEqual(found('vpc-endpoint-state', 'rejected'), [ids[2]]);
  assert.deepEqual(found('vpc-endpoint-region', REGION), ids);
  assert.deepEqual(found('ip-address-type', 'ipv6'), []);
  assert.equal(
    p.h.refusal('DescribeVpcEndpointConnections', { Filters: [{ Name: 'vpc-endpoint-id', Values: ids }] }),
    "InvalidParameterValue: The filter 'vpc-endpoint-id' is invalid",
  );
  const first = p.h.call('DescribeVpcEndpointConnections', { MaxResults: 2 });
  const rest = p.h.call('DescribeVpcEndpointConnections', { NextToken: first.NextToken });
  assert.deepEqual(
    [...first.VpcEndpointConnections, ...rest.VpcEndpointConnections].map((each) => each.VpcEndpointId),
    ids,
  );
});

// ── Private DNS ────────────────────────────────────────────────────────────────────────────────────────────────────

function named(acceptanceRequired: boolean, PrivateDnsName = 'api.shop.test') {
  const all = pair(acceptanceRequired);
  const { p, id } = all;
  p.h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, PrivateDnsName });
  return { ...all, verify: () => verify(p, id) };
}

function configuration(p: ReturnType<typeof provider>, id: string) {
  return p.h.call('DescribeVpcEndpointServiceConfigurations', { ServiceIds: [id] }).ServiceConfigurations[0]
    .PrivateDnsNameConfiguration;
}

function start(p: ReturnType<typeof provider>, ServiceId: string): string {
  assert.deepEqual(p.h.call('StartVpcEndpointServicePrivateDnsVerification', { ServiceId }), { ReturnValue: true });
  return configuration(p, ServiceId).State;
}

function verify(p: ReturnType<typeof provider>, id: string): void {
  const { Name, Value } = configuration(p, id);
  publish(p, `${Name}.shop.test`, 'TXT', [`"${Value}"`]);
  assert.equal(start(p, id), 'verified');
}

test('a private name waits for its TXT record, under the name or a domain above it', () => {
  for (const [name, owner, expected] of [
    ['api.shop.test', 'LABEL.api.shop.test', 'verified'],
    ['api.shop.test', 'LABEL.shop.test', 'verified'],
    ['api.shop.test', 'api.shop.test', 'verified'],
    ['api.shop.test', 'shop.test', 'verified'],
    ['*.shop.test', 'LABEL.shop.test', 'verified'],
    ['shop.test', 'LABEL.shop.test', 'verified'],
    ['shop.test', 'LABEL.api.shop.test', 'failed'],
    ['api.shop.test', 'LABEL.other.test', 'failed'],
    ['api.shop.test', 'LABEL.www.shop.test', 'failed'],
  ] as const) {
    const { p, id } = named(false, name);
    const { Name, Value, Type, State } = configuration(p, id);
    assert.match(Name, /^_[a-z0-9]{20}$/);
    assert.match(Value, /^vpce:[A-Za-z0-9]{20}$/);
    assert.equal(Type, 'TXT');
    assert.equal(State, 'pendingVerification');
    assert.equal(start(p, id), 'failed', name);
    publish(p, owner.replace('LABEL', Name), 'TXT', ['"something else"', `"${Value}"`]);
    assert.equal(start(p, id), expected, `${name} by ${owner}`);
    assert.deepEqual(configuration(p, id), { Type, Name, Value, State: expected });
  }
});

test('another value, another type and a zone that nothing leads to prove nothing', () => {
  const { p, id } = named(false);
  const { Name, Value } = configuration(p, id);
  const owner = `${Name}.shop.test`;
  for (const [type, value] of [
    ['TXT', `"${Value.toLowerCase()}"`],
    ['TXT', `"x${Value}"`],
    ['TXT', `""`],
    ['SPF', `"${Value}"`],
  ] as const) {
    publish(p, owner, type, [value]);
    assert.equal(start(p, id), 'failed', `${type} ${value}`);
  }
  // Somebody else's zone below the domain, without a delegation.
  const zone = { ...p.h.intent.table('hostedZone').get('Zshop.test'), id: 'Zstolen', name: 'api.shop.test' } as const;
  const record = { ...p.h.intent.table('recordSet').get(`Zshop.test/${owner}/TXT`) };
  p.h.intent.apply([
    { op: 'put', resource: zone as never },
    {
      op: 'put',
      resource: {
        ...record,
        id: `Zstolen/${Name}.api.shop.test/TXT`,
        zoneId: 'Zstolen',
        name: `${Name}.api.shop.test`,
        values: [`"${Value}"`],
      } as never,
    },
  ]);
  assert.equal(start(p, id), 'failed');
});

test('a service without a name, or whose name is not verified, gives none', () => {
  const { p, c, id, name } = pair(false);
  const text = `InvalidParameter: Private DNS can't be enabled because the service ${name} does not provide a private DNS name.`;
  const on = { PrivateDnsEnabled: true };
  assert.equal(refusedConnect(c, name, on), text);
  assert.match(
    p.h.refusal('StartVpcEndpointServicePrivateDnsVerification', { ServiceId: id }),
    /^InvalidParameter: .*does not have a private DNS name/,
  );
  p.h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, PrivateDnsName: 'api.shop.test' });
  assert.equal(refusedConnect(c, name, on), text);
  start(p, id);
  assert.equal(refusedConnect(c, name, on), text);
  verify(p, id);
  connect(c, name, on);
});

test('private DNS is off by default, and cannot be on before the owner accepts', () => {
  const { p, c, id, name, verify } = named(true);
  verify();
  const text = `InvalidParameter: Private DNS can only be enabled after the endpoint connection is accepted by the owner of ${name}.`;
  assert.equal(refusedConnect(c, name, { PrivateDnsEnabled: true }), text);
  const { id: endpoint } = connect(c, name, { SubnetIds: [c.subnetA] });
  const on = { VpcEndpointId: endpoint, PrivateDnsEnabled: true };
  assert.equal(c.h.refusal('ModifyVpcEndpoint', on), text);
  accept(p, id, endpoint);
  settle(p);
  c.h.call('ModifyVpcEndpoint', on);
  assert.equal(state(p, c, endpoint), 'pending');
  const last = () => c.h.call('DescribeVpcEndpoints', { VpcEndpointIds: [endpoint] }).VpcEndpoints[0].DnsEntries.at(-1);
  assert.deepEqual(last(), { DnsName: 'api.shop.test', HostedZoneId: 'ZONEIDPENDING' });
  settle(p);
  assert.match(last()?.HostedZoneId ?? '', /^Z0[0-9A-F]{18}$/);
  reject(p, id, endpoint);
  assert.equal(last()?.DnsName, 'api.shop.test');
  c.h.call('ModifyVpcEndpoint', { VpcEndpointId: endpoint, PrivateDnsEnabled: false });
  assert.notEqual(last()?.DnsName, 'api.shop.test');
  assert.equal(c.h.refusal('ModifyVpcEndpoint', on), text);
});

test('an endpoint keeps the name it got, whatever the service is called later; new ones get the new name', () => {
  const { p, c, id, name, verify } = named(false);
  verify();
  const { id: first } = connect(c, name, { PrivateDnsEnabled: true });
  const entries = (endpoint: string) =>
    c.h.call('DescribeVpcEndpoints', { VpcEndpointIds: [endpoint] }).VpcEndpoints[0].DnsEntries.slice(1);
  p.h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, PrivateDnsName: 'new.shop.test' });
  assert.equal(configuration(p, id).State, 'pendingVerification');
  assert.deepEqual(
    entries(first).map((entry) => entry.DnsName),
    ['api.shop.test'],
  );
  c.h.call('ModifyVpcEndpoint', { VpcEndpointId: first, AddSubnetIds: [c.subnetA] });
  assert.equal(entries(first).at(-1)?.DnsName, 'api.shop.test');
  assert.match(refusedConnect(c, name, { PrivateDnsEnabled: true }), /does not provide a private DNS name/);
  verify();
  const { id: second } = connect(c, name, { PrivateDnsEnabled: true });
  assert.deepEqual(
    entries(second).map((entry) => entry.DnsName),
    ['new.shop.test'],
  );
});

test('the name is removed only when nobody is connected', () => {
  const { p, c, id, name } = named(false);
  const change = (input: object) => p.h.refusal('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, ...input });
  const { id: endpoint } = connect(c, name);
  assert.match(change({ RemovePrivateDnsName: true }), /^ExistingVpcEndpointConnections: /);
  assert.match(change({ RemovePrivateDnsName: true, PrivateDnsName: 'x.test' }), /^InvalidParameterCombination: /);
  reject(p, id, endpoint);
  p.h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, RemovePrivateDnsName: true });
  assert.equal(configuration(p, id), undefined);
});

test('two endpoints of a VPC cannot hold one name, of whatever service', () => {
  const { p, c, name, verify } = named(false);
  verify();
  const first = connect(c, name, { PrivateDnsEnabled: true });
  const text = `InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for api.shop.test in the VPC ${c.vpcId}`;
  assert.equal(refusedConnect(c, name, { PrivateDnsEnabled: true }), text);
  const rival = service({ ...p, arn: loadBalancer(p, 'rival', [p.subnetA]) }, { PrivateDnsName: 'api.shop.test' });
  allow(p, rival.id, '*');
  const { Name, Value } = configuration(p, rival.id);
  publish(p, `${Name}.shop.test`, 'TXT', [`"${Value}"`]);
  assert.equal(start(p, rival.id), 'verified');
  accept(p, rival.id, connect(c, rival.name).id);
  p.h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId: rival.id, AcceptanceRequired: false });
  assert.equal(refusedConnect(c, rival.name, { PrivateDnsEnabled: true }), text);
  c.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [first.id] });
  connect(c, rival.name, { PrivateDnsEnabled: true });
});
