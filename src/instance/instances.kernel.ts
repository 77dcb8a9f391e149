/** Instances on the real kernel: each is a container with systemd as its init. Needs root, crun, conmon and the base image. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../host/exec.ts';
import { tcpListener } from '../host/sockets.ts';
import type { Machine } from '../plan/plan.ts';
import { cgroupParent } from './cgroups.ts';
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

const apply = (...machines: Machine[]) => host.instances.apply(testPlan(machines));
const sh = (id: string, script: string) => inside(host.paths, id, script);
const booted = (id: string) => until(`${id} booted`, () => host.instances.booted(id));
/** What was told of it from here on. */
function listen(id: string): () => string[] {
  const from = host.told.length;
  return () => host.told.slice(from).flatMap((line) => (line.startsWith(`${id} `) ? [line.slice(id.length + 1)] : []));
}

/** A metadata service as the edge's, for this one instance. */
async function metadata(id: string, userData: string | null): Promise<http.Server> {
  const netns = host.paths.netnsOf(id);
  await run('ip', ['link', 'set', 'lo', 'up'], { netns });
  await run('ip', ['address', 'add', '169.254.169.254/32', 'dev', 'lo'], { netns });
  const answers: Readonly<Record<string, string | null>> = {
    'PUT /latest/api/token': 'a-token',
    'GET /latest/meta-data/instance-id': id,
    'GET /latest/user-data': userData,
  };
  const server = http.createServer((request, response) => {
    const known = request.method === 'PUT' || request.headers['x-aws-ec2-metadata-token'] === 'a-token';
    const answer = answers[`${request.method} ${request.url}`] ?? null;
    response.writeHead(!known ? 401 : answer === null ? 404 : 200).end(known ? (answer ?? '') : '');
  });
  server.listen({ fd: tcpListener(netns, { address: '169.254.169.254', port: 80 }) });
  await once(server, 'listening');
  return server;
}

