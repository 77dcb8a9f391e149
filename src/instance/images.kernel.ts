/** Images on the real kernel: layers made of disks, machines launched from them. Needs what instances.kernel.ts needs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Machine, MachineImage } from '../plan/plan.ts';
import { BASE_LAYER } from './base.ts';
import { readRecipe } from './recipe.ts';
import { initPid, inside, makeNamespaces, type TestHost, testHost, until } from './test-host.ts';
import { testMachine, testPlan } from './test-plan.ts';

let host: TestHost;
let count = 0;

before(async () => {
  host = await testHost();
});
afterEach(() => host.clear());
after(() => host.close());

function newId(): string {
  const id = `i-${(++count).toString(16).padStart(17, '0')}`;
  makeNamespaces(host.paths, id);
  return id;
}

const newImageId = () => `ami-${(++count).toString(16).padStart(17, '0')}`;
const imageOf = (machine: string, changes: Partial<MachineImage> = {}): MachineImage => {
  const id = newImageId();
  return { id, origin: [id], machine, reboot: false, layers: [id, BASE_LAYER], ...changes };
};
const apply = (machines: Machine[], images: MachineImage[] = []) => host.instances.apply(testPlan(machines, images));
const sh = async (id: string, script: string) => (await inside(host.paths, id, script)).output;
const booted = (id: string) => until(`${id} booted`, () => host.instances.booted(id));
const rootOf = ({ id }: MachineImage) => join(host.paths.images, id, 'root');
const factOf = ({ id }: MachineImage) => host.instances.images.get(id);
const AVAILABLE = { state: 'available', fault: null };

/** A running machine, whose init has reached its target. */
async function machine(changes: Partial<Machine> = {}): Promise<string> {
  const id = newId();
  await apply([testMachine(id, changes)]);
  await booted(id);
  return id;
}

test('held still: the machine goes on, and a machine of the image has its files, deletions and rights', async () => {
  const id = await machine();
  await sh(
    id,
    `mkdir -p /srv/a && echo one > /srv/a/file && ln -s /etc/shadow /srv/link && install -m 4755 /bin/true /srv/suid
     mkfifo /srv/pipe; chown admin /srv/a; rm /etc/motd /etc/debian_version; rm -r /etc/cron.d && mkdir /etc/cron.d
     printf '#!/bin/sh\\ntouch /srv/started\\n' > /srv/start && chmod +x /srv/start
     printf '[Service]\\nType=oneshot\\nExecStart=/srv/start\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/mine.service
     systemctl enable mine; touch /run/this-boot`,
  );
  const pid = initPid(host.paths, id);
  const image = imageOf(id);
  await apply([testMachine(id)], [image]);
  assert.deepEqual(factOf(image), AVAILABLE);
  assert.equal(initPid(host.paths, id), pid);
  assert.equal(await sh(id, 'ls /run/this-boot'), '/run/this-boot');
  assert.deepEqual(JSON.parse(readFileSync(join(host.paths.images, image.id, 'image.json'), 'utf8')), {
    base: readRecipe().hash,
  });

  const child = newId();
  const layers = image.layers;
  await apply([testMachine(id), testMachine(child, { layers, hostname: 'ip-10-0-9-9' })], [image]);
  await booted(child);
  assert.equal(await sh(child, 'hostname; cat /srv/a/file; readlink /srv/link'), 'ip-10-0-9-9\none\n/etc/shadow');
  assert.equal(
    await sh(child, 'stat -c "%U %a %F" /srv/a /srv/suid /srv/pipe'),
    ['admin 755 directory', 'root 4755 regular file', 'root 644 fifo'].join('\n'),
  );
  assert.equal(await sh(child, 'ls /etc/motd /etc/debian_version 2>/dev/null; ls -A /etc/cron.d'), '');
  assert.equal(await sh(child, 'ls /srv/started; systemctl --failed --no-legend'), '/srv/started');
});

