import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '../../../iam/principal.ts';
import { put } from '../../../model/edit.ts';
import { Refusal } from '../../../model/refusal.ts';
import type { Role, User } from '../../../model/resources.ts';
import { zonesOf } from '../../../model/zones.ts';
import { invoke } from '../../shared/dispatch.ts';
import { type Harness, REGION } from '../../testing.ts';
import { ec2Actions } from '../index.ts';
import {
  accept,
  allow,
  CONSUMER,
  connect,
  consumer,
  provider,
  ROOT,
  refusedConnect,
  service,
  settle,
  state,
} from './fixture.ts';

type P = ReturnType<typeof provider>;

function principals({ h }: P, ServiceId: string, ...filter: string[]) {
  const [Name, ...Values] = filter;
  return h
    .call('DescribeVpcEndpointServicePermissions', { ServiceId, ...(Name && { Filters: [{ Name, Values }] }) })
    .AllowedPrincipals.map((each) => each.Principal);
}

function identities(h: Harness): void {
  const shared = { account: CONSUMER, region: '', tags: {}, createdAt: h.context.now, path: '/team/' };
  const role: Role = {
    ...shared,
    kind: 'role',
    id: 'AROA1',
    name: 'builder',
    description: null,
    trustPolicy: '{}',
    maxSessionSeconds: 3600,
    permissionsBoundaryArn: null,
    inlinePolicies: {},
    attachedPolicyArns: [],
  };
  const user: User = {
    ...shared,
    kind: 'user',
    id: 'AIDA1',
    name: 'ann',
    permissionsBoundaryArn: null,
    inlinePolicies: {},
    attachedPolicyArns: [],
  };
  h.intent.apply([put(role), put(user)]);
}

/** The same call as somebody else of the consumer's account makes it. */
function callAs(h: Harness, principal: Principal, operation: string, input: object): unknown {
  try {
    return invoke(ec2Actions, operation, input, { ...h.context, principal }).output;
  } catch (error) {
    if (error instanceof Refusal) return `${error.code}: ${error.message}`;
    throw error;
  }
}

const CALLERS: Readonly<Record<string, Principal>> = {
  root: { kind: 'root', account: CONSUMER },
  ann: { kind: 'user', account: CONSUMER, userName: 'ann', userId: 'AIDA1', path: '/team/' },
  bob: { kind: 'user', account: CONSUMER, userName: 'bob', userId: 'AIDA2', path: '/' },
  builder: {
    kind: 'session',
    account: CONSUMER,
    roleName: 'builder',
    roleId: 'AROA1',
    path: '/team/',
    sessionName: 's',
    policies: [],
  },
};

for (const [principal, seen] of [
  ['*', ['root', 'ann', 'bob', 'builder']],
  [ROOT, ['root', 'ann', 'bob', 'builder']],
  [`arn:aws:iam::${CONSUMER}:user/ann`, ['ann']],
  [`arn:aws:iam::${CONSUMER}:role/builder`, ['builder']],
  ['arn:aws:iam::999988887777:root', []],
] as const) {
  test(`${principal}: seen by ${seen.join(', ') || 'nobody of another account'}`, () => {
    const p = provider();
    const c = consumer(p);
    identities(p.h);
    const { id, name } = service(p);
    allow(p, id, principal);
    const endpoint = { VpcId: c.vpcId, VpcEndpointType: 'Interface', ServiceName: name };
    const absent = `InvalidServiceName: The Vpc Endpoint Service '${name}' does not exist`;
    for (const [who, caller] of Object.entries(CALLERS)) {
      const named = callAs(c.h, caller, 'DescribeVpcEndpointServices', { ServiceNames: [name] });
      const all = callAs(c.h, caller, 'DescribeVpcEndpointServices', {}) as { ServiceNames: string[] };
      const made = callAs(c.h, caller, 'CreateVpcEndpoint', endpoint);
      if ((seen as readonly string[]).includes(who)) {
        assert.deepEqual((named as { ServiceNames: string[] }).ServiceNames, [name], who);
        assert.ok(all.ServiceNames.includes(name), who);
        assert.equal((made as { VpcEndpoint: { State: string } }).VpcEndpoint.State, 'pendingAcceptance', who);
      } else {
        assert.equal(named, absent, who);
        assert.ok(!all.ServiceNames.includes(name), who);
        assert.equal(made, absent, who);
      }
    }
  });
}

