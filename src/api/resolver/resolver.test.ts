/** Route 53 Resolver's actions: what they ask for, in AWS's shapes and states. What comes of it: test/resolver.kernel.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUOTAS, quotaId } from '../../model/quotas.ts';
import { ec2Actions } from '../ec2/index.ts';
import { withDocumentedErrors } from '../testing/documented-errors.ts';
import { type Harness, harness, REGION } from '../testing.ts';
import { resolverActions } from './index.ts';

const OTHER = '444455556666';

// biome-ignore lint/suspicious/noExplicitAny: answers are read as they are told
type Told = any;

interface Place {
  readonly h: Harness;
  readonly vpc: string;
  readonly subnets: readonly string[];
  readonly group: string;
  call(name: string, input?: object): Told;
  refused(name: string, input: object): string;
  endpoint(direction: 'INBOUND' | 'OUTBOUND', wish?: object): Told;
  rule(domain: string, wish?: object): Told;
}

function place(): Place {
  const h = withDocumentedErrors(harness({ ...ec2Actions, ...resolverActions }), 'route53resolver', resolverActions);
  const vpc = h.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc.VpcId;
  const subnets = [1, 2].map(
    (at) => h.call('CreateSubnet', { VpcId: vpc, CidrBlock: `10.0.${at}.0/24` }).Subnet.SubnetId,
  );
  const group = h.call('CreateSecurityGroup', { VpcId: vpc, GroupName: 'dns', Description: 'dns' }).GroupId;
  const call = (name: string, input: object = {}) => h.call(name, input) as Told;
  return {
    h,
    vpc,
    subnets,
    group,
    call,
    refused: (name, input) => h.refusal(name, input),
    endpoint: (Direction, wish = {}) =>
      call('CreateResolverEndpoint', { ...wanted(Direction, group, subnets), ...wish }).ResolverEndpoint,
    rule: (DomainName, wish = {}) =>
      call('CreateResolverRule', { CreatorRequestId: DomainName, RuleType: 'SYSTEM', DomainName, ...wish })
        .ResolverRule,
  };
}

function wanted(Direction: string, group: string, subnets: readonly string[]) {
  return {
    CreatorRequestId: Direction,
    Direction,
    SecurityGroupIds: [group],
    IpAddresses: subnets.map((SubnetId) => ({ SubnetId })),
  };
}

function forward(endpoint: Told, ...targets: object[]) {
  return { RuleType: 'FORWARD', ResolverEndpointId: endpoint.Id, TargetIps: targets };
}

test('an endpoint is being made until the network has it; its addresses are interfaces of its own', () => {
  const { h, vpc, subnets, group, call, endpoint } = place();
  const made = endpoint('INBOUND', {
    Name: 'in',
    IpAddresses: [{ SubnetId: subnets[0], Ip: '10.0.1.4' }, { SubnetId: subnets[0] }],
    Tags: [{ Key: 'a', Value: 'b' }],
  });
  assert.match(made.Id, /^rslvr-in-[0-9a-f]{17}$/);
  const { CreationTime: _, ModificationTime: __, StatusMessage: ___, ...rest } = made;
  assert.deepEqual(rest, {
    Id: made.Id,
    CreatorRequestId: 'INBOUND',
    Arn: `arn:aws:route53resolver:${REGION}:111122223333:resolver-endpoint/${made.Id}`,
    Name: 'in',
    SecurityGroupIds: [group],
    Direction: 'INBOUND',
    IpAddressCount: 2,
    HostVPCId: vpc,
    Status: 'CREATING',
    ResolverEndpointType: 'IPV4',
    Protocols: ['Do53'],
  });
  const status = () => call('GetResolverEndpoint', { ResolverEndpointId: made.Id }).ResolverEndpoint.Status;
  const addresses = () => call('ListResolverEndpointIpAddresses', { ResolverEndpointId: made.Id }).IpAddresses;
  assert.deepEqual(
    addresses().map((each: Told) => `${each.Ip} ${each.Status}`),
    // The one that was asked for is not taken by the one that may be any.
    ['10.0.1.4 CREATING', '10.0.1.5 CREATING'],
  );
  h.facts.appliedRevision = h.intent.revision;
  assert.equal(status(), 'OPERATIONAL');
  assert.equal(addresses()[0].Status, 'ATTACHED');
  const [shown] = call('DescribeNetworkInterfaces', {}).NetworkInterfaces;
  assert.equal(shown.Description, `Route 53 Resolver: ${made.Id}:${addresses()[0].IpId}`);
  assert.equal(shown.RequesterManaged, true);
  assert.equal(shown.Status, 'in-use');
  assert.match(
    h.refusal('DeleteNetworkInterface', { NetworkInterfaceId: shown.NetworkInterfaceId }),
    /currently in use/,
  );
  assert.match(h.refusal('DeleteSubnet', { SubnetId: subnets[0] as string }), /^DependencyViolation/);
  // More and fewer addresses lead through UPDATING; two have to stay.
  call('AssociateResolverEndpointIpAddress', { ResolverEndpointId: made.Id, IpAddress: { SubnetId: subnets[1] } });
  assert.equal(status(), 'UPDATING');
  h.facts.appliedRevision = h.intent.revision;
  const by = { ResolverEndpointId: made.Id, IpAddress: { IpId: addresses()[2].IpId } };
  call('DisassociateResolverEndpointIpAddress', by);
  assert.equal(addresses().length, 2);
  assert.match(h.refusal('DisassociateResolverEndpointIpAddress', by), /^ResourceNotFoundException/);
  const last = { SubnetId: subnets[0], Ip: '10.0.1.4' };
  assert.match(
    h.refusal('DisassociateResolverEndpointIpAddress', { ResolverEndpointId: made.Id, IpAddress: last }),
    /^InvalidRequestException: .*at least 2/,
  );
  assert.equal(addresses().length, 2);
  assert.equal(
    call('UpdateResolverEndpoint', { ResolverEndpointId: made.Id, Name: 'door' }).ResolverEndpoint.Name,
    'door',
  );
  assert.equal(call('DeleteResolverEndpoint', { ResolverEndpointId: made.Id }).ResolverEndpoint.Status, 'DELETING');
  assert.match(h.refusal('GetResolverEndpoint', { ResolverEndpointId: made.Id }), /^ResourceNotFoundException: /);
  assert.equal(h.intent.table('networkInterface').size, 0);
});

test('endpoints that cannot be', () => {
  const { h, subnets, group, endpoint, call, refused } = place();
  const other = h.call('CreateVpc', { CidrBlock: '10.1.0.0/16' }).Vpc.VpcId;
  const far = h.call('CreateSubnet', { VpcId: other, CidrBlock: '10.1.1.0/24' }).Subnet.SubnetId;
  const create = (wish: object) => refused('CreateResolverEndpoint', { ...wanted('INBOUND', group, subnets), ...wish });
  const at = (...addresses: object[]) => ({ IpAddresses: addresses });
  const [subnet] = subnets;
  const few = 'InvalidRequestException: [RSLVR-00400] Resolver endpoint need to have at least 2 IP addresses.';
  assert.equal(create(at()), few);
  assert.equal(create(at({ SubnetId: subnet })), few);
  assert.match(
    create(at(...Array.from({ length: 7 }, () => ({ SubnetId: subnet })))),
    /^LimitExceededException: .*at most 6/,
  );
  assert.match(create(at({ SubnetId: subnet }, { SubnetId: far })), /^InvalidParameterException: .*one VPC/);
  assert.match(
    create(at({ SubnetId: subnet }, { SubnetId: 'subnet-00000000000000000' })),
    /^InvalidParameterException: /,
  );
  assert.match(create(at({ SubnetId: subnet }, { SubnetId: subnet, Ip: '10.0.2.9' })), /^InvalidParameterException: /);
  assert.match(create({ SecurityGroupIds: [] }), /^InvalidParameterException: .*security group/);
  const [foreign] = h.call('DescribeSecurityGroups', { Filters: [{ Name: 'vpc-id', Values: [other] }] }).SecurityGroups;
  assert.match(create({ SecurityGroupIds: [foreign.GroupId] }), /^InvalidParameterException: /);
  assert.match(create({ CreatorRequestId: '' }), /^InvalidParameterException: /);
  assert.match(create({ Protocols: ['DoH'] }), /^UnsupportedOperation: The value 'DoH' for parameter Protocols/);
  assert.match(create({ ResolverEndpointType: 'DUALSTACK' }), /^UnsupportedOperation: /);
  assert.match(create({ OutpostArn: 'arn' }), /^UnsupportedOperation: The parameter OutpostArn/);
  endpoint('INBOUND');
  assert.match(create({}), /^ResourceExistsException: /);
  for (let made = 1; made < 4; made++) endpoint('OUTBOUND', { CreatorRequestId: String(made) });
  assert.match(create({ CreatorRequestId: 'x' }), /^LimitExceededException: /);
  const list = (Filters: object[]) => call('ListResolverEndpoints', { Filters }).ResolverEndpoints.length;
  assert.equal(list([{ Name: 'Direction', Values: ['OUTBOUND'] }]), 3);
  assert.equal(list([{ Name: 'SECURITY_GROUP_IDS', Values: [group] }]), 4);
  assert.match(
    refused('ListResolverEndpoints', { Filters: [{ Name: 'Colour', Values: ['red'] }] }),
    /^InvalidParameterException: /,
  );
});

test('an address is taken away by its id, or by subnet and address; what is said beside it must be so', () => {
  const { subnets, endpoint, call, refused } = place();
  const [one = '', two = ''] = subnets;
  const { Id } = endpoint('INBOUND', {
    IpAddresses: [
      { SubnetId: one, Ip: '10.0.1.10' },
      { SubnetId: one, Ip: '10.0.1.11' },
      { SubnetId: two, Ip: '10.0.2.10' },
      { SubnetId: two, Ip: '10.0.2.11' },
    ],
  });
  const list = (): Told[] => call('ListResolverEndpointIpAddresses', { ResolverEndpointId: Id }).IpAddresses;
  const away = (IpAddress: object) => ({ ResolverEndpointId: Id, IpAddress });
  const [first, , third] = list();
  for (const address of [
    {},
    { SubnetId: one },
    { Ip: first.Ip },
    { SubnetId: two, Ip: first.Ip },
    { IpId: first.IpId, SubnetId: two },
    { IpId: first.IpId, Ip: third.Ip },
    { IpId: 'rni-0' },
  ]) {
    assert.match(refused('DisassociateResolverEndpointIpAddress', away(address)), /^ResourceNotFoundException: /);
  }
  const again = { ResolverEndpointId: Id, IpAddress: { SubnetId: one, Ip: first.Ip } };
  assert.match(refused('AssociateResolverEndpointIpAddress', again), /^ResourceExistsException: /);
  for (let more = 0; more < 2; more++) call('AssociateResolverEndpointIpAddress', away({ SubnetId: one }));
  assert.match(
    refused('AssociateResolverEndpointIpAddress', away({ SubnetId: one })),
    /^LimitExceededException: .*at most 6/,
  );
  assert.equal(list().length, 6);
  call('DisassociateResolverEndpointIpAddress', away({ IpId: first.IpId, SubnetId: one, Ip: first.Ip }));
  call('DisassociateResolverEndpointIpAddress', away({ SubnetId: third.SubnetId, Ip: third.Ip }));
  assert.deepEqual(
    list().filter(({ IpId }) => [first.IpId, third.IpId].includes(IpId)),
    [],
  );
});

test('a subnet without free addresses has none for an endpoint', () => {
  const { h, vpc, group, subnets, endpoint, call, refused } = place();
  const { SubnetId } = h.call('CreateSubnet', { VpcId: vpc, CidrBlock: '10.0.3.0/28' }).Subnet;
  for (let taken = 0; taken < 10; taken++) h.call('CreateNetworkInterface', { SubnetId });
  const full = /^InvalidRequestException: .*free/;
  const both = { IpAddresses: [{ SubnetId }, { SubnetId }] };
  assert.match(refused('CreateResolverEndpoint', { ...wanted('INBOUND', group, subnets), ...both }), full);
  const { Id } = endpoint('INBOUND', { IpAddresses: [{ SubnetId }, { SubnetId: subnets[0] }] });
  assert.match(
    refused('AssociateResolverEndpointIpAddress', { ResolverEndpointId: Id, IpAddress: { SubnetId } }),
    full,
  );
  assert.equal(call('ListResolverEndpointIpAddresses', { ResolverEndpointId: Id }).IpAddresses.length, 2);
  // Nor has a Region that has all the interfaces that it may have.
  const { account, region, now: createdAt } = h.context;
  const { code } = QUOTAS.interfacesPerRegion;
  const quota = {
    kind: 'quota',
    id: quotaId(code, h.context),
    account,
    region,
    tags: {},
    createdAt,
    value: 13,
  } as const;
  h.intent.apply([{ op: 'put', resource: quota }]);
  const second = { ...wanted('OUTBOUND', group, subnets), CreatorRequestId: 'second' };
  assert.match(refused('CreateResolverEndpoint', second), /^LimitExceededException: /);
});

test('names of endpoints, rules and associations have up to 64 characters, and are no numbers', () => {
  const { group, subnets, vpc, endpoint, rule, call, refused } = place();
  const [door, made] = [endpoint('INBOUND'), rule('corp.test')];
  const base = { CreatorRequestId: 'new', RuleType: 'SYSTEM', DomainName: 'new.test' };
  for (const Name of ['2026', 'a.b', 'a/b', 'é', 'a'.repeat(65)]) {
    for (const refusal of [
      refused('CreateResolverEndpoint', { ...wanted('OUTBOUND', group, subnets), Name }),
      refused('UpdateResolverEndpoint', { ResolverEndpointId: door.Id, Name }),
      refused('CreateResolverRule', { ...base, Name }),
      refused('UpdateResolverRule', { ResolverRuleId: made.Id, Config: { Name } }),
      refused('AssociateResolverRule', { ResolverRuleId: made.Id, VPCId: vpc, Name }),
    ]) {
      assert.equal(
        refusal,
        `InvalidParameterException: The name '${Name}' must have 1 to 64 letters, digits, blanks, hyphens, underscores or apostrophes.`,
      );
    }
  }
  const Name = `o'Brien_2026 - ${'a'.repeat(49)}`;
  assert.equal(Name.length, 64);
  assert.equal(call('CreateResolverRule', { ...base, Name }).ResolverRule.Name, Name);
});

test('pages of one to a hundred', () => {
  const { rule, endpoint, call, refused } = place();
  const { Arn } = rule('corp.test', { Tags: [{ Key: 'a' }, { Key: 'b' }] });
  const { Id: ResolverEndpointId } = endpoint('INBOUND');
  for (const MaxResults of [0, 101, 1.5]) {
    for (const [name, input] of [
      ['ListResolverEndpoints', {}],
      ['ListResolverEndpointIpAddresses', { ResolverEndpointId }],
      ['ListResolverRules', {}],
      ['ListResolverRuleAssociations', {}],
      ['ListResolverQueryLogConfigs', {}],
      ['ListResolverQueryLogConfigAssociations', {}],
      ['ListTagsForResource', { ResourceArn: Arn }],
    ] as const) {
      assert.equal(
        refused(name, { ...input, MaxResults }),
        'InvalidParameterException: MaxResults must be 1 to 100.',
        name,
      );
    }
  }
  const { NextToken, ...first } = call('ListTagsForResource', { ResourceArn: Arn, MaxResults: 1 });
  assert.deepEqual(first.Tags, [{ Key: 'a', Value: '' }]);
  const rest = call('ListTagsForResource', { ResourceArn: Arn, MaxResults: 100, NextToken });
  assert.deepEqual(rest, { Tags: [{ Key: 'b', Value: '' }] });
});

test('tags: two hundred of a resource, none of AWS’s, no key twice in a call', () => {
  const { h, rule, call, refused } = place();
  const { Arn: ResourceArn } = rule('corp.test');
  const keys = (from: number, count: number) => Array.from({ length: count }, (_, at) => `k${from + at}`);
  const tag = (Tags: object[]) => refused('TagResource', { ResourceArn, Tags });
  const told = () => call('ListTagsForResource', { ResourceArn }).Tags.length;
  for (const Tags of [
    [{ Key: '', Value: '' }],
    [{ Key: 'k'.repeat(129), Value: '' }],
    [{ Key: 'k', Value: 'v'.repeat(257) }],
    [{ Key: 'aws:k', Value: '' }],
    [
      { Key: 'k', Value: '1' },
      { Key: 'k', Value: '2' },
    ],
  ]) {
    assert.match(tag(Tags), /^InvalidTagException: /);
    const made = { CreatorRequestId: 'x', RuleType: 'SYSTEM', DomainName: 'x.test', Tags };
    assert.match(refused('CreateResolverRule', made), /^InvalidParameterException: .*tag/);
  }
  assert.equal(told(), 0);
  const full = keys(0, 200).map((Key) => ({ Key, Value: '' }));
  assert.match(tag([...full, { Key: 'more', Value: '' }]), /^LimitExceededException: .*200/);
  call('TagResource', { ResourceArn, Tags: full });
  assert.match(tag([{ Key: 'more', Value: '' }]), /^LimitExceededException: .*200/);
  call('TagResource', { ResourceArn, Tags: [{ Key: 'k7', Value: 'changed' }] });
  call('UntagResource', { ResourceArn, TagKeys: ['k8', 'never'] });
  call('TagResource', { ResourceArn, Tags: [{ Key: 'more', Value: '' }] });
  for (const arn of ['arn', ResourceArn.replace('resolver-rule', 'firewall-config')]) {
    assert.match(refused('ListTagsForResource', { ResourceArn: arn }), /^InvalidParameterException: .*is not the ARN/);
  }
  assert.match(
    refused('ListTagsForResource', { ResourceArn: ResourceArn.replace(REGION, 'us-east-1') }),
    /^ResourceNotFoundException: /,
  );
  assert.match(h.as(OTHER).refusal('UntagResource', { ResourceArn, TagKeys: ['k1'] }), /^ResourceNotFoundException: /);
});

test('rules of the customer beside the one that AWS makes', () => {
  const { h, endpoint, rule, call, refused } = place();
  const outbound = endpoint('OUTBOUND');
  const made = rule('Corp.Test', {
    ...forward(outbound, { Ip: '192.0.2.1' }, { Ip: '192.0.2.2', Port: 5353 }),
    Name: 'corp',
  });
  assert.match(made.Id, /^rslvr-rr-[0-9a-f]{17}$/);
  assert.deepEqual(
    [made.DomainName, made.RuleType, made.Status, made.ShareStatus, made.OwnerId],
    ['corp.test.', 'FORWARD', 'UPDATING', 'NOT_SHARED', '111122223333'],
  );
  assert.deepEqual(made.TargetIps, [
    { Ip: '192.0.2.1', Port: 53, Protocol: 'Do53' },
    { Ip: '192.0.2.2', Port: 5353, Protocol: 'Do53' },
  ]);
  h.facts.appliedRevision = h.intent.revision;
  assert.equal(call('GetResolverRule', { ResolverRuleId: made.Id }).ResolverRule.Status, 'COMPLETE');
  rule('.');
  const list = (Filters: object[] = []) =>
    call('ListResolverRules', { Filters }).ResolverRules.map((each: Told) => `${each.DomainName} ${each.RuleType}`);
  assert.deepEqual(list(), ['. RECURSIVE', 'corp.test. FORWARD', '. SYSTEM']);
  assert.deepEqual(list([{ Name: 'DomainName', Values: ['corp.test'] }]), ['corp.test. FORWARD']);
  assert.deepEqual(list([{ Name: 'TYPE', Values: ['RECURSIVE'] }]), ['. RECURSIVE']);
  const create = (wish: object) =>
    refused('CreateResolverRule', { CreatorRequestId: 'x', RuleType: 'SYSTEM', DomainName: 'x.test', ...wish });
  assert.equal(
    create({ RuleType: 'RECURSIVE' }),
    'InvalidRequestException: [RSLVR-00718] Cannot create a rule with type RECURSIVE',
  );
  assert.match(create({ DomainName: 'a b' }), /^InvalidParameterException: /);
  assert.match(create({ RuleType: 'FORWARD' }), /^InvalidParameterException: .*needs/);
  assert.match(create({ TargetIps: [{ Ip: '192.0.2.1' }] }), /^InvalidParameterException: .*neither/);
  assert.match(create({ CreatorRequestId: 'Corp.Test' }), /^ResourceExistsException: /);
  assert.match(create(forward({ Id: 'rslvr-out-x' }, { Ip: '192.0.2.1' })), /^ResourceNotFoundException: /);
  assert.match(create(forward(endpoint('INBOUND'), { Ip: '192.0.2.1' })), /^InvalidParameterException: .*outbound/);
  for (const target of [{ Ip: 'x' }, { Ip: '192.0.2.1', Port: 70_000 }]) {
    assert.match(create(forward(outbound, target)), /^InvalidParameterException: /);
  }
  assert.match(
    create(forward(outbound, { Ipv6: '2001:db8::1' })),
    /^UnsupportedOperation: The parameter TargetIps.Ipv6/,
  );
  const Config = { TargetIps: [{ Ip: '192.0.2.9' }], Name: 'other' };
  const after = call('UpdateResolverRule', { ResolverRuleId: made.Id, Config }).ResolverRule;
  assert.deepEqual([after.Name, after.TargetIps[0].Ip, after.Status], ['other', '192.0.2.9', 'UPDATING']);
  assert.match(refused('DeleteResolverEndpoint', { ResolverEndpointId: outbound.Id }), /^InvalidRequestException: /);
});

test('a rule holds in VPCs, one for each domain in each', () => {
  const { h, vpc, rule, call, refused } = place();
  const [one, twin] = [rule('corp.test'), rule('CORP.test.', { CreatorRequestId: 'twin' })];
  const made = call('AssociateResolverRule', {
    ResolverRuleId: one.Id,
    VPCId: vpc,
    Name: 'here',
  }).ResolverRuleAssociation;
  assert.match(made.Id, /^rslvr-rrassoc-[0-9a-f]{17}$/);
  assert.equal(made.Status, 'CREATING');
  h.facts.appliedRevision = h.intent.revision;
  const get = () => call('GetResolverRuleAssociation', { ResolverRuleAssociationId: made.Id }).ResolverRuleAssociation;
  assert.equal(get().Status, 'COMPLETE');
  assert.match(refused('AssociateResolverRule', { ResolverRuleId: one.Id, VPCId: vpc }), /^ResourceExistsException: /);
  assert.equal(
    refused('AssociateResolverRule', { ResolverRuleId: twin.Id, VPCId: vpc }),
    `InvalidRequestException: Cannot associate rules with same domain name with same VPC. Conflict with resolver rule '${one.Id}' and domain 'corp.test.'`,
  );
  assert.match(
    refused('AssociateResolverRule', { ResolverRuleId: twin.Id, VPCId: 'vpc-00000000000000000' }),
    /^ResourceNotFoundException: /,
  );
  const list = (Filters: object[] = []) => call('ListResolverRuleAssociations', { Filters }).ResolverRuleAssociations;
  assert.deepEqual(
    list([{ Name: 'VPCId', Values: [vpc] }]).map((each: Told) => each.Name),
    ['System Rule Association', 'here'],
  );
  assert.match(refused('DeleteResolverRule', { ResolverRuleId: one.Id }), /^ResourceInUseException: /);
  const gone = call('DisassociateResolverRule', { ResolverRuleId: one.Id, VPCId: vpc }).ResolverRuleAssociation;
  assert.equal(gone.Status, 'DELETING');
  assert.match(
    refused('DisassociateResolverRule', { ResolverRuleId: one.Id, VPCId: vpc }),
    /^ResourceNotFoundException: /,
  );
  assert.equal(call('DeleteResolverRule', { ResolverRuleId: one.Id }).ResolverRule.Status, 'DELETING');
});

test('six targets a rule, a thousand rules, two thousand associations in a Region', () => {
  const { h, vpc, endpoint, rule, call, refused } = place();
  const outbound = endpoint('OUTBOUND');
  const targets = (count: number) => Array.from({ length: count }, (_, at) => ({ Ip: `192.0.2.${at}` }));
  const asked = { CreatorRequestId: 'x', RuleType: 'SYSTEM', DomainName: 'x.test' };
  const seven = { ...asked, ...forward(outbound, ...targets(7)) };
  assert.match(refused('CreateResolverRule', seven), /^LimitExceededException: .*6 target/);
  const made = rule('corp.test', forward(outbound, ...targets(6)));
  const Config = { TargetIps: targets(7) };
  assert.match(refused('UpdateResolverRule', { ResolverRuleId: made.Id, Config }), /^LimitExceededException: /);
  const [stored] = [...h.intent.table('resolverRule').all()];
  assert.ok(stored);
  const number = (at: number) => String(at).padStart(16, '0');
  h.intent.apply(
    Array.from({ length: 999 }, (_, at) => ({
      op: 'put',
      resource: { ...stored, id: `rslvr-rr-f${number(at)}`, creatorRequestId: String(at), domain: `n${at}.test` },
    })),
  );
  assert.match(refused('CreateResolverRule', asked), /^LimitExceededException: The limit of 1000 /);
  call('AssociateResolverRule', { ResolverRuleId: made.Id, VPCId: vpc });
  const [association] = [...h.intent.table('resolverAssociation').all()];
  assert.ok(association);
  h.intent.apply(
    Array.from({ length: 1999 }, (_, at) => ({
      op: 'put',
      resource: { ...association, id: `rslvr-rrassoc-f${number(at)}`, vpcId: `vpc-f${number(at)}` },
    })),
  );
  const other = { ResolverRuleId: `rslvr-rr-f${number(0)}`, VPCId: vpc };
  assert.match(refused('AssociateResolverRule', other), /^LimitExceededException: The limit of 2000 /);
  call('DisassociateResolverRule', { ResolverRuleId: made.Id, VPCId: vpc });
  call('AssociateResolverRule', other);
});

test('a VPC that goes is forgotten by the rules that held in it', () => {
  const { h, rule, call } = place();
  const { VpcId } = h.call('CreateVpc', { CidrBlock: '10.9.0.0/16' }).Vpc;
  const made = rule('corp.test');
  call('AssociateResolverRule', { ResolverRuleId: made.Id, VPCId: VpcId });
  h.call('DeleteVpc', { VpcId });
  assert.equal(h.intent.table('resolverAssociation').size, 0);
  assert.equal(call('DeleteResolverRule', { ResolverRuleId: made.Id }).ResolverRule.Status, 'DELETING');
});

test('all is its account’s own, tags too; pages', () => {
  const { h, rule, call } = place();
  const made = rule('corp.test', { Tags: [{ Key: 'a', Value: '1' }] });
  const tags = () => call('ListTagsForResource', { ResourceArn: made.Arn }).Tags;
  call('TagResource', { ResourceArn: made.Arn, Tags: [{ Key: 'b', Value: '2' }] });
  call('UntagResource', { ResourceArn: made.Arn, TagKeys: ['a'] });
  assert.deepEqual(tags(), [{ Key: 'b', Value: '2' }]);
  const other = h.as(OTHER);
  assert.match(other.refusal('GetResolverRule', { ResolverRuleId: made.Id }), /^ResourceNotFoundException: /);
  assert.match(other.refusal('TagResource', { ResourceArn: made.Arn, Tags: [] }), /^ResourceNotFoundException: /);
  assert.match(
    h.as('111122223333', 'us-east-1').refusal('GetResolverRule', { ResolverRuleId: made.Id }),
    /^ResourceNotFound/,
  );
  for (let at = 0; at < 4; at++) rule(`n${at}.test`);
  const first = call('ListResolverRules', { MaxResults: 4 });
  const second = call('ListResolverRules', { MaxResults: 4, NextToken: first.NextToken });
  assert.deepEqual([first.ResolverRules.length, second.ResolverRules.length, second.NextToken], [4, 2, undefined]);
  assert.match(h.refusal('ListResolverRules', { NextToken: 'x' }), /^InvalidNextTokenException: /);
  assert.match(h.refusal('ListResolverRules', { MaxResults: 101 }), /^InvalidParameterException: /);
  assert.match(
    h.refusal('PutResolverRulePolicy', { Arn: made.Arn }),
    /^UnsupportedOperation: The action PutResolverRulePolicy/,
  );
});