test('what belongs to one instance stays out, through no link', async () => {
  const id = await machine();
  const kept = join(host.paths.home, 'kept');
  mkdirSync(kept);
  writeFileSync(join(kept, 'file'), 'of the host');
  await sh(
    id,
    `mkdir -p /var/lib/cloud/instances/x /etc/ssh /var/log/mine /var/lib/apt/lists/partial
     touch /var/lib/cloud/instances/x/sem /etc/ssh/ssh_host_rsa_key /etc/ssh/sshd_config /var/log/mine/log /tmp/x
     touch /var/lib/apt/lists/a_Packages /var/cache/apt/archives/a.deb
     rm -rf /var/tmp && ln -s ${kept} /var/tmp`,
  );
  const ids = await sh(id, 'cat /etc/machine-id');
  const image = imageOf(id);
  await apply([testMachine(id)], [image]);
  const there = (path: string) => existsSync(join(rootOf(image), path));
  for (const path of [
    'etc/machine-id',
    'etc/ssh/ssh_host_rsa_key',
    'var/lib/cloud/instances',
    'var/log/mine/log',
    'tmp/x',
    'var/lib/apt/lists/a_Packages',
    'var/cache/apt/archives/a.deb',
  ]) {
    assert.equal(there(path), false, path);
  }
  for (const path of ['etc/ssh/sshd_config', 'var/log/mine', 'var/tmp']) assert.equal(there(path), true, path);
  assert.equal(readFileSync(join(kept, 'file'), 'utf8'), 'of the host');
  assert.equal(await sh(id, 'cat /etc/machine-id; ls /etc/ssh/ssh_host_rsa_key'), `${ids}\n/etc/ssh/ssh_host_rsa_key`);
});

test('with a reboot: shut down, copied, started again in the same boot number', async () => {
  const id = await machine();
  await sh(id, 'touch /run/this-boot; echo kept > /srv/file');
  const told = host.told.length;
  const image = imageOf(id, { reboot: true });
  await apply([testMachine(id)], [image]);
  assert.deepEqual(factOf(image), AVAILABLE);
  assert.deepEqual(
    host.told.slice(told).map((line) => line.slice(id.length + 1)),
    ['stopping 1', 'pending 1', 'running 1'],
  );
  assert.equal(await sh(id, 'ls /run/this-boot 2>/dev/null; cat /srv/file'), 'kept');
  const pid = initPid(host.paths, id);
  await apply([testMachine(id)], [image]);
  assert.equal(initPid(host.paths, id), pid);
});

test('of a stopped machine; of one that is removed at the same time; of one that is gone', async () => {
  const id = await machine();
  await sh(id, 'echo kept > /srv/file');
  const stopped = testMachine(id, { wanted: 'stopped' });
  await apply([stopped]);
  const first = imageOf(id, { reboot: true });
  await apply([stopped], [first]);
  assert.deepEqual(factOf(first), AVAILABLE);
  assert.equal((await host.instances.observe()).get(id)?.state, 'stopped');
  const second = imageOf(id);
  await apply([], [first, second]);
  assert.deepEqual(factOf(second), AVAILABLE);
  assert.equal(readFileSync(join(rootOf(second), 'srv/file'), 'utf8'), 'kept\n');
  assert.equal(existsSync(host.paths.instanceOf(id)), false);
  const third = imageOf(id);
  await apply([], [first, second, third]);
  assert.deepEqual(factOf(third), {
    state: 'failed',
    fault: `${id} was gone before the image was made of its disk`,
  });
  const next = host.again();
  assert.deepEqual([...(await next.observe())], []);
  assert.deepEqual([next.images.get(first.id), next.images.get(third.id)?.state], [AVAILABLE, 'failed']);
  next.close();
});

test('layers stay while an image or a machine names them, parents too', async () => {
  const id = await machine();
  await sh(id, 'echo 1 > /srv/file');
  const parent = imageOf(id);
  await apply([testMachine(id)], [parent]);
  const middle = newId();
  await apply([testMachine(middle, { layers: parent.layers })], [parent]);
  const child = imageOf(middle);
  const layers = [child.id, ...parent.layers];
  await apply([testMachine(middle, { layers: parent.layers })], [{ ...child, layers }]);
  assert.deepEqual(factOf(child), AVAILABLE);
  assert.deepEqual([...host.instances.images.keys()], [child.id]);
  const last = newId();
  await apply([testMachine(last, { layers })]);
  await booted(last);
  assert.equal(await sh(last, 'cat /srv/file'), '1');
  const kept = () => readdirSync(host.paths.images).filter((name) => name.startsWith('ami-'));
  assert.deepEqual(kept().sort(), [parent.id, child.id].sort());
  await apply([]);
  assert.deepEqual(kept(), []);
});

