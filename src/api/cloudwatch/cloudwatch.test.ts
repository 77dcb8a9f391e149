/** CloudWatch over what was kept: metrics and their dimensions as each side sees them, statistics by period, pages, limits, refusals. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Gathered, openMeterStore } from '../../daemon/meters/meter-store.ts';
import type { Metered } from '../../model/metrics.ts';
import { Refusal } from '../../model/refusal.ts';
import { zoneName } from '../../model/zones.ts';
import type { Context } from '../action.ts';
import { invoke } from '../shared/dispatch.ts';
import { ACCOUNT, harness, REGION } from '../testing.ts';
import { cloudwatchActions } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'culvert-cloudwatch-'));
const store = openMeterStore(join(folder, 'meters.sqlite'));
after(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const CONSUMER = '444455556666';
const MINUTE = 60_000;
const START = Date.parse('2025-12-31T23:00:00Z');
const LB = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/net/front/0123456789abcdef`;
const NAME = 'com.amazonaws.vpce.ap-south-1.vpce-svc-1';
const ZONES = ['aps1-az1', 'aps1-az2'] as const;

function part(at: 0 | 1): Metered {
  const zoneId = ZONES[at];
  return {
    ...{ key: `vpce-1/eni-${at}`, account: CONSUMER, region: REGION },
    subject: {
      ...{ kind: 'endpoint', vpcEndpointId: 'vpce-1', type: 'Interface', serviceName: NAME, vpcId: 'vpc-1' },
      ...{ subnetId: `subnet-${at}`, zoneId },
      service: { id: 'vpce-svc-1', account: ACCOUNT, region: REGION, loadBalancerId: LB, zoneId },
    },
  };
}

const SERVICE: Metered = {
  ...{ key: 'vpce-svc-1', account: ACCOUNT, region: REGION, subject: { kind: 'service', serviceId: 'vpce-svc-1' } },
};
const NAT: Metered = {
  ...{ key: 'nat-1', account: ACCOUNT, region: REGION, subject: { kind: 'nat', natGatewayId: 'nat-1' } },
};

/** Ten minutes: 100 bytes a minute one way in each zone, 10 back, a connection that stays. */
for (let minute = 0; minute < 10; minute++) {
  const count = minute + 1;
  const counted = { forwardBytes: 100 * count, backBytes: 10 * count, newConnections: 1, activeConnections: 1 };
  const gathered: Gathered[] = [
    { ...part(0), values: { ...counted, backResets: minute >= 4 ? 1 : 0 } },
    { ...part(1), values: counted },
    { ...SERVICE, values: { endpoints: 1 } },
    { ...NAT, values: { forwardBytes: 7 * count, backBytes: 0 } },
  ];
  store.write(gathered, [], START + minute * MINUTE + 5000);
}

const { context } = harness();

function call<Output>(operation: string, input: object, account = ACCOUNT, region = REGION): Output {
  const now: Context = { ...context, account, region, metrics: store };
  return invoke(cloudwatchActions, operation, input, now).output as Output;
}

