/**
 * A second opinion about names: the same zones in unbound, which is not ours, and the same questions asked of both: the code (a name
 * that is not there, one without such records, one that only has others below it), wildcards, and chains of CNAMEs from zone to zone.
 * Random zones with fixed seeds. Not compared: TTLs, the order of records, who else is asked. Needs root.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decode, encode } from 'dns-packet';
import fc from 'fast-check';
import { answer, indexDns } from '../src/dns/answer.ts';
import { ip } from '../src/host/ip.ts';
import { createNetns, removePins } from '../src/host/netns.ts';
import { hostPaths } from '../src/host/paths.ts';
import { udpSocket } from '../src/host/sockets.ts';
import { bringPrograms } from '../src/host/testing/programs.ts';
import type { HostedZone, View, ZoneRecord } from '../src/plan/plan.ts';

const PATIENCE_MS = 20_000;
/** Until it is asked again, at first; then twice as long each time. */
const AGAIN_MS = 20;
const ADDRESS = '127.0.0.1';
const ROUNDS = 25;
const CODES: Readonly<Record<number, string>> = { 0: 'NOERROR', 3: 'NXDOMAIN' };

const { cache } = hostPaths();
const folder = mkdtempSync(join(tmpdir(), 'culvert-dns-opinion-'));
const netns = join(folder, 'netns', 'unbound');
let socket: dgram.Socket;

before(async () => {
  await bringPrograms({ packages: { unbound: ['unbound'] }, folder: join(cache, 'unbound') });
  createNetns(netns);
  ip(netns, ['link set dev lo up']);
  socket = dgram.createSocket('udp4');
  socket.bind({ fd: udpSocket(netns, { address: ADDRESS, port: 0 }) });
});

after(() => {
  socket.close();
  removePins(join(folder, 'netns'));
  rmSync(folder, { recursive: true });
});

// ── Zones ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One below another, and one beside them. */
const ZONES = ['example.com', 'corp.example.com', 'example.net'] as const;
/** There in each zone, so that a CNAME leads somewhere, and never round in a circle. */
const ENDS = ['h1', 'h2'] as const;

const label = fc.constantFrom('a', 'b', 'www', 'corp');
const owner = fc
  .tuple(fc.constantFrom('', '*.'), fc.array(label, { minLength: 0, maxLength: 3 }))
  .map(([star, labels]) => `${star}${labels.join('.')}`)
  .filter((name) => name !== '*.');
const target = fc.record({ zone: fc.constantFrom(...ZONES), host: fc.constantFrom(...ENDS, 'gone.h1', 'alias') });
const entry = fc.record({
  zone: fc.constantFrom(...ZONES),
  owner,
  data: fc.oneof(
    fc.record({ type: fc.constant('A' as const), last: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ type: fc.constant('TXT' as const), text: fc.constantFrom('one', 'two words') }),
    fc.record({ type: fc.constant('CNAME' as const), target }),
  ),
});
type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never;
const asked = fc.record({
  zone: fc.constantFrom(...ZONES),
  name: fc.array(fc.constantFrom('a', 'b', 'www', 'corp', 'h1', 'alias', 'new', '*'), { maxLength: 4 }),
  type: fc.constantFrom('A' as const, 'TXT' as const, 'CNAME' as const, 'AAAA' as const),
});
const seeds = fc.record({
  entries: fc.array(entry, { maxLength: 14 }),
  questions: fc.array(asked, { minLength: 40, maxLength: 40 }),
});

function full(name: string, zone: string): string {
  return name === '' ? zone : `${name}.${zone}`;
}

function zonesOf(entries: readonly Entry[]): readonly HostedZone[] {
  return ZONES.map((zone, at): HostedZone => {
    const sets = new Map<string, { name: string; type: ZoneRecord['type']; values: string[] }>();
    const add = (name: string, type: 'A' | 'TXT' | 'CNAME', value: string) => {
      const others = [...sets.values()].filter((each) => each.name === name);
      // A CNAME stands alone, and not at the top.
      if (type === 'CNAME' ? others.length > 0 || name === zone : others.some((each) => each.type === 'CNAME')) return;
      const set = sets.get(`${name} ${type}`) ?? { name, type, values: [] };
      sets.set(`${name} ${type}`, set);
      if (!set.values.includes(value)) set.values.push(value);
    };
    for (const [host, end] of ENDS.entries()) add(full(end, zone), 'A', `10.${at}.0.${host + 1}`);
    add(full('alias', zone), 'CNAME', full('h1', ZONES[(at + 1) % ZONES.length] ?? zone));
    for (const { owner: name, data, zone: of } of entries) {
      if (of !== zone) continue;
      if (data.type === 'A') add(full(name, zone), 'A', `10.${at}.1.${data.last}`);
      else if (data.type === 'TXT') add(full(name, zone), 'TXT', `"${data.text}"`);
      else add(full(name, zone), 'CNAME', full(data.target.host, data.target.zone));
    }
    const records = [...sets.values()].map((set): ZoneRecord => ({ ...set, ttlSeconds: 60, origin: [] }));
    return { id: `Z${at}`, name: zone, origin: [`Z${at}`], records };
  });
}

// ── Ours ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The code, and each record as "name TYPE value"; sorted. */
type Told = readonly string[];

