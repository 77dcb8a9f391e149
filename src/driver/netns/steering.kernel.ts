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

const looks = new Map<string, readonly number[]>();

/** By processor, since the last time; what comes between two looks is in the second, so nothing is set to zero. */
function seen(path: string, kind: keyof typeof kinds): number[] {
  const counters = listNft(path, 'list counters table inet probe').flatMap(({ counter }) =>
    counter === undefined ? [] : [counter],
  );
  const now = processors.map((cpu) => Number(counters.find(({ name }) => name === `${kind}${cpu}`)?.packets));
  const last = looks.get(`${path} ${kind}`) ?? [];
  looks.set(`${path} ${kind}`, now);
  return now.map((packets, cpu) => packets - (last[cpu] ?? 0));
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
async function pretend(firstsAt: (cpu: number) => number): Promise<void> {
  // Any leaves the time by which they are counted. It may be handed over itself, by what was said before.
  sendFirsts(1);
  await arrived(1);
  const key = Buffer.alloc(4);
  const all = readMap(loads, key, Buffer.alloc(LOAD_BYTES * possibleCpus()));
  const times = Array.from({ length: possibleCpus() }, (_, cpu) => Number(all.readBigUInt64LE(LOAD_BYTES * cpu)));
  const now = BigInt(Math.max(...times));
  for (let cpu = 0; cpu < possibleCpus(); cpu++) {
    all.writeBigUInt64LE(now, LOAD_BYTES * cpu);
    all.writeUInt32LE(firstsAt(cpu), LOAD_BYTES * cpu + FIRSTS_AT);
  }
  writeMap(loads, key, all);
}

/** At both routers, since the last time. */
async function arrived(
  howMany: number,
  kind: keyof typeof kinds = 'first',
  paths: readonly [string, string] = [near, far],
): Promise<{ readonly near: number[]; readonly far: number[] }> {
  const total = { near: processors.map(() => 0), far: processors.map(() => 0) };
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    for (const [side, path] of [
      ['near', paths[0]],
      ['far', paths[1]],
    ] as const) {
      const more = seen(path, kind);
      total[side] = total[side].map((packets, cpu) => packets + (more[cpu] ?? 0));
    }
    if (sum(total.near) >= howMany && sum(total.far) >= howMany) return total;
  }
  assert.fail(JSON.stringify(total));
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

test('a few first packets stay with the processor that they came by', async () => {
  await pretend(() => 0);
  sendFirsts(FEW);
  const { near: here, far: there } = await arrived(FEW);
  assert.deepEqual(there, here);
});

test('where there are as many at each processor, however many, they stay as well', async () => {
  await pretend(() => MANY);
  sendFirsts(FEW);
  const { near: here, far: there } = await arrived(FEW);
  assert.deepEqual(there, here);
});

test('the others have less to do than the processor that first packets come by: they go on with some', async () => {
  let busy = 0;
  for (const end = Date.now() + PATIENCE_MS; processors.length > 1; ) {
    await pretend((cpu) => (cpu === busy ? MANY : 0));
    sendFirsts(FEW);
    const { near: here, far: there } = await arrived(FEW);
    // All of them: which other one is asked is chance, that one is asked is not.
    if (here[busy] === FEW && there[busy] === 0) break;
    assert.ok(Date.now() < end, JSON.stringify([here, there]));
    // Whoever sends them may be somewhere else by now, and after some time nobody has had many.
    busy = here.indexOf(Math.max(...here));
  }
});

for (const idle of processors) {
  for (const family of ['IPv4', 'IPv6'] as const) {
    test(`datagrams over ${family} stay where they are, even if processor ${idle} has nothing to do`, async () => {
      const [source, destination] = [left, right].map(
        ({ eni }) => (family === 'IPv4' ? at(eni) : eni.ipv6Addresses[0]) ?? '',
      );
      assert.ok(source && destination);
      const paths = [lab.paths.netnsOf(left.vpc.id), lab.paths.netnsOf(right.vpc.id)] as const;
      await pretend((cpu) => (cpu === idle ? 0 : MANY));
      for (let sent = 0; sent < FEW; sent++) {
        const payload = udp(1024 + sent, DATAGRAM_PORT, 'x', { source, destination });
        sendPacket(lab.netnsOfPort(left.eni.id), { source, destination, protocol: 17, payload });
      }
      const { near: here, far: there } = await arrived(FEW, 'datagrams', paths);
      assert.deepEqual(there, here);
    });
  }

  test(`what belongs to a connection stays where it is, even if processor ${idle} has nothing to do`, async () => {
    const connection = await lab.connection(client.id, eni, PORT);
    await becomesFast(connection);
    for (const end = Date.now() + PATIENCE_MS; ; ) {
      await pretend((cpu) => (cpu === idle ? 0 : MANY));
      for (const path of [near, far]) seen(path, 'data');
      forgetLeases();
      assert.ok(await connection.echoes());
      const [here = [], there = []] = [near, far].map((path) => seen(path, 'data'));
      // An acknowledgement that is sent just between makes leases again: what is carried is not counted.
      if (sum(here) > 0 && sum(there) === sum(here)) {
        assert.deepEqual(there, here);
        break;
      }
      assert.ok(Date.now() < end, JSON.stringify([here, there]));
    }
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