test('what a service is to others: its zones as they call them, its owner, and nothing of its tags', () => {
  const p = provider();
  const c = consumer(p);
  const { id, name } = service(p, {
    AcceptanceRequired: false,
    PrivateDnsName: 'api.example.com',
    TagSpecifications: [{ ResourceType: 'vpc-endpoint-service', Tags: [{ Key: 'a', Value: 'b' }] }],
  });
  allow(p, id, '*');
  const zoneIds = p.h.intent.table('endpointService').get(id)?.zoneIds ?? [];
  const theirs = zonesOf(CONSUMER, REGION).filter((zone) => zoneIds.includes(zone.id));
  const [detail] = c.h.call('DescribeVpcEndpointServices', { ServiceNames: [name] }).ServiceDetails;
  assert.deepEqual(detail, {
    ServiceName: name,
    ServiceId: id,
    ServiceType: [{ ServiceType: 'Interface' }],
    ServiceRegion: REGION,
    AvailabilityZoneIds: theirs.map((zone) => zone.id),
    AvailabilityZones: theirs.map((zone) => zone.name),
    Owner: p.h.context.account,
    BaseEndpointDnsNames: [`${id}.${REGION}.vpce.amazonaws.com`],
    PrivateDnsName: 'api.example.com',
    PrivateDnsNames: [{ PrivateDnsName: 'api.example.com' }],
    PrivateDnsNameVerificationState: 'pendingVerification',
    VpcEndpointPolicySupported: false,
    AcceptanceRequired: false,
    ManagesVpcEndpoints: false,
    Tags: [],
    SupportedIpAddressTypes: ['ipv4'],
  });
  const found = (h: Harness, Name: string, ...Values: string[]) =>
    h.call('DescribeVpcEndpointServices', { Filters: [{ Name, Values }] }).ServiceNames;
  assert.deepEqual(found(p.h, 'tag:a', 'b'), [name]);
  assert.deepEqual(found(c.h, 'tag:a', 'b'), []);
  assert.deepEqual(found(p.h, 'owner', 'self'), [name]);
  assert.deepEqual(found(c.h, 'owner', 'self'), []);
  assert.deepEqual(found(c.h, 'owner', p.h.context.account), [name]);
  const { ServiceNames: all } = c.h.call('DescribeVpcEndpointServices', {});
  assert.deepEqual(all, [...all].sort());
  assert.match(
    c.h.as(CONSUMER, 'us-east-1').refusal('DescribeVpcEndpointServices', { ServiceNames: [name] }),
    /^InvalidServiceName: /,
  );
  p.h.call('DeleteVpcEndpointServiceConfigurations', { ServiceIds: [id] });
  assert.match(refusedConnect(c, name), /^InvalidServiceName: /);
  assert.match(p.h.refusal('DescribeVpcEndpointServices', { ServiceNames: [name] }), /^InvalidServiceName: /);
});

