/** Service Quotas: what is listed, what more is given, and what is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as ServiceQuotas from '@aws-sdk/client-service-quotas';
import { QUOTAS } from '../../model/quotas.ts';
import { ec2Actions } from '../ec2/index.ts';
import type { HandlerMap, OutputOf } from '../sdk.ts';
import { ACCOUNT, type Filled, harness, REGION } from '../testing.ts';
import { serviceQuotasActions } from './index.ts';

const VPCS = { ServiceCode: 'vpc', QuotaCode: 'L-F678F1CE' };
type Operation = keyof HandlerMap<typeof ServiceQuotas>;

function start() {
  const h = harness({ ...ec2Actions, ...serviceQuotasActions });
  const call = <Name extends Operation>(name: Name, input: object) =>
    h.call(name as string, input) as Filled<OutputOf<typeof ServiceQuotas, Name>>;
  return { h, call };
}

test('services and their quotas, each with what AWS gives and what the account has', () => {
  const { call } = start();
  assert.deepEqual(
    call('ListServices', {}).Services.map(({ ServiceCode }) => ServiceCode),
    ['ec2', 'vpc'],
  );
  const all = ['ec2', 'vpc'].flatMap((ServiceCode) => call('ListServiceQuotas', { ServiceCode }).Quotas);
  assert.deepEqual(
    all.map(({ QuotaCode }) => QuotaCode).sort(),
    Object.values(QUOTAS)
      .map(({ code }) => code)
      .sort(),
  );
  assert.deepEqual(call('GetServiceQuota', VPCS).Quota, {
    ...VPCS,
    ServiceName: 'Amazon Virtual Private Cloud (Amazon VPC)',
    QuotaName: 'VPCs per Region',
    QuotaArn: `arn:aws:servicequotas:${REGION}:${ACCOUNT}:vpc/L-F678F1CE`,
    Value: 5,
    Unit: 'None',
    Adjustable: true,
    GlobalQuota: false,
    QuotaAppliedAtLevel: 'ACCOUNT',
  });
  const usual = call('GetAWSDefaultServiceQuota', VPCS).Quota;
  assert.deepEqual([usual.Value, usual.QuotaArn], [5, `arn:aws:servicequotas:${REGION}::vpc/L-F678F1CE`]);
  assert.deepEqual(
    call('ListAWSDefaultServiceQuotas', { ServiceCode: 'ec2' })
      .Quotas.map(({ QuotaName, Value }) => `${QuotaName}: ${Value}`)
      .sort(),
    [
      'Customer gateways per region: 50',
      'EC2-VPC Elastic IPs: 5',
      'VPN connections per VGW: 10',
      'VPN connections per region: 50',
      'Virtual private gateways per region: 5',
    ],
  );
});

test('pages, and quotas of single resources, of which there are none', () => {
  const { h, call } = start();
  const names: string[] = [];
  for (let NextToken: string | undefined, pages = 0; pages === 0 || NextToken !== undefined; pages++) {
    const found = call('ListServiceQuotas', { ServiceCode: 'vpc', MaxResults: 7, ...(NextToken && { NextToken }) });
    names.push(...found.Quotas.map(({ QuotaName }) => QuotaName));
    NextToken = found.NextToken;
    assert.ok(pages < 5);
  }
  assert.deepEqual(
    names,
    call('ListServiceQuotas', { ServiceCode: 'vpc' }).Quotas.map(({ QuotaName }) => QuotaName),
  );
  assert.deepEqual(call('ListServiceQuotas', { ServiceCode: 'vpc', QuotaAppliedAtLevel: 'RESOURCE' }).Quotas, []);
  assert.equal(call('ListServiceQuotas', { ...VPCS, QuotaAppliedAtLevel: 'ALL' }).Quotas.length, 1);
  const listed = (more: object) => h.refusal('ListServiceQuotas', { ServiceCode: 'vpc', ...more });
  assert.match(listed({ MaxResults: 101 }), /^IllegalArgumentException: MaxResults/);
  assert.match(listed({ NextToken: 'x' }), /^InvalidPaginationTokenException/);
});

test('more is given at once, as far as AWS’s support would', () => {
  const { h, call } = start();
  for (let n = 0; n < 4; n++) h.call('CreateVpc', { CidrBlock: `10.${n}.0.0/16` });
  assert.match(h.refusal('CreateVpc', { CidrBlock: '10.9.0.0/16' }), /^VpcLimitExceeded/);
  const { RequestedQuota } = call('RequestServiceQuotaIncrease', { ...VPCS, DesiredValue: 6 });
  assert.equal(RequestedQuota.Status, 'APPROVED');
  assert.deepEqual([RequestedQuota.QuotaName, RequestedQuota.DesiredValue], ['VPCs per Region', 6]);
  assert.deepEqual(JSON.parse(RequestedQuota.Requester), {
    accountId: ACCOUNT,
    callerArn: `arn:aws:iam::${ACCOUNT}:root`,
  });
  assert.equal(call('GetServiceQuota', VPCS).Quota.Value, 6);
  assert.equal(call('GetAWSDefaultServiceQuota', VPCS).Quota.Value, 5);
  h.call('CreateVpc', { CidrBlock: '10.9.0.0/16' });
  assert.match(h.refusal('CreateVpc', { CidrBlock: '10.10.0.0/16' }), /^VpcLimitExceeded/);
  const RequestId = RequestedQuota.Id;
  assert.deepEqual(call('GetRequestedServiceQuotaChange', { RequestId }).RequestedQuota, RequestedQuota);
  const stranger = h.as('999988887777');
  assert.match(stranger.refusal('GetRequestedServiceQuotaChange', { RequestId }), /^NoSuchResourceException/);
  const theirs = stranger.call('GetServiceQuota' as string, VPCS) as { readonly Quota: { readonly Value: number } };
  assert.equal(theirs.Quota.Value, 5);
});

test('beyond that it is denied, and nothing changes', () => {
  const { h, call } = start();
  const peerings = { ServiceCode: 'vpc', QuotaCode: 'L-7E9ECCDB' };
  const asked = (DesiredValue: number, more: object = {}) =>
    call('RequestServiceQuotaIncrease', { ...peerings, DesiredValue, ...more }).RequestedQuota.Status;
  assert.equal(asked(126), 'DENIED');
  assert.equal(asked(126, { SupportCaseAllowed: false }), 'NOT_APPROVED');
  assert.equal(call('GetServiceQuota', peerings).Quota.Value, 50);
  assert.equal(asked(125, { SupportCaseAllowed: false }), 'APPROVED');
  // Rules of a group times groups of an interface.
  const rules = { ServiceCode: 'vpc', QuotaCode: 'L-0EA8095F' };
  const denied = call('RequestServiceQuotaIncrease', { ...rules, DesiredValue: 201 });
  assert.equal(denied.RequestedQuota.Status, 'DENIED');
  const refused = (more: object) => h.refusal('RequestServiceQuotaIncrease', { ...peerings, ...more });
  const notMore = 'IllegalArgumentException: You must provide a quota value greater than the current quota value';
  for (const DesiredValue of [125, 0, -1]) assert.equal(refused({ DesiredValue }), notMore);
  assert.match(refused({ DesiredValue: 125.5 }), /^IllegalArgumentException: .*whole number/);
  assert.match(refused({ ServiceCode: 'sqs', DesiredValue: 1 }), /^NoSuchResourceException: .*service/);
  assert.match(refused({ QuotaCode: 'L-0263D0A3', DesiredValue: 1 }), /^NoSuchResourceException: .*quota/);
  assert.match(refused({ ContextId: 'x', DesiredValue: 126 }), /ContextId/);
});

test('what was asked for is told for ninety days, the latest first', () => {
  const { h, call } = start();
  const ask = (DesiredValue: number, of: object = VPCS) =>
    call('RequestServiceQuotaIncrease', { ...of, DesiredValue }).RequestedQuota.Id;
  const [first, second] = [ask(6), ask(5000)];
  const other = ask(6, { ServiceCode: 'ec2', QuotaCode: 'L-0263D0A3' });
  const all = (input: object = {}) =>
    call('ListRequestedServiceQuotaChangeHistory', input).RequestedQuotas.map(({ Id }) => Id);
  assert.deepEqual(all(), [other, second, first]);
  assert.deepEqual(all({ ServiceCode: 'ec2' }), [other]);
  assert.deepEqual(all({ Status: 'DENIED' }), [second]);
  assert.deepEqual(all({ QuotaRequestedAtLevel: 'RESOURCE' }), []);
  const byQuota = call('ListRequestedServiceQuotaChangeHistoryByQuota', { ...VPCS, Status: 'APPROVED' });
  assert.deepEqual(
    byQuota.RequestedQuotas.map(({ Id }) => Id),
    [first],
  );
  h.forward(90 * 86_400);
  assert.deepEqual(all(), []);
  assert.match(h.refusal('GetRequestedServiceQuotaChange', { RequestId: first }), /^NoSuchResourceException/);
  ask(7);
  assert.equal([...h.intent.table('quotaRequest').all()].length, 1);
  assert.equal(call('GetServiceQuota', VPCS).Quota.Value, 7);
});
