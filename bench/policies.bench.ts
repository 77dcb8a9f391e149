/**
 * What authorising adds to a request: the caller has many policies, of which the last allows, and the endpoint and the resource
 * have one each with conditions.
 */
import { authorize, type Others } from '../src/iam/authorize.ts';
import type { Grants } from '../src/iam/credentials.ts';
import type { Request } from '../src/iam/evaluate.ts';
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

export const bench: Bench = {
  title: `authorising one request (p50 and p99 of ${ROUNDS})`,
  async run() {
    let before: number | null = null;
    return SIZES.map((size): Row => {
      const grants = grantsOf(size);
      const times: number[] = [];
      for (let round = -WARM_UP; round < ROUNDS; round++) {
        const start = performance.now();
        const reason = authorize(request, grants, others);
        const took = performance.now() - start;
        if (reason !== null) throw new Error(reason);
        if (round >= 0) times.push(took);
      }
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
  },
};
