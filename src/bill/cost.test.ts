/**
 * Bills, with figures computed by hand: AWS's own published examples where it has some, hours and tiers around their edges, what has no
 * price, and the comparison of ways.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  allow,
  connect,
  consumer,
  provider as providerOf,
  ROOT,
  service,
} from '../api/ec2/endpoint-service/fixture.ts';
import { ACCOUNT, harness, REGION } from '../api/testing.ts';
import { createIntent } from '../model/intent.ts';
import type { Field, Metered, Subject } from '../model/metrics.ts';
import type { AnyResource } from '../model/resources.ts';
import { compare } from './compare.ts';
import { type Cost, type CostQuestion, cost, hoursOf } from './cost.ts';
import { crossingOf } from './links.ts';
import { costOf, GIGABYTE, PRICES, pricesOf } from './prices.ts';
import { billedThings, type HourlyRate, type Recorded } from './things.ts';
import type { HourSum } from './usage.ts';

const HOUR = 3_600_000;
/** 30 days. */
const NOVEMBER = Date.parse('2026-11-01T00:00:00Z');
const DECEMBER = Date.parse('2026-12-01T00:00:00Z');
const GB_OF_PB = 1024 ** 2;

function made(kind: string, id: string, more: object = {}): AnyResource {
  const createdAt = new Date(NOVEMBER).toISOString();
  const base = {
    kind,
    id,
    account: ACCOUNT,
    region: 'us-east-1',
    tags: {},
    createdAt,
    deletion: null,
    deletedAt: null,
  };
  return { ...base, ...more } as unknown as AnyResource;
}

function there(rate: HourlyRate, id: string, parts: readonly string[] = [''], until: number | null = null): Recorded[] {
  return parts.map((part) => ({
    thing: {
      ...{ key: `${rate}/${id}/${part}`, id, rate, account: ACCOUNT, region: 'us-east-1' },
      since: new Date(NOVEMBER).toISOString(),
    },
    since: NOVEMBER,
    until,
  }));
}

function sums(subject: Subject, values: Partial<Record<Field, number>>, at = NOVEMBER): HourSum[] {
  const metered: Metered = { key: 'k', account: ACCOUNT, region: 'us-east-1', subject };
  return Object.entries(values).map(([field, value]) => ({ metered, field: field as Field, at, value }));
}

function bill(resources: readonly AnyResource[], more: Partial<CostQuestion>): Cost {
  return cost({
    intent: createIntent(resources),
    recorded: [],
    hours: [],
    metered: (more.hours ?? []).map(({ metered }) => metered),
    prices: PRICES,
    now: DECEMBER - 1,
    aheadHours: 730,
    ...more,
  });
}

