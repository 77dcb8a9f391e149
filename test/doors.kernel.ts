/**
 * Culvert's own calls are for its processes and root: neither an instance nor a client of the API gets to them, whatever path
 * its requests have. docs/processes.md, "Calls between processes".
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as EC2 from '@aws-sdk/client-ec2';
import * as S3 from '@aws-sdk/client-s3';
import { callLocal } from '../src/daemon/local.ts';
import { REGION, type TestCulvert, testCulvert } from './culvert.ts';

describe('doors', { timeout: 120_000 }, () => {
  let culvert: TestCulvert;

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
  });

  after(async () => {
    assert.deepEqual(await culvert.close(), []);
  });

  it('an instance that reaches EC2 does not reach status and services', async () => {
    const ec2 = new EC2.EC2(culvert.sdk());
    const { Images } = await ec2.describeImages({ Owners: ['amazon'] });
    const { Instances } = await ec2.runInstances({
      ImageId: Images?.[0]?.ImageId ?? '',
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
    });
    const id = Instances?.[0]?.InstanceId ?? '';
    await EC2.waitUntilInstanceRunning(
      { client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { InstanceIds: [id] },
    );
    await culvert.settled();
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