test('principals: added once, told with their types, filtered and in pages', () => {
  const p = provider();
  identities(p.h);
  const { id } = service(p);
  const list = ['*', ROOT, `arn:aws:iam::${CONSUMER}:user/ann`, `arn:aws:iam::${CONSUMER}:role/builder`];
  const change = { ServiceId: id, AddAllowedPrincipals: [...list, ROOT] };
  const { AddedPrincipals: added, ReturnValue } = p.h.call('ModifyVpcEndpointServicePermissions', change);
  assert.equal(ReturnValue, true);
  assert.deepEqual(
    added.map((each) => [each.PrincipalType, each.Principal, each.ServiceId]),
    ['All', 'Account', 'User', 'Role'].map((type, at) => [type, list[at], id]),
  );
  assert.match(added[0].ServicePermissionId, /^vpce-svc-perm-[0-9a-f]{17}$/);
  assert.deepEqual(p.h.call('ModifyVpcEndpointServicePermissions', change).AddedPrincipals, []);
  p.h.call('CreateTags', { Resources: [added[0].ServicePermissionId], Tags: [{ Key: 'k', Value: 'v' }] });
  assert.deepEqual(p.h.call('DescribeVpcEndpointServicePermissions', { ServiceId: id }).AllowedPrincipals[0], {
    PrincipalType: 'All',
    Principal: '*',
    ServicePermissionId: added[0].ServicePermissionId,
    ServiceId: id,
    Tags: [{ Key: 'k', Value: 'v' }],
  });
  assert.deepEqual(principals(p, id), list);
  assert.deepEqual(principals(p, id, 'principal', ROOT), [ROOT]);
  assert.deepEqual(principals(p, id, 'principal-type', 'User', 'Role'), list.slice(2));
  const first = p.h.call('DescribeVpcEndpointServicePermissions', { ServiceId: id, MaxResults: 3 });
  const { NextToken } = first;
  const rest = p.h.call('DescribeVpcEndpointServicePermissions', { ServiceId: id, NextToken });
  assert.deepEqual(
    [...first.AllowedPrincipals, ...rest.AllowedPrincipals].map((each) => each.Principal),
    list,
  );
  p.h.call('ModifyVpcEndpointServicePermissions', {
    ServiceId: id,
    RemoveAllowedPrincipals: ['*', 'arn:aws:iam::1:root'],
  });
  assert.deepEqual(principals(p, id), list.slice(1));
});

test('what is no principal', () => {
  const p = provider();
  identities(p.h);
  const { id } = service(p);
  const refused = (...AddAllowedPrincipals: string[]) =>
    p.h.refusal('ModifyVpcEndpointServicePermissions', { ServiceId: id, AddAllowedPrincipals });
  for (const text of [
    CONSUMER,
    'ann',
    '',
    `arn:aws:sts::${CONSUMER}:assumed-role/builder/s`,
    `arn:aws:iam::${CONSUMER}:root/x`,
    `arn:aws:iam::${CONSUMER}:user/nobody`,
    `arn:aws:iam::${CONSUMER}:user/builder`,
    `arn:aws:iam::${CONSUMER}:role/team/builder`,
    'arn:aws:iam::123:root',
    'arn:aws:iam::*:root',
  ]) {
    assert.equal(refused(ROOT, text), `InvalidPrincipal: Invalid Principal: '${text}'`);
  }
  for (const text of [
    `arn:aws:iam::${CONSUMER}:group/g`,
    `arn:aws:iam::${CONSUMER}:instance-profile/builder`,
    'ecs.amazonaws.com',
    'arn:aws:organizations::111122223333:ou/o-1/ou-1',
  ]) {
    assert.equal(refused(text), 'UnknownPrincipalType.Unsupported: The principal type is not supported.', text);
  }
  assert.match(refused(), /^MissingParameter: /);
  assert.match(
    p.h.refusal('ModifyVpcEndpointServicePermissions', {
      ServiceId: id,
      AddAllowedPrincipals: [ROOT],
      RemoveAllowedPrincipals: [ROOT],
    }),
    /^InvalidParameterCombination: /,
  );
  assert.deepEqual(principals(p, id), []);
});

test('a removed principal cuts nothing: the endpoint lives, can be modified and accepted; a new one cannot be made', () => {
  const p = provider();
  const c = consumer(p);
  const { id, name } = service(p);
  allow(p, id, ROOT);
  const { id: open } = connect(c, name, { SubnetIds: [c.subnetA] });
  const { id: waiting } = connect(c, name);
  accept(p, id, open);
  settle(p);
  p.h.call('ModifyVpcEndpointServicePermissions', { ServiceId: id, RemoveAllowedPrincipals: [ROOT] });
  settle(p);
  assert.equal(state(p, c, open), 'available');
  assert.match(refusedConnect(c, name), /^InvalidServiceName: /);
  c.h.call('ModifyVpcEndpoint', { VpcEndpointId: open, AddSubnetIds: [c.subnetB] });
  accept(p, id, waiting);
  settle(p);
  assert.equal(state(p, c, open), 'available');
  assert.equal(state(p, c, waiting), 'available');
});
