import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zoneName } from '../../../model/zones.ts';
import { ACCOUNT, REGION } from '../../testing.ts';
import { network } from '../endpoint/fixture.ts';
import {
  accept,
  allow,
  CONSUMER,
  connect,
  consumer,
  loadBalancer,
  provider,
  ROOT,
  reject,
  service,
  settle,
} from './fixture.ts';
import { sweepEndpointServices } from './sweep.ts';

const UNKNOWN = 'vpce-svc-0123456789abcdef0';
type P = ReturnType<typeof provider>;

function describe({ h }: P, id: string) {
  return h.call('DescribeVpcEndpointServiceConfigurations', { ServiceIds: [id] }).ServiceConfigurations[0];
}

function modify({ h }: P, ServiceId: string, change: object): void {
  assert.deepEqual(h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId, ...change }), { Return: true });
}

function refusedModify({ h }: P, ServiceId: string, change: object): string {
  return h.refusal('ModifyVpcEndpointServiceConfiguration', { ServiceId, ...change });
}

test('a service is whole and available from its first answer; acceptance is required unless refused', () => {
  const p = provider();
  const made = p.h.call('CreateVpcEndpointServiceConfiguration', {
    NetworkLoadBalancerArns: [p.arn, p.arn],
    SupportedIpAddressTypes: ['ipv4'],
    SupportedRegions: [REGION],
    TagSpecifications: [{ ResourceType: 'vpc-endpoint-service', Tags: [{ Key: 'a', Value: 'b' }] }],
    ClientToken: 'once',
  });
  const { ServiceId: id, AvailabilityZoneIds, ...view } = made.ServiceConfiguration;
  assert.match(id, /^vpce-svc-[0-9a-f]{17}$/);
  assert.deepEqual(
    AvailabilityZoneIds.map((zone) => zoneName(ACCOUNT, zone)),
    ['ap-south-1a', 'ap-south-1b'],
  );
  assert.deepEqual(view, {
    ServiceType: [{ ServiceType: 'Interface' }],
    ServiceName: `com.amazonaws.vpce.ap-south-1.${id}`,
    ServiceState: 'Available',
    AvailabilityZones: ['ap-south-1a', 'ap-south-1b'],
    AcceptanceRequired: true,
    ManagesVpcEndpoints: false,
    NetworkLoadBalancerArns: [p.arn],
    SupportedIpAddressTypes: ['ipv4'],
    BaseEndpointDnsNames: [`${id}.ap-south-1.vpce.amazonaws.com`],
    Tags: [{ Key: 'a', Value: 'b' }],
    SupportedRegions: [{ Region: 'ap-south-1', ServiceState: 'Available' }],
    RemoteAccessEnabled: false,
  });
  assert.equal(made.ClientToken, 'once');
  assert.deepEqual(describe(p, id), made.ServiceConfiguration);
});

test('what a service cannot be made of', () => {
  const p = provider();
  const other = loadBalancer(network(p.h.as(CONSUMER)), 'theirs', []);
  const create = (input: object) => p.h.refusal('CreateVpcEndpointServiceConfiguration', input);
  const of = (arn: string) => create({ NetworkLoadBalancerArns: [arn] });
  assert.equal(
    create({}),
    'InvalidParameter: exactly one of network_load_balancer_arn or gateway_load_balancer_arn is a required member',
  );
  assert.match(of('front'), /^InvalidNetworkLoadBalancerArn\.Malformed: /);
  assert.match(of(p.arn.replace('/net/', '/app/')), /^InvalidNetworkLoadBalancerArn\.Malformed: /);
  assert.match(of(p.arn.replace('front', 'back')), /^InvalidNetworkLoadBalancerArn\.NotFound: /);
  assert.match(of(other), /^InvalidNetworkLoadBalancerArn\.NotFound: /);
  assert.match(of(p.arn.replace(REGION, 'us-east-1')), /^InvalidNetworkLoadBalancerArn\.NotFound: /);
  const with_ = (input: object) => create({ NetworkLoadBalancerArns: [p.arn], ...input });
  assert.match(
    create({ GatewayLoadBalancerArns: ['arn:x'] }),
    /^UnsupportedOperation: The parameter GatewayLoadBalancerArns/,
  );
  assert.match(with_({ TagSpecifications: [{ ResourceType: 'vpc-endpoint', Tags: [] }] }), /^InvalidParameterValue: /);
  assert.match(with_({ DryRun: true }), /^DryRunOperation: /);
  for (const PrivateDnsName of ['Example.com', 'com', 'a_b.example.com', '-a.example.com', '*.com', 'a.*.example.com'])
    assert.match(with_({ PrivateDnsName }), /^InvalidParameter: The private DNS name/, PrivateDnsName);
});

test('a load balancer stands behind one service; a deleted one lets go of it', () => {
  const p = provider();
  const { id } = service(p);
  const again = { NetworkLoadBalancerArns: [p.arn] };
  assert.match(
    p.h.refusal('CreateVpcEndpointServiceConfiguration', again),
    /^InvalidParameter: The load balancer arn:.* is already associated with another VPC endpoint service\.$/,
  );
  p.h.call('DeleteVpcEndpointServiceConfigurations', { ServiceIds: [id] });
  service(p);
});

