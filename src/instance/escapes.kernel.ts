/**
 * What an instance's root must not be able to do to the host, tried for real, and only on throwaway targets: nothing here would
 * change the host if it worked. Each attempt whose refusal could have another cause has a control that succeeds.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '../host/exec.ts';
import { createNetns } from '../host/netns.ts';
import { cgroupParent } from './cgroups.ts';
import { initPid, inside, makeNamespaces, type TestHost, testHost, until } from './test-host.ts';
import { testMachine, testPlan } from './test-plan.ts';

const id = 'i-0000000000000e5ca';
const neighbour = 'i-0000000000000e5cb';
let host: TestHost;
let planted: string;
const secret = randomUUID();

before(async () => {
  host = await testHost();
  for (const machine of [id, neighbour]) makeNamespaces(host.paths, machine);
  await host.instances.apply(testPlan([testMachine(id), testMachine(neighbour)]));
  await until('booted', () => host.instances.booted(id) && host.instances.booted(neighbour));
  planted = mkdtempSync(join(tmpdir(), 'culvert-planted-'));
  writeFileSync(join(planted, 'secret'), secret);
});
after(async () => {
  rmSync(planted, { recursive: true });
  await host.close();
});

const sh = (script: string) => inside(host.paths, id, script);
const python = (program: string) => sh(`python3 - <<'END'\n${program}\nEND`);

async function refused(script: string, how: RegExp): Promise<void> {
  const { code, output } = await sh(script);
  assert.notEqual(code, 0, `${script}: ${output}`);
  assert.match(output, how, script);
}

test('its root is nobody of the host', async () => {
  const status = (await run('cat', [`/proc/${initPid(host.paths, id)}/status`])).stdout;
  assert.match(status, /^Uid:\t1000000\t1000000\t1000000\t1000000$/m);
  assert.match(status, /^Gid:\t1000000\t1000000\t1000000\t1000000$/m);
  assert.equal((await sh('id -u; cat /proc/self/uid_map | tr -s " "')).output, '0\n 0 1000000 65536');
});

// Opened for writing and closed again: nothing is ever written.
for (const path of ['/proc/sys/kernel/core_pattern', '/proc/sys/vm/overcommit_memory', '/proc/sysrq-trigger']) {
  const open = `import os\nos.close(os.open("${path}", os.O_WRONLY))`;
  test(`${path} cannot be opened for writing, also when the mask over it is taken away`, {
    skip: !existsSync(path),
  }, async () => {
    assert.match((await python(open)).output, /Read-only file system|Permission denied/);
    // Instance root may undo its own masks: the user namespace is what holds.
    const mask = path.startsWith('/proc/sys/') ? path.split('/').slice(0, 4).join('/') : path;
    assert.equal((await sh(`umount -l ${mask}`)).output, '');
    assert.match((await python(open)).output, /Permission denied/);
  });
}

test('it may set its own network', async () => {
  assert.equal(
    (await sh('sysctl -qw net.ipv4.ip_default_ttl=65 && ip link add type veth && ip address add 10.9.9.9/32 dev lo'))
      .output,
    '',
  );
});

test('device nodes cannot be made, and none but the harmless ones are there', async () => {
  for (const node of ['b 7 0', 'c 1 3', 'c 1 1']) await refused(`mknod /root/node ${node}`, /Operation not permitted/);
  // By stat(1): find(1) believes the directory entries, which are those of the files that the nodes are mounted on.
  const { output } = await sh(
    'find /dev /dev/pts -mindepth 1 -exec stat -c "%F %n" {} + | sort -u | grep -v "^directory\\|^symbolic"',
  );
  assert.deepEqual(
    output.split('\n').filter((line) => !/^character special file \/dev\/pts\/\d+$/.test(line)),
    ['console', 'full', 'null', 'pts/ptmx', 'random', 'tty', 'urandom', 'zero'].map(
      (name) => `character special file /dev/${name}`,
    ),
  );
  await refused('mount -t devtmpfs none /mnt', /permission denied/i);
  await refused('chmod 700 /dev/null', /Operation not permitted/);
});

test('no file of the host can be seen or reached', async () => {
  assert.notEqual((await sh(`cat ${planted}/secret`)).code, 0);
  await refused(`cat /proc/1/root${planted}/secret`, /No such file/);
  await refused(`mkdir -p /root/m; mount --bind ${planted} /root/m`, /does not exist|No such file/);
  assert.equal((await sh(`grep -rs ${secret} /tmp /root /mnt /media /srv /home /var /opt; true`)).output, '');
  // Control: the same words are found where they are in its own files.
  assert.match((await sh(`echo ${secret} > /root/own; grep -rs ${secret} /root`)).output, /own/);
  // By handle, the way out of a mount namespace for those who may use it.
  const handle =
    'import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nr = libc.open_by_handle_at(os.open("/", os.O_RDONLY), ctypes.create_string_buffer(16), 0)\nprint(r, os.strerror(ctypes.get_errno()))';
  assert.equal((await python(handle)).output, '-1 Operation not permitted');
});

test('a link planted in its disk leads nothing of ours out of it', async () => {
  const trap = mkdtempSync(join(planted, 'trap-'));
  await inside(
    host.paths,
    neighbour,
    `mkdir -p /root/new; mv /etc/hostname /etc/hosts /root/new; rm -rf /etc; ln -s ${trap} /etc; ln -s ${trap} /home/admin/.ssh2`,
  );
  await host.instances.apply(
    testPlan([
      testMachine(id),
      testMachine(neighbour, { boots: 2, publicKey: { name: 'k', openssh: 'ssh-ed25519 AAAA' } }),
    ]),
  );
  assert.deepEqual(readdirSync(trap), []);
});

test('processes of the host and of other instances can neither be seen nor signalled', async () => {
  const target = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    for (const pid of [target.pid, initPid(host.paths, neighbour)]) {
      await refused(`kill -0 ${pid}`, /No such process/);
      await refused(`ls /proc/${pid}`, /No such file/);
    }
    assert.equal((await sh('cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -c "slee[p] 60"')).output, '0');
    const trace = `import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nr = libc.ptrace(16, ${target.pid}, 0, 0)\nprint(r, os.strerror(ctypes.get_errno()))`;
    assert.equal((await python(trace)).output, '-1 No such process');
    assert.equal(target.exitCode, null);
  } finally {
    target.kill();
  }
});

test('services on the host’s loopback and its abstract sockets cannot be reached', async () => {
  const tcp = net.createServer((socket) => socket.end('hello'));
  const local = net.createServer((socket) => socket.end('hello'));
  const name = `culvert-test-${randomUUID()}`;
  tcp.listen(0, '127.0.0.1');
  local.listen(`\0${name}`);
  await Promise.all([once(tcp, 'listening'), once(local, 'listening')]);
  try {
    const { port } = tcp.address() as net.AddressInfo;
    const connect = (target: string) => `import socket\ns = socket.socket(${target}\nprint(s.recv(5))`;
    const byTcp = connect(`socket.AF_INET)\ns.connect(("127.0.0.1", ${port}))`);
    const byName = connect(`socket.AF_UNIX)\ns.connect("\\0${name}")`);
    for (const program of [byTcp, byName]) {
      assert.match((await python(program)).output, /Connection refused/);
      // Control: from the host the same program is answered.
      assert.match((await run('python3', ['-'], { input: program })).stdout, /hello/);
    }
  } finally {
    tcp.close();
    local.close();
  }
});

test('no device can be put into the network at the other end of its link', async () => {
  const peer = join(host.paths.netns, 'peer');
  createNetns(peer);
  const own = host.paths.netnsOf(id);
  await run(
    'ip',
    ['link', 'add', 'far', 'type', 'veth', 'peer', 'name', 'near', 'netns', `/proc/${initPid(host.paths, id)}/ns/net`],
    { netns: peer },
  );
  await run('ip', ['link', 'add', 'inner', 'type', 'veth', 'peer', 'name', 'inner2'], { netns: peer });
  const { stdout } = await run('ip', ['-j', 'link', 'show', 'inner'], { netns: peer });
  const { ifindex } = (JSON.parse(stdout) as [{ ifindex: number }])[0];
  const near = (await sh('ip -j link show near')).output;
  const { link_netnsid } = (JSON.parse(near) as [{ link_netnsid: number }])[0];
  const macvlan = `ip link add link if${ifindex} link-netnsid ${link_netnsid} name evil type macvlan mode bridge`;
  await refused(macvlan, /Operation not permitted/);
  // Control: with the host's rights the same command works in the same place, so it was only the rights that were missing.
  await run('ip', macvlan.split(' ').slice(1), { netns: own });
  await run('ip', ['link', 'delete', 'evil'], { netns: own });
});

test('neither its own limits nor the groups of others can be changed', async () => {
  const limits = (
    await sh('find /sys/fs/cgroup /root -name memory.limit_in_bytes -o -name pids.max -o -name memory.max')
  ).output.split('\n');
  assert.ok(limits.length > 0);
  for (const file of limits) {
    assert.match(
      (await python(`import os\nos.close(os.open("${file}", os.O_WRONLY))`)).output,
      /Permission denied|Read-only/,
      file,
    );
  }
  const parent = cgroupParent(host.paths.run).slice(1);
  assert.equal((await sh(`find /sys/fs/cgroup -name "${parent}*" -o -name "i-*"`)).output, '');
});

test('the host kernel’s log, modules, key rings, tracing and user faults are closed to it', async () => {
  await refused('dmesg', /Operation not permitted/);
  // By number, with nothing in the arguments: a call that was let through would say that these are wrong.
  const numbers = { x64: [175, 250, 321, 298, 323], arm64: [105, 219, 280, 241, 282] }[process.arch as 'x64' | 'arm64'];
  const { output } = await python(`
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for number in [${numbers}]:
    result = libc.syscall(number, 0, 0, 0, 0, 0)
    print(result, os.strerror(ctypes.get_errno()))`);
  assert.deepEqual(output.split('\n'), Array(5).fill('-1 Operation not permitted'));
});
