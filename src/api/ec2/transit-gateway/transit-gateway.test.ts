/** Transit gateways by their calls: states, default tables, refusals, quotas. Packets: scenarios/transit-gateway. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSite } from '../../../daemon/sites.ts';
import { ACCOUNT, harness, REGION } from '../../testing.ts';

function start() {
  const h = harness();
  const apply = () => {
    h.facts.appliedRevision = h.intent.revision;
  };
  const vpcOf = (CidrBlock: string) => {
    const { VpcId } = h.call('CreateVpc', { CidrBlock }).Vpc;
    const subnetOf = (block: string, AvailabilityZone = `${REGION}a`) =>
      h.call('CreateSubnet', { VpcId, CidrBlock: block, AvailabilityZone }).Subnet.SubnetId;
    return { VpcId, subnetOf };
  };
  const gateway = h.call('CreateTransitGateway', { Description: 'hub' }).TransitGateway;
  return { h, apply, vpcOf, gateway, id: gateway.TransitGatewayId };
}

test('it is pending until the kernel has it, with one table for all that is attached', () => {
  const { h, apply, gateway, id } = start();
  assert.equal(gateway.State, 'pending');
  assert.equal(gateway.TransitGatewayArn, `arn:aws:ec2:${REGION}:${ACCOUNT}:transit-gateway/${id}`);
  assert.equal(gateway.Options.AmazonSideAsn, 64_512);
  const { AssociationDefaultRouteTableId: table, PropagationDefaultRouteTableId: other } = gateway.Options;
  assert.equal(table, other);
  const shown = () => h.call('DescribeTransitGateways', { TransitGatewayIds: [id] }).TransitGateways[0];
  assert.equal(shown().State, 'pending');
  assert.equal(
    h.refusal('CreateTransitGatewayRouteTable', { TransitGatewayId: id }),
    `IncorrectState: ${id} is in invalid state`,
  );
  apply();
  assert.equal(shown().State, 'available');
  const tables = h.call('DescribeTransitGatewayRouteTables', {}).TransitGatewayRouteTables;
  assert.deepEqual(
    tables.map((each) => [each.TransitGatewayRouteTableId, each.DefaultAssociationRouteTable, each.State]),
    [[table, true, 'available']],
  );
  assert.match(
    h.refusal('DeleteTransitGatewayRouteTable', { TransitGatewayRouteTableId: table }),
    /^IncorrectState: .* is a default route table/,
  );
});

test('options that are not carried out are refused by name', () => {
  const { h } = start();
  for (const [name, Options] of [
    ['MulticastSupport', { MulticastSupport: 'enable' }],
    ['SecurityGroupReferencingSupport', { SecurityGroupReferencingSupport: 'enable' }],
    ['TransitGatewayCidrBlocks', { TransitGatewayCidrBlocks: ['10.99.0.0/24'] }],
  ] as const) {
    assert.match(
      h.refusal('CreateTransitGateway', { Options } as never),
      new RegExp(`^UnsupportedOperation: .*${name}`),
    );
  }
  assert.match(h.refusal('CreateTransitGateway', { Options: { AmazonSideAsn: 1 } }), /^InvalidParameterValue: /);
  for (let count = 1; count < 5; count++) h.call('CreateTransitGateway', {});
  assert.match(h.refusal('CreateTransitGateway', {}), /^TransitGatewayLimitExceeded: /);
});

test('without default tables nothing is associated, nothing propagated', () => {
  const { h, apply, vpcOf } = start();
  const Options = { DefaultRouteTableAssociation: 'disable', DefaultRouteTablePropagation: 'disable' } as const;
  const { TransitGatewayId, Options: shown } = h.call('CreateTransitGateway', { Options }).TransitGateway;
  assert.equal(shown.AssociationDefaultRouteTableId, undefined);
  apply();
  const vpc = vpcOf('10.0.0.0/16');
  const SubnetIds = [vpc.subnetOf('10.0.1.0/24')];
  h.call('CreateTransitGatewayVpcAttachment', { TransitGatewayId, VpcId: vpc.VpcId, SubnetIds });
  const found = h.call('DescribeTransitGatewayAttachments', {}).TransitGatewayAttachments[0];
  assert.equal(found.Association, undefined);
});

test('an attachment has an interface in each of its subnets, and these stay while it does', () => {
  const { h, apply, vpcOf, id } = start();
  apply();
  const vpc = vpcOf('10.0.0.0/16');
  const [first, second] = [vpc.subnetOf('10.0.1.0/24'), vpc.subnetOf('10.0.2.0/24', `${REGION}b`)];
  const attach = (SubnetIds: string[], more = {}) =>
    h.call('CreateTransitGatewayVpcAttachment', { TransitGatewayId: id, VpcId: vpc.VpcId, SubnetIds, ...more })
      .TransitGatewayVpcAttachment;
  const attachment = attach([first, second]);
  const attachmentId = attachment.TransitGatewayAttachmentId;
  assert.equal(attachment.State, 'pending');
  assert.deepEqual(attachment.SubnetIds, [first, second]);
  const interfaces = () => h.call('DescribeNetworkInterfaces', {}).NetworkInterfaces;
  assert.deepEqual(
    interfaces().map((each) => [each.InterfaceType, each.RequesterManaged, each.Status, each.Groups.length]),
    [first, second].map(() => ['transit_gateway', true, 'in-use', 0]),
  );
  assert.deepEqual(
    interfaces().map(({ Description }) => Description),
    [first, second].map(() => `Network Interface for Transit Gateway Attachment ${attachmentId}`),
  );
  assert.match(h.refusal('DeleteSubnet', { SubnetId: first }), /^DependencyViolation: /);
  assert.match(h.refusal('DeleteVpc', { VpcId: vpc.VpcId }), /^DependencyViolation: /);
  const modify = { TransitGatewayAttachmentId: attachmentId };
  assert.match(
    h.refusal('ModifyTransitGatewayVpcAttachment', { ...modify, RemoveSubnetIds: [second] }),
    /^IncorrectState: /,
  );
  apply();
  assert.match(
    h.refusal('ModifyTransitGatewayVpcAttachment', { ...modify, RemoveSubnetIds: [first, second] }),
    /^InvalidParameterValue: .* at least one subnet/,
  );
  h.call('ModifyTransitGatewayVpcAttachment', { ...modify, RemoveSubnetIds: [second] });
  assert.equal(interfaces().length, 1);
  const state = () =>
    h.call('DescribeTransitGatewayVpcAttachments', {}).TransitGatewayVpcAttachments.map(({ State }) => State);
  assert.deepEqual(state(), ['modifying']);
  h.call('DeleteTransitGatewayVpcAttachment', modify);
  assert.deepEqual([state(), interfaces().length], [['deleting'], 0]);
  apply();
  assert.deepEqual(state(), ['deleted']);
  assert.match(h.refusal('DeleteTransitGatewayVpcAttachment', modify), /^InvalidTransitGatewayAttachmentID.NotFound: /);
  assert.equal(attach([first]).State, 'pending');
});

test('what is another account’s is not there', () => {
  const { h, apply, id } = start();
  apply();
  const other = h.as('444455556666');
  const { VpcId } = other.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { SubnetId } = other.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
  assert.equal(
    other.refusal('CreateTransitGatewayVpcAttachment', { TransitGatewayId: id, VpcId, SubnetIds: [SubnetId] }),
    `InvalidTransitGatewayID.NotFound: Transit Gateway ${id} was deleted or does not exist.`,
  );
  assert.deepEqual(other.call('DescribeTransitGateways', {}).TransitGateways.length, 0);
});

test('of two VPCs with one block the first one’s is propagated, whatever their zones', () => {
  const { h, apply, vpcOf, gateway, id } = start();
  apply();
  const attach = () => {
    const vpc = vpcOf('10.0.0.0/16');
    const SubnetIds = [vpc.subnetOf('10.0.1.0/24')];
    return h.call('CreateTransitGatewayVpcAttachment', { TransitGatewayId: id, VpcId: vpc.VpcId, SubnetIds })
      .TransitGatewayVpcAttachment.TransitGatewayAttachmentId;
  };
  const [first, second] = [attach(), attach()];
  const found = () =>
    h
      .call('SearchTransitGatewayRoutes', {
        TransitGatewayRouteTableId: gateway.Options.AssociationDefaultRouteTableId,
        Filters: [{ Name: 'type', Values: ['propagated'] }],
      })
      .Routes.map((each) => [each.DestinationCidrBlock, each.TransitGatewayAttachments[0].TransitGatewayAttachmentId]);
  assert.deepEqual(found(), [['10.0.0.0/16', first]]);
  h.call('DeleteTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: first });
  assert.deepEqual(found(), [['10.0.0.0/16', second]]);
});

test('a static route whose attachment is gone stays, as a blackhole', () => {
  const { h, apply, vpcOf, gateway, id } = start();
  apply();
  const vpc = vpcOf('10.0.0.0/16');
  const SubnetIds = [vpc.subnetOf('10.0.1.0/24')];
  const { TransitGatewayAttachmentId } = h.call('CreateTransitGatewayVpcAttachment', {
    ...{ TransitGatewayId: id, VpcId: vpc.VpcId, SubnetIds },
  }).TransitGatewayVpcAttachment;
  const TransitGatewayRouteTableId = gateway.Options.AssociationDefaultRouteTableId;
  const route = { TransitGatewayRouteTableId, DestinationCidrBlock: '10.9.0.0/16', TransitGatewayAttachmentId };
  assert.equal(h.call('CreateTransitGatewayRoute', route).Route.State, 'active');
  h.call('DeleteTransitGatewayVpcAttachment', { TransitGatewayAttachmentId });
  const Filters = [{ Name: 'type', Values: ['static', 'propagated'] }];
  const { Routes } = h.call('SearchTransitGatewayRoutes', { TransitGatewayRouteTableId, Filters });
  assert.deepEqual(
    Routes.map((each) => [each.DestinationCidrBlock, each.State, each.TransitGatewayAttachments]),
    [['10.9.0.0/16', 'blackhole', []]],
  );
});

test('routes are searched for by what AWS knows alone', () => {
  const { h, gateway } = start();
  const search = { TransitGatewayRouteTableId: gateway.Options.AssociationDefaultRouteTableId };
  const Filters = [{ Name: 'type', Values: ['static'] }];
  assert.match(
    h.refusal('SearchTransitGatewayRoutes', { ...search, Filters: [{ Name: 'route-search.no-match', Values: ['x'] }] }),
    /^InvalidParameterValue: .*route-search.no-match/,
  );
  const exact = (Value: string) => ({ Name: 'route-search.exact-match', Values: [Value] });
  assert.match(
    h.refusal('SearchTransitGatewayRoutes', { ...search, Filters: [exact('10.0.0.0/8'), exact('10.1.0.0/16')] }),
    /^InvalidParameterValue: /,
  );
  for (const MaxResults of [4, 1001]) {
    assert.match(
      h.refusal('SearchTransitGatewayRoutes', { ...search, Filters, MaxResults }),
      /^InvalidParameterValue: /,
    );
  }
});

test('tags, and what is gone has none', () => {
  const { h, apply, id } = start();
  h.call('CreateTags', { Resources: [id], Tags: [{ Key: 'Name', Value: 'hub' }] });
  const tagged = () =>
    h.call('DescribeTransitGateways', { Filters: [{ Name: 'tag:Name', Values: ['hub'] }] }).TransitGateways;
  assert.equal(tagged()[0].TransitGatewayId, id);
  assert.equal(h.call('DeleteTransitGateway', { TransitGatewayId: id }).TransitGateway.State, 'deleting');
  apply();
  assert.equal(tagged()[0].State, 'deleted');
  assert.match(
    h.refusal('CreateTags', { Resources: [id], Tags: [{ Key: 'a', Value: 'b' }] }),
    /^InvalidTransitGatewayID.NotFound: /,
  );
  assert.match(
    h.refusal('DeleteTransitGateway', { TransitGatewayId: 'tgw-1' }),
    /^InvalidTransitGatewayID.Malformed: /,
  );
});

/** With a VPC attached, its subnets in two zones, and a table of its own that nothing is told to. */
function attached() {
  const started = start();
  const { h, apply, vpcOf, gateway, id } = started;
  apply();
  const vpc = vpcOf('10.0.0.0/16');
  const subnets = [vpc.subnetOf('10.0.1.0/24'), vpc.subnetOf('10.0.2.0/24', `${REGION}b`)];
  const attachment = h.call('CreateTransitGatewayVpcAttachment', {
    ...{ TransitGatewayId: id, VpcId: vpc.VpcId, SubnetIds: subnets },
  }).TransitGatewayVpcAttachment.TransitGatewayAttachmentId;
  const table = h.call('CreateTransitGatewayRouteTable', { TransitGatewayId: id }).TransitGatewayRouteTable
    .TransitGatewayRouteTableId;
  apply();
  const usual = gateway.Options.AssociationDefaultRouteTableId;
  const routes = () =>
    h
      .call('SearchTransitGatewayRoutes', {
        TransitGatewayRouteTableId: table,
        Filters: [{ Name: 'state', Values: ['active', 'blackhole'] }],
      })
      .Routes.map((each) => `${each.DestinationCidrBlock} ${each.Type} ${each.State}`);
  const pair = { TransitGatewayRouteTableId: table, TransitGatewayAttachmentId: attachment };
  return { ...started, vpc, subnets, attachment, table, usual, routes, pair };
}

