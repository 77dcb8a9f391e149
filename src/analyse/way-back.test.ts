/** What would mend answers that are lost: a route to the client by the way that its packet came, and nothing wider. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../model/facts.ts';
import type { Route } from '../model/resources.ts';
import { check } from '../plan/check.ts';
import { compile } from '../plan/compile.ts';
import { tellServiceStory } from '../plan/testing/service-story.ts';
import { allowAll, World } from '../plan/testing/world.ts';
import type { Advice } from './reasons.ts';
import { why } from './why.ts';

function peers() {
  const world = new World();
  const place = (block: string) => {
    const vpc = world.vpc(`${block}.0.0/16`);
    const subnet = world.subnet(vpc, `${block}.1.0/24`);
    const group = world.group(vpc, 'open', allowAll('ingress'), allowAll('egress'));
    return { vpc, subnet, eni: world.instance(subnet, [group]).eni };
  };
  const [left, right, third] = [place('10.0'), place('10.1'), place('10.2')];
  const pcx = world.peering(left.vpc, right.vpc);
  const via = (destination: string, id = pcx.id): Route => ({ destination, target: { kind: 'vpcPeering', id } });
  world.routeTable(left.vpc, [via('10.1.0.0/16')], [left.subnet]);
  const first = (): Advice | null => {
    const plan = compile(world.intent(), NO_FACTS);
    assert.deepEqual(check(plan), []);
    return why(plan, { from: left.eni.id, to: right.eni.id, protocol: '6', port: 80 }).top;
  };
  return { world, left, right, third, pcx, via, first };
}

test('the answer’s table knows no way: the blocks of the other VPC', () => {
  const { world, right, pcx, via, first } = peers();
  const table = right.vpc.mainRouteTableId;
  assert.deepEqual(first()?.fixes, [
    `aws ec2 create-route --route-table-id ${table} --destination-cidr-block 10.0.0.0/16 --vpc-peering-connection-id ${pcx.id}`,
  ]);
  world.routeTable(right.vpc, [via('10.0.0.0/16')], [right.subnet]);
  assert.equal(first(), null);
});

test('it leads elsewhere, to another peer or to a gateway: a route of the client’s own', () => {
  for (const elsewhere of ['peer', 'gateway'] as const) {
    const { world, left, right, third, pcx, via, first } = peers();
    const other = world.peering(third.vpc, right.vpc);
    const route: Route =
      elsewhere === 'peer'
        ? via('10.0.0.0/8', other.id)
        : { destination: '0.0.0.0/0', target: { kind: 'internetGateway', id: world.gateway(right.vpc, []).id } };
    const table = world.routeTable(right.vpc, [route], [right.subnet]);
    const client = left.eni.addresses[0];
    assert.equal(first()?.code, 'CULVERT_NO_WAY_BACK');
    assert.deepEqual(first()?.fixes, [
      `aws ec2 create-route --route-table-id ${table} --destination-cidr-block ${client}/32 --vpc-peering-connection-id ${pcx.id}`,
    ]);
    const mended = [...world.intent().table('routeTable').all()].find(({ id }) => id === table);
    assert.ok(mended);
    world.put({ ...mended, routes: [...mended.routes, via(`${client}/32`)] });
    assert.equal(first(), null);
  }
});

test('a target that is its own client: addresses of clients are not to be preserved', () => {
  const { world, nodes, servers, group } = tellServiceStory();
  const [from, to] = [servers[0]?.eni.id ?? '', nodes[0]?.addresses[0] ?? ''];
  const ask = () => why(compile(world.intent(), NO_FACTS), { from, to, protocol: '6', port: 80 }).top;
  assert.deepEqual(ask()?.fixes, [
    `aws elbv2 modify-target-group-attributes --target-group-arn ${group.id} --attributes Key=preserve_client_ip.enabled,Value=false`,
  ]);
  world.put({ ...group, attributes: { 'preserve_client_ip.enabled': 'false' } });
  assert.equal(ask(), null);
});

test('to who a route leads to anyway: its answers follow its own routes, here back to itself', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const group = world.group(vpc, 'open', allowAll('ingress'), allowAll('egress'));
  const subnets = [world.subnet(vpc, '10.0.1.0/24'), world.subnet(vpc, '10.0.2.0/24')] as const;
  const [client, server] = subnets.map((subnet) => world.instance(subnet, [group]).eni);
  assert.ok(client && server);
  const route: Route = { destination: '10.0.0.0/16', target: { kind: 'networkInterface', id: server.id } };
  world.routeTable(vpc, [route], subnets);
  const ask = (from: string, to: string) => {
    const plan = compile(world.intent(), NO_FACTS);
    assert.deepEqual(check(plan), []);
    const traces = why(plan, { from, to, protocol: '6', port: 80 }).paths.map((path) => path.trace);
    return traces.map(({ outcome, hops }) => [
      outcome,
      ...hops.flatMap(({ stage, direction, reason }) =>
        reason === null ? [] : `${stage} ${direction} ${reason.code}`,
      ),
    ]);
  };
  const back = ['source reply ENI_SOURCE_DEST_CHECK_RESTRICTION', 'route reply CULVERT_ROUTE_LOOP'];
  assert.deepEqual(ask(client.id, server.id), [['dropped', ...back]]);
  world.put({ ...server, sourceDestCheck: false });
  assert.deepEqual(ask(client.id, server.id), [['dropped', ...back.slice(1)]]);
});
