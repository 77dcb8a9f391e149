/** The linter finds each thing it is there for: a sound Plan is broken in one place, and one finding names the place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../model/facts.ts';
import type { Intent } from '../model/intent.ts';
import { check } from './check.ts';
import { compile } from './compile.ts';
import type { Plan } from './plan.ts';
import { tellServiceStory } from './testing/service-story.ts';
import { tellStory } from './testing/story.ts';

type Loose = Record<string, Record<string, unknown>[]>;

/** A copy of a story's Plan that may be written to. */
function broken(change: (plan: Loose) => void, intent: Intent = tellStory().intent): string[] {
  const plan = structuredClone(compile(intent, NO_FACTS)) as unknown as Loose;
  change(plan);
  return check(plan as unknown as Plan);
}

function at(plan: Loose, list: string, place = 0): Record<string, unknown> {
  const found = plan[list]?.[place];
  assert.ok(found);
  return found;
}

/** Its public address, as a part of a port. */
function publicly({ addresses }: Record<string, unknown>, publicAddress: string) {
  return { publics: [{ address: (addresses as string[])[0], publicAddress }] };
}

const CASES: readonly [string, (plan: Loose) => void, RegExp][] = [
  ['order', (plan) => plan.segments?.reverse(), /segments: .* stands before/],
  ['twice', (plan) => plan.gateways?.push(at(plan, 'gateways')), /gateways: igw-\w+ twice/],
  ['host bits', (plan) => Object.assign(at(plan, 'segments'), { cidr: '10.0.0.7/24' }), /not a canonical block/],
  ['segment outside', (plan) => Object.assign(at(plan, 'segments'), { cidr: '10.9.0.0/24' }), /outside its domain/],
  ['segments overlap', (plan) => Object.assign(at(plan, 'segments'), { cidr: '10.0.0.0/20' }), /blocks overlap/],
  ['address outside', (plan) => Object.assign(at(plan, 'ports'), { addresses: ['10.0.99.4'] }), /outside its segment/],
  ['reserved', (plan) => Object.assign(at(plan, 'ports'), { addresses: ['10.0.0.3'] }), /reserved in its segment/],
  ['no group', (plan) => Object.assign(at(plan, 'ports'), { filters: ['sg-none'] }), /names sg-none/],
  [
    'public address twice',
    (plan) => {
      Object.assign(at(plan, 'ports'), publicly(at(plan, 'ports'), '198.18.0.9'));
      Object.assign(at(plan, 'ports', 1), publicly(at(plan, 'ports', 1), '198.18.0.9'));
    },
    /198\.18\.0\.9 is eni-\w+'s already/,
  ],
  [
    'foreign public address',
    (plan) => Object.assign(at(plan, 'ports'), publicly(at(plan, 'ports'), '8.8.8.8')),
    /public range/,
  ],
  [
    'foreign domain',
    (plan) => Object.assign(at(plan, 'segments'), { domain: at(plan, 'domains', 3).id }),
    /of another domain/,
  ],
  [
    'link address twice',
    (plan) => Object.assign(at(plan, 'crossings'), { linkAddress: at(plan, 'crossings', 1).linkAddress }),
    /already in links/,
  ],
  ['link outside', (plan) => Object.assign(at(plan, 'crossings'), { linkAddress: '100.64.0.1' }), /the link range/],
  [
    'no service there',
    (plan) => Object.assign(at(plan, 'crossings'), { targetAddress: '248.0.0.1' }),
    /no service stands/,
  ],
  [
    'crossing of a machine',
    (plan) => Object.assign(at(plan, 'crossings'), { port: at(plan, 'ports').id }),
    /machine's/,
  ],
  [
    'mirror in the way',
    (plan) => Object.assign(at(plan, 'mirrors'), { address: at(plan, 'services').internetAddress }),
    /already in internet/,
  ],
  ['mirror outside', (plan) => Object.assign(at(plan, 'mirrors'), { address: '8.8.8.8' }), /public service range/],
  [
    'an image without layers of its source',
    (plan) => plan.images?.push({ id: 'ami-1', origin: [], machine: 'i-1', reboot: true, layers: ['ami-1'] }),
    /ami-1: its layers are not its own and its source's/,
  ],
  ['machine gone', (plan) => plan.machines?.pop(), /does not have it/],
  ['view gone', (plan) => plan.views?.pop(), /has a resolver but no view/],
  [
    'resolver gone',
    (plan) => Object.assign(at(plan, 'domains', 2), { resolverAddresses: [] }),
    /a view but no resolver/,
  ],
  [
    'name outside its zone',
    (plan) => Object.assign(at(plan, 'publicZones', 2), { name: 'example.org' }),
    /outside example\.org|stands before/,
  ],
  [
    'no limit',
    (plan) => Object.assign(at(plan, 'machines'), { limits: { memoryMiB: 0, cpus: 1, processes: 1 } }),
    /limit/,
  ],
  ['own domain gone', (plan) => plan.domains?.shift(), /internet: this domain of Culvert's own is missing/],
];

for (const [title, change, finding] of CASES) {
  test(`finds: ${title}`, () => assert.match(broken(change).join('\n'), finding));
}

function service(): Intent {
  return tellServiceStory({ groups: (world, vpc) => [world.group(vpc, 'front')] }).world.intent();
}

function nodeOf(plan: Loose, place = 0): Record<string, unknown> {
  return (at(plan, 'balancers').nodes as Record<string, unknown>[])[place] ?? {};
}

function listenerOf(plan: Loose): Record<string, unknown> {
  return (nodeOf(plan).listeners as Record<string, unknown>[])[0] ?? {};
}

const SERVICE_CASES: readonly [string, (plan: Loose) => void, RegExp][] = [
  ['balancer gone', (plan) => plan.balancers?.pop(), /no balancer of vpc-\w+ stands at 249/],
  [
    'crossing address twice',
    (plan) => Object.assign(nodeOf(plan), { crossingAddress: nodeOf(plan, 1).crossingAddress }),
    /already in balancers’ crossing addresses/,
  ],
  [
    'crossing address outside',
    (plan) => Object.assign(nodeOf(plan), { crossingAddress: '248.0.0.9' }),
    /outside the balancers’ crossing range/,
  ],
  ['node without a port', (plan) => Object.assign(nodeOf(plan), { port: 'eni-none' }), /names eni-none/],
  ['node of a machine', (plan) => Object.assign(nodeOf(plan), { port: at(plan, 'ports').id }), /machine's port/],
  ['node at another address', (plan) => Object.assign(nodeOf(plan), { address: '10.0.10.77' }), /not its port's/],
  ['pool gone', (plan) => plan.pools?.pop(), /no pool /],
  ['foreign group', (plan) => Object.assign(at(plan, 'balancers'), { filters: ['sg-none'] }), /no filter of vpc/],
  ['foreign guard', (plan) => Object.assign(at(plan, 'crossings'), { guards: ['sg-none'] }), /no filter of vpc/],
  ['open and closed', (plan) => Object.assign(at(plan, 'crossings'), { open: false }), /open and closed at once/],
  [
    'listener of a crossing alone',
    (plan) => Object.assign(at(plan, 'crossings'), { listeners: [{ protocol: 'udp', port: 80, targetPort: 80 }] }),
    /nobody listens to udp\/80/,
  ],
  ['nodes out of order', (plan) => (at(plan, 'balancers').nodes as unknown[]).reverse(), /out of order/],
  ['TLS without certificate', (plan) => Object.assign(listenerOf(plan), { protocol: 'tls' }), /no certificate/],
  [
    'target in the link range',
    (plan) => Object.assign(listenerOf(plan), { targets: [{ address: '240.0.0.1', port: 80 }] }),
    /nobody's to serve at/,
  ],
  [
    'TLS and TCP on one port',
    (plan) => (nodeOf(plan).listeners as unknown[]).push({ ...listenerOf(plan), protocol: 'tls', engine: 'user' }),
    /two listeners take tcp\/80/,
  ],
  ['no idle timeout', (plan) => Object.assign(listenerOf(plan), { idleSeconds: 0 }), /idle timeout/],
  [
    'no such code',
    (plan) =>
      Object.assign(at(plan, 'pools'), {
        check: { ...(at(plan, 'pools').check as object), codes: [{ from: 300, to: 200 }] },
      }),
    /no such codes/,
  ],
];

for (const [title, change, finding] of SERVICE_CASES) {
  test(`finds, of a service: ${title}`, () => assert.match(broken(change, service()).join('\n'), finding));
}

test('finds nothing in a sound plan', () => {
  for (const intent of [tellStory().intent, service()]) {
    assert.deepEqual(
      broken(() => undefined, intent),
      [],
    );
  }
});