function refusal(operation: string, input: object): string {
  try {
    call(operation, input);
  } catch (error) {
    if (error instanceof Refusal) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('not refused');
}

interface Listed {
  readonly Metrics: readonly {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
  }[];
}

function listed(input: object, account = ACCOUNT, region = REGION): readonly string[] {
  return call<Listed>('ListMetrics', input, account, region).Metrics.map(
    ({ MetricName, Dimensions }) => `${MetricName} ${Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join()}`,
  );
}

test('each side sees its own, under AWS’s combinations of dimensions', () => {
  const of = `Endpoint Type=Interface,Service Name=${NAME}`;
  assert.deepEqual(listed({ MetricName: 'BytesProcessed' }, CONSUMER), [
    `BytesProcessed ${of},Subnet Id=subnet-0,VPC Endpoint Id=vpce-1,VPC Id=vpc-1`,
    `BytesProcessed ${of},Subnet Id=subnet-1,VPC Endpoint Id=vpce-1,VPC Id=vpc-1`,
    `BytesProcessed ${of},VPC Endpoint Id=vpce-1,VPC Id=vpc-1`,
  ]);
  const zones = ZONES.map((id) => zoneName(ACCOUNT, id)).sort();
  assert.deepEqual(
    listed({ Namespace: 'AWS/PrivateLinkServices', MetricName: 'BytesProcessed' }).toSorted(),
    [
      ...zones.map((zone) => `BytesProcessed Az=${zone},Load Balancer Arn=${LB},Service Id=vpce-svc-1`),
      ...zones.map((zone) => `BytesProcessed Az=${zone},Service Id=vpce-svc-1`),
      `BytesProcessed Load Balancer Arn=${LB},Service Id=vpce-svc-1`,
      'BytesProcessed Service Id=vpce-svc-1',
      'BytesProcessed Service Id=vpce-svc-1,VPC Endpoint Id=vpce-1',
    ].toSorted(),
  );
  assert.deepEqual(listed({ MetricName: 'EndpointsCount' }), ['EndpointsCount Service Id=vpce-svc-1']);
  assert.deepEqual(listed({}, CONSUMER, 'eu-west-1'), []);
});

test('a metric without a point is not there; filters are by name and value', () => {
  assert.deepEqual(listed({ MetricName: 'PacketsDropped' }, CONSUMER), []);
  assert.equal(listed({ MetricName: 'RstPacketsReceived' }, CONSUMER).length, 2, 'of the one subnet, and of all');
  assert.ok(!listed({ Namespace: 'AWS/NATGateway' }).some((each) => each.startsWith('BytesOutToSource')));
  const filter = (Name: string, Value?: string) => ({ Name, ...(Value !== undefined && { Value }) });
  const subnets = listed({ MetricName: 'NewConnections', Dimensions: [filter('Subnet Id')] }, CONSUMER);
  assert.equal(subnets.length, 2);
  const one = { MetricName: 'NewConnections', Dimensions: [filter('Subnet Id', 'subnet-1')] };
  assert.equal(listed(one, CONSUMER).length, 1);
  assert.equal(listed({ RecentlyActive: 'PT3H' }, CONSUMER).length > 0, true);
});

const WHOLE = [
  { Name: 'VPC Id', Value: 'vpc-1' },
  { Name: 'VPC Endpoint Id', Value: 'vpce-1' },
  { Name: 'Service Name', Value: NAME },
  { Name: 'Endpoint Type', Value: 'Interface' },
];

interface Statistics {
  readonly Datapoints: readonly Readonly<Record<string, unknown>>[];
}

test('statistics by period: of the whole, zones are added up minute by minute first', () => {
  const asked = {
    ...{ Namespace: 'AWS/PrivateLinkEndpoints', MetricName: 'BytesProcessed', Dimensions: WHOLE, Period: 300 },
    ...{ StartTime: new Date(START), EndTime: new Date(START + 10 * MINUTE) },
  };
  const all = ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'];
  const { Datapoints } = call<Statistics>('GetMetricStatistics', { ...asked, Statistics: all }, CONSUMER);
  const point = (at: number) => ({
    ...{ Timestamp: new Date(START + at), Sum: 1100, Average: 220, Minimum: 220, Maximum: 220, SampleCount: 5 },
    Unit: 'Bytes',
  });
  assert.deepEqual(Datapoints, [point(0), point(5 * MINUTE)]);
  // Periods begin at the start's minute, whatever the clock says, and the last is what is left.
  const from = (start: number, Period: number) =>
    call<Statistics>(
      'GetMetricStatistics',
      { ...asked, StartTime: new Date(START + start), Period, Statistics: ['Sum', 'SampleCount'] },
      CONSUMER,
    ).Datapoints.map(({ Timestamp, Sum, SampleCount }) => [Number(Timestamp) - START, Sum, SampleCount]);
  assert.deepEqual(from(2.5 * MINUTE, 300), [
    [2 * MINUTE, 1100, 5],
    [7 * MINUTE, 660, 3],
  ]);
  assert.deepEqual(from(0, 3600), [[0, 2200, 10]]);
  const none = (more: object, account = CONSUMER) =>
    call<Statistics>('GetMetricStatistics', { ...asked, Statistics: ['Sum'], ...more }, account).Datapoints.length;
  assert.equal(none({ Dimensions: WHOLE.slice(1) }), 0, 'dimensions are those that were published, all of them');
  assert.equal(none({ Unit: 'Count' }), 0);
  assert.equal(none({}, ACCOUNT), 0, 'it is not the provider’s');
});

interface Data {
  readonly MetricDataResults: readonly {
    readonly Id: string;
    readonly Values: readonly number[];
    readonly Timestamps: readonly Date[];
    readonly StatusCode: string;
  }[];
  readonly NextToken?: string;
}

function query(Id: string, MetricName: string, more: object = {}, Namespace = 'AWS/NATGateway') {
  const Dimensions = [{ Name: 'NatGatewayId', Value: 'nat-1' }];
  return { Id, MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: 60, Stat: 'Sum', ...more } };
}

const RANGE = { StartTime: new Date(START), EndTime: new Date(START + 10 * MINUTE) };

test('pages of points go on where they ended, in both directions', () => {
  const MetricDataQueries = [
    query('a', 'BytesInFromSource'),
    query('none', 'IdleTimeoutCount'),
    query('b', 'BytesOutToDestination'),
  ];
  for (const ScanBy of ['TimestampAscending', 'TimestampDescending']) {
    const seen = new Map<string, number[]>();
    let pages = 0;
    for (let NextToken: string | undefined; pages === 0 || NextToken !== undefined; pages++) {
      const page = { MetricDataQueries, ...RANGE, ScanBy, MaxDatapoints: 7, ...(NextToken && { NextToken }) };
      const found = call<Data>('GetMetricData', page);
      for (const { Id, Timestamps, Values } of found.MetricDataResults) {
        assert.equal(Timestamps.length, Values.length);
        seen.set(Id, [...(seen.get(Id) ?? []), ...Timestamps.map((at) => (at.getTime() - START) / MINUTE)]);
      }
      NextToken = found.NextToken;
    }
    const minutes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    const wanted = ScanBy === 'TimestampAscending' ? minutes : minutes.toReversed();
    assert.deepEqual(Object.fromEntries(seen), { a: wanted, none: [], b: wanted });
    assert.equal(pages, 3);
  }
});