test('a token makes one service, and is answered with what it is now', () => {
  const p = provider();
  const { id } = service(p, { ClientToken: 'once' });
  modify(p, id, { AcceptanceRequired: false });
  const again = p.h.call('CreateVpcEndpointServiceConfiguration', {
    NetworkLoadBalancerArns: [p.arn],
    ClientToken: 'once',
  });
  assert.equal(again.ServiceConfiguration.ServiceId, id);
  assert.equal(again.ServiceConfiguration.AcceptanceRequired, false);
  assert.match(
    p.h.refusal('CreateVpcEndpointServiceConfiguration', {
      NetworkLoadBalancerArns: [p.arn],
      AcceptanceRequired: false,
      ClientToken: 'once',
    }),
    /^IdempotentParameterMismatch: /,
  );
});

test('a zone that a load balancer is given later is offered after the next modification, one without a change too', () => {
  const p = provider();
  loadBalancer(p, 'front', [p.subnetA]);
  const { id } = service(p);
  loadBalancer(p, 'front', [p.subnetA, p.subnetB]);
  assert.deepEqual(describe(p, id).AvailabilityZones, ['ap-south-1a']);
  modify(p, id, {});
  assert.deepEqual(describe(p, id).AvailabilityZones, ['ap-south-1a', 'ap-south-1b']);
  const { revision } = p.h.intent;
  modify(p, id, {});
  assert.equal(p.h.intent.revision, revision);
});

test('load balancers are added at any time, and removed while nobody is connected; one stays', () => {
  const p = provider();
  const { id, name } = service(p, { AcceptanceRequired: false });
  const second = loadBalancer(p, 'second', [p.subnetB]);
  const { id: endpoint } = connect(p, name);
  modify(p, id, { AddNetworkLoadBalancerArns: [second] });
  assert.deepEqual(describe(p, id).NetworkLoadBalancerArns, [p.arn, second]);
  const live = 'ExistingVpcEndpointConnections: Service has existing active VPC Endpoint connections!';
  assert.equal(refusedModify(p, id, { RemoveNetworkLoadBalancerArns: [p.arn] }), live);
  p.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [endpoint] });
  modify(p, id, { RemoveNetworkLoadBalancerArns: [p.arn] });
  assert.deepEqual(describe(p, id).AvailabilityZones, ['ap-south-1b']);
  assert.match(refusedModify(p, id, { RemoveNetworkLoadBalancerArns: [p.arn] }), /^InvalidParameter: .*not associated/);
  assert.match(refusedModify(p, id, { RemoveNetworkLoadBalancerArns: [second] }), /^InvalidParameter: .*at least one/);
  modify(p, id, { AddNetworkLoadBalancerArns: [p.arn], RemoveNetworkLoadBalancerArns: [second] });
});

test('what a modification cannot ask for yet is refused by name', () => {
  const p = provider();
  const { id } = service(p);
  for (const [change, text] of [
    [{ AddGatewayLoadBalancerArns: ['x'] }, /The parameter AddGatewayLoadBalancerArns/],
    [{ RemoveGatewayLoadBalancerArns: ['x'] }, /The parameter RemoveGatewayLoadBalancerArns/],
  ] as const) {
    assert.match(refusedModify(p, id, change), new RegExp(`^UnsupportedOperation: ${text.source}`));
  }
});

test('only its owner can touch a service, however far others may see it', () => {
  const p = provider();
  const { id } = service(p);
  allow(p, id, '*');
  const theirs = { ...p, h: p.h.as(CONSUMER) };
  const elsewhere = { ...p, h: p.h.as(ACCOUNT, 'us-east-1') };
  const text = `InvalidVpcEndpointServiceId.NotFound: The VpcEndpointService Id '${id}' does not exist`;
  for (const { h } of [theirs, elsewhere]) {
    assert.equal(refusedModify({ ...p, h }, id, { AcceptanceRequired: false }), text);
    assert.equal(h.refusal('DescribeVpcEndpointServiceConfigurations', { ServiceIds: [id] }), text);
    assert.equal(
      h.refusal('ModifyVpcEndpointServicePermissions', { ServiceId: id, AddAllowedPrincipals: ['*'] }),
      text,
    );
    assert.equal(h.refusal('DescribeVpcEndpointServicePermissions', { ServiceId: id }), text);
    assert.equal(h.refusal('AcceptVpcEndpointConnections', { ServiceId: id, VpcEndpointIds: [] }), text);
    assert.equal(h.refusal('StartVpcEndpointServicePrivateDnsVerification', { ServiceId: id }), text);
    assert.deepEqual(h.call('DescribeVpcEndpointServiceConfigurations', {}).ServiceConfigurations, []);
    assert.deepEqual(h.call('DescribeVpcEndpointConnections', {}).VpcEndpointConnections, []);
    assert.equal(
      h.call('DeleteVpcEndpointServiceConfigurations', { ServiceIds: [id] }).Unsuccessful[0].Error.Code,
      'InvalidVpcEndpointService.NotFound',
    );
  }
  assert.match(refusedModify(p, 'svc-1', {}), /^InvalidVpcEndpointServiceIdId\.Malformed: /);
});

