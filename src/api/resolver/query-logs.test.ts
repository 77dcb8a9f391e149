/** Query logging: what is asked for, in AWS's shapes and states. What comes of it: test/query-logs.kernel.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../plan/compile.ts';
import { ec2Actions } from '../ec2/index.ts';
import { withDocumentedErrors } from '../testing/documented-errors.ts';
import { harness, REGION } from '../testing.ts';
import { resolverActions } from './index.ts';

const ACCOUNT = '111122223333';
const GROUP = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/dns`;

// biome-ignore lint/suspicious/noExplicitAny: answers are read as they are told
type Told = any;

function place() {
  const h = withDocumentedErrors(harness({ ...ec2Actions, ...resolverActions }), 'route53resolver', resolverActions);
  const vpc = h.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc.VpcId as string;
  const call = (name: string, input: object = {}) => h.call(name, input) as Told;
  const make = (DestinationArn: string, wish: object = {}): Told =>
    call('CreateResolverQueryLogConfig', { Name: 'log', DestinationArn, ...wish }).ResolverQueryLogConfig;
  const on = (config: Told, ResourceId = vpc) => ({ ResolverQueryLogConfigId: config.Id, ResourceId });
  return { h, vpc, call, make, on };
}

test('a config is made, holds in a VPC once the network has it, and goes when no VPC has it any more', () => {
  const { h, vpc, call, make, on } = place();
  const made = make(GROUP, { CreatorRequestId: 'once', Tags: [{ Key: 'a', Value: 'b' }] });
  assert.match(made.Id, /^rslvr-qlc-[0-9a-f]{17}$/);
  const { CreationTime: _, ...rest } = made;
  assert.deepEqual(rest, {
    Id: made.Id,
    OwnerId: ACCOUNT,
    Status: 'CREATING',
    ShareStatus: 'NOT_SHARED',
    AssociationCount: 0,
    Arn: `arn:aws:route53resolver:${REGION}:${ACCOUNT}:resolver-query-log-config/${made.Id}`,
    Name: 'log',
    DestinationArn: GROUP,
    CreatorRequestId: 'once',
  });
  assert.deepEqual(call('ListTagsForResource', { ResourceArn: made.Arn }).Tags, [{ Key: 'a', Value: 'b' }]);
  const { ResolverQueryLogConfigAssociation: association } = call('AssociateResolverQueryLogConfig', on(made));
  assert.match(association.Id, /^rslvr-qlcassoc-[0-9a-f]{17}$/);
  assert.deepEqual([association.Status, association.Error, association.ResourceId], ['CREATING', 'NONE', vpc]);
  assert.match(h.refusal('AssociateResolverQueryLogConfig', on(made)), /^ResourceExistsException/);
  h.facts.appliedRevision = h.intent.revision;
  const by = { ResolverQueryLogConfigAssociationId: association.Id };
  assert.equal(call('GetResolverQueryLogConfigAssociation', by).ResolverQueryLogConfigAssociation.Status, 'ACTIVE');
  const now = call('GetResolverQueryLogConfig', { ResolverQueryLogConfigId: made.Id }).ResolverQueryLogConfig;
  assert.deepEqual([now.Status, now.AssociationCount], ['CREATED', 1]);
  assert.deepEqual(compile(h.intent, h.facts).queryLogs, [
    {
      id: association.Id,
      origin: [association.Id, made.Id],
      domain: vpc,
      account: ACCOUNT,
      region: REGION,
      destination: { kind: 'logGroup', name: '/dns' },
    },
  ]);
  const gone = { ResolverQueryLogConfigId: made.Id };
  assert.match(h.refusal('DeleteResolverQueryLogConfig', gone), /^InvalidRequestException: .*disassociate all VPCs/);
  const off = call('DisassociateResolverQueryLogConfig', on(made)).ResolverQueryLogConfigAssociation;
  assert.equal(off.Status, 'DELETING');
  assert.match(h.refusal('DisassociateResolverQueryLogConfig', on(made)), /^ResourceNotFoundException/);
  assert.equal(call('DeleteResolverQueryLogConfig', gone).ResolverQueryLogConfig.Status, 'DELETING');
  assert.match(h.refusal('GetResolverQueryLogConfig', gone), /^ResourceNotFoundException/);
});

test('where a log goes need not be there, and an association says nothing of it', () => {
  const { h, call, make, on } = place();
  for (const destination of [GROUP, 'arn:aws:s3:::nobody-has-this-bucket']) {
    const config = make(destination);
    const { ResolverQueryLogConfigAssociation: made } = call('AssociateResolverQueryLogConfig', on(config));
    h.facts.appliedRevision = h.intent.revision;
    const { ResolverQueryLogConfigAssociation: shown } = call('GetResolverQueryLogConfigAssociation', {
      ResolverQueryLogConfigAssociationId: made.Id,
    });
    assert.deepEqual([shown.Status, shown.Error, shown.ErrorMessage], ['ACTIVE', 'NONE', '']);
    assert.equal(
      call('GetResolverQueryLogConfig', { ResolverQueryLogConfigId: config.Id }).ResolverQueryLogConfig.Status,
      'CREATED',
    );
  }
  assert.equal(compile(h.intent, h.facts).queryLogs.length, 2);
});

test('a hundred associations with VPCs in a Region', () => {
  const { h, vpc, call, make, on } = place();
  const config = make(GROUP);
  call('AssociateResolverQueryLogConfig', on(config));
  const [first] = [...h.intent.table('queryLogAssociation').all()];
  assert.ok(first);
  h.intent.apply(
    Array.from({ length: 99 }, (_, at) => {
      const number = String(at).padStart(16, '0');
      return { op: 'put', resource: { ...first, id: `rslvr-qlcassoc-f${number}`, vpcId: `vpc-f${number}` } };
    }),
  );
  const other = h.call('CreateVpc', { CidrBlock: '10.9.0.0/16' }).Vpc.VpcId;
  assert.match(h.refusal('AssociateResolverQueryLogConfig', on(config, other)), /^LimitExceededException: .*100/);
  call('DisassociateResolverQueryLogConfig', on(config, vpc));
  call('AssociateResolverQueryLogConfig', on(config, other));
});

test('an association goes with its VPC', () => {
  const { h, vpc, call, make, on } = place();
  const config = make('arn:aws:s3:::logs-of-ours/dns');
  call('AssociateResolverQueryLogConfig', on(config));
  assert.deepEqual(compile(h.intent, h.facts).queryLogs[0]?.destination, {
    kind: 'bucket',
    bucket: 'logs-of-ours',
    prefix: 'dns/',
  });
  call('DeleteVpc', { VpcId: vpc });
  assert.equal(call('ListResolverQueryLogConfigAssociations').TotalCount, 0);
});

test('destinations and configs that cannot be', () => {
  const { h, make, on } = place();
  const create = (DestinationArn: string, wish: object = {}) =>
    h.refusal('CreateResolverQueryLogConfig', { Name: 'log', DestinationArn, ...wish });
  const firehose = `arn:aws:firehose:${REGION}:${ACCOUNT}:deliverystream/s`;
  assert.match(create(firehose), /^UnsupportedOperation: Query logs go to S3 buckets and log groups only/);
  assert.match(create('x'), /^InvalidParameterException: The destination 'x'/);
  assert.match(create(GROUP.replace(ACCOUNT, '444455556666')), /^InvalidParameterException: .*this account and Region/);
  assert.match(create(GROUP.replace(REGION, 'eu-west-1')), /^InvalidParameterException: .*this account and Region/);
  assert.match(create(GROUP, { Name: '' }), /^InvalidParameterException/);
  const made = make(`${GROUP}:*`, { CreatorRequestId: 'once' });
  assert.match(create(GROUP, { CreatorRequestId: 'once' }), /^ResourceExistsException/);
  assert.match(
    h.refusal('AssociateResolverQueryLogConfig', on(made, 'vpc-00000000000000000')),
    /^ResourceNotFoundException: The vpc ID/,
  );
  for (let count = 1; count < 20; count++) make(GROUP);
  assert.match(create(GROUP), /^LimitExceededException: The limit of 20/);
});

test('configs are listed by filters, in the order that is asked for, with counts', () => {
  const { make, call } = place();
  for (const Name of ['b', 'c', 'a']) make(Name === 'c' ? 'arn:aws:s3:::a-bucket' : GROUP, { Name });
  const list = (wish: object) => call('ListResolverQueryLogConfigs', wish);
  const names = (wish: object) => list(wish).ResolverQueryLogConfigs.map(({ Name }: Told) => Name);
  assert.deepEqual(names({ SortBy: 'Name', SortOrder: 'DESCENDING' }), ['c', 'b', 'a']);
  const filtered = { Filters: [{ Name: 'Destination', Values: ['CloudWatchLogs'] }], SortBy: 'Name', MaxResults: 1 };
  const { NextToken, ...first } = list(filtered);
  assert.deepEqual([first.TotalCount, first.TotalFilteredCount, first.ResolverQueryLogConfigs[0].Name], [3, 2, 'a']);
  assert.deepEqual(names({ ...filtered, NextToken }), ['b']);
});
