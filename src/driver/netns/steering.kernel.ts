/** First packets are handed over to a processor that has less to do, and nothing else is: by packets. Needs root. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mapsOf, possibleCpus, programById, readMap, writeMap } from '../../host/bpf.ts';
import { run } from '../../host/exec.ts';
import { silentLog } from '../../host/log.ts';
import { listNft, runNft } from '../../host/nftables.ts';
import { sendPacket, tcp, udp } from '../../host/raw-packets.ts';
import { chooseProcessors, maskOf, processorCount } from '../../host/steering.ts';
import { compile } from '../../plan/compile.ts';
import { healthOf } from '../../plan/testing/balancing.ts';
import { tellServiceStory } from '../../plan/testing/service-story.ts';
import { allowAll } from '../../plan/testing/world.ts';
import { createDriver } from './driver.ts';
import { fastPathRefusal, forgetLeases } from './fast-path.ts';
import { crossingLink, linkName, portLink } from './names.ts';
import { attached } from './testing/attached.ts';
import { becomesFast } from './testing/fast.ts';
import { Lab } from './testing/lab.ts';

const SYN = 2;
const PORT = 80;
const DATAGRAM_PORT = 4000;
/** struct load of fast-path.bpf.c. */
const LOAD_BYTES = 16;
const FIRSTS_AT = 8;
const MANY = 2 ** 31;
/** Each is the first at two routers: still fewer than what is reason to hand one over. */
const FEW = 25;
const PATIENCE_MS = 10_000;

const lab = new Lab();
const story = tellServiceStory();
const { world, consumer, provider, client } = story;
const at = (port: { readonly addresses: readonly string[] }) => port.addresses[0] ?? '';
const eni = at(story.interfaces[0] ?? { addresses: [] });
const sides = (['left', 'right'] as const).map((name, at) => {
  const vpc = world.vpc(`10.${at + 1}.0.0/16`, { ipv6Cidrs: [`3fff:${at}::/56`] });
  const subnet = world.subnet(vpc, `10.${at + 1}.0.0/24`, 'a', `3fff:${at}::/64`);
  const any = { kind: 'cidr', cidr: '::/0' } as const;
  const open = [...(['ingress', 'egress'] as const)].flatMap((way) => [allowAll(way), allowAll(way, any)]);
  const { eni } = world.instance(subnet, [world.group(vpc, name, ...open)], { ipv6: `3fff:${at}::10` });
  return { vpc, subnet, eni };
});
const [left = assert.fail(), right = assert.fail()] = sides;
const peering = world.peering(left.vpc, right.vpc);
for (const [at, { vpc, subnet }] of sides.entries()) {
  const target = { kind: 'vpcPeering', id: peering.id } as const;
  const there = [`10.${2 - at}.0.0/16`, `3fff:${1 - at}::/56`].map((destination) => ({ destination, target }));
  world.routeTable(vpc, there, [subnet]);
}
const plan = () => compile(world.intent(), healthOf([...story.targets]));
const near = lab.paths.netnsOf(consumer.id);
const far = lab.paths.netnsOf(provider.id);
const links = { near: crossingLink(provider.id), far: crossingLink(consumer.id) };
const processors = Array.from({ length: processorCount() }, (_, cpu) => cpu);
let loads = -1;

before(async () => {
  await lab.apply(plan());
  assert.equal(fastPathRefusal(), null);
  const link = portLink(client.id);
  const { programs } = attached(near, [link], 'fast').get(link) ?? assert.fail();
  loads = mapsOf(programById(programs.ingress)).loads ?? assert.fail();
  count(near, link);
  count(far, links.far);
  count(lab.paths.netnsOf(left.vpc.id), portLink(left.eni.id));
  count(lab.paths.netnsOf(right.vpc.id), linkName(peering.id));
});
after(() => lab.close());

const kinds = {
  first: 'tcp flags & (syn | ack) == syn',
  data: 'tcp flags & psh == psh',
  datagrams: `udp dport ${DATAGRAM_PORT}`,
};

/** At each processor, of what comes in by one link. */
function count(path: string, link: string): void {
  const rows = Object.entries(kinds).flatMap(([kind, match]) =>
    processors.map((cpu) => ({
      name: `${kind}${cpu}`,
      rule: `iifname "${link}" ${match} meta cpu ${cpu} counter name`,
    })),
  );
  runNft(
    path,
    [
      'add table inet probe',
      ...rows.map(({ name }) => `add counter inet probe ${name}`),
      'add chain inet probe in { type filter hook prerouting priority -500; }',
      ...rows.map(({ name, rule }) => `add rule inet probe in ${rule} "${name}"`),
    ].join('\n'),
  );
}

/** By processor, since the last time. */
function seen(path: string, kind: keyof typeof kinds): number[] {
  const counters = listNft(path, 'list counters table inet probe').flatMap(({ counter }) =>
    counter === undefined ? [] : [counter],
  );
  runNft(path, 'reset counters table inet probe');
  return processors.map((cpu) => Number(counters.find(({ name }) => name === `${kind}${cpu}`)?.packets));
}

let port = 1024;

/** Each of a connection of its own. */
function sendFirsts(howMany: number): void {
  const source = at(client);
  for (let sent = 0; sent < howMany; sent++) {
    port = port < 65_535 ? port + 1 : 1025;
    const payload = tcp(source, eni, [port, PORT], SYN);
    sendPacket(lab.netnsOfPort(client.id), { source, destination: eni, protocol: 6, payload });
  }
}