test('killed -9 in the middle: no half image, the machine goes on, and the next process makes it', async () => {
  const id = await machine();
  await sh(id, 'head -c 400M /dev/zero | tr "\\0" x > /srv/large; echo end > /srv/last');
  const image = imageOf(id);
  const here = fileURLToPath(new URL('.', import.meta.url));
  const script = `
    const { createInstances } = await import(${JSON.stringify(join(here, 'instances.ts'))});
    const { hostPaths } = await import(${JSON.stringify(join(here, '../host/paths.ts'))});
    const { silentLog } = await import(${JSON.stringify(join(here, '../host/log.ts'))});
    const { testMachine, testPlan } = await import(${JSON.stringify(join(here, 'test-plan.ts'))});
    const paths = hostPaths();
    const instances = createInstances({ paths, log: silentLog(), caFile: paths.caCert, onFact() {} });
    await instances.apply(testPlan([testMachine(${JSON.stringify(id)})], [${JSON.stringify(image)}]));`;
  const { home, run: runFolder } = host.paths;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, CULVERT_HOME: home, CULVERT_RUN: runFolder },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const fresh = join(host.paths.images, `.new-${image.id}`);
  const copied = join(fresh, 'root/srv/large');
  await until('the copy has begun', () => existsSync(copied) && statSync(copied).size > 0);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  assert.equal(existsSync(rootOf(image)), false);

  const pid = initPid(host.paths, id);
  const next = host.again();
  try {
    assert.deepEqual((await next.observe()).get(id), { state: 'running', boots: 1, fault: null });
    assert.equal(await sh(id, 'cat /srv/last'), 'end');
    await next.apply(testPlan([testMachine(id)], [image]));
    assert.deepEqual(next.images.get(image.id), AVAILABLE);
    assert.equal(readFileSync(join(rootOf(image), 'srv/last'), 'utf8'), 'end\n');
    assert.equal(statSync(join(rootOf(image), 'srv/large')).size, 400 * 2 ** 20);
    assert.equal(existsSync(fresh), false);
    assert.equal(initPid(host.paths, id), pid);
  } finally {
    next.close();
  }
});

test('what cannot be copied fails after some tries, says why, and holds nothing up', async () => {
  const id = await machine();
  const image = imageOf(id);
  // A folder where the copy would become the image: the last step fails each time.
  mkdirSync(join(host.paths.images, image.id, 'in-the-way'), { recursive: true });
  await apply([testMachine(id)], [image]);
  assert.equal(factOf(image)?.state, 'pending');
  await apply([testMachine(id)], [image]);
  await apply([testMachine(id)], [image]);
  assert.equal(factOf(image)?.state, 'failed');
  assert.match(factOf(image)?.fault ?? '', /in-the-way|not empty|ENOTEMPTY/);
  assert.equal(await sh(id, 'echo here'), 'here');
  assert.deepEqual(
    readdirSync(host.paths.images).filter((name) => name.startsWith('.new-')),
    [],
  );
});

test('a round without changes asks the runtime nothing; a silent end is seen all the same', {
  timeout: 30_000,
}, async () => {
  const id = await machine();
  const plan = testPlan([testMachine(id)]);
  await host.instances.apply(plan);
  const started = performance.now();
  for (let round = 0; round < 100; round++) await host.instances.apply({ ...plan, revision: round });
  const each = (performance.now() - started) / 100;
  assert.ok(each < 1, `${each} ms a round`);
  // Nobody is left to tell of the end.
  process.kill(Number(readFileSync(join(host.paths.run, 'instances', id, 'conmon.pid'), 'utf8')), 'SIGKILL');
  process.kill(initPid(host.paths, id), 'SIGKILL');
  await until('its end is told', () => host.told.includes(`${id} stopped 1`));
  assert.deepEqual((await host.instances.observe()).get(id), {
    state: 'stopped',
    boots: 1,
    fault: null,
    ended: 'inside',
  });
});

test('ends that were asked for are not its own, whoever was killed meanwhile', async () => {
  const id = await machine();
  // As a process that was killed between the request and the end would leave it.
  const file = join(host.paths.instanceOf(id), 'machine.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), stopAsked: true }));
  host.instances.close();
  process.kill(initPid(host.paths, id), 'SIGKILL');
  await until('conmon has told', () => existsSync(join(host.paths.run, 'exits', id)));
  const next = host.again();
  assert.deepEqual((await next.observe()).get(id), { state: 'stopped', boots: 1, fault: null });
  await next.apply(testPlan([testMachine(id)]));
  assert.equal((await next.observe()).get(id)?.state, 'running');
  next.close();
});
