import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseName, endpointZoneId, findService, serviceId, servicesOf } from './catalogue.ts';
import { REGIONS } from './regions.ts';

const REGION = 'ap-south-1';

function service(name: string, region = REGION) {
  const found = findService(name, region);
  assert.ok(found, `${name} is offered in ${region}`);
  return found;
}

test('a plain service: name, key, endpoint names and private name follow from its word', () => {
  const sqs = service('com.amazonaws.ap-south-1.sqs');
  assert.equal(sqs.key, 'sqs');
  assert.deepEqual(sqs.types, ['Interface']);
  assert.equal(baseName(sqs), 'sqs.ap-south-1.vpce.amazonaws.com');
  assert.deepEqual(sqs.privateNames, ['sqs.ap-south-1.amazonaws.com']);
  assert.equal(sqs.policySupported, true);
  assert.deepEqual(sqs.zoneIds, ['aps1-az1', 'aps1-az2', 'aps1-az3']);
});

test('the labels of a dotted service are reversed, and a service can have several private names', () => {
  const api = service('com.amazonaws.ap-south-1.ecr.api');
  assert.equal(baseName(api), 'api.ecr.ap-south-1.vpce.amazonaws.com');
  assert.deepEqual(api.privateNames, ['api.ecr.ap-south-1.amazonaws.com', 'ecr.ap-south-1.api.aws']);
  const dkr = service('com.amazonaws.ap-south-1.ecr.dkr');
  assert.deepEqual(dkr.privateNames, ['*.dkr.ecr.ap-south-1.amazonaws.com', '*.dkr-ecr.ap-south-1.on.aws']);
  assert.equal(baseName(service('com.amazonaws.ap-south-1.kinesis-streams')), 'kinesis.ap-south-1.vpce.amazonaws.com');
});

test('S3 and DynamoDB take gateway endpoints too; an S3 endpoint has wildcard names', () => {
  assert.deepEqual(service('com.amazonaws.ap-south-1.s3').types, ['Gateway', 'Interface']);
  assert.deepEqual(service('com.amazonaws.ap-south-1.dynamodb').types, ['Gateway', 'Interface']);
  assert.equal(service('com.amazonaws.ap-south-1.s3').wildcardNames, true);
  assert.deepEqual(servicesOf(REGION).filter((each) => each.types.includes('Gateway')).length, 2);
});

test('a FIPS name is a service of its own with the backend of its twin', () => {
  const fips = service('com.amazonaws.ap-south-1.sqs-fips');
  assert.equal(fips.key, 'sqs');
  assert.deepEqual(fips.privateNames, ['sqs-fips.ap-south-1.amazonaws.com']);
});

test('names of another form, and services of the partition in one region only', () => {
  assert.deepEqual(service('aws.sagemaker.ap-south-1.notebook').privateNames, ['*.notebook.ap-south-1.sagemaker.aws']);
  assert.equal(service('aws.sagemaker.ap-south-1.notebook').key, 'sagemaker.notebook');
  assert.deepEqual(service('aws.api.ap-south-1.qbusiness').privateNames, ['qbusiness.ap-south-1.api.aws']);
  assert.equal(service('com.amazonaws.iam', 'us-east-1').key, 'iam');
  assert.equal(findService('com.amazonaws.iam', REGION), undefined);
});

test('not offered: another region, another spelling, a region that does not exist', () => {
  for (const [name, region] of [
    ['com.amazonaws.us-east-1.sqs', REGION],
    ['com.amazonaws.ap-south-1.SQS', REGION],
    ['com.amazonaws.ap-south-1', REGION],
    ['sqs', REGION],
    ['com.amazonaws.xx-none-1.sqs', 'xx-none-1'],
  ] as const) {
    assert.equal(findService(name, region), undefined, name);
  }
  assert.deepEqual(servicesOf('xx-none-1'), []);
});

test('a zone that AWS documents as missing is not offered', () => {
  const zones = service('com.amazonaws.us-east-1.email-smtp', 'us-east-1').zoneIds;
  assert.deepEqual(zones, ['use1-az1', 'use1-az4', 'use1-az6']);
});

test('services that take no policy or have no private name say so', () => {
  assert.equal(service('com.amazonaws.ap-south-1.transfer.server').policySupported, false);
  assert.deepEqual(service('com.amazonaws.ap-south-1.iot.data').privateNames, []);
});

test('in every region: sorted, no name, id or private zone twice, well formed', () => {
  for (const { name: region } of REGIONS) {
    const services = servicesOf(region);
    assert.ok(services.length > 400);
    const names = services.map((each) => each.name);
    assert.deepEqual(names, [...new Set(names)].sort());
    const ids = services.flatMap((each) => each.types.map((type) => serviceId(each, type)));
    assert.equal(new Set(ids).size, ids.length);
    for (const each of services) {
      assert.match(serviceId(each, 'Interface'), /^vpce-svc-[0-9a-f]{17}$/);
      for (const name of each.privateNames) assert.match(name, /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/);
    }
    assert.match(endpointZoneId(region), /^Z[0-9A-Z]{12,20}$/);
  }
});
