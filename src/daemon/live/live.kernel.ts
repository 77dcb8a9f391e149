/** What was sent is seen place by place on the real kernel; what Culvert did not make is told as a difference. Needs root. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createServer } from 'node:tls';
import { type Question, why } from '../../analyse/why.ts';
import { Lab } from '../../driver/netns/testing/lab.ts';
import { runNft } from '../../host/nftables.ts';
import { tcpListener } from '../../host/sockets.ts';
import { selfSigned } from '../../host/test-certificates.ts';
import { NO_FACTS } from '../../model/facts.ts';
import type { InterfaceAttachment, Subnet } from '../../model/resources.ts';
import { compile } from '../../plan/compile.ts';
import { tellStory } from '../../plan/testing/story.ts';
import { allowAll, allowTcp } from '../../plan/testing/world.ts';
import { type LivePacket, sendLive } from './live.ts';
import { sendFirst } from './probe.ts';

const lab = new Lab();
const { world, vpc, privateEni, privateSubnets, endpoint } = tellStory();
const subnet = privateSubnets[1] as Subnet;
/** None of the lab's programs listens there. */
const TLS_PORT = 8443;
const webRules = [allowTcp('ingress', 80), allowTcp('ingress', TLS_PORT), allowAll('egress')];
const server = world.instance(subnet, [world.group(vpc, 'web', ...webRules)]).eni;
/** Of the client too: nothing leaves by it. */
const mute = world.interface(privateSubnets[0] as Subnet, [world.group(vpc, 'mute')], {
  attachment: {
    ...(privateEni.attachment as InterfaceAttachment),
    id: 'eni-attach-0000000000000second',
    deviceIndex: 1,
  },
});
const machineOf = (eni: string) => lab.port(eni).machine?.id ?? '';

before(() => lab.apply(compile(world.intent(), NO_FACTS)));
after(() => lab.close());

async function live(
  to: string,
  port: number | null,
  protocol: Question['protocol'] = '6',
  from = privateEni.id,
): Promise<readonly LivePacket[]> {
  const question = { from, to, port, protocol };
  const { packets } = await sendLive(lab, lab.plan, question, why(lab.plan, question));
  assert.ok(packets.length > 0);
  return packets;
}

const places = (packet: LivePacket | undefined) =>
  packet?.seen.filter(({ sent }) => sent !== null).map(({ place }) => place);

test('to another instance: seen at both and at the router between, and so is the answer', async () => {
  const [packet] = await live(server.id, 80);
  assert.deepEqual([packet?.kind, packet?.difference], ['delivered', null]);
  assert.deepEqual(places(packet), [machineOf(privateEni.id), vpc.id, machineOf(server.id)]);
  for (const { answer } of packet?.seen ?? []) assert.match(answer ?? '', /^10\.0\.\d+\.\d+:80 → /);
});

test('through an endpoint: its addresses are other ones beyond', async () => {
  const packets = await live(endpoint.id, 443);
  for (const packet of packets) {
    assert.deepEqual([packet.kind, packet.difference], ['delivered', null]);
    const [first, , beyond] = packet.seen;
    assert.match(first?.sent ?? '', new RegExp(`→ ${packet.address}:443$`));
    assert.equal(beyond?.place, 'services');
    assert.ok(beyond.sent !== null && beyond.sent !== first?.sent);
  }
});

test('what a group drops is seen until there, and counted as predicted', async () => {
  const [packet] = await live(server.id, 81);
  assert.deepEqual([packet?.kind, packet?.stages, packet?.difference], ['dropped', ['group_in'], null]);
  assert.deepEqual(places(packet), [machineOf(privateEni.id), vpc.id]);
});

test('UDP that nobody lets in, and a ping', async () => {
  const [datagram] = await live(server.id, 53, '17');
  assert.deepEqual([datagram?.kind, datagram?.difference], ['dropped', null]);
  assert.deepEqual(places(datagram), [machineOf(privateEni.id), vpc.id]);
  const [ping] = await live(server.id, null, '1');
  assert.deepEqual([ping?.kind, ping?.difference], ['dropped', null]);
});

test('from another interface than the first of its instance, a ping too', async () => {
  for (const [port, protocol] of [
    [80, '6'],
    [null, '1'],
  ] as const) {
    const [packet] = await live(server.id, port, protocol, mute.id);
    assert.deepEqual([packet?.kind, packet?.stages, packet?.difference], ['dropped', ['group_out'], null]);
  }
});

test('a rule that Culvert did not make is told: lost after the place where it is', async () => {
  const netns = lab.paths.netnsOf(vpc.id);
  runNft(
    netns,
    'add table ip stray\nadd chain ip stray c { type filter hook forward priority -300; }\nadd rule ip stray c tcp dport 80 drop',
  );
  try {
    const [packet] = await live(server.id, 80);
    assert.equal(packet?.kind, 'lost');
    assert.match(
      packet?.difference ?? '',
      new RegExp(`predicted delivered, but it was lost after ${vpc.id}.*each time`),
    );
    assert.deepEqual(places(packet), [machineOf(privateEni.id), vpc.id]);
  } finally {
    runNft(netns, 'delete table ip stray');
  }
  const [packet] = await live(server.id, 80);
  assert.equal(packet?.difference, null);
});

test('who speaks TLS is not waited for: it hangs up when it is greeted', { timeout: 30_000 }, async () => {
  const { certificate, key } = await selfSigned('CN=a.test');
  const speaker = createServer({ cert: certificate, key });
  const address = server.addresses[0] ?? '';
  const fd = tcpListener(lab.paths.netnsOf(machineOf(server.id)), { address, port: TLS_PORT });
  await once(speaker.listen({ fd }), 'listening');
  const refusal = once(speaker, 'tlsClientError');
  try {
    const netns = lab.paths.netnsOf(machineOf(privateEni.id));
    const probe = { netns, source: privateEni.addresses[0] ?? '', to: address, port: TLS_PORT };
    const fate = await sendFirst({ ...probe, protocol: 'tcp' }, { moved: () => [] });
    assert.ok(fate.kind === 'delivered');
    // Whoever was still waiting for more is told by this that nothing comes.
    fate.socket?.destroy();
    const [error] = (await refusal) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ERR_SSL_WRONG_VERSION_NUMBER');
  } finally {
    speaker.close();
  }
});

test('what the kernel does not take is told, in any protocol, and no socket is left', async () => {
  const netns = lab.paths.netnsOf(machineOf(privateEni.id));
  // Only a socket that was told so may send to everybody.
  const probe = { netns, source: privateEni.addresses[0] ?? '', to: '255.255.255.255', port: null };
  const open = () => readdirSync('/proc/self/fd').length;
  await sendFirst({ ...probe, protocol: 47 }, { moved: () => [] });
  const before = open();
  for (const protocol of [47, 'ping'] as const) {
    const fate = await sendFirst({ ...probe, protocol }, { moved: () => [] });
    assert.equal(fate.kind, 'failed', String(protocol));
  }
  assert.equal(open(), before);
});
