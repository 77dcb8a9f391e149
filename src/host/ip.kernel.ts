/** Our words of ip(8) against ip(8) itself: the same commands in two pairs of namespaces must leave the same. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from './exec.ts';
import { deleteLinks, ip, settle } from './ip.ts';
import { createNetns, removePins } from './netns.ts';
import { ping } from './raw-packets.ts';

const LATE_MS = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'culvert-ip-'));
const at = (name: string) => join(folder, name);
const NAMES = ['near-ours', 'far-ours', 'near-theirs', 'far-theirs'] as const;

const link = (far: string) =>
  `link add e-one address 02:00:00:00:00:01 mtu 9001 type veth peer name eth0 address 02:00:00:00:00:02 mtu 9001 netns ${far}`;

const MAKE = [
  'link set dev lo up',
  'address replace 10.0.1.5/24 dev e-one',
  'address replace 169.254.169.253/32 dev lo',
  'link set dev e-one up',
  'neigh replace 10.0.1.9 lladdr 02:cf:00:00:00:01 dev e-one nud permanent',
  'route replace 10.0.2.0/24 dev e-one table 254 proto 99',
  'route replace 10.0.3.7 dev e-one table 1000 metric 5 proto 99',
  'route replace local 10.0.4.50 dev lo table 255 proto 99',
  'route replace default via 10.0.1.1 dev e-one table 100 onlink proto 99',
  'route replace blackhole default table 1001 metric 100 proto 99',
  'route replace throw 10.7.0.0/16 table 1001 proto 99',
  'rule add fwmark 0x10 lookup 1000 priority 50 protocol 99',
  'rule add iif lo lookup 1000 priority 55 protocol 99',
  'rule add lookup 1001 priority 60 protocol 99',
  'rule add from 10.0.1.5 lookup 10001 priority 10001 protocol 99',
  'rule add from 10.0.1.6 lookup 10001 priority 10001 protocol 99',
];

const UNMAKE = [
  'rule del fwmark 0x10 lookup 1000 priority 50',
  'rule del from 10.0.1.6 lookup 10001 priority 10001',
  'route del 10.0.3.7 dev e-one table 1000 metric 5 proto 99',
  'route del local 10.0.4.50 dev lo table 255 proto 99',
  'route del throw 10.7.0.0/16 table 1001 proto 99',
  'route del default via 10.0.1.1 dev e-one table 100 onlink proto 99',
  'neigh del 10.0.1.9 lladdr 02:cf:00:00:00:01 dev e-one',
  'address del 169.254.169.253/32 dev lo',
];

before(() => {
  for (const name of NAMES) createNetns(at(name));
});
after(() => {
  removePins(folder);
});

async function theirs(commands: readonly string[]): Promise<void> {
  await run('ip', ['-batch', '-'], { netns: at('near-theirs'), input: `${commands.join('\n')}\n` });
}

/** The kernel learns by and by, in the background, that a link's other end is down: what tells of it is no part of "the same". */
const CARRIER = new Set(['NO-CARRIER', 'LOWER_UP', 'linkdown']);

function comparable(key: string, value: unknown): unknown {
  if (['ifindex', 'link_index', 'link_netnsid', 'operstate'].includes(key)) return undefined;
  return key === 'flags' ? (value as string[]).filter((flag) => !CARRIER.has(flag)) : value;
}

/** All that can be seen of a namespace, without what no two have alike. */
async function look(name: string): Promise<unknown> {
  const questions = ['address show', 'neigh show nud permanent', 'route show table all', 'rule show'].join('\n');
  const { stdout } = await run('ip', ['-4', '-N', '-d', '-j', '-batch', '-'], { netns: at(name), input: questions });
  return stdout
    .trim()
    .split('\n')
    .map((answer) => JSON.parse(answer, comparable));
}

test('the same commands make the same', async () => {
  ip(at('near-ours'), [link(at('far-ours')), ...MAKE]);
  await theirs([link(at('far-theirs')), ...MAKE]);
  assert.deepEqual(await look('near-ours'), await look('near-theirs'));
  assert.deepEqual(await look('far-ours'), await look('far-theirs'));
});

test('they can be given again', async () => {
  const repeatable = MAKE.filter((command) => !command.startsWith('rule add'));
  ip(at('near-ours'), repeatable);
  assert.deepEqual(await look('near-ours'), await look('near-theirs'));
});