function shown({ rows }: Cost): unknown[] {
  return rows.map(({ rate, soFar: { quantity, usd } }) => [rate, round(quantity), round(usd)]);
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

const endpoint = (id: string, more: Partial<Extract<Subject, { kind: 'endpoint' }>> = {}): Subject => ({
  ...{ kind: 'endpoint', vpcEndpointId: id, type: 'Interface', serviceName: 'com.amazonaws.us-east-1.sqs' },
  ...{ vpcId: 'vpc-1', subnetId: 'subnet-1', zoneId: 'use1-az1', service: null, ...more },
});
const nat: Subject = { kind: 'nat', natGatewayId: 'nat-1' };

test('AWS’s example of a NAT gateway: an hour and a GB are 0.045 each', () => {
  const found = bill([made('natGateway', 'nat-1')], {
    recorded: there('natGatewayHour', 'nat-1'),
    hours: sums(nat, { forwardBytes: GIGABYTE / 4, backBytes: (GIGABYTE * 3) / 4 }),
    now: NOVEMBER + HOUR,
  });
  assert.deepEqual(shown(found), [
    ['natGatewayGigabyte', 1, 0.045],
    ['natGatewayHour', 1, 0.045],
  ]);
  assert.equal(round(found.soFarUsd), 0.09);
  // 730 hours and, at the rate of one an hour, 730 GB.
  assert.equal(round(found.aheadUsd), 65.7);
});

test('AWS’s example of a transit gateway: two attachments for an hour, 0.10; one of them sends a GB, 0.02', () => {
  const found = bill([made('transitAttachment', 'tgw-attach-1'), made('transitAttachment', 'tgw-attach-2')], {
    recorded: [...there('attachmentHour', 'tgw-attach-1'), ...there('attachmentHour', 'tgw-attach-2')],
    hours: sums(
      { kind: 'link', linkId: 'tgw-attach-1', peering: null },
      { forwardBytes: GIGABYTE, backBytes: 5 * GIGABYTE },
    ),
    now: NOVEMBER + HOUR,
  });
  assert.equal(round(found.soFarUsd), 0.12, 'what comes from the gateway is its sender’s');
});

test('a VPN connection: begun hours whole, until it is deleted; with a transit gateway its attachment too', () => {
  const h = harness();
  const { TransitGateway } = h.call('CreateTransitGateway', {});
  h.facts.appliedRevision = h.intent.revision;
  const { CustomerGateway } = h.call('CreateCustomerGateway', {
    Type: 'ipsec.1',
    BgpAsn: 65000,
    IpAddress: '198.18.0.9',
  });
  const { VpnConnection } = h.call('CreateVpnConnection', {
    ...{ Type: 'ipsec.1', CustomerGatewayId: CustomerGateway?.CustomerGatewayId },
    TransitGatewayId: TransitGateway?.TransitGatewayId,
  });
  const id = VpnConnection?.VpnConnectionId ?? '';
  const rates = () => billedThings(h.intent).map(({ rate }) => rate);
  assert.deepEqual(rates().sort(), ['attachmentHour', 'vpnHour']);
  h.call('DeleteVpnConnection', { VpnConnectionId: id });
  assert.deepEqual(rates(), []);
  const recorded = there('vpnHour', id, [''], NOVEMBER + 1.5 * HOUR);
  const found = bill([], { recorded, now: NOVEMBER + 3 * HOUR });
  assert.deepEqual([round(found.soFarUsd), found.aheadUsd], [0.1, 0]);
});

/** NLCU: 800 new connections a second, 100,000 active ones, 1 GB an hour; what is most counts. */
test('AWS’s example of a load balancer: 100 connections a second of 3 minutes each, 1.08 GB an hour: 1.08 NLCU', () => {
  const traffic = { newConnections: 100 * 3600, activeConnections: 100 * 180, forwardBytes: 1.08 * GIGABYTE };
  const with_ = (...protocols: string[]) =>
    bill([made('loadBalancer', 'lb')], {
      recorded: there('loadBalancerHour', 'lb'),
      hours: sums({ kind: 'balancer', loadBalancerId: 'lb', zoneId: 'use1-az1', protocols }, traffic),
      now: NOVEMBER + HOUR,
    });
  assert.deepEqual(shown(with_('TCP')), [
    ['loadBalancerHour', 1, 0.0225],
    ['loadBalancerUnitHour', 1.08, 0.00648],
  ]);
  // Of TLS one NLCU is 50 new connections a second and 3,000 active ones.
  assert.deepEqual(shown(with_('TLS'))[1], ['loadBalancerUnitHour', 6, 0.036]);
  const mixed = with_('TCP', 'TLS');
  assert.deepEqual(shown(mixed)[1], ['loadBalancerUnitHour', 1.08, 0.00648]);
  assert.match(mixed.rows[1]?.note ?? '', /several protocols/);
});

test('an endpoint in three zones for 30 days, with 100 GB: 21.60 and 1.00', () => {
  const found = bill([made('vpcEndpoint', 'vpce-1', { serviceId: null })], {
    recorded: there('endpointHour', 'vpce-1', ['a', 'b', 'c']),
    hours: sums(endpoint('vpce-1'), { forwardBytes: 60 * GIGABYTE, backBytes: 40 * GIGABYTE }),
  });
  assert.deepEqual(shown(found), [
    ['endpointGigabyte', 100, 1],
    ['endpointHour', 3 * 720, 21.6],
  ]);
});

const TIERS = [
  { petabytes: 0, usd: 0 },
  { petabytes: 1, usd: GB_OF_PB * 0.01 },
  { petabytes: 2, usd: GB_OF_PB * (0.01 + 0.006) },
  { petabytes: 5, usd: GB_OF_PB * (0.01 + 4 * 0.006) },
  { petabytes: 7, usd: GB_OF_PB * (0.01 + 4 * 0.006 + 2 * 0.004) },
];

test('data of endpoints in tiers: the first PB, the next four, what is above', () => {
  const price = pricesOf(PRICES, 'us-east-1')?.endpointGigabyte;
  assert.ok(price);
  for (const { petabytes, usd } of TIERS) assert.equal(round(costOf(price, petabytes * GB_OF_PB)), round(usd));
  const half = { forwardBytes: GB_OF_PB * GIGABYTE };
  const both = bill([], { hours: [...sums(endpoint('vpce-1'), half), ...sums(endpoint('vpce-2'), half)] });
  const each = round((GB_OF_PB * 0.016) / 2);
  assert.deepEqual(
    both.rows.map(({ soFar }) => round(soFar.usd)),
    [each, each],
    'tiers are of all of an account’s endpoints in a Region',
  );
});

const HOURS: readonly (readonly [HourlyRate, seconds: number, hours: number])[] = [
  ['endpointHour', 0, 0],
  ['endpointHour', 1, 1],
  ['endpointHour', 3600, 1],
  ['endpointHour', 3601, 2],
  ['publicAddressHour', 1, 60 / 3600],
  ['publicAddressHour', 90, 90 / 3600],
];

for (const [rate, seconds, hours] of HOURS) {
  test(`${seconds} s of ${rate} are ${hours} hours`, () => {
    assert.equal(hoursOf(rate, NOVEMBER, NOVEMBER + seconds * 1000), hours);
  });
}

test('a month has its own hours only, and what is gone goes on costing nothing', () => {
  const since = NOVEMBER - 90 * 60_000;
  const recorded = there('natGatewayHour', 'nat-1').map((each) => ({ ...each, since }));
  const running = bill([], { recorded, now: NOVEMBER + 31 * 60_000 });
  // From its creation the hours begin at half past: two had begun by midnight, a third in the new month.
  assert.deepEqual(shown(running), [['natGatewayHour', 1, 0.045]]);
  assert.equal(round(running.aheadUsd), round(730 * 0.045));
  const gone = bill([], { recorded: there('natGatewayHour', 'nat-1', [''], NOVEMBER + HOUR), aheadHours: 100 });
  assert.deepEqual([round(gone.soFarUsd), gone.aheadUsd], [0.045, 0]);
});

test('peering: nothing within a zone, half on each side across zones, the sender’s across Regions', () => {
  type Crossing = 'none' | 'some' | 'all';
  const with_ = (region: string, crossing: Crossing) => {
    const peering = {
      requester: { account: ACCOUNT, region: 'us-east-1' },
      accepter: { account: ACCOUNT, region },
      crossing,
    };
    const subject = { kind: 'link', linkId: 'pcx-1', peering } as const;
    return bill([], { hours: sums(subject, { forwardBytes: 2 * GIGABYTE, backBytes: GIGABYTE }) });
  };
  assert.deepEqual(shown(with_('us-east-1', 'none')), [['free', 3, 0]]);
  const apart = with_('us-east-1', 'all');
  assert.deepEqual(shown(apart), [
    ['zoneGigabyte', 3, 0.03],
    ['zoneGigabyte', 3, 0.03],
  ]);
  assert.equal(apart.rows[0]?.note, null);
  assert.match(with_('us-east-1', 'some').rows[0]?.note ?? '', /at most/);
  assert.deepEqual(shown(with_('eu-central-1', 'some')), [
    ['regionGigabyte', 1, 0.02],
    ['regionGigabyte', 2, 0.04],
  ]);
});

test('whether a peering connection crosses zones, by the zones of interfaces on both sides', () => {
  const zoned = (vpcId: string, ...zones: string[]) =>
    zones.flatMap((zoneId) => [
      made('subnet', `s-${vpcId}-${zoneId}`, { vpcId, zoneId }),
      made('networkInterface', `eni-${vpcId}-${zoneId}`, {
        ...{ vpcId, subnetId: `s-${vpcId}-${zoneId}`, groupIds: [], addresses: [], ipv6Addresses: [] },
      }),
    ]);
  const crossing = (one: string[], other: string[]) =>
    crossingOf(createIntent([...zoned('a', ...one), ...zoned('b', ...other)]), 'a', 'b');
  assert.equal(crossing(['1'], ['1']), 'none');
  assert.equal(crossing(['1'], ['2']), 'all');
  assert.equal(crossing(['1', '2'], ['3']), 'all');
  assert.equal(crossing(['1'], ['1', '2']), 'some');
  assert.equal(crossing(['1'], []), 'some', 'nobody is there yet');
});

test('what has no price is named: Regions, kinds of resources, and traffic that nobody metered', () => {
  const elsewhere = there('natGatewayHour', 'nat-2').map(({ thing, ...each }) => ({
    ...{ ...each, thing: { ...thing, region: 'eu-west-3' } },
  }));
  const found = bill([made('hostedZone', 'Z1')], { recorded: [...elsewhere, ...there('endpointHour', 'vpce-1')] });
  assert.deepEqual(found.unknownRegions, [{ region: 'eu-west-3', ids: ['nat-2'] }]);
  assert.equal(round(found.soFarUsd), 7.2, 'without them');
  assert.ok(found.notPriced.includes('hosted zones and their queries: 1'));
  assert.ok(found.notPriced.some((each) => each.startsWith('what went through vpce-1')));
});

test('each price has a source that is told, and each Region all prices', () => {
  const [first] = Object.values(PRICES.regions);
  for (const prices of Object.values(PRICES.regions)) {
    assert.deepEqual(Object.keys(prices), Object.keys(first ?? {}));
    for (const { source } of Object.values(prices))
      assert.match(PRICES.sources[source]?.url ?? '', /^https:\/\/(docs\.)?aws\.amazon\.com\//);
  }
  assert.deepEqual(Object.keys(PRICES.regions), ['us-east-1', 'eu-central-1', 'ap-south-1']);
});

test('the same traffic another way', () => {
  const service = { id: 'vpce-svc-1', account: ACCOUNT, region: 'us-east-1', loadBalancerId: 'lb', zoneId: 'use1-az1' };
  const resources = [
    made('vpcEndpoint', 'vpce-s3', { serviceId: null, serviceName: 'com.amazonaws.us-east-1.s3' }),
    made('vpcEndpoint', 'vpce-own', {
      serviceId: 'vpce-svc-1',
      serviceName: 'com.amazonaws.vpce.us-east-1.vpce-svc-1',
    }),
    made('natGateway', 'nat-1'),
  ];
  const now = NOVEMBER + 730 * HOUR;
  const tenGigabytes = { forwardBytes: 10 * GIGABYTE };
  const found = bill(resources, {
    now: Math.min(now, DECEMBER - 1),
    aheadHours: (Math.min(now, DECEMBER - 1) - NOVEMBER) / HOUR,
    recorded: [
      ...there('endpointHour', 'vpce-s3', ['a', 'b']),
      ...there('endpointHour', 'vpce-own'),
      ...there('natGatewayHour', 'nat-1'),
    ],
    hours: [
      ...sums(endpoint('vpce-s3'), tenGigabytes),
      ...sums(endpoint('vpce-own', { service }), tenGigabytes),
      ...sums(nat, tenGigabytes),
    ],
  });
  const rows = compare(createIntent(resources), PRICES, found);
  const dollars = Object.fromEntries(
    rows.map(({ id, options }) => [
      id,
      Object.values(options).map(({ usd }) => (usd === null ? null : Math.round(usd * 100) / 100)),
    ]),
  );
  // 720 h. Two zones: 14.40 + 0.10; NAT: 2 × 720 × 0.05 + 0.45. Own: 7.20 + 0.10 + a load balancer 16.20 + 0.06; across zones 0.20.
  assert.deepEqual(dollars, {
    'nat-1': [7.3, 36.45, null, 0],
    'vpce-own': [23.56, 36.45, 0.2, null],
    'vpce-s3': [14.5, 72.45, null, 0],
  });
  assert.deepEqual(
    rows.map(({ way }) => way),
    ['NAT gateway', 'PrivateLink', 'PrivateLink'],
  );
});

test('what costs by the hour, from real calls', () => {
  const p = providerOf(harness());
  const c = consumer(p);
  const { id, name } = service(p, { AcceptanceRequired: false });
  allow(p, id, ROOT);
  connect(c, name, { SubnetIds: [c.subnetA] });
  p.h.call('AllocateAddress', {});
  const rates = () => billedThings(p.h.intent).map(({ rate, account }) => `${rate} ${account}`);
  const own = `endpointHour ${c.h.context.account}`;
  assert.ok(rates().includes(own));
  assert.ok(rates().includes(`publicAddressHour ${ACCOUNT}`));
  assert.ok(rates().includes(`loadBalancerHour ${ACCOUNT}`));
  p.h.call('ModifyVpcEndpointServicePayerResponsibility', { ServiceId: id, PayerResponsibility: 'ServiceOwner' });
  assert.ok(!rates().includes(own) && rates().includes(`endpointHour ${ACCOUNT}`), 'its provider pays');
  assert.ok(billedThings(p.h.intent).every(({ region }) => region === REGION));
});
