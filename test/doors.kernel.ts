/**
 * Culvert's own calls are for its processes and root: neither an instance nor a client of the API gets to them, whatever path
 * its requests have. docs/processes.md, "Calls between processes".
 */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import * as EC2 from '@aws-sdk/client-ec2';
import * as IAM from '@aws-sdk/client-iam';
import * as S3 from '@aws-sdk/client-s3';
import { callLocal } from '../src/daemon/local.ts';
import { ARRIVAL_HEADER } from '../src/host/arrival-header.ts';
import { REGION, type TestCulvert, testCulvert } from './culvert.ts';
import { inside } from './inside.ts';

describe('doors', { timeout: 120_000 }, () => {
  let culvert: TestCulvert;
  /** Of an instance with a public address, and of its neighbour in the subnet. */
  let id = '';
  let neighbour: EC2.Instance = {};

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
    const ec2 = new EC2.EC2(culvert.sdk());
    const { Images } = await ec2.describeImages({ Owners: ['amazon'] });
    const { Instances = [] } = await ec2.runInstances({
      ImageId: Images?.[0]?.ImageId ?? '',
      InstanceType: 't3.micro',
      MinCount: 2,
      MaxCount: 2,
    });
    const ids = Instances.map(({ InstanceId = '' }) => InstanceId);
    await EC2.waitUntilInstanceRunning(
      { client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { InstanceIds: ids },
    );
    [id = ''] = ids;
    neighbour = Instances[1] ?? {};
    await culvert.settled();
  });

  after(async () => {
    assert.deepEqual(await culvert.close(), []);
  });

  it('an instance that reaches EC2 does not reach status and services', async () => {
    const ask = (words: string) =>
      culvert.inside(
        id,
        `curl -sS -m 5 -w ' %{http_code}' ${words.replace('EC2', `https://ec2.${REGION}.amazonaws.com`)}`,
      );
    assert.match(await ask('EC2/culvert/status'), /MissingParameter.* 400$/s);
    assert.match(await ask(`-X PUT -d '{"url":"http://127.0.0.1:1"}' EC2/culvert/services/athena`), / 400$/);
    assert.match(await ask(`-X PUT -d '{}' EC2/culvert/targets`), /MissingParameter.* 400$/s);
    assert.deepEqual((await culvert.status()).services, []);
  });

  it('nothing of the control process answers an instance, at no address of the host’s nor of its router’s', async () => {
    const { port } = (await culvert.status()).listen;
    const router = (neighbour.PrivateIpAddress ?? '').replace(/\d+$/, '1');
    const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
    const addresses = [
      ...['127.0.0.1', '[::1]', '0.0.0.0', '169.254.169.254', '169.254.169.253', '169.254.169.123', router],
      ...own.filter((address) => !address.includes(':')),
      neighbour.PrivateIpAddress ?? '',
    ];
    const asked = addresses.map(
      (address) => `(curl -g -m 3 -s -o /dev/null http://${address}:${port}/ && echo ${address}) &`,
    );
    assert.equal(await culvert.inside(id, `${asked.join(' ')} wait`), '');
    // From the host the same is answered.
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  });

  it('its sockets cannot be found from inside, by path or in lists of them', async () => {
    const { controlSocket, awsSocket, edgeSocket, servicesSocket, run } = culvert.paths;
    for (const socket of [controlSocket, awsSocket, edgeSocket, servicesSocket]) {
      for (const path of [socket, `/proc/1/root${socket}`]) {
        const words = `curl -sS -m 3 --unix-socket ${path} http://x/culvert/status 2>&1; test $? -eq 7 && echo refused`;
        assert.match(await culvert.inside(id, words), /refused\s*$/, path);
      }
    }
    assert.equal(await culvert.inside(id, `grep -F ${run} /proc/net/unix /proc/mounts || true`), '');
    assert.equal((await callLocal(controlSocket, 'GET', '/culvert/status')).status, 200);
  });

  it('the metadata of a neighbour is not told to who takes its address', async () => {
    const token = (words = '') =>
      culvert.inside(
        id,
        `curl -m 2 -sf ${words} -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' 169.254.169.254/latest/api/token || echo none`,
      );
    const address = neighbour.PrivateIpAddress ?? '';
    assert.ok((await token()).length > 50);
    await culvert.inside(id, `ip address add ${address}/32 dev eth0`);
    try {
      assert.equal((await token(`--interface ${address}`)).trim(), 'none');
    } finally {
      await culvert.inside(id, `ip address del ${address}/32 dev eth0`);
    }
    const tokenOfOther = await culvert.inside(
      neighbour.InstanceId ?? '',
      "curl -m 2 -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' 169.254.169.254/latest/api/token",
    );
    const withToken = `curl -m 2 -s -o /dev/null -w '%{http_code}' -H 'X-aws-ec2-metadata-token: ${tokenOfOther.trim()}'`;
    assert.equal(await culvert.inside(id, `${withToken} 169.254.169.254/latest/meta-data/instance-id`), '401');
  });

  it('who says where a call came from is the edge, and no client', async () => {
    const iam = new IAM.IAM(culvert.sdk());
    await iam.createUser({ UserName: 'caller' });
    await iam.attachUserPolicy({ UserName: 'caller', PolicyArn: 'arn:aws:iam::aws:policy/AmazonEC2FullAccess' });
    const { AccessKey: key } = await iam.createAccessKey({ UserName: 'caller' });
    const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' };
    const ec2 = new EC2.EC2(inside(culvert, { netns: culvert.paths.netnsOf(id) }, credentials));
    // Behind the signature, which is of what it covers only.
    ec2.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers[ARRIVAL_HEADER] = JSON.stringify({
          vpcEndpointId: 'vpce-00000000000000001',
          clientAddress: '192.0.2.66',
        });
        return next(args);
      },
      { step: 'deserialize' },
    );
    assert.deepEqual((await ec2.describeTransitGateways()).TransitGateways, []);
    const told = (await culvert.cli(['trail', '--json']))
      .split('\n')
      .filter((line) => line.includes('TransitGateways'));
    assert.equal(told.length, 1);
    const { clientAddress, vpcEndpointId } = JSON.parse(told[0] ?? '') as {
      clientAddress: string;
      vpcEndpointId: null;
    };
    assert.notEqual(clientAddress, '192.0.2.66');
    assert.equal(vpcEndpointId, null);
  });

  it('what a bucket or an object is named does not matter', async () => {
    const s3 = new S3.S3({ ...culvert.sdk(), forcePathStyle: true });
    const inForce = async () => JSON.parse((await callLocal(culvert.paths.edgeSocket, 'GET', '/state')).text).revision;
    const before = await inForce();
    for (const Bucket of ['state', 'culvert']) {
      await s3.createBucket({ Bucket });
      await s3.putObject({ Bucket, Key: 'status', Body: 'mine' });
      const { Body } = await s3.getObject({ Bucket, Key: 'status' });
      assert.equal(await Body?.transformToString(), 'mine');
      assert.deepEqual(
        (await s3.listObjectsV2({ Bucket })).Contents?.map(({ Key }) => Key),
        ['status'],
      );
    }
    assert.equal(await inForce(), before);
  });
});
