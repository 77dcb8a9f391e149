/** Calls decided on a copy: what they would change is told, what they would be refused for is AWS's, and nothing is changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '../api/testing.ts';
import type { Deciding } from './aws.ts';
import { type Calls, decideAll, NotPlayed, previewOf } from './preview.ts';

const ACCOUNT = '111122223333';

function start() {
  const root = harness();
  const { Vpc } = root.call('CreateVpc', { CidrBlock: '10.0.0.0/16' });
  const { Subnet } = root.call('CreateSubnet', { VpcId: Vpc.VpcId, CidrBlock: '10.0.1.0/24' });
  const deciding: Deciding = {
    store: { intent: root.intent },
    facts: root.facts,
    sealKey: Buffer.alloc(32),
    now: () => root.facts.now,
    consoleOutput: () => null,
    trail: {} as Deciding['trail'],
    metrics: root.context.metrics,
  };
  const play = (text: string, files: Calls['files'] = {}) => previewOf(deciding, ACCOUNT, { text, files });
  return { root, deciding, play, vpc: Vpc.VpcId, subnet: Subnet.SubnetId };
}

async function failure(work: Promise<unknown>): Promise<readonly [line: number, code: string | null, message: string]> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof NotPlayed, String(error));
  return [error.line, error.code, error.message];
}

test('what would be made, changed and removed, by name; and all stays as it was', async () => {
  const { root, play, vpc, subnet } = start();
  root.call('CreateTags', { Resources: [vpc], Tags: [{ Key: 'Name', Value: 'prod' }] });
  const before = [root.intent.revision, JSON.stringify([...root.intent.table('vpc').all()])];
  const found = await play(`
GROUP=$(aws ec2 create-security-group --vpc-id ${vpc} --group-name web --description web --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$GROUP" --protocol tcp --port 443 --cidr 10.0.0.0/16
aws ec2 modify-vpc-attribute --vpc-id ${vpc} --enable-dns-hostnames
aws ec2 delete-subnet --subnet-id ${subnet}
`);
  assert.equal(found.calls, 4);
  const told = found.resources.map(({ kind, resource, id, fields }) => [
    kind,
    resource,
    found.names[id] ?? '',
    ...fields,
  ]);
  assert.ok(
    told.some((each) => each.join() === 'changed,vpc,prod,dnsHostnames'),
    JSON.stringify(told),
  );
  assert.deepEqual(told.filter(([kind]) => kind === 'removed')[0]?.slice(0, 2), ['removed', 'subnet']);
  assert.equal(told.filter(([kind, resource]) => kind === 'made' && resource === 'securityGroupRule').length, 2);
  assert.ok(found.rows.some(({ kind, table, id }) => kind === 'removed' && table === 'segments' && id === subnet));
  assert.deepEqual([root.intent.revision, JSON.stringify([...root.intent.table('vpc').all()])], before);
});

test('an instance that is started counts as running, and one that ends makes room after it was waited for', async () => {
  const { root, deciding, vpc, subnet } = start();
  const image = 'IMAGE=$(aws ec2 describe-images --owners amazon --query "Images[0].ImageId" --output text)';
  const text = `${image}
ONE=$(aws ec2 run-instances --image-id "$IMAGE" --instance-type t3.micro --subnet-id ${subnet} --query 'Instances[0].InstanceId')
aws ec2 stop-instances --instance-ids "$ONE"
aws ec2 wait instance-stopped --instance-ids "$ONE"
aws ec2 start-instances --instance-ids "$ONE"
`;
  const { after, before } = await decideAll(deciding, ACCOUNT, { text, files: {} });
  assert.deepEqual(
    after.plan.machines.map(({ wanted }) => wanted),
    ['running'],
  );
  assert.deepEqual(before.plan.machines, []);
  const ended = `${text}aws ec2 terminate-instances --instance-ids "$ONE"\naws ec2 wait instance-terminated --instance-ids "$ONE"\n`;
  const gone = await decideAll(deciding, ACCOUNT, {
    text: `${ended}aws ec2 delete-subnet --subnet-id ${subnet}`,
    files: {},
  });
  assert.equal(
    gone.after.plan.segments.some(({ id }) => id === subnet),
    false,
  );
  assert.equal(root.intent.table('vpc').get(vpc)?.id, vpc);
  assert.equal(root.intent.table('instance').size, 0);
});

test('a refusal is AWS’s, with the line of its call; another account is another', async () => {
  const { play, vpc } = start();
  const [line, code, message] = await failure(
    play(`# first\naws ec2 describe-vpcs\n\naws ec2 delete-vpc --vpc-id ${vpc}`),
  );
  assert.deepEqual([line, code], [4, 'DependencyViolation']);
  assert.match(
    message,
    new RegExp(`delete-vpc --vpc-id ${vpc}\\n  ended with DependencyViolation: The vpc '${vpc}' has`),
  );
  const foreign = await failure(play(`AWS_ACCESS_KEY_ID=444455556666 aws ec2 delete-vpc --vpc-id ${vpc}`));
  assert.equal(foreign[1], 'InvalidVpcID.NotFound');
});

test('what is no call that can be decided is told with its line, before AWS’s code', async () => {
  const { play } = start();
  assert.deepEqual((await failure(play('\nwhile true'))).slice(0, 2), [2, null]);
  assert.deepEqual(await failure(play('aws ec2 create-vpc --cider x')), [
    1,
    null,
    'CreateVpcRequest has no option --cider',
  ]);
  assert.match((await failure(play('aws ec2 delete-vpc --vpc-id "$VPC"')))[2], /VPC.* was not given a value before/);
  assert.match(
    (await failure(play('A=$(aws ec2 describe-vpcs --query Vpcs[9].VpcId)')))[2],
    /Vpcs\[9\]\.VpcId is not in the answer/,
  );
  assert.match((await failure(play('aws sqs list-queues')))[2], /sqs change nothing that packets depend on/);
  assert.match((await failure(play('aws logs describe-log-groups')))[2], /logs change nothing that packets depend on/);
  assert.equal((await play('aws cloudwatch list-metrics 2>/dev/null')).calls, 1);
  assert.match(
    (await failure(play('aws ec2 create-vpc --cidr-block file://block')))[2],
    /no block with the name block/,
  );
  assert.equal((await play('aws ec2 create-vpc --cidr-block file://block', { block: '10.1.0.0/16' })).calls, 1);
});