test('a table is told of an attachment once, and only what it was told of is taken back', () => {
  const { h, apply, attachment, table, routes, pair } = attached();
  assert.equal(
    h.refusal('DisableTransitGatewayRouteTablePropagation', pair),
    `TransitGatewayRouteTablePropagation.NotFound: Propagation (${attachment}) does not exist in Transit Gateway Route Table ${table}.`,
  );
  assert.equal(h.call('EnableTransitGatewayRouteTablePropagation', pair).Propagation.State, 'enabled');
  assert.equal(
    h.refusal('EnableTransitGatewayRouteTablePropagation', pair),
    `TransitGatewayRouteTablePropagation.Duplicate: Propagation (${attachment}) already exists in Transit Gateway Route Table ${table}.`,
  );
  assert.deepEqual(routes(), ['10.0.0.0/16 propagated active']);
  assert.equal(h.call('DisableTransitGatewayRouteTablePropagation', pair).Propagation.State, 'disabled');
  assert.deepEqual(routes(), []);
  // Nor is one of another gateway told to it.
  const other = h.call('CreateTransitGateway', {}).TransitGateway.Options.AssociationDefaultRouteTableId;
  apply();
  assert.equal(
    h.refusal('EnableTransitGatewayRouteTablePropagation', { ...pair, TransitGatewayRouteTableId: other }),
    `InvalidParameterValue: ${other} and ${attachment} belong to different transit gateways.`,
  );
});