function ours(zones: readonly HostedZone[], name: string, type: string): Told {
  const view: View = {
    ...{ id: 'vpc', origin: [], zones: [], inboundZones: [], rules: [] },
    hostedZones: zones.map(({ id }) => id),
  };
  const index = indexDns({ revision: 1, publicZones: [], hostedZones: zones, views: [view] });
  const { rcode, answers, forward } = answer(index, 'vpc', { name, type, class: 'IN' });
  assert.equal(forward, null, name);
  const records = answers.flatMap((each) => each.values.map((value) => `${each.name} ${each.type} ${value}`));
  return [rcode, ...records.sort()];
}

// ── Theirs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function zoneFile({ name, records }: HostedZone): string {
  return [
    `${name}. 60 IN SOA ns0.${name}. hostmaster.${name}. 1 7200 900 1209600 60`,
    `${name}. 60 IN NS ns0.${name}.`,
    ...records.flatMap((record) =>
      record.values.map((value) => {
        const data = record.type === 'CNAME' ? `${value}.` : value;
        return `${record.name}. 60 IN ${record.type} ${data}`;
      }),
    ),
    '',
  ].join('\n');
}

async function start(zones: readonly HostedZone[]): Promise<ChildProcess> {
  for (const zone of zones) writeFileSync(join(folder, zone.name), zoneFile(zone));
  const config = [
    'server:',
    ...[`interface: ${ADDRESS}`, 'do-ip6: no', 'chroot: ""', 'username: ""', `directory: "${folder}"`, 'pidfile: ""'],
    ...['use-syslog: no', 'module-config: "iterator"', 'qname-minimisation: no', 'cache-max-ttl: 0'],
    ...zones.flatMap(({ name }) => [
      'auth-zone:',
      `  name: "${name}."`,
      `  zonefile: "${join(folder, name)}"`,
      ...['  for-downstream: no', '  for-upstream: yes', '  fallback-enabled: no'],
    ]),
    ...['remote-control:', '  control-enable: no', ''],
  ].join('\n');
  writeFileSync(join(folder, 'unbound.conf'), config);
  const child = spawn('nsenter', [`--net=${netns}`, 'unbound', '-d', '-p', '-c', join(folder, 'unbound.conf')], {
    stdio: 'ignore',
  });
  await once(child, 'spawn');
  return child;
}

let serial = 0;

/** Asked until it answers. */
async function theirs(name: string, type: 'A' | 'TXT' | 'CNAME' | 'AAAA'): Promise<Told> {
  const end = Date.now() + PATIENCE_MS;
  for (let wait = AGAIN_MS; Date.now() < end; wait *= 2) {
    const message = await ask({ type, name }, wait);
    if (message === undefined) continue;
    const { answers = [] } = decode(message);
    const code = message.readUInt16BE(2) & 15;
    const records = answers.map((each) => `${each.name.toLowerCase()} ${each.type} ${textOf(each)}`);
    return [CODES[code] ?? `code ${code}`, ...records.sort()];
  }
  assert.fail(`unbound does not answer for ${name}`);
}

/** undefined: nobody answers in time. */
function ask(question: { readonly type: 'A' | 'TXT' | 'CNAME' | 'AAAA'; readonly name: string }, milliseconds: number) {
  const id = ++serial & 0xffff;
  return new Promise<Buffer | undefined>((resolve) => {
    const look = (message: Buffer) => {
      if (message.readUInt16BE(0) === id) tell(message);
    };
    const timer = setTimeout(() => tell(undefined), milliseconds);
    const tell = (message: Buffer | undefined) => {
      clearTimeout(timer);
      socket.off('message', look);
      resolve(message);
    };
    socket.on('message', look);
    socket.send(encode({ type: 'query', id, flags: 0x100, questions: [question] }), 53, ADDRESS);
  });
}

function textOf(found: { readonly type: string; readonly data?: unknown }): string {
  if (found.type === 'TXT')
    return [found.data]
      .flat()
      .map((each) => `"${String(each)}"`)
      .join(' ');
  return String(found.data);
}

test('names of random zones: unbound, which knows the same zones, answers alike', async () => {
  let compared = 0;
  const codes = new Set<string>();
  const property = fc.asyncProperty(seeds, async ({ entries, questions }) => {
    const zones = zonesOf(entries);
    const child = await start(zones);
    try {
      for (const { name, zone, type } of questions) {
        const whole = full(name.join('.'), zone);
        const [own, other] = [ours(zones, whole, type), await theirs(whole, type)];
        assert.deepEqual(own, other, `${whole} ${type} in\n${zones.map(zoneFile).join('\n')}`);
        codes.add(`${own[0]} ${Math.min(own.length - 1, 2)}`);
        compared++;
      }
    } finally {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  });
  await fc.assert(property, { numRuns: ROUNDS, seed: 11, endOnFailure: true });
  assert.equal(compared, ROUNDS * 40);
  // Names that are not there, with and without a CNAME before; without such records; with one; with several.
  assert.deepEqual([...codes].sort(), ['NOERROR 0', 'NOERROR 1', 'NOERROR 2', 'NXDOMAIN 0', 'NXDOMAIN 1']);
});
