/** What passes and what is dropped, by packets on the real kernel; each also asked of the analyser. Needs root. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NO_FACTS } from '../../model/facts.ts';
import { compile } from '../../plan/compile.ts';
import { allowAll, allowTcp, anywhere, inGroup, World } from '../../plan/testing/world.ts';
import { Lab } from './testing/lab.ts';

const lab = new Lab();
const world = new World();
const vpc = world.vpc('10.0.0.0/16');
const publicSubnet = world.subnet(vpc, '10.0.0.0/24', 'a');
const privateSubnet = world.subnet(vpc, '10.0.10.0/24', 'a');
const otherSubnet = world.subnet(vpc, '10.0.11.0/24', 'b');
world.gateway(vpc, [publicSubnet]);
const callers = world.group(vpc, 'callers', allowAll('egress'), allowTcp('ingress', 22));
const webs = world.group(vpc, 'webs', allowTcp('ingress', 80, inGroup(callers)), allowAll('egress'));
const mute = world.group(vpc, 'mute', allowTcp('egress', 443), allowAll('ingress'));
const endpoints = world.group(vpc, 'endpoints', allowAll('egress'));
const endpointRule = world.rule(endpoints, allowTcp('ingress', 443, inGroup(callers)));
const caller = world.instance(privateSubnet, [callers]).eni;
const web = world.instance(privateSubnet, [webs]).eni;
const far = world.instance(otherSubnet, [webs]).eni;
const mutePort = world.instance(privateSubnet, [mute]).eni;
const front = world.instance(publicSubnet, [callers], { isPublic: true }).eni;
const hidden = world.instance(publicSubnet, [callers]).eni;
const sqs = world.endpoint(vpc, 'sqs', [privateSubnet, otherSubnet], [endpoints]);
const eni = sqs.interfaces[0]?.addresses[0] ?? '';

const twin = world.vpc('10.0.0.0/16');
const twinSubnet = world.subnet(twin, '10.0.10.0/24', 'a');
const twinPublic = world.subnet(twin, '10.0.0.0/24', 'a');
world.gateway(twin, [twinPublic]);
const open = world.group(twin, 'open', allowAll('ingress'), allowAll('egress'));
const twinCaller = world.instance(twinSubnet, [open]).eni;
const twinWeb = world.instance(twinSubnet, [open]).eni;
const twinFront = world.instance(twinPublic, [open], { isPublic: true }).eni;

const plan = () => compile(world.intent(), NO_FACTS);
const at = (port: { readonly addresses: readonly string[] }) => port.addresses[0] ?? '';

before(() => lab.apply(plan()));
after(() => lab.close());

test('group by reference: open to members on the port, closed otherwise, never refused', async () => {
  await lab.delivered(caller.id, at(web), 80);
  await lab.delivered(caller.id, at(far), 80);
  await lab.dropped('group_in', caller.id, at(web), 443);
  await lab.dropped('group_in', web.id, at(far), 80);
  await lab.dropped('group_in', caller.id, at(web), 'ping');
  await lab.dropped('group_in', caller.id, at(web), 9000, 'udp');
});
