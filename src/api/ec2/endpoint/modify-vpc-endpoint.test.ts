import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { REGION } from '../../testing.ts';
import type { Input } from '../action.ts';
import { create, describe, group, interfacesOf, type Network, network, SQS, settle, stored } from './fixture.ts';

const UNKNOWN = '0123456789abcdef0';
const GROUP = 'sg-0123456789abcdef1';
const POLICY = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}]}';

type Change = Omit<Input<'ModifyVpcEndpoint'>, 'VpcEndpointId'>;

function setUp(): Network & { readonly id: string } {
  const n = network();
  const { VpcEndpointId: id } = create(n, { SubnetIds: [n.subnetA] });
  settle(n);
  return { ...n, id };
}

function modify({ h, id }: ReturnType<typeof setUp>, change: Change): void {
  assert.deepEqual(h.call('ModifyVpcEndpoint', { VpcEndpointId: id, ...change }), { Return: true });
}

function refused({ h, id }: ReturnType<typeof setUp>, change: Change): string {
  return h.refusal('ModifyVpcEndpoint', { VpcEndpointId: id, ...change });
}

test('a subnet added and one removed: interfaces come and go, and the endpoint is pending until the kernel has it', () => {
  const n = setUp();
  const [before] = interfacesOf(n, n.id);
  modify(n, { AddSubnetIds: [n.subnetB] });
  assert.equal(describe(n, n.id).State, 'pending');
  assert.deepEqual(describe(n, n.id).SubnetIds, [n.subnetA, n.subnetB]);
  assert.equal(describe(n, n.id).DnsEntries.length, 4);
  settle(n);
  assert.equal(describe(n, n.id).State, 'available');
  modify(n, { RemoveSubnetIds: [n.subnetA] });
  assert.deepEqual(describe(n, n.id).SubnetIds, [n.subnetB]);
  assert.equal(n.h.intent.table('networkInterface').get(before?.id ?? ''), undefined);
  assert.equal(interfacesOf(n, n.id).length, 1);
});

test('a subnet of the same zone can be put in the place of another in one call, not beside it', () => {
  const n = setUp();
  assert.match(refused(n, { AddSubnetIds: [n.otherSubnetA] }), /^DuplicateSubnetsInSameZone: .*zone of subnet-/);
  assert.match(refused(n, { AddSubnetIds: [n.subnetA] }), /^DuplicateSubnetsInSameZone: /);
  modify(n, { AddSubnetIds: [n.otherSubnetA], RemoveSubnetIds: [n.subnetA] });
  assert.deepEqual(describe(n, n.id).SubnetIds, [n.otherSubnetA]);
});

test('another fixed address for a subnet replaces its interface; the same one changes nothing', () => {
  const n = setUp();
  const [before] = interfacesOf(n, n.id);
  modify(n, { SubnetConfigurations: [{ SubnetId: n.subnetA, Ipv4: '10.0.1.77' }] });
  const [after] = interfacesOf(n, n.id);
  assert.notEqual(after?.id, before?.id);
  assert.notEqual(after?.linkSerial, before?.linkSerial);
  assert.deepEqual(after?.addresses, ['10.0.1.77']);
  assert.deepEqual(describe(n, n.id).SubnetIds, [n.subnetA]);
  settle(n);
  modify(n, { SubnetConfigurations: [{ SubnetId: n.subnetA, Ipv4: '10.0.1.77' }] });
  assert.deepEqual(interfacesOf(n, n.id), [after]);
  assert.equal(describe(n, n.id).State, 'available');
  modify(n, { AddSubnetIds: [n.subnetB], SubnetConfigurations: [{ SubnetId: n.subnetB, Ipv4: '10.0.3.88' }] });
  assert.deepEqual(interfacesOf(n, n.id)[1]?.addresses, ['10.0.3.88']);
  assert.match(
    refused(n, { SubnetConfigurations: [{ SubnetId: n.subnetA, Ipv4: '10.0.3.9' }] }),
    /^InvalidParameterValue: Address 10\.0\.3\.9 does not fall within/,
  );
});

test('groups change on every interface; the last one cannot be removed', () => {
  const n = setUp();
  modify(n, { AddSubnetIds: [n.subnetB] });
  group(n, GROUP);
  modify(n, { AddSecurityGroupIds: [GROUP], RemoveSecurityGroupIds: [n.defaultGroupId] });
  assert.deepEqual(
    interfacesOf(n, n.id).map((port) => port.groupIds),
    [[GROUP], [GROUP]],
  );
  assert.deepEqual(describe(n, n.id).Groups, [{ GroupId: GROUP, GroupName: GROUP }]);
  assert.equal(describe(n, n.id).State, 'pending');
  assert.match(refused(n, { RemoveSecurityGroupIds: [GROUP] }), /^InvalidParameter: .*at least one security group/);
  assert.match(refused(n, { RemoveSecurityGroupIds: [n.defaultGroupId] }), /^InvalidParameter: .*not associated/);
  assert.match(refused(n, { AddSecurityGroupIds: [`sg-${UNKNOWN}`] }), /^InvalidGroup\.NotFound: /);
});

test('a policy is replaced and reset without the network being touched', () => {
  const n = setUp();
  modify(n, { PolicyDocument: POLICY });
  assert.equal(describe(n, n.id).PolicyDocument, POLICY);
  assert.equal(describe(n, n.id).State, 'available');
  assert.match(refused(n, { PolicyDocument: '{' }), /^InvalidPolicyDocument: /);
  assert.match(refused(n, { PolicyDocument: POLICY, ResetPolicy: true }), /^InvalidParameterCombination: /);
  modify(n, { ResetPolicy: true });
  assert.equal(stored(n, n.id)?.policy, null);
});

