/** What passes and what is dropped, by packets on the real kernel; each also asked of the analyser. Needs root. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { run } from '../../host/exec.ts';
import { runNft } from '../../host/nftables.ts';
import { echo, sendPacket, tcp, udp } from '../../host/raw-packets.ts';
import { NO_FACTS } from '../../model/facts.ts';
import { compile } from '../../plan/compile.ts';
import { allowAll, allowTcp, anywhere, inGroup, World } from '../../plan/testing/world.ts';
import { crossingLink } from './names.ts';
import { attempt, dropStage, Lab } from './testing/lab.ts';

const SYN = 2;
const RST = 4;

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

test('egress is a gate of its own: what the sender may not send never reaches the receiver', async () => {
  await lab.dropped('group_out', mutePort.id, at(caller), 22);
  await lab.delivered(caller.id, at(mutePort), 8080);
});

test('groups are stateful at both ends: answers pass without a rule', async () => {
  // mute may only send to 443 and callers let in only 22, yet this connection's answers pass both.
  const connection = await lab.connection(caller.id, at(mutePort), 8080);
  assert.ok(await connection.echoes());
  connection.close();
});

test('the routers own addresses answer DNS and metadata, and nothing else', async () => {
  for (const from of [caller.id, mutePort.id]) {
    await lab.delivered(from, '10.0.0.2', 53, 'udp');
    await lab.delivered(from, '10.0.0.2', 53);
    await lab.delivered(from, '169.254.169.253', 53, 'udp');
    await lab.delivered(from, '169.254.169.254', 80);
    await lab.delivered(from, '169.254.169.123', 123, 'udp');
  }
  await lab.dropped('router', caller.id, '169.254.169.123', 123);
  await lab.dropped('router', caller.id, '169.254.169.123', 'ping');
  await lab.dropped('router', caller.id, '10.0.0.2', 80);
  await lab.dropped('router', caller.id, '10.0.0.2', 'ping');
  await lab.dropped('router', caller.id, '10.0.10.1', 'ping');
  await lab.dropped('router', caller.id, '10.0.10.1', 22);
  await lab.dropped('router', caller.id, '169.254.169.254', 443);
});

test('an endpoint: its port for members of the group, from either subnet; seen from its link address', async () => {
  const { seenFrom } = await lab.delivered(caller.id, eni, 443);
  assert.match(seenFrom, /^24\d\./);
  await lab.delivered(front.id, eni, 443);
  await lab.dropped('group_in', web.id, eni, 443);
  await lab.dropped('group_in', caller.id, eni, 80);
  await lab.dropped('group_in', caller.id, eni, 'ping');
});

test('an endpoint whose group allows everything still takes only its listener, and no ping', async () => {
  const all = world.rule(endpoints, allowAll('ingress'));
  await lab.apply(plan());
  await lab.delivered(web.id, eni, 443);
  await lab.dropped('cross', caller.id, eni, 80);
  await lab.dropped('cross', caller.id, eni, 'ping');
  await lab.dropped('cross', caller.id, eni, 443, 'udp');
  world.remove(all);
  await lab.apply(plan());
  await lab.dropped('group_in', web.id, eni, 443);
});

test('a rule that goes stops new connections and leaves those that are', async () => {
  const toEndpoint = await lab.connection(caller.id, eni, 443);
  const toWeb = await lab.connection(caller.id, at(web), 80);
  const webRule = world
    .intent()
    .table('securityGroupRule')
    .by('groupId', webs.id)
    .find(({ direction }) => direction === 'ingress');
  assert.ok(webRule);
  world.remove(endpointRule);
  world.remove(webRule);
  await lab.apply(plan());
  await lab.dropped('group_in', caller.id, eni, 443);
  await lab.dropped('group_in', caller.id, at(web), 80);
  assert.ok(await toEndpoint.echoes());
  assert.ok(await toWeb.echoes());
  world.put(endpointRule);
  world.put(webRule);
  await lab.apply(plan());
  await lab.delivered(caller.id, eni, 443);
  await lab.delivered(caller.id, at(web), 80);
  assert.ok(await toEndpoint.echoes());
  toEndpoint.close();
  toWeb.close();
});

test('leaving a group stops new connections to what refers to it', async () => {
  world.put({ ...caller, groupIds: [mute.id] });
  await lab.apply(plan());
  await lab.dropped('group_in', caller.id, eni, 443);
  await lab.dropped('group_out', caller.id, at(web), 80);
  world.put(caller);
  await lab.apply(plan());
  await lab.delivered(caller.id, eni, 443);
});

test('a private subnet has no way out; a public one has for those with a public address', async () => {
  const aws = lab.plan.services.find(({ service }) => service === 'sqs')?.internetAddress ?? '';
  await lab.dropped('route', caller.id, aws, 443);
  await lab.dropped('gateway', hidden.id, aws, 443);
  const { seenFrom } = await lab.delivered(front.id, aws, 443);
  assert.equal(seenFrom, front.publicAddress);
  await lab.dropped('router', front.id, aws, 80);
  const mirror = lab.plan.mirrors[0]?.address ?? '';
  await lab.delivered(front.id, mirror, 80);
  await lab.dropped('router', front.id, mirror, 443);
  await lab.dropped('route', caller.id, mirror, 80);
  await lab.dropped('router', front.id, aws, 'ping');
});

test('through the internet: to another customer, and to a neighbour by its public address', async () => {
  const { seenFrom } = await lab.delivered(front.id, twinFront.publicAddress ?? '', 80);
  assert.equal(seenFrom, front.publicAddress);
  await lab.delivered(twinFront.id, front.publicAddress ?? '', 22);
  await lab.dropped('group_in', twinFront.id, front.publicAddress ?? '', 80);
  await lab.delivered(front.id, front.publicAddress ?? '', 22);
  await lab.dropped('route', front.id, '198.18.200.200', 80);
  await lab.dropped('route', front.id, '203.0.113.1', 80);
});

test('losing the public address cuts', async () => {
  const connection = await lab.connection(twinFront.id, front.publicAddress ?? '', 22);
  world.put({ ...front, publicAddress: null });
  await lab.apply(plan());
  assert.ok(!(await connection.echoes(200)));
  connection.close();
  world.put(front);
  await lab.apply(plan());
  await lab.delivered(twinFront.id, front.publicAddress ?? '', 22);
});

test('VPCs with equal ranges, side by side: each address is its own', async () => {
  assert.equal(at(twinCaller), at(caller));
  const { where } = await lab.delivered(twinCaller.id, at(twinWeb), 80);
  assert.equal(where, lab.port(twinWeb.id).machine?.id);
  // What the other VPC has and this one has not is nowhere.
  await lab.dropped('route', twinCaller.id, at(far), 80);
  await lab.dropped('route', twinCaller.id, eni, 443);
  await lab.dropped('route', caller.id, '10.0.10.250', 80);
});

test('link, service and internal addresses are nobody’s to send to', async () => {
  const { linkAddress = '', targetAddress = '' } = lab.plan.crossings[0] ?? {};
  for (const port of [caller, front]) {
    for (const destination of [linkAddress, targetAddress, '252.0.0.1', '224.0.0.1', '255.255.255.255']) {
      for (const [protocol, payload] of [
        [6, tcp(at(port), destination, [1000, 443], SYN)],
        [1, echo(1)],
      ] as const) {
        const packet = { source: at(port), destination, protocol, payload };
        const where = await dropStage(lab, () => sendPacket(lab.netnsOfPort(port.id), packet));
        assert.match(where, new RegExp(`^(${vpc.id} (cross|route|router|gateway)|internet route)$`), destination);
      }
    }
  }
});

test('a forged source goes nowhere, in any protocol, even inside a connection', async () => {
  const path = lab.netnsOfPort(caller.id);
  for (const source of [at(web), '10.0.0.2', '169.254.169.254', eni, '8.8.8.8', '127.0.0.1']) {
    for (const destination of [at(web), '10.0.0.2', eni]) {
      if (source === destination) continue;
      const stage = await dropStage(lab, () =>
        sendPacket(path, { source, destination, protocol: 17, payload: udp(1000, 53, 'x') }),
      );
      assert.equal(stage, `${vpc.id} source`, `${source} → ${destination}`);
    }
  }
  // A reset in another's name does not end the other's connection.
  const connection = await lab.connection(front.id, at(web), 80);
  const port = connection.socket.localPort ?? 0;
  sendPacket(path, {
    source: at(front),
    destination: at(web),
    protocol: 6,
    payload: tcp(at(front), at(web), [port, 80], RST),
  });
  assert.ok(await connection.echoes());
  connection.close();
});

test('with the source check off, forwarded sources pass', async () => {
  world.put({ ...caller, sourceDestCheck: false });
  await lab.apply(plan());
  const stage = await dropStage(lab, () =>
    sendPacket(lab.netnsOfPort(caller.id), {
      source: '10.0.10.200',
      destination: at(web),
      protocol: 17,
      payload: udp(1000, 9, 'x'),
    }),
  );
  assert.equal(stage, `${vpc.id} group_in`);
  world.put(caller);
  await lab.apply(plan());
});

test('a provider cannot originate: not by a socket there, not by a packet made at the consumer’s door', async () => {
  const crossing = lab.plan.crossings[0];
  assert.ok(crossing);
  const services = lab.paths.netnsOf('services');
  const source = crossing.targetAddress;
  const syn = (destination: string) => ({
    source,
    destination,
    protocol: 6,
    payload: tcp(source, destination, [443, 22], SYN),
  });
  assert.equal(
    await dropStage(lab, () => attempt(() => sendPacket(services, syn(crossing.linkAddress)))),
    'services cross',
  );
  // Even were the provider's own guard gone, and with a route forced to the consumer's own addresses:
  const program = 'flush chain ip culvert answer\nadd rule ip culvert answer accept';
  runNft(services, program);
  const link = crossingLink(vpc.id);
  await run('ip', ['route', 'add', '10.0.0.0/16', 'via', '252.0.0.1', 'dev', link, 'onlink'], { netns: services });
  for (const destination of [crossing.linkAddress, at(caller), eni, '10.0.0.2']) {
    const stage = await dropStage(lab, () => sendPacket(services, syn(destination)));
    assert.equal(stage, `${vpc.id} cross`, destination);
  }
  // The next observation mends both.
  lab.driver.forget();
  assert.ok((await lab.apply(plan())) > 0);
  assert.equal(
    await dropStage(lab, () => attempt(() => sendPacket(services, syn(crossing.linkAddress)))),
    'services cross',
  );
  lab.driver.forget();
  assert.equal(await lab.apply(plan()), 0);
});

test('deleting an endpoint cuts its connections at once, and its address is free again', async () => {
  const connection = await lab.connection(caller.id, eni, 443);
  const [first] = sqs.interfaces;
  assert.ok(first);
  world.remove(first);
  await lab.apply(plan());
  assert.ok(!(await connection.echoes(200)));
  connection.close();
  await lab.dropped('route', caller.id, eni, 443);
  world.put(first);
  await lab.apply(plan());
  await lab.delivered(caller.id, eni, 443);
});

test('a closed crossing takes nothing new and nothing old', async () => {
  const connection = await lab.connection(caller.id, eni, 443);
  const closed = plan();
  await lab.apply({ ...closed, crossings: closed.crossings.map((crossing) => ({ ...crossing, open: false })) });
  assert.ok(!(await connection.echoes(200)));
  connection.close();
  await lab.dropped('cross', caller.id, eni, 443);
  await lab.apply(plan());
  await lab.delivered(caller.id, eni, 443);
});

test('an address that goes to another interface takes no connection with it', async () => {
  const old = world.instance(privateSubnet, [webs]);
  await lab.apply(plan());
  const connection = await lab.connection(caller.id, at(old.eni), 80);
  world.remove(old.eni);
  world.remove(old.instance);
  const heir = world.instance(privateSubnet, [mute]);
  world.put({ ...heir.eni, addresses: old.eni.addresses, groupIds: [callers.id] });
  await lab.apply(plan());
  const stage = await dropStage(lab, () => connection.socket.write('x\n'));
  // Of no connection any more, and none begins in its middle.
  assert.equal(stage, `${vpc.id} invalid`);
  connection.close();
  world.remove(heir.eni);
  world.remove(heir.instance);
  await lab.apply(plan());
});

test('a stopped instance is off the network', async () => {
  const { instance, eni: port } = world.instance(privateSubnet, [webs]);
  await lab.apply(plan());
  await lab.delivered(caller.id, at(port), 80);
  world.put({ ...instance, wanted: 'stopped' });
  await lab.apply(plan());
  const syn = tcp(at(caller), at(port), [1000, 80], SYN);
  const packet = { source: at(caller), destination: at(port), protocol: 6, payload: syn };
  assert.equal(await dropStage(lab, () => sendPacket(lab.netnsOfPort(caller.id), packet)), `${vpc.id} route`);
  world.put({ ...instance, wanted: 'running', boots: 2 });
  await lab.apply(plan());
  await lab.delivered(caller.id, at(port), 80);
  world.remove(port);
  world.remove(instance);
  await lab.apply(plan());
});

test('ranges of ports, protocols by number, ICMP by type, single addresses', async () => {
  const rules = [
    { ...allowTcp('ingress', 79, { kind: 'cidr', cidr: `${at(caller)}/32` } as const), toPort: 81 },
    { direction: 'ingress', protocol: 'icmp', fromPort: 8, toPort: -1, peer: anywhere },
    { direction: 'ingress', protocol: 'udp', fromPort: 0, toPort: 65535, peer: inGroup(callers) },
  ] as const;
  const special = world.group(vpc, 'special', ...rules);
  const { eni: port, instance } = world.instance(otherSubnet, [special]);
  await lab.apply(plan());
  await lab.delivered(caller.id, at(port), 80);
  await lab.dropped('group_in', caller.id, at(port), 443);
  await lab.dropped('group_in', web.id, at(port), 80);
  await lab.delivered(web.id, at(port), 'ping');
  await lab.delivered(caller.id, at(port), 9000, 'udp');
  await lab.dropped('group_in', web.id, at(port), 9000, 'udp');
  await lab.dropped('group_out', port.id, at(caller), 22);
  world.remove(port);
  world.remove(instance);
  await lab.apply(plan());
});

test('hundreds of rules in one group: blocks of all lengths, ports, ranges, protocols, groups', async () => {
  const tcpFrom = (cidr: string, fromPort: number, toPort = fromPort) =>
    ({ ...allowTcp('ingress', fromPort, { kind: 'cidr', cidr }), toPort }) as const;
  const many = Array.from({ length: 200 }, (_, n) => n);
  const special = world.group(
    vpc,
    'hundreds',
    ...many.map((n) => tcpFrom(`192.168.${n}.0/24`, 443)),
    ...many.map((n) => tcpFrom(`192.168.${n}.7/32`, 1000 + n)),
    ...many.map((n) => tcpFrom(`172.16.${n}.0/25`, 8000, 9000)),
    ...many.map((n) => tcpFrom('0.0.0.0/0', 20_000 + n)),
    ...many.map((n) => allowTcp('ingress', 30_000 + n, inGroup(callers))),
    ...many.map((n) => allowAll('ingress', { kind: 'cidr', cidr: `10.1.${n}.0/24` })),
    tcpFrom(`${at(caller)}/32`, 443),
    tcpFrom(`${at(caller)}/32`, 22),
    ...many.slice(0, 8).map((n) => tcpFrom(`10.0.${8 * n}.0/21`, 80)),
    tcpFrom('10.0.10.0/25', 8080, 8081),
  );
  const { eni: port, instance } = world.instance(otherSubnet, [special]);
  await lab.apply(plan());
  await lab.delivered(caller.id, at(port), 443);
  await lab.delivered(caller.id, at(port), 22);
  await lab.delivered(web.id, at(port), 80);
  await lab.delivered(caller.id, at(port), 8080);
  await lab.dropped('group_in', web.id, at(port), 443);
  await lab.dropped('group_in', front.id, at(port), 8080);
  await lab.dropped('group_in', caller.id, at(port), 'ping');
  await lab.dropped('group_in', caller.id, at(port), 9000, 'udp');
  // One more of each kind, then one less.
  const more = [
    world.rule(special, { ...tcpFrom(`${at(web)}/32`, 443) }),
    world.rule(special, { ...tcpFrom(`${at(front)}/32`, 8000, 9000) }),
    world.rule(special, { ...allowTcp('ingress', 9000, inGroup(callers)), protocol: 'udp' }),
    world.rule(special, { ...allowAll('ingress', { kind: 'cidr', cidr: '10.0.11.0/24' }) }),
  ];
  await lab.apply(plan());
  await lab.delivered(web.id, at(port), 443);
  await lab.delivered(front.id, at(port), 8080);
  await lab.delivered(caller.id, at(port), 9000, 'udp');
  await lab.delivered(far.id, at(port), 'ping');
  for (const rule of more) world.remove(rule);
  await lab.apply(plan());
  await lab.dropped('group_in', web.id, at(port), 443);
  await lab.dropped('group_in', far.id, at(port), 'ping');
  lab.driver.forget();
  assert.equal(await lab.apply(plan()), 0);
  world.remove(port);
  world.remove(instance);
  await lab.apply(plan());
});

test('nothing of the host is reachable', async (t) => {
  const server = net.createServer().listen(0, '0.0.0.0');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const addresses = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  for (const address of addresses.filter((one) => !one.includes(':') && one !== '127.0.0.1')) {
    const outcome = await lab.send(front.id, address, port).catch((error) => error);
    assert.equal(outcome.kind, 'dropped', `${address}: ${outcome}`);
  }
});
