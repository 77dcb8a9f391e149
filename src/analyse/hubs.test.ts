/** What would mend a way through a transit gateway or a VPN gateway: in each, the one thing that is missing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../model/facts.ts';
import type { Route } from '../model/resources.ts';
import { check } from '../plan/check.ts';
import { compile } from '../plan/compile.ts';
import { addTransit, attachVpc } from '../plan/testing/transit.ts';
import { allow, allowAll, deny, World } from '../plan/testing/world.ts';
import { why } from './why.ts';

function start() {
  const world = new World();
  const transit = addTransit(world);
  const { gateway: tgw, table } = transit;
  const place = (block: string) => {
    const vpc = world.vpc(`${block}.0.0/16`);
    const subnet = world.subnet(vpc, `${block}.1.0/24`);
    const { eni } = world.instance(subnet, [world.group(vpc, 'open', allowAll('ingress'), allowAll('egress'))]);
    const { attachment } = attachVpc(world, transit, [subnet], false);
    return { vpc, subnet, eni, attachment };
  };
  const [left, right] = [place('10.0'), place('10.1')];
  const route = (destination: string): Route => ({ destination, target: { kind: 'transitGateway', id: tgw.id } });
  /** The first fix, with the reason that it is for. */
  const first = (from = left.eni.id) => {
    const plan = compile(world.intent(), NO_FACTS);
    assert.deepEqual(check(plan), []);
    const found = why(plan, { from, to: right.eni.addresses[0] ?? '', protocol: '6', port: 80 });
    const advice = found.paths.flatMap((each) => each.advice)[0];
    return advice === undefined ? found.outcome : [advice.code, advice.fixes[0]];
  };
  return { world, tgw, left, right, table, route, first };
}

test('from nothing to a way, one fix after the other', () => {
  const { world, tgw, left, right, table, route, first } = start();
  const near = world.routeTable(left.vpc, [route('10.1.0.0/16')], [left.subnet]);
  assert.deepEqual(first(), [
    'TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION',
    `aws ec2 associate-transit-gateway-route-table --transit-gateway-attachment-id ${left.attachment.id} --transit-gateway-route-table-id tgw-rtb-…`,
  ]);
  for (const { attachment } of [left, right]) world.put({ ...attachment, associatedTableId: table.id });
  assert.deepEqual(first(), [
    'NO_ROUTE_TO_DESTINATION',
    `aws ec2 create-transit-gateway-route --transit-gateway-route-table-id ${table.id} --destination-cidr-block 10.1.0.0/16 --transit-gateway-attachment-id ${right.attachment.id}`,
  ]);
  world.put({ ...table, propagations: [left.attachment.id, right.attachment.id] });
  assert.deepEqual(first(), [
    'CULVERT_NO_WAY_BACK',
    `aws ec2 create-route --route-table-id ${right.vpc.mainRouteTableId} --destination-cidr-block 10.0.0.0/16 --transit-gateway-id ${tgw.id}`,
  ]);
  world.routeTable(right.vpc, [route('10.0.0.0/8')], [right.subnet]);
  assert.equal(first(), 'delivered');
  const elsewhere = world.subnet(left.vpc, '10.0.2.0/24', 'b');
  const { eni } = world.instance(elsewhere, [world.group(left.vpc, 'other', allowAll('ingress'), allowAll('egress'))]);
  const association = { ...world.resource('rtbassoc'), vpcId: left.vpc.id, routeTableId: near, subnetId: elsewhere.id };
  world.put({ ...association, kind: 'routeTableAssociation' });
  assert.deepEqual(first(eni.id), [
    'TGW_ROUTE_AZ_RESTRICTION',
    `aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id ${left.attachment.id} --add-subnet-ids ${elsewhere.id}`,
  ]);
});

test('a blackhole of the gateway’s table is to be replaced', () => {
  const { world, left, right, table, route, first } = start();
  for (const { attachment } of [left, right]) world.put({ ...attachment, associatedTableId: table.id });
  world.routeTable(left.vpc, [route('10.1.0.0/16')], [left.subnet]);
  world.put({ ...table, routes: [{ destination: '10.1.0.0/16', attachmentId: null }] });
  assert.deepEqual(first(), [
    'TGW_RTB_BAD_STATE_ROUTE',
    `aws ec2 replace-transit-gateway-route --transit-gateway-route-table-id ${table.id} --destination-cidr-block 10.1.0.0/16 --transit-gateway-attachment-id ${right.attachment.id}`,
  ]);
});

test('an attachment’s own subnet judges: by which of its lists is told', () => {
  const { world, left, right, table, route, first } = start();
  for (const { attachment } of [left, right]) world.put({ ...attachment, associatedTableId: table.id });
  world.put({ ...table, propagations: [left.attachment.id, right.attachment.id] });
  world.routeTable(left.vpc, [route('10.1.0.0/16')], [left.subnet]);
  world.routeTable(right.vpc, [route('10.0.0.0/16')], [right.subnet]);
  assert.equal(first(), 'delivered');
  const from = `${left.eni.addresses[0]}/32`;
  const acl = world.acl(left.vpc, [left.subnet], allow('egress', 100), deny('ingress', 90, { cidr: from }));
  assert.deepEqual(first(), [
    'SUBNET_ACL_RESTRICTION',
    `aws ec2 create-network-acl-entry --network-acl-id ${acl.id} --rule-number 89 --ingress --protocol 6 --port-range From=80,To=80 --cidr-block ${from} --rule-action allow`,
  ]);
  // What comes out of it for its own subnet is nobody's to judge.
  world.put({ ...acl, entries: [allow('egress', 100), allow('ingress', 90, { cidr: from })] });
  assert.equal(first(), 'delivered');
});