test('what is not to be returned is not, and counts of the provider', () => {
  const Dimensions = [{ Name: 'Service Id', Value: 'vpce-svc-1' }];
  const Metric = { Namespace: 'AWS/PrivateLinkServices', MetricName: 'EndpointsCount', Dimensions };
  const found = call<Data>('GetMetricData', {
    MetricDataQueries: [
      { Id: 'hidden', ReturnData: false, MetricStat: { Metric, Period: 60, Stat: 'Sum' } },
      { Id: 'shown', MetricStat: { Metric, Period: 600, Stat: 'Maximum' } },
    ],
    ...RANGE,
  });
  assert.deepEqual(
    found.MetricDataResults.map(({ Id, Values, StatusCode }) => [Id, Values, StatusCode]),
    [['shown', [1], 'Complete']],
  );
});

const REFUSED: readonly (readonly [operation: string, input: object, words: RegExp])[] = [
  [
    'GetMetricData',
    { MetricDataQueries: [{ Id: 'e', Expression: 'a*2' }] },
    /^UnsupportedOperation: .*MetricDataQueries\.Expression/,
  ],
  [
    'GetMetricData',
    { MetricDataQueries: [query('A', 'x')] },
    /^ValidationError: The value A for parameter MetricDataQueries\.member\.1\.Id is not matching/,
  ],
  ['GetMetricData', { MetricDataQueries: [query('a', 'x'), query('a', 'y')] }, /^ValidationError: .* are not unique/],
  [
    'GetMetricData',
    { MetricDataQueries: [query('a', 'x', { Period: 90 })] },
    /^InvalidParameterValue: .*multiple of 60/,
  ],
  [
    'GetMetricData',
    { MetricDataQueries: [query('a', 'x', { Stat: 'p99' })] },
    /^UnsupportedOperation: The statistic p99 \(MetricDataQueries\.member\.1\.MetricStat\.Stat\) .*which has SampleCount, /,
  ],
  ['GetMetricData', { MetricDataQueries: [query('a', 'x', { Stat: 'Median' })] }, /^ValidationError: The value Median/],
  ['GetMetricData', { MetricDataQueries: [{ Id: 'a' }] }, /^ValidationError: Either/],
  [
    'GetMetricData',
    { MetricDataQueries: [{ ...query('a', 'x'), Label: ['$', '{MAX}'].join('') }] },
    /^UnsupportedOperation: Dynamic labels \(MetricDataQueries\.member\.1\.Label\)/,
  ],
  [
    'GetMetricData',
    { MetricDataQueries: Array.from({ length: 501 }, (_, at) => query(`a${at}`, 'x')) },
    /^ValidationError: .*greater than 500/,
  ],
  [
    'GetMetricData',
    { MetricDataQueries: [query('a', 'x')], MaxDatapoints: 100_801 },
    /^InvalidParameterValue: .*MaxDatapoints/,
  ],
  ['GetMetricData', { MetricDataQueries: [query('a', 'x')], NextToken: '!' }, /^InvalidNextToken/],
  [
    'GetMetricData',
    { MetricDataQueries: [query('a', 'x')], EndTime: RANGE.StartTime },
    /^InvalidParameterValue: .*must be less than/,
  ],
  ['GetMetricStatistics', { Namespace: 'n', MetricName: 'm', Period: 60 }, /^MissingParameter: At least one/],
  [
    'GetMetricStatistics',
    { Namespace: 'n', MetricName: 'm', Period: 60, Statistics: ['Sum'], StartTime: new Date(START - 25 * 60 * MINUTE) },
    /^InvalidParameterCombination: You have requested up to 1,510 datapoints, which exceeds the limit of 1,440/,
  ],
  [
    'GetMetricStatistics',
    { Namespace: 'n', MetricName: 'm', Period: 60, ExtendedStatistics: ['p99'] },
    /^UnsupportedOperation: .*ExtendedStatistics/,
  ],
  ['ListMetrics', { NextToken: 'x' }, /^InvalidParameterValue: Invalid nextToken/],
  ['PutMetricData', { Namespace: 'n' }, /^UnsupportedOperation: The action PutMetricData is not supported/],
  ['PutMetricAlarm', {}, /^UnsupportedOperation: The action PutMetricAlarm is not supported/],
];

for (const [operation, input, words] of REFUSED) {
  test(`${operation}: ${words.source.slice(0, 60)}`, () => {
    const range = operation.startsWith('Get') ? RANGE : {};
    assert.match(refusal(operation, { ...range, ...input }), words);
  });
}
