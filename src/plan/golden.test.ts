/**
 * Goldens: the whole Plan of each of two stories, one object or record a line, and for each further step the lines that go and come. `npm run golden`
 * rewrites them; read the difference before you commit it.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Facts, NO_FACTS } from '../model/facts.ts';
import type { Intent } from '../model/intent.ts';
import { check } from './check.ts';
import { compile } from './compile.ts';
import type { Zone } from './plan.ts';
import { healthOf } from './testing/balancing.ts';
import { tellServiceStory } from './testing/service-story.ts';
import { tellStory } from './testing/story.ts';
import { World } from './testing/world.ts';

function lines(intent: Intent, facts: Facts = NO_FACTS): string[] {
  const plan = compile(intent, facts);
  assert.deepEqual(check(plan), []);
  const { views, publicZones, hostedZones, ...rest } = plan;
  return [
    ...Object.entries(rest).flatMap(([list, value]) =>
      Array.isArray(value)
        ? value.map((each) => `${list} ${JSON.stringify(each)}`)
        : [`${list} ${JSON.stringify(value)}`],
    ),
    ...views.flatMap((view) => view.zones.flatMap((zone) => zoneLines(`views ${view.id}`, zone))),
    ...views.flatMap((view) => view.hostedZones.map((id) => `views ${view.id} hostedZones ${id}`)),
    ...views.flatMap((view) => view.inboundZones.flatMap((zone) => zoneLines(`views ${view.id} inbound`, zone))),
    ...views.flatMap((view) => view.rules.map((rule) => `views ${view.id} rules ${JSON.stringify(rule)}`)),
    ...hostedZones.flatMap((zone) => zoneLines(`hostedZones ${zone.id}`, zone)),
    ...publicZones.flatMap((zone) => zoneLines('publicZones', zone)),
  ];
}

/** As in a zone file. */
function zoneLines(where: string, { name, origin, records }: Zone): string[] {
  return [
    `${where} $ORIGIN ${name}. ; ${origin.join(' ')}`,
    ...records.map((each) => `${where} ${each.name}. ${each.ttlSeconds} ${each.type} ${each.values.join(' ')}`),
  ];
}

function matches(name: string, text: string): void {
  const file = new URL(`testdata/${name}`, import.meta.url);
  if (process.env.GOLDEN === 'write') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'), `${name} differs: npm run golden, and read the difference`);
}

test('an empty Intent', () => matches('empty.txt', `${lines(new World().intent()).join('\n')}\n`));

test('the story', () => matches('story.txt', `${lines(tellStory().intent).join('\n')}\n`));

test('its further steps', () => {
  const { world, vpc, endpoint, endpointRule, endpointInterfaces, privateEni } = tellStory();
  const { step, text } = steps(() => lines(world.intent()));
  step('the endpoint group loses its inbound rule', () => world.remove(endpointRule));
  step('the rule comes back', () => world.put(endpointRule));
  step('private DNS is switched off', () => world.put({ ...endpoint, privateDns: false }));
  step('and on again, but the VPC gives up DNS hostnames', () => {
    world.put(endpoint);
    world.put({ ...vpc, dnsHostnames: false });
  });
  step('the VPC has them again; one interface of the endpoint goes', () => {
    world.put(vpc);
    for (const eni of endpointInterfaces.slice(1)) world.remove(eni);
  });
  step('the private instance stops checking source and destination', () =>
    world.put({ ...privateEni, sourceDestCheck: false }),
  );
  step('a gateway endpoint for S3 in the private subnets’ table', () =>
    world.gatewayEndpoint(vpc, 's3', [vpc.mainRouteTableId]),
  );
  matches('steps.txt', text());
});

test('the story of a service', () => {
  const { world, targets } = tellServiceStory();
  matches('service.txt', `${lines(world.intent(), healthOf(targets)).join('\n')}\n`);
});

test('its further steps, too', () => {
  const { world, targets, balancer, endpoint, listener } = tellServiceStory();
  const [a, b] = targets;
  let facts = healthOf([a, b]);
  const { step, text } = steps(() => lines(world.intent(), facts));
  step('the provider rejects the endpoint', () => world.put({ ...endpoint, acceptance: 'rejected' }));
  step('and accepts it after all; the target of the first zone dies', () => {
    world.put(endpoint);
    facts = healthOf([b], [a]);
  });
  step('cross-zone is switched on', () =>
    world.put({ ...balancer, attributes: { 'load_balancing.cross_zone.enabled': 'true' } }),
  );
  step('the other target dies as well', () => {
    facts = healthOf([], [a, b]);
  });
  step('both are well again; the first is deregistered', () => {
    facts = healthOf([a, b]);
    world.put({ ...a, deregisteredAt: '2026-11-23T12:05:00.000Z' });
  });
  step('the listener goes', () => world.remove(listener));
  matches('service-steps.txt', text());
});

/** For each step the lines that went and those that came. */
function steps(now: () => readonly string[]): { step(title: string, change: () => void): void; text(): string } {
  let before = now();
  const text: string[] = [];
  return {
    step(title, change) {
      change();
      const after = now();
      const had = new Set(before);
      const has = new Set(after);
      text.push(`## ${title}`);
      text.push(...before.filter((line) => !has.has(line)).map((line) => `- ${line}`));
      text.push(...after.filter((line) => !had.has(line)).map((line) => `+ ${line}`), '');
      before = after;
    },
    text: () => text.join('\n'),
  };
}
