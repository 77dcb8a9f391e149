/**
 * What authorising adds: to a request of an embedded service whose caller has many policies, of which the last allows, and the
 * endpoint and the resource have one each with conditions; and to a call of EC2 on four resources, by a user with many policies.
 */
import { checkCall } from '../src/api/authority/check-call.ts';
import { authorize, type Others } from '../src/iam/authorize.ts';
import type { Grants } from '../src/iam/credentials.ts';
import type { Request } from '../src/iam/evaluate.ts';
import { createIntent } from '../src/model/intent.ts';
import type { User } from '../src/model/resources.ts';
import { type Bench, quantile, type Row } from './bench.ts';

const SIZES = [1, 50, 500];
const GOAL_MS = 0.5;
const GOAL_AT = 50;
const WARM_UP = 2_000;
const ROUNDS = 10_000;

const request: Request = {
  principal: { kind: 'user', account: '111122223333', userName: 'ann', userId: 'AIDAANN', path: '/' },
  action: 'sqs:SendMessage',
  resource: 'arn:aws:sqs:ap-south-1:111122223333:orders',
  context: { 'aws:sourcevpce': ['vpce-0123456789abcdef0'], 'aws:vpcsourceip': ['10.0.10.50'] },
};
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const others: Others = {
  owner: '111122223333',
  resource: policy({
    Effect: 'Deny',
    Principal: '*',
    Action: 'sqs:*',
    Resource: '*',
    Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-0123456789abcdef0' } },
  }),
  endpoint: {
    kind: 'interface',
    document: policy({
      Effect: 'Allow',
      Principal: '*',
      Action: ['sqs:SendMessage', 'sqs:GetQueueUrl'],
      Resource: 'arn:aws:sqs:*:111122223333:*',
      Condition: { IpAddress: { 'aws:VpcSourceIp': '10.0.0.0/16' } },
    }),
  },
};

function grantsOf(policies: number): Grants {
  const of = (n: number) =>
    policy(
      ...['GetObject', 'PutObject', 'ListBucket'].map((action) => ({
        Effect: 'Allow',
        Action: `s3:${action}`,
        Resource: `arn:aws:s3:::bucket-${n}/*`,
        Condition: { StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/*' } },
      })),
    );
  const last = policy({ Effect: 'Allow', Action: 'sqs:Send*', Resource: 'arn:aws:sqs:*:*:orders' });
  return { policies: [...Array.from({ length: policies - 1 }, (_, n) => of(n)), last], boundary: null, tags: {} };
}

/** Times in milliseconds. */
function timesOf(call: () => void): readonly number[] {
  const times: number[] = [];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const start = performance.now();
    call();
    if (round >= 0) times.push(performance.now() - start);
  }
  return times;
}

/** CreateVpcEndpoint: a VPC, a subnet, a group and the endpoint that is to be. */
function callOfEc2(): Row {
  const { account } = request.principal;
  const at = '2026-01-01T00:00:00Z';
  const of = { account, region: '', tags: {}, createdAt: at };
  const allowing = policy({ Effect: 'Allow', Action: 'ec2:Create*', Resource: '*' });
  const texts = [...grantsOf(GOAL_AT).policies.slice(0, -1), allowing];
  const user: User = {
    ...of,
    kind: 'user',
    id: 'AIDAANN',
    name: 'ann',
    path: '/',
    attachedPolicyArns: [],
    inlinePolicies: Object.fromEntries(texts.map((text, at) => [`p${at}`, text])),
    permissionsBoundaryArn: null,
  };
  const intent = createIntent([user]);
  const input = {
    VpcId: 'vpc-0123456789abcdef0',
    ServiceName: 'com.amazonaws.ap-south-1.sqs',
    SubnetIds: ['subnet-0123456789abcdef0'],
    SecurityGroupIds: ['sg-0123456789abcdef0'],
  };
  const way = { now: new Date(at), region: 'ap-south-1', isSecure: true, endpoint: null, clientAddress: '203.0.113.7' };
  const caller = { principal: request.principal, intent, way, endpointPolicy: null };
  const times = timesOf(() => checkCall({ service: 'ec2', operation: 'CreateVpcEndpoint', input }, caller));
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  return {
    what: `EC2's CreateVpcEndpoint on four resources, ${GOAL_AT} policies of the caller: p99 ${p99.toFixed(3)} ms`,
    ours: `${p50.toFixed(3)} ms`,
    against: '–',
    theirs: '–',
    ratio: null,
    target: `≤ ${GOAL_MS} ms`,
    met: p50 <= GOAL_MS,
  };
}

export const bench: Bench = {
  title: `authorising one request (p50 and p99 of ${ROUNDS})`,
  async run() {
    let before: number | null = null;
    const rows = SIZES.map((size): Row => {
      const grants = grantsOf(size);
      const times = timesOf(() => {
        const reason = authorize(request, grants, others);
        if (reason !== null) throw new Error(reason);
      });
      const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
      const row: Row = {
        what: `${size} policies of the caller, one of the endpoint, one of the queue: p99 ${p99.toFixed(3)} ms`,
        ours: `${p50.toFixed(3)} ms`,
        against: before === null ? '–' : 'the row above',
        theirs: before === null ? '–' : `${before.toFixed(3)} ms`,
        ratio: before === null ? null : p50 / before,
        target: size === GOAL_AT ? `≤ ${GOAL_MS} ms` : '–',
        met: size === GOAL_AT ? p50 <= GOAL_MS : null,
      };
      before = p50;
      return row;
    });
    return [...rows, callOfEc2()];
  },
};
