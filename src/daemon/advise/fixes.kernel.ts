/** All that one answer of `why` advises, run as it is printed, lets a real packet through: between two VPCs of two accounts. Needs root. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ACCOUNT, harness } from '../../api/testing.ts';
import { Lab } from '../../driver/netns/testing/lab.ts';
import type { Deciding } from '../aws.ts';
import { decideAll, type Known } from '../preview.ts';
import { explainWhy } from './advise.ts';

const OTHER = '444455556666';
const lab = new Lab();
after(() => lab.close());

const query = (name: string, command: string, path: string) =>
  `${name}=$(aws ec2 ${command} --query '${path}' --output text)`;

/** A VPC with an instance whose group lets nothing in, and whose ACL denies all that comes. */
function shut(name: string, range: string): readonly string[] {
  const acl = `describe-network-acls --filters Name=vpc-id,Values=$${name}`;
  const all = '--protocol 6 --port-range From=0,To=65535 --cidr-block 0.0.0.0/0 --rule-action deny';
  return [
    query('IMAGE', 'describe-images --owners amazon', 'Images[0].ImageId'),
    query(name, `create-vpc --cidr-block ${range}.0.0/16`, 'Vpc.VpcId'),
    query('SUBNET', `create-subnet --vpc-id "$${name}" --cidr-block ${range}.1.0/24`, 'Subnet.SubnetId'),
    query('GROUP', `create-security-group --vpc-id "$${name}" --group-name shut --description shut`, 'GroupId'),
    query('ACL', acl, 'NetworkAcls[0].NetworkAclId'),
    `aws ec2 create-network-acl-entry --network-acl-id "$ACL" --rule-number 50 --ingress ${all}`,
    `aws ec2 run-instances --image-id "$IMAGE" --instance-type t3.micro --subnet-id "$SUBNET" --private-ip-address ${range}.1.10 --security-group-ids "$GROUP"`,
  ];
}

async function play(known: Known | undefined, lines: readonly string[]): Promise<Known> {
  const { facts, context, intent } = harness();
  const host: Deciding = {
    ...{ facts, store: { intent: known?.intent ?? intent }, sealKey: Buffer.alloc(32), now: () => facts.now },
    ...{ consoleOutput: () => null, trail: {} as Deciding['trail'], metrics: context.metrics },
  };
  return (await decideAll(host, ACCOUNT, { text: lines.join('\n'), files: {}, region: 'ap-south-1' })).after;
}

test('nothing passes; the commands of one answer are run; it arrives and is answered, and only what was asked for', async () => {
  const as = (account: string) => `export AWS_ACCESS_KEY_ID=${account}`;
  const made = await play(undefined, [...shut('NEAR', '10.0'), as(OTHER), ...shut('FAR', '10.1')]);
  await lab.apply(made.plan);
  const from = made.plan.ports.find(({ addresses }) => addresses.includes('10.0.1.10'))?.id ?? '';
  await lab.dropped('route', from, '10.1.1.10', 80);
  const question = { from, to: '10.1.1.10', protocol: '6', port: 80 } as const;
  const { paths, menders } = explainWhy({ ...made, facts: harness().facts }, question);
  const advice = paths.flatMap((path) => [...path.advice, ...path.next]);
  const script = advice.flatMap(({ fixes: [fix = ''] }) => [as(menders[fix] ?? ACCOUNT), fix]);
  const mended = await play(made, script);
  await lab.apply(mended.plan);
  const { seenFrom } = await lab.delivered(from, '10.1.1.10', 80);
  assert.equal(seenFrom, '10.0.1.10');
  await lab.dropped('group_in', from, '10.1.1.10', 443);
});
