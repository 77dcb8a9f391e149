/**
 * Sites through the command line: isolated until they are connected, with the base image's programs at their host and a real DNS
 * server; both are there again after kill -9 of any process, and nothing is left in the end.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as EC2 from '@aws-sdk/client-ec2';
import type { Why } from '../src/analyse/why.ts';
import type { Live } from '../src/daemon/live/live.ts';
import { callLocal } from '../src/daemon/local.ts';
import { type TestCulvert, testCulvert, until } from './culvert.ts';

const SQS = 'https://sqs.ap-south-1.amazonaws.com';
const PUBLIC = String.raw`198\.\d+\.\d+\.\d+`;

describe('sites', { timeout: 240_000 }, () => {
  let culvert: TestCulvert;
  /** The server answers for nobody: it says so, or it is not there. */
  const refuses = async () =>
    (await culvert.inside('office', 'dig +time=1 +tries=1 example.com | grep status || true')).includes('REFUSED');
  const isAgain = () => until('the DNS server answers', async () => ((await refuses()) ? true : undefined));

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
  });

  after(async () => {
    assert.deepEqual(await culvert.close(), []);
  });

  it('is a network of its own, with a host and a DNS server', async () => {
    const said = await culvert.cli(['site', 'create', 'office', '192.168.0.0/16', '--dns', 'dnsmasq']);
    assert.match(said, /^office 192\.168\.0\.0\/16, its router's public address is 198\.18\.\d+\.\d+$/m);
    await culvert.settled();
    assert.equal((await culvert.inside('office', 'hostname -I')).trim(), '192.168.0.10');
    assert.equal((await culvert.inside('office', 'cat /etc/resolv.conf')).trim(), 'nameserver 192.168.0.5');
    assert.ok(await refuses());
    await assert.rejects(culvert.inside('office', 'curl -sS -m 2 http://127.0.0.1:4566/'));
    await assert.rejects(culvert.inside('office', 'ping -c 1 -W 1 198.18.0.1'));
    await assert.rejects(culvert.cli(['site', 'create', 'office', '10.0.0.0/16']), /already/);
    await assert.rejects(culvert.cli(['exec', 'nowhere', '--', 'true']), /nothing here is nowhere/);
  });

  it('is asked why, and told of in the status', async () => {
    const ec2 = new EC2.EC2(culvert.sdk());
    const { Instances } = await ec2.runInstances({
      ImageId: (await ec2.describeImages({ Owners: ['amazon'] })).Images?.[0]?.ImageId ?? '',
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
    });
    await culvert.settled();
    const address = Instances?.[0]?.PrivateIpAddress ?? '';
    const question = { from: 'office', to: address, protocol: '6', port: 80 };
    const { text } = await callLocal(culvert.paths.controlSocket, 'POST', '/culvert/why', question);
    assert.equal((JSON.parse(text) as Why).headline, `site-office has no route to ${address}`);
    const sent = await callLocal(culvert.paths.controlSocket, 'POST', '/culvert/why', { ...question, live: true });
    const [packet] = (JSON.parse(sent.text) as { live: Live }).live.packets;
    assert.deepEqual([packet?.kind, packet?.stages, packet?.difference], ['dropped', ['route'], null]);
    const live = await culvert.cli(['why', Instances?.[0]?.InstanceId ?? '', SQS, '--live']);
    assert.match(live, /✓ sqs\.ap-south-1\.amazonaws\.com: 198\.19\.\S+\n✓ \S+ it was answered, as predicted/);
    assert.match(live, new RegExp(`→ +internet +${PUBLIC}:\\d+ → ${PUBLIC}:443 +← ${PUBLIC}:443 → ${PUBLIC}:`));
    assert.match(await culvert.cli(['why', Instances?.[0]?.InstanceId ?? '', SQS, '--mermaid']), /^flowchart LR\n/);
    const [site] = (await culvert.status()).sites;
    assert.deepEqual([site?.name, site?.dns, site?.tunnels], ['office', 'dnsmasq', []]);
    assert.match(
      await culvert.cli(['status']),
      /Sites\n +office +192\.168\.0\.0\/16 +public 198\.18\.\S+ +dnsmasq +no tunnel/,
    );
  });

  for (const name of ['edge', 'control'] as const) {
    it(`is as before after kill -9 of ${name}`, async () => {
      const before = culvert.pid(name);
      culvert.kill(name);
      await until(`${name} runs again`, async () => {
        const now = await Promise.resolve()
          .then(() => culvert.pid(name))
          .catch(() => before);
        return now === before ? undefined : true;
      });
      await culvert.settled();
      await isAgain();
      assert.match(await culvert.cli(['site', 'list']), /^office +192\.168\.0\.0\/16 +public \S+ +dnsmasq$/m);
    });
  }

  it('is there again after down and up, and gone when it is deleted', async () => {
    await culvert.down();
    await culvert.up();
    await culvert.settled();
    await isAgain();
    await culvert.cli(['site', 'delete', 'office']);
    await culvert.settled();
    await assert.rejects(culvert.cli(['exec', 'office', '--', 'true']), /nothing here is office/);
    assert.match(await culvert.cli(['site', 'list']), /^no sites$/m);
  });
});