test('an attachment has one table, and only its own is taken from it', () => {
  const { h, attachment, table, usual, pair } = attached();
  const of = (id: string) =>
    h
      .call('GetTransitGatewayRouteTableAssociations', { TransitGatewayRouteTableId: id })
      .Associations.map((each) => each.TransitGatewayAttachmentId);
  assert.equal(
    h.refusal('AssociateTransitGatewayRouteTable', pair),
    `Resource.AlreadyAssociated: Transit Gateway Attachment ${attachment} is already associated to a route table.`,
  );
  assert.equal(
    h.refusal('DisassociateTransitGatewayRouteTable', pair),
    `InvalidAssociation.NotFound: Association (${table}, ${attachment}) does not exist.`,
  );
  assert.deepEqual([of(usual), of(table)], [[attachment], []]);
  const before = { ...pair, TransitGatewayRouteTableId: usual };
  h.call('DisassociateTransitGatewayRouteTable', before);
  assert.match(h.refusal('DisassociateTransitGatewayRouteTable', before), /^InvalidAssociation.NotFound: /);
  h.call('AssociateTransitGatewayRouteTable', pair);
  assert.deepEqual([of(usual), of(table)], [[], [attachment]]);
  assert.equal(
    h.refusal('DeleteTransitGatewayRouteTable', { TransitGatewayRouteTableId: table }),
    `IncorrectState: ${table} has non-deleted associations.`,
  );
});

