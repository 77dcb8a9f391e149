/**
 * Network ACLs of the subnets that transit gateways' attachments are in, by packets on the real kernel: of a subnet of their own and of
 * one that instances are in too; each also asked of the analyser. Needs root.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { NetworkAclEntry } from '../../model/resources.ts';
import { compile } from '../../plan/compile.ts';
import { addBalancer, addListener, addTarget, addTargetGroup, healthOf } from '../../plan/testing/balancing.ts';
import { addTransit, attachVpc } from '../../plan/testing/transit.ts';
import { allow, allowAll, deny, World } from '../../plan/testing/world.ts';
import { Lab } from './testing/lab.ts';

const lab = new Lab();
const world = new World();
const transit = addTransit(world);

/** A VPC of which `gate` is the attachment's subnet. */
function place(block: string) {
  const vpc = world.vpc(`${block}.0.0/16`);
  const [inner, gate] = [world.subnet(vpc, `${block}.1.0/24`), world.subnet(vpc, `${block}.2.0/24`)];
  const open = world.group(vpc, 'open', allowAll('ingress'), allowAll('egress'));
  attachVpc(world, transit, [gate]);
  const route = { destination: '10.0.0.0/8', target: { kind: 'transitGateway', id: transit.gateway.id } } as const;
  world.routeTable(vpc, [route], [inner, gate]);
  return { vpc, inner, gate, open, acl: { inner: world.acl(vpc, [inner]), gate: world.acl(vpc, [gate]) } };
}

const [left, right] = [place('10.0'), place('10.1')];
const one = world.instance(left.inner, [left.open]);
const inGate = world.instance(left.gate, [left.open]);
const far = world.instance(right.inner, [right.open]).eni;
const endpoints = world.endpoint(left.vpc, 'sqs', [left.inner], [left.open]);
const endpointsInGate = world.endpoint(left.vpc, 'sns', [left.gate], [left.open]);
const shop = addBalancer(world, left.vpc, 'shop', [left.inner]);
const targets = addTargetGroup(world, left.vpc, 'shop', { attributes: { 'preserve_client_ip.enabled': 'true' } });
addListener(world, shop.balancer, targets);
const target = addTarget(world, targets, inGate.instance);

const at = (port: { readonly addresses: readonly string[] } | undefined) => port?.addresses[0] ?? '';
const [one4, inGate4, far4] = [at(one.eni), at(inGate.eni), at(far)];
const host = (address: string) => ({ cidr: `${address}/32` });
const LEFT = { cidr: '10.0.0.0/16' };
const RIGHT = { cidr: '10.1.0.0/16' };
const ALL = [allow('egress', 100), allow('ingress', 100)];

/** Of left's subnets; those that are not named allow all. */
async function guard(entries: {
  readonly gate?: readonly NetworkAclEntry[];
  readonly inner?: readonly NetworkAclEntry[];
}) {
  if (isApplied) await lab.quiet();
  isApplied = true;
  for (const subnet of ['gate', 'inner'] as const) world.put({ ...left.acl[subnet], entries: entries[subnet] ?? ALL });
  for (const acl of Object.values(right.acl)) world.put({ ...acl, entries: ALL });
  await lab.apply(compile(world.intent(), healthOf([target])));
}
let isApplied = false;

before(() => guard({}));
after(() => lab.close());

test('into the gateway, from another subnet: by the source and the inbound entries; outbound ones say nothing', async () => {
  await guard({ gate: [allow('egress', 100), allow('ingress', 90, host(one4))] });
  await lab.delivered(one.eni.id, far4, 80);
  await guard({ gate: [allow('egress', 100), deny('ingress', 90, host(one4)), allow('ingress', 100)] });
  await lab.dropped('acl_in', one.eni.id, far4, 80);
  // What answers goes that way as well.
  await lab.dropped('acl_in', far.id, one4, 80);
  await guard({
    gate: [deny('egress', 90, RIGHT), allow('egress', 100), deny('ingress', 90, RIGHT), allow('ingress', 100)],
  });
  await lab.delivered(one.eni.id, far4, 80);
  await lab.delivered(far.id, one4, 'ping');
});

