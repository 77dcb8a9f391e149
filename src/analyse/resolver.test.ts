/** Packets to and from resolver endpoints, and names that rules forward: endpoints are hosts like any other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../model/facts.ts';
import type { ResolverEndpoint } from '../model/resources.ts';
import { check } from '../plan/check.ts';
import { compile } from '../plan/compile.ts';
import { allowAll, allowTcp, World } from '../plan/testing/world.ts';
import { type Asking, resolveName } from './names.ts';
import { trace } from './trace.ts';
import { why } from './why.ts';

/** A VPC with a client, a server at 10.0.1.4 upwards, an endpoint in its own group, and a rule that sends corp.example to the server. */
function office(direction: ResolverEndpoint['direction']) {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.1.0/24');
  const open = world.group(vpc, 'open', allowAll('ingress'), allowAll('egress'));
  const doors = world.group(vpc, 'doors');
  const [client, server] = [world.instance(subnet, [open]), world.instance(subnet, [open])];
  const endpoint = world.put<ResolverEndpoint>({
    ...world.resource(direction === 'INBOUND' ? 'rslvr-in' : 'rslvr-out'),
    kind: 'resolverEndpoint',
    creatorRequestId: 'a',
    name: null,
    direction,
    vpcId: vpc.id,
    groupIds: [doors.id],
    madeRevision: 0,
    changedRevision: 0,
    changedAt: '',
  });
  const addressId = world.resource('rni').id;
  const eni = world.interface(subnet, [doors], {
    resolver: { endpointId: endpoint.id, addressId, madeRevision: 0 },
  });
  const target = server.eni.addresses[0] ?? '';
  const rule = world.put({
    ...world.resource('rslvr-rr'),
    kind: 'resolverRule',
    creatorRequestId: 'a',
    name: null,
    ruleType: 'FORWARD',
    domain: 'corp.example',
    endpointId: endpoint.id,
    targets: [{ address: target, port: 53 }],
    changedRevision: 0,
    changedAt: '',
  });
  const plan = () => {
    const made = compile(world.intent(), NO_FACTS);
    assert.deepEqual(check(made), []);
    return made;
  };
  return { world, vpc, doors, client, server, endpoint, eni, rule, target, plan };
}

test('a question to an inbound endpoint is judged by its groups', () => {
  const { world, doors, client, eni, plan } = office('INBOUND');
  world.remove([...world.intent().table('resolverRule').all()][0] as never);
  const from = { kind: 'port', port: client.eni.id, address: null } as const;
  const to = { address: eni.addresses[0] ?? '', port: 53, code: null };
  const ask = () => trace(plan(), { from, to, protocol: '6' });
  assert.deepEqual([ask().hops.at(-1)?.stage, ask().hops.at(-1)?.direction], ['group', 'ingress']);
  assert.equal(ask().outcome, 'dropped');
  world.rule(doors, allowTcp('ingress', 53));
  assert.equal(ask().outcome, 'delivered');
});

test('a forwarded name: whom the rule has asked, and what keeps the question from them', () => {
  const { world, vpc, doors, client, endpoint, rule, target, plan } = office('OUTBOUND');
  const ask = () => why(plan(), { from: client.eni.id, to: 'files.corp.example', protocol: '6', port: 80 });
  assert.equal(ask().resolution?.steps[0]?.owner.kind, 'world');
  const id = world.resource('rslvr-rrassoc').id;
  const association = {
    ...world.resource('rslvr-rrassoc'),
    id,
    kind: 'resolverAssociation',
    name: null,
    madeRevision: 0,
  } as const;
  world.put({ ...association, ruleId: rule.id, vpcId: vpc.id });
  const blocked = ask();
  assert.equal(blocked.outcome, 'unresolved');
  assert.deepEqual(blocked.resolution?.steps[0]?.owner, { kind: 'rule', zone: 'corp.example', origin: [rule.id] });
  assert.equal(blocked.resolution?.steps[0]?.result, `asked of ${target} port 53 through ${endpoint.id}`);
  assert.equal(
    blocked.headline,
    `${rule.id} has ${target} asked for files.corp.example through ${endpoint.id}, and not all questions arrive there`,
  );
  assert.deepEqual(
    blocked.hints.map(({ code }) => code),
    ['CULVERT_NAME_FORWARDED', 'SG_HAS_NO_RULES'],
  );
  world.rule(doors, allowAll('egress'));
  assert.equal(
    ask().headline,
    `${rule.id} has ${target} asked for files.corp.example through ${endpoint.id}: only they know its address`,
  );
});

test('a name asked by an inbound endpoint: private names of endpoints that are for these alone, of either family', () => {
  const { vpc, plan } = office('INBOUND');
  const record = (type: 'A' | 'AAAA', value: string) => ({
    ...{ name: 's3.example', type, ttlSeconds: 60, values: [value], origin: [] },
  });
  const zone = {
    ...{ name: 's3.example', origin: [] },
    records: [record('A', '10.0.1.9'), record('AAAA', '3fff::9')],
  };
  const made = plan();
  const views = made.views.map((view) => ({ ...view, inboundZones: [zone] }));
  const ask = (asking: Asking) => resolveName({ ...made, views }, vpc.id, 's3.example', asking);
  assert.deepEqual(ask({ isInbound: true }).addresses, ['10.0.1.9']);
  assert.deepEqual(ask({ isInbound: true, type: 'AAAA' }).addresses, ['3fff::9']);
  assert.deepEqual([ask({}).outcome, ask({ type: 'AAAA' }).outcome], ['NXDOMAIN', 'NXDOMAIN']);
  // Whoever asks an endpoint: whom the VPC's machines ask does not matter.
  const [own] = made.domains.filter(({ id }) => id === vpc.id);
  const domains = own === undefined ? [] : [{ ...own, dhcp: { ...own.dhcp, nameServers: ['192.0.2.1'] } }];
  const outcomes = [{}, { isInbound: true }].map(
    (asking) => resolveName({ ...made, views, domains }, vpc.id, 's3.example', asking).outcome,
  );
  assert.deepEqual(outcomes, ['ownServers', 'addresses']);
});