test('an attachment keeps a subnet, and takes only those of its VPC', () => {
  const { h, vpcOf, id, vpc, subnets, attachment } = attached();
  const foreign = vpcOf('10.9.0.0/16').subnetOf('10.9.1.0/24', `${REGION}c`);
  const modify = (more: object) =>
    h.refusal('ModifyTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: attachment, ...more });
  assert.equal(modify({ RemoveSubnetIds: subnets }), `InvalidParameterValue: ${attachment} needs at least one subnet.`);
  for (const strange of [foreign, 'subnet-0123456789abcdef0']) {
    const gone = `InvalidSubnetID.NotFound: Subnet ${strange} was deleted or does not exist.`;
    assert.equal(modify({ AddSubnetIds: [strange] }), gone);
    assert.equal(modify({ RemoveSubnetIds: [strange] }), gone);
    const again = { TransitGatewayId: id, VpcId: vpc.VpcId, SubnetIds: [strange] };
    assert.match(h.refusal('CreateTransitGatewayVpcAttachment', again), /^DuplicateTransitGatewayAttachment: /);
  }
  const twin = vpc.subnetOf('10.0.3.0/24', `${REGION}b`);
  assert.equal(modify({ AddSubnetIds: [twin] }), 'DuplicateSubnetsInSameZone: Duplicate Subnets for same AZ');
  const shown = h.call('DescribeTransitGatewayVpcAttachments', {}).TransitGatewayVpcAttachments[0];
  assert.deepEqual([shown.SubnetIds, shown.State], [subnets, 'available']);
});

test('a static route leads to an attachment or to nowhere, never both, and is made once', () => {
  const { h, apply, table, attachment, routes, pair } = attached();
  const route = { TransitGatewayRouteTableId: table, DestinationCidrBlock: '10.8.0.0/16' };
  const one = 'The request must contain exactly one of transitGatewayAttachmentId or blackhole';
  h.call('EnableTransitGatewayRouteTablePropagation', pair);
  for (const name of ['CreateTransitGatewayRoute', 'ReplaceTransitGatewayRoute'] as const) {
    assert.equal(h.refusal(name, route), `MissingParameter: ${one}`);
    assert.equal(h.refusal(name, { ...route, Blackhole: false }), `MissingParameter: ${one}`);
    assert.equal(h.refusal(name, { ...pair, ...route, Blackhole: true }), `InvalidParameterCombination: ${one}`);
  }
  const missing = (block: string) =>
    `InvalidRoute.NotFound: Route ${block} in Transit Gateway Route Table ${table} does not exist.`;
  assert.equal(h.refusal('ReplaceTransitGatewayRoute', { ...route, Blackhole: true }), missing('10.8.0.0/16'));
  assert.equal(h.refusal('DeleteTransitGatewayRoute', route), missing('10.8.0.0/16'));
  // What is propagated is nobody's to delete by hand.
  const told = { ...route, DestinationCidrBlock: '10.0.0.0/16' };
  assert.equal(h.refusal('DeleteTransitGatewayRoute', told), missing('10.0.0.0/16'));
  assert.deepEqual(routes(), ['10.0.0.0/16 propagated active']);
  // Terraform's provider says an empty attachment beside it.
  const made = h.call('CreateTransitGatewayRoute', { ...route, Blackhole: true, TransitGatewayAttachmentId: '' });
  assert.equal(made.Route.State, 'blackhole');
  assert.equal(
    h.refusal('CreateTransitGatewayRoute', { ...pair, ...route }),
    `RouteAlreadyExists: Route 10.8.0.0/16 already exists in Transit Gateway Route Table ${table}.`,
  );
  assert.equal(h.call('ReplaceTransitGatewayRoute', { ...pair, ...route }).Route.State, 'active');
  assert.equal(h.call('DeleteTransitGatewayRoute', route).Route.State, 'deleted');
  assert.deepEqual(routes(), ['10.0.0.0/16 propagated active']);
  const other = h.call('CreateTransitGateway', {}).TransitGateway.Options.AssociationDefaultRouteTableId;
  apply();
  assert.equal(
    h.refusal('CreateTransitGatewayRoute', { ...pair, ...route, TransitGatewayRouteTableId: other }),
    `InvalidParameterValue: ${other} and ${attachment} belong to different transit gateways.`,
  );
});

test('options that change nothing here are told back as they were asked for', () => {
  const { h } = start();
  for (const value of ['enable', 'disable'] as const) {
    const Options = { VpnEcmpSupport: value, AutoAcceptSharedAttachments: value };
    const made = h.call('CreateTransitGateway', { Options }).TransitGateway;
    const shown = h.call('DescribeTransitGateways', { TransitGatewayIds: [made.TransitGatewayId] }).TransitGateways[0];
    for (const { VpnEcmpSupport, AutoAcceptSharedAttachments } of [made.Options, shown.Options]) {
      assert.deepEqual({ VpnEcmpSupport, AutoAcceptSharedAttachments }, Options);
    }
    const Filters = [
      { Name: 'options.vpn-ecmp-support', Values: [value] },
      { Name: 'options.auto-accept-shared-attachments', Values: [value] },
    ];
    assert.deepEqual(
      h.call('DescribeTransitGateways', { Filters }).TransitGateways.map((each) => each.TransitGatewayId),
      [made.TransitGatewayId],
    );
  }
});

test('twenty tables a gateway, ten thousand static routes a table', () => {
  const { h, id, table } = attached();
  for (let made = 2; made < 20; made++) h.call('CreateTransitGatewayRouteTable', { TransitGatewayId: id });
  assert.match(
    h.refusal('CreateTransitGatewayRouteTable', { TransitGatewayId: id }),
    /^TransitGatewayRouteTableLimitExceeded: /,
  );
  const found = h.intent.table('transitRouteTable').get(table) ?? assert.fail();
  const routes = Array.from({ length: 10_000 }, (_, at) => ({
    destination: `10.${100 + (at >> 8)}.${at & 255}.0/24`,
    attachmentId: null,
  }));
  h.intent.apply([{ op: 'put', resource: { ...found, routes } }]);
  const route = { TransitGatewayRouteTableId: table, DestinationCidrBlock: '192.168.0.0/16', Blackhole: true };
  assert.match(h.refusal('CreateTransitGatewayRoute', route), /^RouteLimitExceeded: /);
  h.call('DeleteTransitGatewayRoute', { TransitGatewayRouteTableId: table, DestinationCidrBlock: '10.100.7.0/24' });
  h.call('CreateTransitGatewayRoute', route);
});

test('what is gone or never was is told by its kind', () => {
  const { h } = start();
  for (const [name, member, noun, code, id] of [
    ['DeleteTransitGateway', 'TransitGatewayId', 'Transit Gateway', 'InvalidTransitGatewayID', 'tgw'],
    [
      'DeleteTransitGatewayVpcAttachment',
      'TransitGatewayAttachmentId',
      'Transit Gateway Attachment',
      'InvalidTransitGatewayAttachmentID',
      'tgw-attach',
    ],
    [
      'DeleteTransitGatewayRouteTable',
      'TransitGatewayRouteTableId',
      'Transit Gateway Route Table',
      'InvalidRouteTableID',
      'tgw-rtb',
    ],
  ] as const) {
    const nowhere = `${id}-0123456789abcdef0`;
    const refused = (value: string) => h.refusal(name as string, { [member]: value });
    assert.equal(refused(nowhere), `${code}.NotFound: ${noun} ${nowhere} was deleted or does not exist.`);
    // In AWS's own spelling.
    const malformed = code === 'InvalidRouteTableID' ? 'InvalidRouteTableId' : code;
    assert.match(refused(`${id}-x`), new RegExp(`^${malformed}.Malformed: `));
  }
});

test('a gateway stays while something is attached, and takes its tables with it', () => {
  const { h, apply, id, attachment, table, usual } = attached();
  assert.equal(
    h.refusal('DeleteTransitGateway', { TransitGatewayId: id }),
    `IncorrectState: ${id} has non-deleted VPC Attachments: ${attachment}.`,
  );
  h.call('DeleteTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: attachment });
  const Type = 'ipsec.1';
  const { CustomerGatewayId } = h.call('CreateCustomerGateway', { Type, IpAddress: '203.0.113.7' }).CustomerGateway;
  const asked = { Type, CustomerGatewayId, TransitGatewayId: id };
  const { VpnConnectionId } = h.call('CreateVpnConnection', asked).VpnConnection;
  apply();
  const { TransitGatewayAttachments } = h.call('DescribeTransitGatewayAttachments', {
    Filters: [{ Name: 'resource-id', Values: [VpnConnectionId] }],
  });
  assert.equal(
    h.refusal('DeleteTransitGateway', { TransitGatewayId: id }),
    `IncorrectState: ${id} has non-deleted VPN Attachments: ${TransitGatewayAttachments[0].TransitGatewayAttachmentId}.`,
  );
  h.call('DeleteVpnConnection', { VpnConnectionId });
  h.call('DeleteTransitGateway', { TransitGatewayId: id });
  apply();
  const tables = h.call('DescribeTransitGatewayRouteTables', {}).TransitGatewayRouteTables;
  assert.deepEqual(
    tables.map((each) => [each.TransitGatewayRouteTableId, each.State]),
    [usual, table].map((each) => [each, 'deleted']),
  );
});

test('of one block a VPC’s route counts before a VPN’s, whichever came first, and a static one before both', () => {
  const { h, apply, vpcOf, id, gateway } = start();
  const site = createSite('office', { cidr: '10.0.0.0/16' }, { intent: h.intent, account: ACCOUNT, now: h.facts.now });
  assert.ok('site' in site);
  h.intent.apply(site.edits);
  apply();
  const Type = 'ipsec.1';
  const { CustomerGatewayId } = h.call('CreateCustomerGateway', {
    Type,
    IpAddress: site.site.publicAddress,
  }).CustomerGateway;
  const asked = { Type, CustomerGatewayId, TransitGatewayId: id };
  const { VpnConnectionId } = h.call('CreateVpnConnection', asked).VpnConnection;
  const TransitGatewayRouteTableId = gateway.Options.AssociationDefaultRouteTableId;
  const found = () =>
    h
      .call('SearchTransitGatewayRoutes', {
        TransitGatewayRouteTableId,
        Filters: [{ Name: 'route-search.exact-match', Values: ['10.0.0.0/16'] }],
      })
      .Routes.map((each) => `${each.Type} ${each.TransitGatewayAttachments[0]?.ResourceId}`);
  assert.deepEqual(found(), [`propagated ${VpnConnectionId}`]);
  const { VpcId, subnetOf } = vpcOf('10.0.0.0/16');
  const SubnetIds = [subnetOf('10.0.1.0/24')];
  h.call('CreateTransitGatewayVpcAttachment', { TransitGatewayId: id, VpcId, SubnetIds });
  assert.deepEqual(found(), [`propagated ${VpcId}`]);
  h.call('CreateTransitGatewayRoute', {
    ...{ TransitGatewayRouteTableId, DestinationCidrBlock: '10.0.0.0/16', Blackhole: true },
  });
  assert.deepEqual(found(), ['static undefined']);
});
