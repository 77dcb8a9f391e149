/** Peering connections in the Plan: links, routes through them, rules that name groups beyond, names that are shared. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trace } from '../../analyse/trace.ts';
import { NO_FACTS } from '../../model/facts.ts';
import type { VpcPeering } from '../../model/resources.ts';
import { check } from '../check.ts';
import { compile } from '../compile.ts';
import { allowAll, allowTcp, REGION, World } from '../testing/world.ts';

function start(more: Partial<VpcPeering> = {}) {
  const world = new World();
  const near = world.vpc('10.0.0.0/16');
  const far = world.vpc('10.1.0.0/16', { cidrs: ['10.1.0.0/16', '10.2.0.0/16'] });
  const nearSubnet = world.subnet(near, '10.0.1.0/24');
  const farSubnet = world.subnet(far, '10.2.1.0/24');
  const peering = world.peering(near, far, more);
  const target = { kind: 'vpcPeering', id: peering.id } as const;
  const table = world.routeTable(near, [{ destination: '10.2.0.0/16', target }], [nearSubnet]);
  world.routeTable(far, [{ destination: '10.0.0.0/16', target }], [farSubnet]);
  const callers = world.group(near, 'callers', allowAll('egress'));
  const web = world.group(
    far,
    'web',
    allowTcp('ingress', 80, {
      kind: 'group',
      groupId: callers.id,
      account: callers.account,
      peered: { vpcId: near.id, peeringId: peering.id },
    }),
  );
  const caller = world.instance(nearSubnet, [callers]).eni;
  const host = world.instance(farSubnet, [web], { isPublic: true }).eni;
  const plan = () => {
    const made = compile(world.intent(), NO_FACTS);
    assert.deepEqual(check(made), []);
    return made;
  };
  return { world, near, far, peering, table, callers, web, caller, host, plan };
}

test('in force it is a link between all blocks of both, 8500 bytes wide between regions', () => {
  const { world, near, far, peering, plan } = start();
  assert.deepEqual(plan().links, [
    {
      id: peering.id,
      origin: [peering.id, near.id, far.id],
      kind: 'peering',
      ends: [
        { domain: near.id, cidrs: ['10.0.0.0/16'], routeTable: null, segment: null },
        { domain: far.id, cidrs: ['10.1.0.0/16', '10.2.0.0/16'], routeTable: null, segment: null },
      ],
      outside: null,
      mtu: 9001,
    },
  ]);
  world.put({ ...peering, accepter: { ...peering.accepter, region: 'eu-west-1' } });
  assert.equal(plan().links[0]?.mtu, 8500);
});

test('routes lead through it and rules mean the group beyond it while it is in force, and nothing otherwise', () => {
  const { world, peering, table, callers, web, plan } = start();
  const found = () => ({
    via: plan()
      .routeTables.find(({ id }) => id === table)
      ?.routes.find(({ destination }) => destination === '10.2.0.0/16')?.via,
    peers: plan()
      .filters.find(({ id }) => id === web.id)
      ?.ingress.map(({ peer }) => peer),
  });
  assert.deepEqual(found(), {
    via: { kind: 'link', link: peering.id },
    peers: [{ filter: callers.id, link: peering.id }],
  });
  const deletion = { by: peering.account, at: peering.createdAt, revision: 1 };
  for (const ended of [{ answer: null }, { failed: true }, { deletion }] satisfies Partial<VpcPeering>[]) {
    world.put({ ...peering, ...ended });
    assert.deepEqual(found(), { via: { kind: 'blackhole' }, peers: [] });
    assert.deepEqual(plan().links, []);
  }
});

test('public instance names answer private addresses beyond it where their VPC says so', () => {
  const { world, near, peering, host, plan } = start();
  const name = `ec2-${host.publicAddress?.replaceAll('.', '-')}.${REGION}.compute.amazonaws.com`;
  const answer = () =>
    plan()
      .views.find(({ id }) => id === near.id)
      ?.zones.flatMap(({ records }) => records)
      .find((record) => record.name === name)?.values;
  assert.equal(answer(), undefined);
  world.put({ ...peering, accepter: { ...peering.accepter, sharesNames: true } });
  assert.deepEqual(answer(), host.addresses);
  world.put({ ...peering, requester: { ...peering.requester, sharesNames: true } });
  assert.equal(answer(), undefined);
});

test('the analyser tells each hop, and what is missing on either way', () => {
  const { world, near, far, peering, caller, host, plan } = start();
  const told = (port = 80) =>
    trace(plan(), {
      from: { kind: 'port', port: caller.id, address: null },
      to: { address: host.addresses[0] ?? '', port, code: null },
      protocol: '6',
    });
  const { outcome, hops, seenFrom, receiver } = told();
  assert.equal(outcome, 'delivered');
  assert.deepEqual(
    hops.filter(({ stage }) => stage !== 'acl').map(({ stage, direction, domain }) => [stage, direction, domain]),
    [
      ['group', 'egress', near.id],
      ['route', 'egress', near.id],
      ['link', 'egress', near.id],
      ['group', 'ingress', far.id],
    ],
  );
  assert.equal(seenFrom, caller.addresses[0]);
  assert.deepEqual(receiver, { kind: 'port', id: host.id });
  const back = [...world.intent().table('routeTable').by('vpcId', far.id)].find(({ routes }) => routes.length > 0);
  assert.ok(back);
  world.put({ ...back, routes: [] });
  const reasons = told(443).reasons.map(({ code }) => code);
  assert.deepEqual(reasons, ['ENI_SG_RULES_MISMATCH', 'CULVERT_NO_WAY_BACK']);
  world.put({ ...back, routes: [{ destination: '10.0.0.0/16', target: { kind: 'vpcPeering', id: 'pcx-0' } }] });
  assert.deepEqual(told().reasons.at(-1)?.code, 'CULVERT_NO_WAY_BACK');
  assert.equal(told().hops.at(-1)?.direction, 'reply');
  world.put(back);
  const beyond = trace(plan(), {
    from: { kind: 'port', port: caller.id, address: null },
    to: { address: '10.2.0.9', port: 80, code: null },
    protocol: '6',
  });
  assert.equal(beyond.reasons[0]?.code, 'CULVERT_ADDRESS_NOT_IN_USE');
  const all = [...world.intent().table('routeTable').by('vpcId', near.id)].find(({ routes }) => routes.length > 0);
  assert.ok(all);
  world.put({ ...all, routes: [{ destination: '0.0.0.0/0', target: { kind: 'vpcPeering', id: peering.id } }] });
  const transit = trace(plan(), {
    from: { kind: 'port', port: caller.id, address: null },
    to: { address: '198.51.100.7', port: 80, code: null },
    protocol: '6',
  });
  assert.deepEqual(
    transit.reasons.map(({ code, components }) => [code, components[0]]),
    [['PCX_REQUIRES_ADDRESS_IN_VPC_CIDR', peering.id]],
  );
});