test('out of the gateway, to another subnet: by the destination and the outbound entries; inbound ones say nothing', async () => {
  const ports = { protocol: '6', ports: { from: 80, to: 80 } };
  await guard({ gate: [allow('egress', 100, { ...host(one4), ...ports }), allow('ingress', 100, LEFT)] });
  await lab.delivered(far.id, one4, 80);
  await lab.dropped('acl_out', far.id, one4, 443);
  await lab.dropped('acl_out', far.id, one4, 'ping');
  // One that answers comes that way, to a port of its client's.
  await lab.dropped('acl_out', one.eni.id, far4, 80);
});

test('the instance’s own subnet judges as ever', async () => {
  await guard({ inner: [deny('egress', 90, RIGHT), allow('egress', 100), allow('ingress', 100)] });
  await lab.dropped('acl_out', one.eni.id, far4, 80);
  await guard({ inner: [allow('egress', 100), deny('ingress', 90, RIGHT), allow('ingress', 100)] });
  await lab.dropped('acl_in', far.id, one4, 80);
});

test('into the gateway, from its own subnet: both lists are asked, the inbound one for the instance’s address', async () => {
  const both = [allow('egress', 100, RIGHT), allow('ingress', 100, host(inGate4))];
  await guard({ gate: both });
  await lab.delivered(inGate.eni.id, far4, 80);
  await guard({ gate: both.slice(0, 1) });
  await lab.dropped('acl_in', inGate.eni.id, far4, 80);
  await guard({ gate: both.slice(1) });
  await lab.dropped('acl_out', inGate.eni.id, far4, 80);
});

test('out of the gateway, into its own subnet: neither is asked', async () => {
  await guard({ gate: [allow('egress', 100, RIGHT), allow('ingress', 100, host(inGate4))] });
  await lab.delivered(far.id, inGate4, 80);
  await lab.delivered(far.id, inGate4, 'ping');
  // From anywhere else it is.
  await lab.dropped('acl_in', one.eni.id, inGate4, 80);
  await guard({ gate: [allow('egress', 100, RIGHT)] });
  // What answers is not let into the gateway.
  await lab.dropped('acl_in', far.id, inGate4, 80);
});

test('a change cuts what is established', async () => {
  await guard({});
  const connection = await lab.connection(one.eni.id, far4, 80);
  assert.ok(await connection.echoes());
  world.put({ ...left.acl.gate, entries: [allow('egress', 100)] });
  await lab.apply(compile(world.intent(), healthOf([target])));
  assert.equal(await connection.echoes(300), false);
  // Else what nobody acknowledged is sent again, while later tests count what is dropped.
  await guard({});
  connection.close();
  await lab.quiet();
});

test('endpoints’ interfaces are judged as instances are', async () => {
  const [eni, eniInGate] = [at(endpoints.interfaces[0]), at(endpointsInGate.interfaces[0])];
  await guard({ gate: [deny('egress', 90, host(eni)), allow('egress', 100), allow('ingress', 100)] });
  await lab.dropped('acl_out', far.id, eni, 443);
  await lab.delivered(far.id, eniInGate, 443);
  await guard({ gate: [allow('egress', 100, RIGHT), allow('ingress', 100, host(eniInGate))] });
  await lab.delivered(far.id, eniInGate, 443);
  await guard({ gate: [allow('egress', 100), deny('ingress', 90, host(eni)), allow('ingress', 100)] });
  await lab.dropped('acl_in', far.id, eni, 443);
});

test('what a load balancer hands on into the attachment’s subnet comes from the balancer’s', async () => {
  const node = at(shop.nodes[0]);
  await guard({});
  await lab.delivered(far.id, node, 80);
  await guard({ gate: [allow('egress', 100), deny('ingress', 90, RIGHT), allow('ingress', 100)] });
  await lab.dropped('acl_in', far.id, node, 80);
});
