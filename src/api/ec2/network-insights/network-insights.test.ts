/** Paths and analyses without a Plan: what is refused, what is shown, and how long. Answers: src/daemon/insights, scenarios/vpc/network-insights.md. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkInsightsAnalysis } from '../../../model/resources.ts';
import { harness } from '../../testing.ts';
import { sweepAnalyses } from './sweep.ts';

function start() {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
  const port = () => aws.call('CreateNetworkInterface', { SubnetId }).NetworkInterface.NetworkInterfaceId;
  return { aws, Source: port(), Destination: port() };
}

const NOWHERE = '0123456789abcdef0';

test('a path’s ends are the caller’s own, of a kind that is analysed', () => {
  const { aws, Source, Destination } = start();
  const refusal = (input: object) =>
    aws.refusal('CreateNetworkInsightsPath', { Source, Destination, Protocol: 'tcp', ...input });
  assert.match(refusal({ Source: '' }), /^MissingParameter: .* Source$/);
  assert.match(refusal({ Destination: undefined }), /^MissingParameter: .* Destination or DestinationIp$/);
  assert.match(refusal({ Source: 'vpc-1' }), /^InvalidParameterValue: Value \(vpc-1\) for parameter Source/);
  assert.match(refusal({ Source: `eni-${NOWHERE}` }), /^InvalidNetworkInterfaceID.NotFound/);
  assert.match(refusal({ Destination: `i-${NOWHERE}` }), /^InvalidInstanceID.NotFound/);
  for (const prefix of ['tgw', 'tgw-attach', 'vgw', 'pcx', 'vpn']) {
    assert.match(refusal({ Destination: `${prefix}-${NOWHERE}` }), /^UnsupportedOperation: The Destination '/);
  }
  assert.match(refusal({ SourceIp: '10.0.0' }), /^InvalidParameterValue: .*SourceIp/);
  assert.match(refusal({ DestinationIp: '2001:db8::1' }), /^InvalidParameterValue: .*DestinationIp/);
  assert.match(refusal({ DestinationPort: 65_536 }), /^InvalidParameterValue: .*DestinationPort/);
  const arn = `arn:aws:ec2:ap-south-1:222222222222:network-interface/${Source}`;
  assert.match(refusal({ Source: arn }), /^InvalidParameterValue: .*in this account and Region/);
  for (const name of ['FilterAtSource', 'FilterAtDestination']) {
    const filter = { DestinationAddress: '10.0.1.4' };
    assert.match(refusal({ [name]: filter }), new RegExp(`^UnsupportedOperation: The parameter ${name}`));
  }
  assert.match(
    aws.refusal('CreateNetworkInsightsAccessScope', {}),
    /CreateNetworkInsightsAccessScope is not supported/,
  );
});

test('a path is shown with its ends’ ARNs, found by them, and deleted when its analyses are', () => {
  const { aws, Source, Destination } = start();
  const made = aws.call('CreateNetworkInsightsPath', {
    Source: `arn:aws:ec2:ap-south-1:111122223333:network-interface/${Source}`,
    Destination,
    Protocol: 'udp',
    DestinationPort: 53,
    TagSpecifications: [{ ResourceType: 'network-insights-path', Tags: [{ Key: 'a', Value: 'b' }] }],
  }).NetworkInsightsPath;
  const { NetworkInsightsPathId } = made;
  assert.match(NetworkInsightsPathId, /^nip-[0-9a-f]{17}$/);
  assert.equal(made.Source, Source);
  assert.equal(made.SourceArn, `arn:aws:ec2:ap-south-1:111122223333:network-interface/${Source}`);
  assert.deepEqual(made.Tags, [{ Key: 'a', Value: 'b' }]);
  const found = (Name: string, value: string) =>
    aws.call('DescribeNetworkInsightsPaths', { Filters: [{ Name, Values: [value] }] }).NetworkInsightsPaths.length;
  assert.equal(found('source', Source), 1);
  assert.equal(found('destination', Source), 0);
  assert.equal(found('protocol', 'udp'), 1);
  assert.match(
    aws.refusal('DescribeNetworkInsightsPaths', {
      Filters: [{ Name: 'filter-at-source.source-address', Values: ['x'] }],
    }),
    /^InvalidParameterValue: The filter/,
  );
  const analysis = aws.call('StartNetworkInsightsAnalysis', { NetworkInsightsPathId }).NetworkInsightsAnalysis;
  assert.match(analysis.NetworkInsightsAnalysisId, /^nia-[0-9a-f]{17}$/);
  assert.equal(analysis.Status, 'running');
  assert.match(
    aws.refusal('DeleteNetworkInsightsPath', { NetworkInsightsPathId }),
    /^AnalysisExistsForNetworkInsightsPath/,
  );
  const { NetworkInsightsAnalysisId } = analysis;
  aws.call('DeleteNetworkInsightsAnalysis', { NetworkInsightsAnalysisId });
  assert.match(
    aws.refusal('DeleteNetworkInsightsAnalysis', { NetworkInsightsAnalysisId }),
    /^InvalidNetworkInsightsAnalysisId.NotFound/,
  );
  aws.call('DeleteNetworkInsightsPath', { NetworkInsightsPathId });
  assert.match(
    aws.refusal('StartNetworkInsightsAnalysis', { NetworkInsightsPathId }),
    /^InvalidNetworkInsightsPathId.NotFound/,
  );
});

test('an analysis takes neither filters nor other accounts, and is repeated by its token', () => {
  const { aws, Source, Destination } = start();
  const path = aws.call('CreateNetworkInsightsPath', { Source, Destination, Protocol: 'tcp' }).NetworkInsightsPath;
  const { NetworkInsightsPathId } = path;
  for (const name of ['FilterInArns', 'FilterOutArns', 'AdditionalAccounts']) {
    assert.match(
      aws.refusal('StartNetworkInsightsAnalysis', { NetworkInsightsPathId, [name]: ['x'] }),
      new RegExp(`^UnsupportedOperation: The parameter ${name}`),
    );
  }
  const started = () =>
    aws.call('StartNetworkInsightsAnalysis', { NetworkInsightsPathId, ClientToken: 't' }).NetworkInsightsAnalysis;
  const { NetworkInsightsAnalysisId: id } = started();
  const analysis = aws.intent.table('networkInsightsAnalysis').get(id) as NetworkInsightsAnalysis;
  aws.intent.apply([{ op: 'put', resource: { ...analysis, result: { state: 'failed', message: 'so it is' } } }]);
  assert.equal(started().NetworkInsightsAnalysisId, id);
  assert.equal(started().Status, 'failed');
  assert.equal(started().StatusMessage, 'so it is');
  const count = (input: object) => aws.call('DescribeNetworkInsightsAnalyses', input).NetworkInsightsAnalyses.length;
  assert.equal(count({ Filters: [{ Name: 'status', Values: ['running'] }] }), 0);
  assert.equal(count({ NetworkInsightsPathId, Filters: [{ Name: 'status', Values: ['failed'] }] }), 1);
  assert.equal(
    count({ AnalysisStartTime: new Date(analysis.createdAt), AnalysisEndTime: new Date(analysis.createdAt) }),
    1,
  );
  assert.equal(count({ AnalysisStartTime: new Date(Date.parse(analysis.createdAt) + 1000) }), 0);
});

test('paths and analyses have quotas; analyses are kept for 120 days', () => {
  const { aws, Source, Destination } = start();
  const create = { Source, Destination, Protocol: 'tcp' } as const;
  const [path] = Array.from({ length: 100 }, () => aws.call('CreateNetworkInsightsPath', create).NetworkInsightsPath);
  assert.match(aws.refusal('CreateNetworkInsightsPath', create), /^NetworkInsightsPathLimitExceeded/);
  const NetworkInsightsPathId = path?.NetworkInsightsPathId ?? '';
  for (let at = 0; at < 1000; at++) aws.call('StartNetworkInsightsAnalysis', { NetworkInsightsPathId });
  assert.match(aws.refusal('StartNetworkInsightsAnalysis', { NetworkInsightsPathId }), /^AnalysisLimitExceeded/);
  aws.forward(119 * 86_400);
  assert.equal(sweepAnalyses(aws.intent, aws.facts).length, 0);
  aws.forward(86_400);
  assert.equal(sweepAnalyses(aws.intent, aws.facts).length, 1000);
});
