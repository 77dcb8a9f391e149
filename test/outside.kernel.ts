/**
 * `culvert up --internet` as its users have it, on a host and with a world that are namespaces of the test's own: what instances reach,
 * what kill -9 of each process does to it, and that nothing is left.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as EC2 from '@aws-sdk/client-ec2';
import { findProcess } from '../src/daemon/processes.ts';
import { ip } from '../src/host/ip.ts';
import { FAR, HOST, makeOutsideWorld, type OutsideWorld } from '../src/host/outside-world.ts';
import { hostPaths } from '../src/host/paths.ts';
import { bringPrograms } from '../src/host/testing/programs.ts';
import { type TestCulvert, testCulvert, until } from './culvert.ts';

const folder = mkdtempSync(join(tmpdir(), 'culvert-outside-'));
/** The greeting of a server there; empty: no connection. */
const greet = (address: string) => `timeout 3 bash -c 'head -n 1 < /dev/tcp/${address}/80' 2>/dev/null || true`;
/** Connects, and when it is told to sends a word and waits for it to come back. */
const HELD = `rm -f /tmp/go /tmp/there; exec 3<>/dev/tcp/${FAR}/80; read -r hello <&3; touch /tmp/there
until [ -e /tmp/go ]; do sleep 0.1; done; echo word >&3; read -r -t 20 back <&3; echo "got $back"`;

describe('culvert up --internet', { timeout: 600_000 }, () => {
  let beyond: OutsideWorld;
  let culvert: TestCulvert;
  let front = '';
  let hidden = '';

  before(async () => {
    await bringPrograms({ packages: { slirp4netns: ['slirp4netns'] }, folder: join(hostPaths().cache, 'test-tools') });
    beyond = await makeOutsideWorld(folder);
    culvert = testCulvert({ host: beyond.host, flags: ['--internet'] });
    await culvert.up();
    const ec2 = new EC2.EC2(culvert.sdk());
    const { Subnets = [] } = await ec2.describeSubnets({});
    const { Images } = await ec2.describeImages({ Owners: ['amazon'] });
    const launch = async (AssociatePublicIpAddress: boolean) => {
      const { Instances } = await ec2.runInstances({
        ImageId: Images?.[0]?.ImageId ?? '',
        InstanceType: 't3.micro',
        MinCount: 1,
        MaxCount: 1,
        NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: Subnets[0]?.SubnetId ?? '', AssociatePublicIpAddress }],
      });
      return Instances?.[0]?.InstanceId ?? '';
    };
    front = await launch(true);
    hidden = await launch(false);
    await EC2.waitUntilInstanceRunning(
      { client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { InstanceIds: [front, hidden] },
    );
    await culvert.settled();
  });

  after(async () => {
    const pid = findProcess(culvert.paths, 'outside')?.pid;
    assert.deepEqual(await culvert.close(), []);
    assert.ok(pid === undefined || isGone(pid), 'the program goes on');
    beyond.close();
  });

  const reach = (instance: string, address: string) => culvert.inside(instance, greet(address));
  const reaches = (instance: string) =>
    until(
      `${FAR} is reached`,
      async () => ((await reach(instance, FAR)).includes('internet') ? true : undefined),
      60_000,
    );

  it('an instance with a public address reaches the world, not the host; one without reaches neither', async () => {
    await reaches(front);
    assert.ok(beyond.seen.includes(`${FAR} tcp ${HOST}`));
    const { length } = beyond.seen;
    assert.equal(await reach(front, HOST), '');
    assert.equal(await reach(hidden, FAR), '');
    assert.equal(beyond.seen.length, length);
    assert.match(await culvert.cli(['status']), /outside: TCP and UDP go out through this host/);
    assert.match(await culvert.cli(['why', front, FAR, '--port', '80']), /outside/);
  });

  it('kill -9 of control and of the edge: a connection goes on', async () => {
    const held = culvert.start(front, `bash -c '${HELD}'`);
    await until('it is connected', async () =>
      (await culvert.inside(front, 'ls /tmp')).includes('there') ? true : undefined,
    );
    const before = culvert.pid('outside');
    for (const name of ['control', 'edge'] as const) {
      const pid = culvert.pid(name);
      culvert.kill(name);
      await until(`${name} is there again`, async () => {
        const found = findProcess(culvert.paths, name)?.pid;
        return found !== undefined && found !== pid ? true : undefined;
      });
      await culvert.settled();
    }
    await culvert.inside(front, 'touch /tmp/go');
    assert.equal((await held.done).trim(), 'got word');
    assert.equal(culvert.pid('outside'), before);
  });

  it('kill -9 of the program that carries packets: the next one does', async () => {
    const before = culvert.pid('outside');
    culvert.kill('outside');
    await reaches(front);
    assert.notEqual(culvert.pid('outside'), before);
  });

  it('kill -9 of the supervisor: the way stays, and the next start takes it over', async () => {
    const before = culvert.pid('outside');
    culvert.kill('supervisor');
    await reaches(front);
    assert.equal(culvert.pid('outside'), before);
    await culvert.up();
    await reaches(front);
    assert.ok(isGone(before));
  });

  it('an address that the host gets is closed', async () => {
    ip(beyond.host, [`address replace ${FAR}/32 dev lo`]);
    const isClosed = async () => (await culvert.status()).outside?.closed.includes(`${FAR}/32`);
    await until('it is closed', async () => ((await isClosed()) ? true : undefined), 60_000);
    ip(beyond.host, [`address del ${FAR}/32 dev lo`]);
    await until('it is open again', async () => ((await isClosed()) ? undefined : true), 60_000);
    await reaches(front);
  });

  it('started without the flag there is nothing outside', async () => {
    await culvert.down();
    assert.equal(findProcess(culvert.paths, 'outside'), undefined);
    await culvert.cli(['up', '--detach', '--port', '0']);
    await culvert.settled();
    assert.match(await culvert.cli(['status']), /outside: nothing of the real world is reached/);
    assert.equal(findProcess(culvert.paths, 'outside'), undefined);
  });
});

function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}