test('launch: pending, running, booted; name, resolver, console and trust are its own', async () => {
  const id = newId();
  const told = listen(id);
  const publicKey = { name: 'mine', openssh: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJv' };
  await apply(testMachine(id, { publicKey, hostname: 'ip-10-0-1-5.ap-south-1.compute.internal' }));
  assert.deepEqual(told(), ['pending 1', 'running 1']);
  await booted(id);
  assert.equal((await sh(id, 'systemctl is-active multi-user.target')).output, 'active');
  assert.equal((await sh(id, 'systemctl --failed --no-legend')).output, '');
  assert.equal((await sh(id, 'hostname; cat /proc/1/comm')).output, 'ip-10-0-1-5\nsystemd');
  assert.equal(
    (await sh(id, 'cat /etc/resolv.conf')).output,
    'nameserver 10.0.0.2\nsearch ap-south-1.compute.internal',
  );
  assert.match(host.instances.consoleOutput(id), /Welcome to .*Debian GNU\/Linux 12/);
  assert.equal(
    (await sh(id, 'stat -c "%U %a" /home/admin/.ssh/authorized_keys; cat /home/admin/.ssh/authorized_keys')).output,
    `admin 600\n${publicKey.openssh} mine`,
  );
  assert.equal((await sh(id, 'su admin -c "sudo -n id -u"')).output, '0');
  // The whole bundle, the folder, and what awscli reads: all with Culvert's CA in them.
  const verify =
    'openssl verify -no-CApath -CAfile /etc/ssl/certs/ca-certificates.crt $ca && openssl verify -CApath /etc/ssl/certs -no-CAfile $ca';
  assert.equal((await sh(id, `ca=/usr/local/share/ca-certificates/culvert.crt; ${verify}`)).code, 0);
  const bundle = '$(find /usr/lib/python3 -path "*botocore/cacert.pem")';
  assert.equal((await sh(id, `readlink -f ${bundle}`)).output, '/etc/ssl/certs/ca-certificates.crt');
});

test('a second apply of the same plan does nothing', async () => {
  const id = newId();
  await apply(testMachine(id));
  const pid = initPid(host.paths, id);
  const told = listen(id);
  await apply(testMachine(id));
  assert.deepEqual(told(), []);
  assert.equal(initPid(host.paths, id), pid);
});

test('user data runs once, at the first boot, and speaks to the console; not at a reboot', async () => {
  const id = newId();
  const server = await metadata(id, '#!/bin/bash\necho "data of $(id -un)"\necho run >> /root/runs\n');
  try {
    await apply(testMachine(id));
    await until('user data ended', () => host.instances.consoleOutput(id).includes('user data ended with exit code 0'));
    assert.match(host.instances.consoleOutput(id), /^data of root$/m);
    await apply(testMachine(id, { boots: 2 }));
    await booted(id);
    const state = () =>
      execFileSync(...command(id, 'systemctl show -p ActiveState --value ec2-init'))
        .toString()
        .trim();
    await until('the agent has looked', () => state() === 'active');
    assert.equal((await sh(id, 'cat /root/runs; grep -c data.of /var/log/cloud-init-output.log')).output, 'run\n1');
    assert.doesNotMatch(host.instances.consoleOutput(id), /data of root/);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('user data that is not a script is not run, and that is said', async () => {
  const id = newId();
  const server = await metadata(id, '#cloud-config\nruncmd: [touch /root/ran]\n');
  try {
    await apply(testMachine(id));
    await until('told', () => /does not start with #!/.test(host.instances.consoleOutput(id)));
    assert.notEqual((await sh(id, 'test -e /root/ran')).code, 0);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

/** The same as `sh`, for a look that must not await. */
function command(id: string, script: string): [string, string[]] {
  const args = ['--cgroup-manager=cgroupfs', '--root', join(host.paths.run, 'crun'), 'exec', id, 'sh', '-c', script];
  return [
    'sh',
    [
      '-c',
      'exec unshare -m --propagation slave sh -c \'umount /sys/fs/cgroup/unified 2>/dev/null; exec crun "$@"\' sh "$@"',
      'sh',
      ...args,
    ],
  ];
}

test('stop and start keep the disk', async () => {
  const id = newId();
  const told = listen(id);
  await apply(testMachine(id));
  await booted(id);
  await sh(id, 'echo kept > /root/file; echo gone > /run/file');
  await apply(testMachine(id, { wanted: 'stopped' }));
  assert.equal(existsSync(join(host.paths.run, 'instances', id)), false);
  assert.equal(host.instances.booted(id), false);
  await apply(testMachine(id, { boots: 2 }));
  assert.deepEqual(told(), ['pending 1', 'running 1', 'stopping 1', 'stopped 1', 'pending 2', 'running 2']);
  assert.equal((await sh(id, 'cat /root/file; test ! -e /run/file')).output, 'kept');
});

test('a higher boot number restarts it', async () => {
  const id = newId();
  await apply(testMachine(id));
  await booted(id);
  const pid = initPid(host.paths, id);
  await apply(testMachine(id, { boots: 2 }));
  assert.notEqual(initPid(host.paths, id), pid);
  assert.deepEqual((await host.instances.observe()).get(id), { state: 'running', boots: 2, fault: null });
});

test('poweroff inside: stopped, until a higher boot number is asked for', async () => {
  const id = newId();
  await apply(testMachine(id));
  await booted(id);
  const told = listen(id);
  await sh(id, 'systemctl poweroff');
  await until('stopped is told', () => told().includes('stopped 1'));
  await apply(testMachine(id));
  assert.deepEqual(told(), ['stopped 1']);
  await apply(testMachine(id, { boots: 2 }));
  assert.deepEqual(told(), ['stopped 1', 'pending 2', 'running 2']);
});

test('reboot inside: it comes back in the same boot number', async () => {
  const id = newId();
  await apply(testMachine(id));
  await booted(id);
  const pid = initPid(host.paths, id);
  const told = listen(id);
  await sh(id, 'systemctl reboot');
  await until('running again', () => told().includes('running 1'));
  assert.notEqual(initPid(host.paths, id), pid);
});

test('an instance that does not shut down is killed after the grace', async () => {
  const id = newId();
  const impatient = host.again({ stopMs: 1000 });
  try {
    await impatient.apply(testPlan([testMachine(id)]));
    await until('booted', () => impatient.booted(id));
    await sh(id, 'systemd-run -q -p TimeoutStopSec=infinity -p KillMode=none -p ExecStop="/bin/sleep 600" sleep 600');
    const started = performance.now();
    await impatient.apply(testPlan([testMachine(id, { wanted: 'stopped' })]));
    assert.ok(performance.now() - started >= 1000);
    assert.equal((await impatient.observe()).get(id)?.state, 'stopped');
  } finally {
    impatient.close();
  }
});

test('terminate leaves nothing: no process, mount, group or folder', async () => {
  const id = newId();
  await apply(testMachine(id));
  await booted(id);
  await sh(id, 'mkdir -p /root/a/b; chmod 0 /root/a; ln -s / /root/out');
  const told = listen(id);
  const conmon = Number(readFileSync(join(host.paths.run, 'instances', id, 'conmon.pid'), 'utf8'));
  const init = initPid(host.paths, id);
  await apply();
  assert.deepEqual(told(), ['shutting-down 1', 'terminated 1']);
  // A zombie has no command line; the host's init reaps it when it likes.
  for (const pid of [conmon, init]) {
    assert.ok(!existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/cmdline`, 'utf8') === '', `${pid} lives`);
  }
  assert.equal(existsSync(host.paths.instanceOf(id)), false);
  assert.equal(readFileSync('/proc/self/mountinfo', 'utf8').includes(`${id}/`), false);
  for (const folder of ['instances', 'exits', 'conmon', 'crun']) {
    assert.deepEqual(readdirSync(join(host.paths.run, folder)), [], folder);
  }
  const groups = ['', ...readdirSync('/sys/fs/cgroup')].map((name) =>
    join('/sys/fs/cgroup', name, cgroupParent(host.paths.run)),
  );
  assert.deepEqual(
    groups.filter((group) => existsSync(group)),
    [],
  );
  assert.equal((await host.instances.observe()).has(id), false);
});

test('the limits hold: memory, processes', async () => {
  const id = newId();
  await apply(testMachine(id, { limits: { memoryMiB: 192, cpus: 1, processes: 64 } }));
  await booted(id);
  const hog = await sh(id, 'python3 -c "x = bytearray(400 << 20)"');
  assert.equal(hog.code, 137);
  const forks = await sh(id, 'for i in $(seq 100); do sleep 2 & done; wait');
  assert.match(forks.output, /fork/i);
  assert.equal((await sh(id, 'systemctl is-active multi-user.target')).output, 'active');
});

test('the owner process is killed -9: the next one finds its instances, and changes nothing', async () => {
  const id = newId();
  const here = fileURLToPath(new URL('.', import.meta.url));
  const script = `
    const { createInstances } = await import(${JSON.stringify(join(here, 'instances.ts'))});
    const { hostPaths } = await import(${JSON.stringify(join(here, '../host/paths.ts'))});
    const { silentLog } = await import(${JSON.stringify(join(here, '../host/log.ts'))});
    const { testMachine, testPlan } = await import(${JSON.stringify(join(here, 'test-plan.ts'))});
    const paths = hostPaths();
    const instances = createInstances({ paths, log: silentLog(), caFile: paths.caCert, onFact() {} });
    await instances.apply(testPlan([testMachine(${JSON.stringify(id)})]));
    console.log('applied');
    setInterval(() => {}, 1000);`;
  const { home, run: runFolder } = host.paths;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, CULVERT_HOME: home, CULVERT_RUN: runFolder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(owner.stdout, 'data');
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  const pid = initPid(host.paths, id);
  const next = host.again();
  try {
    assert.deepEqual((await next.observe()).get(id), { state: 'running', boots: 1, fault: null });
    await next.apply(testPlan([testMachine(id)]));
    assert.equal(initPid(host.paths, id), pid);
    await until('booted', () => next.booted(id));
    await sh(id, 'echo after the kill > /dev/console');
    await until('its console goes on', () => next.consoleOutput(id).includes('after the kill'));
  } finally {
    next.close();
  }
});

test('without its console keeper it still runs, stops and starts', async () => {
  const id = newId();
  const impatient = host.again({ stopMs: 1000 });
  try {
    await impatient.apply(testPlan([testMachine(id)]));
    await until('booted', () => impatient.booted(id));
    process.kill(Number(readFileSync(join(host.paths.run, 'instances', id, 'conmon.pid'), 'utf8')), 'SIGKILL');
    assert.equal((await sh(id, 'echo here')).output, 'here');
    await impatient.apply(testPlan([testMachine(id, { wanted: 'stopped' })]));
    await impatient.apply(testPlan([testMachine(id, { boots: 2 })]));
    assert.equal((await impatient.observe()).get(id)?.state, 'running');
  } finally {
    impatient.close();
  }
});

test('stopAll keeps the disks; the same plan starts them again', async () => {
  const id = newId();
  await apply(testMachine(id));
  await sh(id, 'echo kept > /root/file');
  await host.instances.stopAll();
  assert.equal((await host.instances.observe()).get(id)?.state, 'stopped');
  await apply(testMachine(id));
  assert.equal((await sh(id, 'cat /root/file')).output, 'kept');
});

test('a launch that cannot succeed is a fault in the fact, tried three times for one boot number', async () => {
  const id = `i-${'f'.repeat(17)}`;
  const told = listen(id);
  for (let time = 0; time < 5; time++) await apply(testMachine(id));
  const faults = told().filter((line) => line.includes('namespace is not there'));
  assert.deepEqual(
    faults.map((line) => /\(try (\d) of 3\)/.exec(line)?.[1]),
    ['1', '1', '2', '2', '3'],
  );
  assert.equal((await host.instances.observe()).get(id)?.state, 'pending');
  makeNamespaces(host.paths, id);
  await apply(testMachine(id, { boots: 2 }));
  assert.deepEqual((await host.instances.observe()).get(id), { state: 'running', boots: 2, fault: null });
});

test('a layer that is not there, or that leads elsewhere, is a fault', async () => {
  for (const layer of ['nothing', '../../etc', '..']) {
    const id = newId();
    await apply(testMachine(id, { layers: [layer, 'debian-12'] }));
    assert.match((await host.instances.observe()).get(id)?.fault ?? '', /image layer .* is not there/, layer);
  }
});

test('several start side by side; one that fails does not hold the others', async () => {
  const ids = [newId(), newId(), newId()];
  const broken = `i-${'e'.repeat(17)}`;
  await apply(testMachine(broken), ...ids.map((id) => testMachine(id)));
  const facts = await host.instances.observe();
  assert.deepEqual(
    ids.map((id) => facts.get(id)?.state),
    ['running', 'running', 'running'],
  );
  assert.notEqual(facts.get(broken)?.fault, null);
});

test('exec: exit codes, signals, environment, arguments as they are; not in a stopped one', async () => {
  const id = newId();
  await apply(testMachine(id));
  const exec = (argv: string[], env = {}) => host.instances.exec(id, argv, { tty: false, env });
  assert.equal(await exec(['true']), 0);
  assert.equal(await exec(['sh', '-c', 'exit 7']), 7);
  assert.equal(await exec(['sh', '-c', 'kill -9 $$']), 137);
  assert.equal(
    await exec(['sh', '-c', 'test "$WORD" = "a b" && test "$1" = "; exit 1"', 'sh', '; exit 1'], { WORD: 'a b' }),
    0,
  );
  assert.equal(await exec(['no-such-program']), 127);
  await apply(testMachine(id, { wanted: 'stopped' }));
  await assert.rejects(exec(['true']), /does not run/);
});

test('exec gives a terminal where the caller has one', async () => {
  const id = newId();
  await apply(testMachine(id));
  const exec = fileURLToPath(new URL('./exec.ts', import.meta.url));
  const paths = fileURLToPath(new URL('../host/paths.ts', import.meta.url));
  const program = `
    const { execInstance } = await import('${exec}');
    const { hostPaths } = await import('${paths}');
    process.exitCode = await execInstance(hostPaths(), '${id}', ['sh', '-c', 'tty; exit 5']);`;
  const { home, run: runFolder } = host.paths;
  const env = { ...process.env, CULVERT_HOME: home, CULVERT_RUN: runFolder, PROGRAM: program };
  // script(1) is the terminal.
  const child = spawn('script', ['-qec', `${process.execPath} --input-type=module -e "$PROGRAM"`, '/dev/null'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = await once(child, 'close');
  assert.match(output, /\/dev\/pts\/\d|\/dev\/console/);
  assert.equal(code, 5);
});

test('what it writes belongs to no user of the host', async () => {
  const id = newId();
  await apply(testMachine(id));
  await sh(id, 'install -m 4755 /bin/sh /root/sh');
  const { uid, gid } = statSync(join(host.paths.instanceOf(id), 'upper/root/sh'));
  assert.deepEqual([uid, gid], [1_000_000, 1_000_000]);
});
