import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balancer, balancerRefused, callsOf, group, listener, world } from '../fixture.ts';

const tags = (count: number) => Array.from({ length: count }, (_, at) => ({ Key: `k${at}`, Value: 'v' }));

test('tags of load balancers, target groups and listeners', () => {
  const w = world();
  const { LoadBalancerArn } = balancer(w, { Tags: [{ Key: 'a', Value: '1' }] });
  const { TargetGroupArn } = group(w);
  const { ListenerArn } = listener(w, LoadBalancerArn, TargetGroupArn, { Tags: [{ Key: 'l' }] });
  const ResourceArns = [LoadBalancerArn, TargetGroupArn, ListenerArn];
  w.elb('AddTags', {
    ResourceArns,
    Tags: [
      { Key: 'a', Value: '2' },
      { Key: 'b', Value: '3' },
    ],
  });
  w.elb('RemoveTags', { ResourceArns: [TargetGroupArn], TagKeys: ['a', 'nothing'] });
  const told = w.elb('DescribeTags', { ResourceArns }).TagDescriptions;
  assert.deepEqual(
    told.map((each) => [each.ResourceArn, each.Tags.map(({ Key, Value }) => `${Key}=${Value}`)]),
    [
      [LoadBalancerArn, ['a=2', 'b=3']],
      [TargetGroupArn, ['b=3']],
      [ListenerArn, ['l=', 'a=2', 'b=3']],
    ],
  );
  const refused = (Tags: { Key: string; Value?: string }[]) => w.refused('AddTags', { ResourceArns, Tags });
  assert.match(refused([{ Key: 'x' }, { Key: 'x' }]), /^DuplicateTagKeys: .*'x'/);
  assert.match(refused(tags(51)), /^TooManyTags: .*'50'/);
  assert.match(refused([{ Key: 'aws:x' }]), /^ValidationError/);
  assert.match(refused([{ Key: 'a'.repeat(129) }]), /^ValidationError/);
  assert.match(refused([{ Key: 'a', Value: '<' }]), /^ValidationError/);
  assert.match(balancerRefused(w, { Name: 'x', Tags: tags(51) }), /^TooManyTags/);
  const lost = (arn: string) => w.refused('DescribeTags', { ResourceArns: [arn] });
  assert.match(lost(LoadBalancerArn.replace('front', 'back')), /^LoadBalancerNotFound/);
  assert.match(lost(TargetGroupArn.replace('web', 'bew')), /^TargetGroupNotFound/);
  assert.match(lost(ListenerArn.replace('front', 'back')), /^ListenerNotFound/);
  assert.equal(lost('x'), "ValidationError: 'x' is not a valid resource ARN");
  assert.match(
    w.refused('DescribeTags', { ResourceArns: Array(21).fill(ListenerArn) }),
    /^ValidationError: Up to '20'/,
  );
  assert.match(
    callsOf(w.h.as('444455556666')).refused('AddTags', { ResourceArns, Tags: tags(1) }),
    /^LoadBalancerNotFound/,
  );
});

test('limits and policies', () => {
  const w = world();
  const { Limits } = w.elb('DescribeAccountLimits', {});
  const limit = (name: string) => Limits.find((each) => each.Name === name)?.Max;
  assert.equal(limit('network-load-balancers'), '50');
  assert.equal(limit('targets-per-target-group'), '1000');
  const page = w.elb('DescribeAccountLimits', { PageSize: 3 });
  assert.equal(page.Limits.length, 3);
  assert.equal(w.elb('DescribeAccountLimits', { Marker: page.NextMarker }).Limits.length, Limits.length - 3);
  const { SslPolicies } = w.elb('DescribeSSLPolicies', { Names: ['ELBSecurityPolicy-TLS13-1-2-2021-06'] });
  assert.deepEqual(SslPolicies[0].SslProtocols, ['TLSv1.2', 'TLSv1.3']);
  assert.deepEqual(SslPolicies[0].Ciphers[0], { Name: 'TLS_AES_128_GCM_SHA256', Priority: 1 });
  assert.ok(w.elb('DescribeSSLPolicies', { LoadBalancerType: 'network' }).SslPolicies.length > 1);
  assert.match(w.refused('DescribeSSLPolicies', { Names: ['x'] }), /^SSLPolicyNotFound/);
  assert.match(w.refused('DescribeSSLPolicies', { LoadBalancerType: 'application' }), /^UnsupportedOperation/);
  assert.match(w.refused('CreateRule', {} as never), /^UnsupportedOperation: The action CreateRule/);
});