/** So many first packets a processor, right now. */
function pretend(firstsAt: (cpu: number) => number): void {
  // Any leaves the time by which they are counted.
  sendFirsts(1);
  const key = Buffer.alloc(4);
  const all = readMap(loads, key, Buffer.alloc(LOAD_BYTES * possibleCpus()));
  const times = Array.from({ length: possibleCpus() }, (_, cpu) => Number(all.readBigUInt64LE(LOAD_BYTES * cpu)));
  const now = BigInt(Math.max(...times));
  for (let cpu = 0; cpu < possibleCpus(); cpu++) {
    all.writeBigUInt64LE(now, LOAD_BYTES * cpu);
    all.writeUInt32LE(firstsAt(cpu), LOAD_BYTES * cpu + FIRSTS_AT);
  }
  writeMap(loads, key, all);
  for (const path of [near, far]) seen(path, 'first');
}

/** At all of its routers. */
async function arrived(firsts: number): Promise<{ readonly near: number[]; readonly far: number[] }> {
  const total = { near: processors.map(() => 0), far: processors.map(() => 0) };
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    for (const [side, path] of [
      ['near', near],
      ['far', far],
    ] as const) {
      const more = seen(path, 'first');
      total[side] = total[side].map((packets, cpu) => packets + (more[cpu] ?? 0));
    }
    if (sum(total.near) >= firsts && sum(total.far) >= firsts) return total;
  }
  assert.fail(JSON.stringify(total));
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

test('a few first packets stay with the processor that they came by', async () => {
  pretend(() => 0);
  sendFirsts(FEW);
  const { near: here, far: there } = await arrived(FEW);
  assert.deepEqual(there, here);
});

test('where there are as many at each processor, however many, they stay as well', async () => {
  pretend(() => MANY);
  sendFirsts(FEW);
  const { near: here, far: there } = await arrived(FEW);
  assert.deepEqual(there, here);
});

for (const idle of processors) {
  test(`the others have more to do than processor ${idle}: it goes on with what they had`, async () => {
    for (const end = Date.now() + PATIENCE_MS; ; ) {
      pretend((cpu) => (cpu === idle ? 0 : MANY));
      sendFirsts(FEW);
      const { far: there } = await arrived(FEW);
      // Which other one is asked is chance.
      if (processors.length <= 2) assert.equal(there[idle], FEW);
      if ((there[idle] ?? 0) > 0) break;
      assert.ok(Date.now() < end, JSON.stringify(there));
    }
  });

  for (const family of ['IPv4', 'IPv6'] as const) {
    test(`datagrams over ${family} stay where they are, even if processor ${idle} has nothing to do`, () => {
      const [source, destination] = [left, right].map(
        ({ eni }) => (family === 'IPv4' ? at(eni) : eni.ipv6Addresses[0]) ?? '',
      );
      assert.ok(source && destination);
      const paths = sides.map(({ vpc }) => lab.paths.netnsOf(vpc.id));
      pretend((cpu) => (cpu === idle ? 0 : MANY));
      for (const path of paths) seen(path, 'datagrams');
      for (let sent = 0; sent < FEW; sent++) {
        const payload = udp(1024 + sent, DATAGRAM_PORT, 'x', { source, destination });
        sendPacket(lab.netnsOfPort(left.eni.id), { source, destination, protocol: 17, payload });
      }
      const [here = [], there] = paths.map((path) => seen(path, 'datagrams'));
      assert.equal(sum(here), FEW);
      assert.deepEqual(there, here);
    });
  }

  test(`what belongs to a connection stays where it is, even if processor ${idle} has nothing to do`, async () => {
    const connection = await lab.connection(client.id, eni, PORT);
    await becomesFast(connection);
    pretend((cpu) => (cpu === idle ? 0 : MANY));
    for (const path of [near, far]) seen(path, 'data');
    forgetLeases();
    assert.ok(await connection.echoes());
    const here = seen(near, 'data');
    assert.ok(sum(here) > 0);
    assert.deepEqual(seen(far, 'data'), here);
    connection.close();
  });
}

async function maskAt(path: string, link: string): Promise<string> {
  const show = `mount -t sysfs none /sys && cat /sys/class/net/${link}/queues/rx-0/rps_cpus`;
  const { stdout } = await run('unshare', ['--mount', 'nsenter', `--net=${path}`, 'sh', '-c', show]);
  return stdout.trim().replaceAll(/^[0,]+(?=.)/g, '');
}

test('links between routers may ask any processor, those of machines none; nor any where there are no programs', async () => {
  const all = processors.length < 2 ? '0' : maskOf(processors.length).replace(/^[0,]+/, '');
  assert.equal(await maskAt(near, links.near), all);
  assert.equal(await maskAt(far, links.far), all);
  assert.equal(await maskAt(near, portLink(client.id)), '0');

  const slow = createDriver({ paths: lab.paths, log: silentLog(), fastPath: false });
  await slow.apply(plan());
  assert.equal(await maskAt(near, links.near), '0');
  assert.equal(await maskAt(far, links.far), '0');
  assert.ok(!chooseProcessors(near, ['x-nothing'], 1));
  lab.driver.forget();
  await lab.apply(plan());
  assert.equal(await maskAt(near, links.near), all);
});
