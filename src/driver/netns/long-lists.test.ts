/**
 * Group rules, ACL entries and routes by the hundred, changed in all ways: what is made of what changed is what is made of new objects,
 * down to the kernel's fingerprint, and what the kernel is told brings the sets it has to those that must be.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NO_FACTS } from '../../model/facts.ts';
import type { NetworkAclEntry, PrefixList, Route, SecurityGroupRule } from '../../model/resources.ts';
import { check } from '../../plan/check.ts';
import { compile } from '../../plan/compile.ts';
import { copied } from '../../plan/testing/copied.ts';
import { allow, allowAll, allowTcp, deny, inGroup, World } from '../../plan/testing/world.ts';
import { assumed, diff } from './diff.ts';
import { fingerprint } from './nft.ts';
import { createMemory } from './remember.ts';
import { render } from './render.ts';
import type { NamespaceState } from './state.ts';

const MANY = 300;
const numbers = Array.from({ length: MANY }, (_, n) => n);
/** Blocks of several lengths, some inside others, of both families. */
const block = (n: number) => {
  if (n % 50 === 0) return `172.${16 + (n % 16)}.0.0/16`;
  if (n % 7 === 0) return `3fff:0:${n.toString(16)}::/48`;
  return n % 2 === 0 ? `172.${16 + (n % 16)}.${n >> 4}.0/24` : `172.${16 + (n % 16)}.${n >> 4}.${(n % 8) * 32}/28`;
};

function createStory() {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:fff:100::/56'] });
  const peer = world.vpc('10.9.0.0/16');
  const peering = world.peering(vpc, peer);
  const [near, far] = [
    world.subnet(vpc, '10.0.0.0/24', 'a', '3fff:0:fff:100::/64'),
    world.subnet(vpc, '10.0.1.0/24', 'b', '3fff:0:fff:101::/64'),
  ];
  const gateway = world.gateway(vpc, []);
  const group = world.group(vpc, 'many', allowAll('egress'));
  const peers = world.group(peer, 'beyond', allowAll('egress'));
  world.instance(near, [group], { ipv6: '3fff:0:fff:100::a' });
  world.instance(far, [group], { isPublic: true });
  const list = world.put<PrefixList>({
    ...world.resource('pl'),
    kind: 'prefixList',
    name: 'list',
    addressFamily: 'IPv4',
    maxEntries: 9,
    version: 1,
    lastChange: { kind: 'create', revision: 0, unableIds: [] },
  });
  for (const version of [1, 2]) {
    world.put({
      ...world.resource('pl'),
      id: `${list.id}/${version}`,
      kind: 'prefixListVersion',
      listId: list.id,
      version,
      // What rules of the group say, too.
      entries: [1, 2, 3 * version].map((n) => ({ cidr: block(n), description: '' })),
    });
  }
  const rules = numbers.map((n) => {
    const by =
      n % 3 === 0
        ? allowAll
        : (...args: [direction: 'ingress', peer?: SecurityGroupRule['peer']]) => {
            const [direction, other] = args;
            return allowTcp(direction, n % 5 === 0 ? 80 : 443, other);
          };
    return world.rule(group, by('ingress', { kind: 'cidr', cidr: block(n) }));
  });
  for (const other of [
    inGroup(group),
    { kind: 'prefixList', prefixListId: list.id } as const,
    { ...inGroup(peers), peered: { peeringId: peering.id, vpcId: peer.id } } as const,
  ]) {
    rules.push(world.rule(group, allowTcp('ingress', 443, other)), world.rule(group, allowAll('ingress', other)));
  }
  const entries = numbers.flatMap((n): readonly NetworkAclEntry[] => [
    (n % 3 === 0 ? allow : deny)('ingress', 10 * n + 1, { cidr: block(n) }),
    ...(n % 4 === 0
      ? [allow('ingress', 10 * n + 2, { cidr: block(n), protocol: '6', ports: { from: n, to: n + 9 } })]
      : []),
    allow('egress', 10 * n + 1, { cidr: block(n), protocol: '17' }),
  ]);
  const acl = world.acl(vpc, [near], ...entries, allow('ingress', 20_000), allow('egress', 20_000));
  const targets: readonly Route['target'][] = [
    { kind: 'internetGateway', id: gateway.id },
    { kind: 'vpcPeering', id: peering.id },
    { kind: 'internetGateway', id: 'igw-00000000000000000' },
  ];
  const routes = [
    ...numbers.map((n): Route => ({ destination: block(n), target: targets[n % 3] as Route['target'] })),
    { destination: '0.0.0.0/0', target: targets[0] as Route['target'] },
    { destination: list.id, target: targets[1] as Route['target'] },
  ].filter(({ destination }, at, all) => all.findIndex((other) => other.destination === destination) === at);
  const table = world.intent().table('routeTable').get(vpc.mainRouteTableId);
  assert.ok(table);
  world.put({ ...table, routes });
  return { world, vpc, gateway, peering, list, group, rules, acl, entries: acl.entries, table, routes };
}

