import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointNames } from './endpoint-names.ts';
import type { VpcEndpoint } from './resources.ts';
import { zoneId } from './zones.ts';

const ACCOUNT = '111122223333';

function endpoint(serviceName: string): VpcEndpoint {
  return {
    kind: 'vpcEndpoint',
    id: 'vpce-0b7d2995e9dfe5418',
    account: ACCOUNT,
    region: 'ap-south-1',
    tags: {},
    createdAt: '2026-11-01T00:00:00.000Z',
    type: 'Interface',
    vpcId: 'vpc-1',
    serviceName,
    serviceRegion: 'ap-south-1',
    routeTableIds: [],
    linkSerial: null,
    subnetIds: [],
    groupIds: [],
    policy: null,
    privateDns: true,
    inboundOnly: false,
    ipAddressType: 'ipv4',
    dnsRecordIpType: 'ipv4',
    serviceId: null,
    connectionId: null,
    privateDnsName: null,
    acceptance: 'automatic',
    dnsSuffix: 'mwrths3x',
    changedRevision: 1,
    deletedRevision: null,
    deletedAt: null,
  };
}

function zones(...letters: string[]): string[] {
  return letters.map((letter) => zoneId(ACCOUNT, `ap-south-1${letter}`) as string);
}

test("regional, zonal by the account's own zone names in their order, private", () => {
  const names = endpointNames(endpoint('com.amazonaws.ap-south-1.sqs'), zones('b', 'a', 'b'));
  assert.equal(names.hostedZoneId, 'Z2KVTB3ZLFM7JR');
  assert.equal(names.regional, 'vpce-0b7d2995e9dfe5418-mwrths3x.sqs.ap-south-1.vpce.amazonaws.com');
  assert.deepEqual(names.zonal, [
    { zoneId: zones('a')[0], name: 'vpce-0b7d2995e9dfe5418-mwrths3x-ap-south-1a.sqs.ap-south-1.vpce.amazonaws.com' },
    { zoneId: zones('b')[0], name: 'vpce-0b7d2995e9dfe5418-mwrths3x-ap-south-1b.sqs.ap-south-1.vpce.amazonaws.com' },
  ]);
  assert.deepEqual(
    names.privateZones.map(({ zone, names }) => ({ zone, names })),
    [{ zone: 'sqs.ap-south-1.amazonaws.com', names: ['sqs.ap-south-1.amazonaws.com'] }],
  );
  assert.match(names.privateZones[0]?.hostedZoneId ?? '', /^Z[0-9A-F]{19}$/);
});

test('a wildcard private name is a zone with two names', () => {
  const names = endpointNames(endpoint('com.amazonaws.ap-south-1.ecr.dkr'), []);
  assert.deepEqual(
    names.privateZones.flatMap((zone) => zone.names),
    [
      'dkr.ecr.ap-south-1.amazonaws.com',
      '*.dkr.ecr.ap-south-1.amazonaws.com',
      'dkr-ecr.ap-south-1.on.aws',
      '*.dkr-ecr.ap-south-1.on.aws',
    ],
  );
});

test('the names of an S3 endpoint are wildcards', () => {
  const names = endpointNames(endpoint('com.amazonaws.ap-south-1.s3'), zones('a'));
  assert.equal(names.regional, '*.vpce-0b7d2995e9dfe5418-mwrths3x.s3.ap-south-1.vpce.amazonaws.com');
  assert.equal(names.zonal[0]?.name, '*.vpce-0b7d2995e9dfe5418-mwrths3x-ap-south-1a.s3.ap-south-1.vpce.amazonaws.com');
});

test('an endpoint of a customer’s service: names below the service’s id, and the private name that it holds', () => {
  const serviceId = 'vpce-svc-0123456789abcdef0';
  const customers = (privateDnsName: string | null): VpcEndpoint => ({
    ...endpoint(`com.amazonaws.vpce.ap-south-1.${serviceId}`),
    serviceId,
    privateDnsName,
  });
  const zone = zoneId(ACCOUNT, 'ap-south-1b') ?? '';
  const names = endpointNames(customers(null), [zone]);
  const stem = 'vpce-0b7d2995e9dfe5418-mwrths3x';
  assert.equal(names.regional, `${stem}.${serviceId}.ap-south-1.vpce.amazonaws.com`);
  assert.deepEqual(names.zonal, [
    { zoneId: zone, name: `${stem}-ap-south-1b.${serviceId}.ap-south-1.vpce.amazonaws.com` },
  ]);
  assert.deepEqual(names.privateZones, []);
  const held = (name: string) =>
    endpointNames(customers(name), []).privateZones.map((each) => [each.zone, ...each.names]);
  assert.deepEqual(held('api.shop.test'), [['api.shop.test', 'api.shop.test']]);
  assert.deepEqual(held('*.shop.test'), [['shop.test', '*.shop.test']]);
});