test('the same commands take it away', async () => {
  ip(at('near-ours'), UNMAKE);
  await theirs(UNMAKE);
  assert.deepEqual(await look('near-ours'), await look('near-theirs'));
});

test('a refusal names the command and stops there', async () => {
  const commands = [
    'route del 10.200.0.0/16 table 254 proto 99',
    'route replace 10.201.0.0/16 dev e-one table 254 proto 99',
  ];
  assert.throws(() => ip(at('near-ours'), commands), /ip route del 10\.200\.0\.0\/16 table 254 proto 99: ESRCH/);
  assert.deepEqual(await look('near-ours'), await look('near-theirs'));
  assert.throws(() => ip(at('near-ours'), [link(at('far-ours'))]), /EEXIST/);
  assert.throws(() => ip(at('near-ours'), ['address replace 10.0.0.1/24 dev e-none']), /no interface e-none/);
});

test('words that are not understood throw, and do nothing', async () => {
  for (const command of [
    'route replace 10.9.0.0/16 dev e-one table 254 mtu 900 proto 99',
    'link set dev e-one down',
    'tunnel add x',
  ]) {
    assert.throws(() => ip(at('near-ours'), [command]), /not understood|not a command/);
  }
  assert.deepEqual(await look('near-ours'), await look('near-theirs'));
});

test('a device without another end, and what it is called beside its name', async () => {
  const commands = ['link add single mtu 1446 type bridge', 'link set dev single alias vpn-1/0/10000'];
  ip(at('near-ours'), commands);
  await theirs(commands);
  const ask = async (name: string) => {
    const { stdout } = await run('ip', ['-j', '-d', 'link', 'show', 'dev', 'single'], { netns: at(name) });
    const [{ mtu, ifalias, linkinfo }] = JSON.parse(stdout);
    return [mtu, ifalias, linkinfo.info_kind];
  };
  assert.deepEqual(await ask('near-ours'), [1446, 'vpn-1/0/10000', 'bridge']);
  assert.deepEqual(await ask('near-ours'), await ask('near-theirs'));
  const before = await look('near-ours');
  assert.throws(() => ip(at('near-ours'), ['link add none0 mtu 1446 type nothing']), /type nothing: /);
  assert.deepEqual(await look('near-ours'), before);
  for (const name of ['near-ours', 'near-theirs']) deleteLinks(at(name), ['single']);
});

test('what was settled takes the very first packet, of both families', async () => {
  const [near, far] = [at('first'), at('second')];
  for (const path of [near, far]) createNetns(path);
  // Without it the kernel loses every fifth here, and of IPv6 every other.
  for (let round = 0; round < 50; round++) {
    const two = 'address 02:00:00:00:02:02 mtu 1500';
    ip(near, [`link add first address 02:00:00:00:02:01 mtu 1500 type veth peer name second ${two} netns ${far}`]);
    ip(near, wired('first', '1', '2'));
    ip(far, wired('second', '2', '1'));
    await settle(near, ['first'], ['3fff::1']);
    await settle(far, ['second'], ['3fff::2']);
    for (const address of ['192.0.2.2', '3fff::2']) {
      const asked = ping(near, address);
      const end = Date.now() + LATE_MS;
      while (!asked.answered()) {
        assert.ok(Date.now() < end, `${address} does not answer in round ${round}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      asked.close();
    }
    deleteLinks(near, ['first']);
  }
});

function wired(name: string, own: string, other: string): string[] {
  const mac = `02:00:00:00:02:0${other}`;
  return [
    `address replace 192.0.2.${own}/24 dev ${name}`,
    `address replace 3fff::${own}/64 dev ${name} nodad`,
    `link set dev ${name} up`,
    ...[`192.0.2.${other}`, `3fff::${other}`].map(
      (each) => `neigh replace ${each} lladdr ${mac} dev ${name} nud permanent`,
    ),
    `route replace 3fff::${other} dev ${name} table 254 proto 99`,
  ];
}

test('a link that is gone counts as deleted', async () => {
  deleteLinks(at('near-ours'), ['e-one', 'e-none']);
  deleteLinks(at('near-ours'), ['e-one']);
  await theirs(['link del dev e-one']);
  assert.deepEqual(await look('near-ours'), await look('near-theirs'));
});