type Story = ReturnType<typeof createStory>;

/** Of a list, the items that `at` and `count` leave out. */
const without = <T>(list: readonly T[], at: number, count: number) => list.toSpliced(at % list.length, count);

const CHANGES: readonly ((story: Story, at: number, count: number) => void)[] = [
  ({ world, rules }, at, count) => {
    for (const rule of rules.slice(at % rules.length, (at % rules.length) + count)) {
      if (world.intent().table('securityGroupRule').get(rule.id) === undefined) world.put(rule);
      else world.remove(rule);
    }
  },
  ({ world, acl, entries }, at, count) => void world.put({ ...acl, entries: without(entries, at, count) }),
  ({ world, acl, entries }, at) =>
    void world.put({
      ...acl,
      entries: entries.with(at % entries.length, {
        ...(entries[at % entries.length] as NetworkAclEntry),
        action: 'deny',
      }),
    }),
  ({ world, table, routes }, at, count) => void world.put({ ...table, routes: without(routes, at, count) }),
  // Where short ones end and long ones begin.
  ({ world, acl, entries, table, routes }, at) => {
    world.put({ ...acl, entries: entries.slice(0, 60 + (at % 9)) });
    world.put({ ...table, routes: routes.slice(0, 60 + (at % 9)) });
  },
  ({ world, gateway }) => {
    const now = world.intent().table('internetGateway').get(gateway.id) ?? gateway;
    world.put({ ...now, vpcId: now.vpcId === null ? gateway.vpcId : null });
  },
  ({ world, list }) => {
    const now = world.intent().table('prefixList').get(list.id) ?? list;
    world.put({ ...now, version: 3 - now.version });
  },
  ({ world, peering }) => {
    if (world.intent().table('vpcPeering').get(peering.id) === undefined) world.put(peering);
    else world.remove(peering);
  },
  ({ world, vpc }) => {
    const now = world.intent().table('vpc').get(vpc.id) ?? vpc;
    world.put({ ...now, cidrs: now.cidrs.length > 1 ? vpc.cidrs : [...vpc.cidrs, '172.31.0.0/16'] });
  },
];

test('after any changes of long lists all is as if they were new', () => {
  const change = fc.tuple(fc.nat(CHANGES.length - 1), fc.nat(400), fc.integer({ min: 1, max: 3 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 10 }), (changed) => {
      const story = createStory();
      const memory = createMemory<NamespaceState>();
      let before = render(compile(story.world.intent(), NO_FACTS), memory);
      for (const [which, at, count] of changed) {
        CHANGES[which]?.(story, at, count);
        const plan = compile(story.world.intent(), NO_FACTS);
        const fresh = compile(copied(story.world.intent()), NO_FACTS);
        assert.equal(JSON.stringify(plan), JSON.stringify(fresh));
        assert.deepEqual(check(plan), []);
        const now = render(plan, memory);
        const anew = render(fresh);
        assert.deepEqual(now, anew);
        for (const [id, { program }] of now.namespaces) {
          const other = anew.namespaces.get(id)?.program;
          if (program && other) assert.equal(fingerprint(program), fingerprint(other));
        }
        assert.deepEqual(diff(assumed(before), now), diff(assumed(before), anew));
        before = now;
      }
    }),
    { seed: 1, numRuns: 15 },
  );
});