test('deleting: live connections stand in the way, rejected ones do not; what could not be deleted is told beside', () => {
  const p = provider();
  const { id, name } = service(p);
  allow(p, id, ROOT);
  const c = consumer(p);
  const { id: waiting } = connect(c, name);
  const { id: open } = connect(c, name, { SubnetIds: [c.subnetA] });
  accept(p, id, open);
  const remove = (...ServiceIds: string[]) =>
    p.h
      .call('DeleteVpcEndpointServiceConfigurations', { ServiceIds })
      .Unsuccessful.map((item) => `${item.ResourceId} ${item.Error.Code}: ${item.Error.Message}`);
  const live = `${id} ExistingVpcEndpointConnections: Service has existing active VPC Endpoint connections!`;
  assert.deepEqual(remove(id), [live]);
  reject(p, id, waiting);
  assert.deepEqual(remove(id), [live]);
  reject(p, id, open);
  assert.deepEqual(remove(UNKNOWN, 'x', id), [
    `${UNKNOWN} InvalidVpcEndpointService.NotFound: The VpcEndpointService Id '${UNKNOWN}' does not exist`,
    'x InvalidVpcEndpointServiceIdId.Malformed: Invalid id: "x"',
  ]);
  assert.equal(describe(p, id).ServiceState, 'Deleting');
  assert.equal(p.h.intent.table('servicePermission').size, 0);
  assert.deepEqual(sweepEndpointServices(p.h.intent, p.h.facts), []);
  assert.match(refusedModify(p, id, {}), /^InvalidVpcEndpointServiceId\.NotFound: /);
  settle(p);
  assert.match(
    p.h.refusal('DescribeVpcEndpointServiceConfigurations', { ServiceIds: [id] }),
    /^InvalidVpcEndpointServiceId\.NotFound: /,
  );
  assert.deepEqual(p.h.call('DescribeVpcEndpointServiceConfigurations', {}).ServiceConfigurations, []);
  p.h.intent.apply(sweepEndpointServices(p.h.intent, p.h.facts));
  assert.equal(p.h.intent.table('endpointService').size, 0);
  // The consumer's endpoints are still theirs, and can be deleted.
  const left = c.h.call('DescribeVpcEndpoints', {}).VpcEndpoints;
  assert.deepEqual(
    left.map((endpoint) => endpoint.State),
    ['rejected', 'rejected'],
  );
  assert.deepEqual(c.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [waiting, open] }).Unsuccessful, []);
});

test('the owner can take the bill on, and not hand it back', () => {
  const p = provider();
  const { id } = service(p);
  const pay = (PayerResponsibility: 'ServiceOwner') =>
    p.h.call('ModifyVpcEndpointServicePayerResponsibility', { ServiceId: id, PayerResponsibility });
  assert.equal(describe(p, id).PayerResponsibility, undefined);
  assert.deepEqual(pay('ServiceOwner'), { ReturnValue: true });
  pay('ServiceOwner');
  assert.equal(describe(p, id).PayerResponsibility, 'ServiceOwner');
  assert.match(
    p.h.refusal('ModifyVpcEndpointServicePayerResponsibility', {
      ServiceId: id,
      PayerResponsibility: 'EndpointOwner' as 'ServiceOwner',
    }),
    /^UnsupportedOperation: The value 'EndpointOwner'/,
  );
});

test('filters and pages of services', () => {
  const p = provider();
  const ids = ['one', 'two', 'three'].map((name) => service({ ...p, arn: loadBalancer(p, name, [p.subnetA]) }).id);
  p.h.call('CreateTags', { Resources: [ids[1] as string], Tags: [{ Key: 'k', Value: 'v' }] });
  const found = (Name: string, ...Values: string[]) =>
    p.h
      .call('DescribeVpcEndpointServiceConfigurations', { Filters: [{ Name, Values }] })
      .ServiceConfigurations.map((each) => each.ServiceId);
  assert.deepEqual(found('service-id', ids[0] as string), [ids[0]]);
  assert.deepEqual(found('service-name', `*${ids[2]}`), [ids[2]]);
  assert.deepEqual(found('tag:k', 'v'), [ids[1]]);
  assert.deepEqual(found('service-state', 'Available'), ids);
  assert.deepEqual(found('service-state', 'Deleting'), []);
  assert.deepEqual(found('supported-ip-address-types', 'ipv6'), []);
  const first = p.h.call('DescribeVpcEndpointServiceConfigurations', { MaxResults: 2 });
  const rest = p.h.call('DescribeVpcEndpointServiceConfigurations', { MaxResults: 5000, NextToken: first.NextToken });
  assert.deepEqual(
    [...first.ServiceConfigurations, ...rest.ServiceConfigurations].map((each) => each.ServiceId),
    ids,
  );
});
