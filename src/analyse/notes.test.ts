/** What a connection must expect on a way that is open. That packets fare so, kernel tests show (docs/aws-rules/driver.md). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../model/facts.ts';
import type { Subnet } from '../model/resources.ts';
import { compile } from '../plan/compile.ts';
import { addNatGateway } from '../plan/testing/nat.ts';
import { tellServiceStory } from '../plan/testing/service-story.ts';
import { tellStory } from '../plan/testing/story.ts';
import { addTransit, attachVpc } from '../plan/testing/transit.ts';
import { allowAll, World } from '../plan/testing/world.ts';
import { type Question, why } from './why.ts';

const SQS = 'sqs.ap-south-1.amazonaws.com';

function ask(world: World, from: string, to: string, more: Partial<Question> = {}) {
  return why(compile(world.intent(), NO_FACTS), { from, to, protocol: '6', port: 80, ...more });
}

function told(...given: Parameters<typeof ask>) {
  return ask(...given).notes.map(({ code, value }) => [code, value]);
}

function place(world: World, block: string) {
  const vpc = world.vpc(`${block}.0.0/16`);
  const subnet = world.subnet(vpc, `${block}.1.0/24`);
  const { eni } = world.instance(subnet, [world.group(vpc, 'open', allowAll('ingress'), allowAll('egress'))]);
  return { vpc, subnet, eni };
}

const ENDPOINT_GUIDE = 'https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html';

test('an endpoint of AWS’s service: its MTU with the MSS, and its idle timeout, both fixed; once for all its addresses', () => {
  const { world, privateEni, endpoint } = tellStory();
  const components = [endpoint.id, 'com.amazonaws.ap-south-1.sqs'];
  const fixed = { components, fixes: [], source: ENDPOINT_GUIDE };
  assert.deepEqual(ask(world, privateEni.id, SQS, { port: 443 }).notes, [
    {
      ...fixed,
      code: 'CULVERT_PATH_MTU',
      sentence: `packets of more than 8500 bytes vanish, and nobody tells the sender, at ${endpoint.id}; TCP is held to an MSS of 8460; on the client: ip route … mtu 8500`,
      setting: 'mtu',
      value: 8500,
    },
    {
      ...fixed,
      code: 'CULVERT_IDLE_TIMEOUT',
      sentence: `${endpoint.id} ends a connection that is silent for 350 s, with a reset: keep it alive more often`,
      setting: 'idle timeout',
      value: 350,
    },
  ]);
});

test('a way that would be open once mended has its notes, one that leads elsewhere has none', () => {
  const { world, privateEni, endpoint, endpointRule } = tellStory();
  const open = told(world, privateEni.id, SQS, { port: 443 });
  world.remove(endpointRule);
  assert.equal(ask(world, privateEni.id, SQS, { port: 443 }).outcome, 'dropped');
  assert.deepEqual(told(world, privateEni.id, SQS, { port: 443 }), open);
  assert.deepEqual(told(world, privateEni.id, endpoint.id, { port: 81 }), []);
  world.put({ ...endpoint, privateDns: false });
  assert.deepEqual(told(world, privateEni.id, SQS, { port: 443 }), []);
});

test('a customer’s service: the listener’s idle timeout and the group’s header, where they are read and set', () => {
  const { world, client, endpoint, listener, group, balancer } = tellServiceStory();
  const notes = () => ask(world, client.id, endpoint.id).notes;
  const [size, idle, header] = notes();
  assert.equal(size?.value, 8500);
  assert.deepEqual(idle, {
    code: 'CULVERT_IDLE_TIMEOUT',
    components: [listener.id, balancer.id],
    sentence: `${listener.id} ends a connection that is silent for 350 s, with a reset: keep it alive more often`,
    fixes: [
      `aws elbv2 modify-listener-attributes --listener-arn ${listener.id} --attributes Key=tcp.idle_timeout.seconds,Value=6000`,
    ],
    setting: 'tcp.idle_timeout.seconds',
    value: 350,
    source: `aws elbv2 describe-listener-attributes --listener-arn ${listener.id}`,
  });
  const attribute = `aws elbv2 modify-target-group-attributes --target-group-arn ${group.id} --attributes Key=proxy_protocol_v2.enabled`;
  assert.deepEqual(
    [header?.code, header?.value, header?.fixes],
    ['CULVERT_PROXY_PROTOCOL', false, [`${attribute},Value=true`]],
  );
  assert.match(header?.sentence ?? '', /sends no Proxy Protocol header: a target that expects one waits/);
  assert.equal(notes().length, 3);

  world.put({ ...listener, attributes: { 'tcp.idle_timeout.seconds': '6000' } });
  world.put({ ...group, attributes: { 'proxy_protocol_v2.enabled': 'true' } });
  const [, longer, on] = notes();
  assert.deepEqual([longer?.value, longer?.fixes], [6000, []]);
  assert.deepEqual([on?.value, on?.fixes], [true, [`${attribute},Value=false`]]);
  assert.match(
    on?.sentence ?? '',
    /begins each connection with a Proxy Protocol v2 header: a target that does not speak it/,
  );
});

test('UDP: the fixed 120 s, a header in each datagram, no MSS', () => {
  const { world, client, endpoint, listener, group, targetGroup, endpointGroup } = tellServiceStory();
  world.put({ ...group, protocol: 'UDP', attributes: { 'proxy_protocol_v2.enabled': 'true' } });
  world.put({ ...listener, protocol: 'UDP' });
  for (const each of [targetGroup, endpointGroup]) world.rule(each, allowAll('ingress'));
  const { notes } = ask(world, client.id, endpoint.id, { protocol: '17' });
  assert.deepEqual(
    notes.map(({ value, fixes }) => [value, fixes.length]),
    [
      [8500, 0],
      [120, 0],
      [true, 1],
    ],
  );
  assert.doesNotMatch(notes[0]?.sentence ?? '', /MSS/);
  assert.match(notes[1]?.sentence ?? '', /forgets a flow of UDP/);
  assert.match(notes[2]?.sentence ?? '', /each datagram/);
});

test('inside a VPC and between VPCs of a region nothing is to be expected; between regions the size', () => {
  const world = new World();
  const [left, right] = [place(world, '10.0'), place(world, '10.1')];
  const peering = world.peering(left.vpc, right.vpc);
  const target = { kind: 'vpcPeering', id: peering.id } as const;
  world.routeTable(left.vpc, [{ destination: '10.1.0.0/16', target }], [left.subnet]);
  world.routeTable(right.vpc, [{ destination: '10.0.0.0/16', target }], [right.subnet]);
  const notes = () => ask(world, left.eni.id, right.eni.id).notes;
  assert.equal(ask(world, left.eni.id, right.eni.id).outcome, 'delivered');
  assert.deepEqual(notes(), []);
  world.put({ ...peering, accepter: { ...peering.accepter, region: 'eu-west-1' } });
  const [size, ...others] = notes();
  assert.deepEqual([size?.components[0], size?.value, others], [peering.id, 8500, []]);
  assert.match(size?.sentence ?? '', /are fragmented, or vanish where they may not be/);
});

test('a transit gateway: the size, by the attachment’s id, of pings too, and of nothing that cannot arrive', () => {
  const world = new World();
  const transit = addTransit(world);
  const { gateway, table } = transit;
  const [left, right] = [place(world, '10.0'), place(world, '10.1')];
  const [near, far] = [left, right].map(({ vpc, subnet }) => {
    const { attachment } = attachVpc(world, transit, [subnet], false);
    const target = { kind: 'transitGateway', id: gateway.id } as const;
    world.routeTable(vpc, [{ destination: '10.0.0.0/8', target }], [subnet]);
    world.put({ ...attachment, associatedTableId: table.id });
    return attachment.id;
  }) as [string, string];
  assert.deepEqual(told(world, left.eni.id, right.eni.id), []);
  world.put({ ...table, propagations: [near, far] });
  const [size, ...others] = ask(world, left.eni.id, right.eni.id, { protocol: '1', port: null }).notes;
  assert.deepEqual([size?.components[0], size?.value, others], [near, 8500, []]);
  assert.match(size?.sentence ?? '', /8500 bytes vanish, and nobody tells the sender, at tgw-attach-/);
});

test('a NAT gateway: silence of TCP and UDP, not of pings', () => {
  const { world, vpc, publicSubnets, privateSubnets, publicEni, privateEni, instanceGroup } = tellStory();
  world.rule(instanceGroup, allowAll('ingress'));
  const [outside, inside] = [publicSubnets[0] as Subnet, privateSubnets[0] as Subnet];
  const gateway = addNatGateway(world, outside, '3.4.5.6');
  world.routeTable(vpc, [{ destination: '0.0.0.0/0', target: { kind: 'natGateway', id: gateway.id } }], [inside]);
  const codes = (more: Partial<Question>) => told(world, privateEni.id, publicEni.publicAddress ?? '', more);
  assert.deepEqual(codes({}), [['CULVERT_IDLE_TIMEOUT', 350]]);
  assert.deepEqual(codes({ protocol: '17' }), [['CULVERT_IDLE_TIMEOUT', 350]]);
  assert.deepEqual(codes({ protocol: '1', port: null }), []);
});