test('private DNS goes off and on again, unless another endpoint took the name meanwhile', () => {
  const n = setUp();
  modify(n, { PrivateDnsEnabled: true });
  assert.equal(describe(n, n.id).State, 'available');
  modify(n, { PrivateDnsEnabled: false });
  assert.equal(describe(n, n.id).State, 'pending');
  assert.ok(describe(n, n.id).DnsEntries.every((entry) => entry.DnsName.startsWith('vpce-')));
  const { VpcEndpointId: rival } = create(n);
  assert.match(refused(n, { PrivateDnsEnabled: true }), /conflicting DNS domain for sqs\.ap-south-1\.amazonaws\.com/);
  n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [rival] });
  modify(n, { PrivateDnsEnabled: true });
  n.h.call('ModifyVpcAttribute', { VpcId: n.vpcId, EnableDnsHostnames: { Value: false } });
  modify(n, { AddSubnetIds: [n.subnetB] });
  assert.match(refused(n, { PrivateDnsEnabled: true }), /requires both enableDnsSupport and enableDnsHostnames/);
});

test('addresses of a family that the subnets or the endpoint have not are refused', () => {
  const n = setUp();
  assert.match(refused(n, { IpAddressType: 'ipv6' }), /does not support the IP address type ipv6\.$/);
  assert.match(
    refused(n, { SubnetConfigurations: [{ SubnetId: n.subnetA, Ipv6: '3fff::9' }] }),
    /^InvalidParameter: An IPv6 address cannot be given for the subnet .*: the IP address type is ipv4\.$/,
  );
});

test('subnets that are not there, not its own, or of another VPC', () => {
  const n = setUp();
  const other = network(n.h, '10.1');
  assert.match(refused(n, { RemoveSubnetIds: [n.subnetB] }), /^InvalidParameter: .*not associated/);
  assert.match(refused(n, { RemoveSubnetIds: [`subnet-${UNKNOWN}`] }), /^InvalidSubnetID\.NotFound: /);
  assert.match(refused(n, { AddSubnetIds: [other.subnetB] }), /^InvalidParameter: .*does not belong/);
});

test('an endpoint that is not there, of another account, or on its way out', () => {
  const n = setUp();
  const unknown = `vpce-${UNKNOWN}`;
  assert.equal(
    refused({ ...n, id: unknown }, {}),
    `InvalidVpcEndpointId.NotFound: The Vpc Endpoint Id '${unknown}' does not exist`,
  );
  assert.match(refused({ ...n, h: n.h.as('444455556666') }, {}), /^InvalidVpcEndpointId\.NotFound: /);
  assert.match(refused({ ...n, id: 'vpce-xyz' }, {}), /^InvalidVpcEndpointId\.Malformed: /);
  n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [n.id] });
  assert.match(refused(n, { PrivateDnsEnabled: false }), /^IncorrectState: .*deleting/);
});

test('a call that asks for nothing new leaves no change', () => {
  const n = setUp();
  const { revision } = n.h.intent;
  modify(n, {});
  modify(n, { PrivateDnsEnabled: true, AddSecurityGroupIds: [n.defaultGroupId], ResetPolicy: true });
  assert.equal(n.h.intent.revision, revision);
});

test('whatever is created, modified and deleted: no serial and no address twice, one interface for each subnet', () => {
  const services = ['sqs', 'sns', 'kms'].map((key) => `com.amazonaws.${REGION}.${key}`);
  const steps = fc.array(
    fc.record({
      verb: fc.constantFrom('create', 'add', 'remove', 'replace', 'delete'),
      which: fc.nat(5),
      subnet: fc.nat(2),
      host: fc.integer({ min: 4, max: 8 }),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(steps, (list) => {
      const n = network();
      const subnets = [n.subnetA, n.otherSubnetA, n.subnetB];
      for (const { verb, which, subnet, host } of list) {
        const SubnetId = subnets[subnet] as string;
        const living = [...n.h.intent.table('vpcEndpoint').all()].filter((each) => each.deletedRevision === null);
        const id = living[which % Math.max(1, living.length)]?.id ?? `vpce-${UNKNOWN}`;
        const Ipv4 = `10.0.${subnet + 1}.${host}`;
        const calls = {
          create: () =>
            create(n, { ServiceName: services[which % 3] ?? SQS, SubnetIds: [SubnetId], PrivateDnsEnabled: false }),
          add: () => n.h.call('ModifyVpcEndpoint', { VpcEndpointId: id, AddSubnetIds: [SubnetId] }),
          remove: () => n.h.call('ModifyVpcEndpoint', { VpcEndpointId: id, RemoveSubnetIds: [SubnetId] }),
          replace: () =>
            n.h.call('ModifyVpcEndpoint', { VpcEndpointId: id, SubnetConfigurations: [{ SubnetId, Ipv4 }] }),
          delete: () => n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [id] }),
        };
        try {
          calls[verb as keyof typeof calls]();
        } catch (error) {
          assert.equal((error as Error).name, 'Refusal');
        }
        const ports = [...n.h.intent.table('networkInterface').all()];
        assert.equal(new Set(ports.map((port) => port.linkSerial)).size, ports.length);
        assert.equal(new Set(ports.map((port) => port.addresses[0])).size, ports.length);
        for (const endpoint of n.h.intent.table('vpcEndpoint').all()) {
          const own = endpoint.deletedRevision === null ? [...endpoint.subnetIds].sort() : [];
          assert.deepEqual(
            interfacesOf(n, endpoint.id)
              .map((port) => port.subnetId)
              .sort(),
            own,
          );
        }
      }
    }),
    { numRuns: 60, seed: 1 },
  );
});
