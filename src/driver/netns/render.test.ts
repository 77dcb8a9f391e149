/** The pure half of the driver: what is rendered is whole, and changes are as small as what changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../../model/facts.ts';
import { createIntent } from '../../model/intent.ts';
import { compile } from '../../plan/compile.ts';
import { addBalancer, addListener, addTargetGroup, healthOf } from '../../plan/testing/balancing.ts';
import { tellServiceStory } from '../../plan/testing/service-story.ts';
import { tellStory } from '../../plan/testing/story.ts';
import { allowTcp } from '../../plan/testing/world.ts';
import { assumed, diff } from './diff.ts';
import { portLink, tableNumbers } from './names.ts';
import { counted, fingerprint, NO_TABLE, type Program, replacement, transition } from './nft.ts';
import { render } from './render.ts';
import type { KernelState } from './state.ts';

const story = tellStory();
const plan = compile(story.intent, NO_FACTS);
const state = render(plan);
const services = tellServiceStory({ groups: (world, vpc) => [world.group(vpc, 'doors', allowTcp('ingress', 80))] });
const states = [state, render(compile(services.world.intent(), NO_FACTS))];
const programs = states
  .flatMap(({ namespaces }) => [...namespaces.values()])
  .flatMap(({ program }) => (program === null ? [] : [program]));
const nothing: KernelState = { namespaces: new Map() };

test('every chain, set and counter that a rule names is there', () => {
  for (const { ip, ip6, arp } of programs) {
    for (const table of [ip, ip6, arp]) {
      const texts = [
        ...Object.values(table.chains).flatMap(({ rules }) => rules),
        ...Object.values(table.sets).flatMap(({ type, elements }) => (type.endsWith('verdict') ? elements : [])),
      ];
      for (const text of texts) {
        for (const [, chain] of text.matchAll(/(?:goto|jump) (\S+)/g)) assert.ok(table.chains[chain ?? ''], text);
        for (const [, set] of text.matchAll(/@(\S+)/g)) assert.ok(table.sets[set ?? ''], text);
        for (const [, map] of text.matchAll(/ map @(\S+)/g)) assert.equal(table.sets[map ?? '']?.kind, 'map', text);
        for (const [, name] of text.matchAll(/counter name "(\w+)"/g))
          assert.ok(table.counters.includes(name ?? ''), text);
      }
    }
  }
});

test('no rule holds an anonymous set, and every base chain that filters drops by default', () => {
  for (const { ip } of programs) {
    for (const [name, { hook, rules }] of Object.entries(ip.chains)) {
      // Flows are noted in sets that have names.
      const judging = rules.filter((rule) => !rule.includes('update @flow_'));
      for (const rule of judging) assert.doesNotMatch(rule, /[{}]/, rule);
      const judges = ['group_out', 'forward', 'router', 'cross', 'answer'].includes(name);
      if (judges) assert.match(hook ?? '', /policy drop/, name);
    }
  }
});

test('interface names fit the kernel and stay apart', () => {
  assert.equal(portLink('eni-0123456789abcdef0').length, 15);
  assert.notEqual(portLink('eni-0123456789abcdef0'), portLink('eni-0123456789abcdef1'));
  for (const { interfaces } of state.namespaces.values()) {
    const names = interfaces.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.ok(name.length <= 15, name);
  }
});

test('route table numbers are distinct, above the kernel’s own and the same in every run', () => {
  const ids = Array.from({ length: 3000 }, (_, at) => `rtb-${at.toString(16).padStart(17, '0')}`);
  const numbers = tableNumbers(ids);
  assert.equal(new Set(numbers.values()).size, ids.length);
  assert.ok([...numbers.values()].every((number) => number >= 1000 && number < 2 ** 31));
  assert.deepEqual(tableNumbers([...ids].reverse()), numbers);
});

test('from itself to itself there is nothing to do', () => {
  assert.deepEqual(diff(assumed(state), render(plan)), []);
  for (const program of programs) assert.equal(transition(program, program), '');
});

test('rules stand before the links they guard; links go before their namespaces', () => {
  const there = diff(assumed(nothing), state);
  const firstOf = (op: string) => there.findIndex((change) => change.op === op);
  assert.ok(
    firstOf('create') < firstOf('program') && firstOf('program') < firstOf('link') && firstOf('link') < firstOf('ip'),
  );
  const back = diff(assumed(state), nothing);
  assert.deepEqual([...new Set(back.map(({ op }) => op))], ['unlink', 'remove']);
});

test('an interface that goes takes with it what hung on it: nothing is deleted of it one by one, and the others are left alone', () => {
  const { world, vpc, privateSubnets, endpointGroup } = tellStory();
  const [subnet] = privateSubnets;
  assert.ok(subnet);
  const { instance } = world.instance(subnet, [endpointGroup]);
  const loose = world.interface(subnet, [endpointGroup]);
  const alone = render(compile(world.intent(), NO_FACTS));
  world.put({
    ...loose,
    attachment: {
      id: 'eni-attach-1',
      instanceId: instance.id,
      deviceIndex: 1,
      deleteOnTermination: false,
      attachedAt: '',
    },
  });
  const both = render(compile(world.intent(), NO_FACTS));
  const there = diff(assumed(alone), both);
  assert.deepEqual([...new Set(there.map(({ namespace }) => namespace))].sort(), [instance.id, vpc.id].sort());
  const back = diff(assumed(both), alone).filter(({ namespace }) => namespace === instance.id);
  assert.deepEqual(back[0], { op: 'unlink', namespace: instance.id, names: ['eth1'] });
  assert.ok(back[1]?.op === 'ip' && back.length === 2);
  assert.equal(back[1].commands.length, 2);
  for (const command of back[1].commands) assert.match(command, /^rule del from /);
});

test('one changed rule is one small transaction in one namespace, however many endpoints there are', () => {
  const { world, vpc, privateSubnets, endpointGroup } = tellStory();
  for (let count = 0; count < 200; count++)
    world.endpoint(vpc, 'sqs', privateSubnets.slice(0, 1), [endpointGroup], false);
  const before = render(compile(world.intent(), NO_FACTS));
  world.rule(endpointGroup, allowTcp('ingress', 8443));
  const changes = diff(assumed(before), render(compile(world.intent(), NO_FACTS)));
  assert.equal(changes.length, 1);
  const [change] = changes;
  assert.ok(change?.op === 'nft' && change.namespace === vpc.id);
  assert.ok(change.text.length < 600, change.text);
});

test('ten thousand rules in a group are a handful in the chain; one more is one element', () => {
  const { world, endpointGroup } = tellStory();
  const add = (n: number) => {
    const cidr = `10.${n >> 8}.${n & 255}.0/24`;
    world.rule(endpointGroup, { ...allowTcp('ingress', 8000 + (n % 50), { kind: 'cidr', cidr }) });
    world.rule(endpointGroup, { ...allowTcp('ingress', 100, { kind: 'cidr', cidr }), toPort: 200 });
  };
  for (let n = 0; n < 5000; n++) add(n);
  const before = render(compile(world.intent(), NO_FACTS));
  const chain = [...before.namespaces.values()].flatMap(
    ({ program }) => program?.ip.chains[`in_${endpointGroup.id}`]?.rules ?? [],
  );
  assert.ok(chain.length > 1 && chain.length < 6, chain.join('\n'));
  add(5000);
  const changes = diff(assumed(before), render(compile(world.intent(), NO_FACTS)));
  assert.equal(changes.length, 1);
  const [change] = changes;
  assert.ok(change?.op === 'nft');
  assert.doesNotMatch(change.text, /chain|rule |table/);
  assert.ok(change.text.length < 700, change.text);
});

test('an endpoint more: its addresses and elements, and no chain anew', () => {
  const { world, vpc, privateSubnets, endpointGroup } = tellStory();
  const before = render(compile(world.intent(), NO_FACTS));
  world.endpoint(vpc, 'sqs', privateSubnets.slice(0, 1), [endpointGroup], false);
  const changes = diff(assumed(before), render(compile(world.intent(), NO_FACTS)));
  assert.deepEqual(changes.map(({ op, namespace }) => `${op} ${namespace}`).sort(), [
    'ip services',
    `ip ${vpc.id}`,
    'nft services',
    `nft ${vpc.id}`,
  ]);
  for (const change of changes) if (change.op === 'nft') assert.doesNotMatch(change.text, /chain|rule|table/);
});

test('a target’s health: its listeners’ elements and hash anew, and nothing else, however many services there are', () => {
  const { world, provider, balancer, targets } = tellServiceStory({
    attributes: { 'load_balancing.cross_zone.enabled': 'true' },
  });
  const vpcZones = world.intent().table('subnet').by('vpcId', provider.id);
  for (let at = 0; at < 50; at++) {
    const group = addTargetGroup(world, provider, `more${at}`);
    addListener(world, addBalancer(world, provider, `more${at}`, vpcZones).balancer, group);
  }
  const before = render(compile(world.intent(), healthOf(targets)));
  const changes = diff(
    assumed(before),
    render(compile(world.intent(), healthOf(targets.slice(1), targets.slice(0, 1)))),
  );
  assert.deepEqual(
    changes.map(({ op, namespace }) => `${op} ${namespace}`),
    [`nft ${provider.id}`, `cut ${provider.id}`],
  );
  const [change] = changes;
  assert.ok(change?.op === 'nft');
  const touched = [...change.text.matchAll(/spread_(eni-\w+)_tcp_80/g)].map(([, eni]) => eni);
  const nodes = world.intent().table('networkInterface').by('loadBalancerId', balancer.id);
  assert.deepEqual(new Set(touched), new Set(nodes.map(({ id }) => id)));
  assert.ok(change.text.split('\n').length < 20, change.text);
});

test('of an endpoint between VPCs both ends agree, and a link is made once', () => {
  const { world, provider, consumer } = tellServiceStory();
  const { namespaces } = render(compile(world.intent(), NO_FACTS));
  const ends = [provider, consumer].flatMap(({ id }) =>
    (namespaces.get(id)?.interfaces ?? []).filter(({ name }) => name.startsWith('x-')),
  );
  assert.equal(ends.length, 2);
  const makers = ends.filter(({ peer }) => peer !== null);
  assert.equal(makers.length, 1);
  const [maker] = makers;
  const other = ends.find((end) => end !== maker);
  assert.deepEqual([maker?.peer?.name, maker?.peer?.mac, maker?.mtu], [other?.name, other?.mac, other?.mtu]);
  assert.notEqual(maker?.mac, other?.mac);
});

test('deleting cuts the flows of what is deleted, and of nothing else', () => {
  const { world, vpc, endpointInterfaces } = tellStory();
  const before = render(compile(world.intent(), NO_FACTS));
  const [gone] = endpointInterfaces;
  assert.ok(gone);
  world.remove(gone);
  const cuts = diff(assumed(before), render(compile(world.intent(), NO_FACTS))).filter(({ op }) => op === 'cut');
  assert.deepEqual(cuts, [{ op: 'cut', namespace: vpc.id, flows: gone.addresses }]);
});

const program = (chains: Program['ip']['chains'], sets: Program['ip']['sets'] = {}): Program => ({
  ip: { counters: [], timeouts: {}, chains, sets },
  ip6: NO_TABLE,
  arp: NO_TABLE,
});

test('references are made before what refers, and removed after it', () => {
  const from = program({ a: { hook: null, rules: ['jump b'] }, b: { hook: null, rules: ['accept'] } });
  const to = program(
    { c: { hook: null, rules: ['ip saddr @s accept'] } },
    { s: { kind: 'set', type: 'ipv4_addr', elements: ['10.0.0.1'] } },
  );
  assert.deepEqual(transition(from, to)?.split('\n').slice(0, -2), [
    'add chain ip culvert c',
    'add set ip culvert s { type ipv4_addr; }',
    'add rule ip culvert c ip saddr @s accept',
    'flush chain ip culvert a',
    'flush chain ip culvert b',
    'add element ip culvert s { 10.0.0.1 }',
    'delete chain ip culvert a',
    'delete chain ip culvert b',
  ]);
});

test('a changed hook or set type replaces the program whole, with what it has counted', () => {
  const hook = 'type filter hook input priority 0; policy drop;';
  const from = program({ a: { hook, rules: [] } });
  const to = program({ a: { hook: hook.replace('input', 'output'), rules: [] } });
  assert.equal(transition(from, to), null);
  assert.match(replacement(to), /^add table ip culvert\ndelete table ip culvert\n/);
  const counting = program(
    {},
    { m: counted('ct_dir . ipv4_addr : mark', ['reply . 10.0.0.1 : 2', 'reply . 10.0.0.2 : 2']) },
  );
  const counts = new Map([['ip m', new Map([['reply . 10.0.0.2', { packets: 3, bytes: 180 }]])]]);
  assert.ok(
    replacement(counting, counts).includes(
      '{ reply . 10.0.0.1 counter packets 0 bytes 0 : 2, reply . 10.0.0.2 counter packets 3 bytes 180 : 2 }',
    ),
  );
});

test('a map’s changed value is the key deleted and added again', () => {
  const at = (value: string) =>
    program({}, { m: { kind: 'map', type: 'ipv4_addr : ipv4_addr', elements: [`10.0.0.1 : ${value}`] } });
  assert.deepEqual(transition(at('1.1.1.1'), at('2.2.2.2'))?.split('\n').slice(0, 2), [
    'delete element ip culvert m { 10.0.0.1 }',
    'add element ip culvert m { 10.0.0.1 : 2.2.2.2 }',
  ]);
});

test('fingerprints tell programs apart', () => {
  assert.notEqual(fingerprint(program({})), fingerprint(program({ a: { hook: null, rules: [] } })));
  const own = programs.slice(0, state.namespaces.size - plan.machines.length);
  assert.equal(new Set(own.map(fingerprint)).size, own.length);
});

test('an empty plan renders the two domains that always exist', () => {
  assert.deepEqual([...render(compile(createIntent(), NO_FACTS)).namespaces.keys()].sort(), ['internet', 'services']);
});
