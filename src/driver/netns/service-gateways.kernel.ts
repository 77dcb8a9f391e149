/** Gateway endpoints by packets on the real kernel: who gets through, who does not; each also asked of the analyser. Needs root. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sendPacket, tcp, udp } from '../../host/raw-packets.ts';
import { awsPrefixListNamed } from '../../model/aws-prefix-lists.ts';
import { NO_FACTS } from '../../model/facts.ts';
import type { Route, RouteTable, VpcEndpoint } from '../../model/resources.ts';
import { compile } from '../../plan/compile.ts';
import { allowAll, allowTcp, REGION, World } from '../../plan/testing/world.ts';
import { attempt, dropStage, Lab } from './testing/lab.ts';

const SYN = 2;
const S3 = `com.amazonaws.${REGION}.s3`;
const [block = ''] = awsPrefixListNamed(S3, REGION)?.cidrs ?? [];

const lab = new Lab();
const world = new World();
const vpc = world.vpc('10.0.0.0/16');
const publicSubnet = world.subnet(vpc, '10.0.0.0/24', 'a');
const privateSubnet = world.subnet(vpc, '10.0.10.0/24', 'a');
const igw = world.gateway(vpc, [publicSubnet]);
const open = world.group(vpc, 'open', allowAll('ingress'), allowAll('egress'));
const quiet = world.group(vpc, 'quiet', allowAll('ingress'));
const front = world.instance(publicSubnet, [open], { isPublic: true }).eni;
const caller = world.instance(privateSubnet, [open]).eni;
const mute = world.instance(privateSubnet, [quiet]).eni;
const publicTable =
  world.intent().table('routeTableAssociation').by('subnetId', publicSubnet.id)[0]?.routeTableId ?? '';
const privateTable = vpc.mainRouteTableId;
const endpoint = world.gatewayEndpoint(vpc, 's3', [privateTable]);

/** With equal addresses; its endpoint is another. */
const twin = world.vpc('10.0.0.0/16');
const twinSubnet = world.subnet(twin, '10.0.10.0/24', 'a');
const twinCaller = world.instance(twinSubnet, [world.group(twin, 'open', allowAll('ingress'), allowAll('egress'))]).eni;
const twinEndpoint = world.gatewayEndpoint(twin, 's3', [twin.mainRouteTableId]);

/** Makes the other region one in use, so that its S3 stands in the internet too. */
const elsewhere = world.put({
  ...twin,
  id: 'vpc-00000000000099999',
  region: 'us-east-1',
  mainRouteTableId: 'rtb-0e',
  cidrs: ['10.9.0.0/16'],
});

const plan = () => compile(world.intent(), NO_FACTS);
const at = (port: { readonly addresses: readonly string[] }) => port.addresses[0] ?? '';
const s3In = (region: string) =>
  lab.plan.services.find((each) => each.service === 's3' && each.region === region)?.internetAddress ?? '';
const linkOf = ({ id }: VpcEndpoint) => lab.plan.serviceGateways.find((each) => each.id === id)?.linkAddress;

/** After what was open before has ended: the end of a connection that went the old way would be counted on the new one. */
async function change(work: () => void): Promise<void> {
  await lab.quiet();
  work();
  await lab.apply(plan());
}

function setRoutes(table: string, routes: readonly Route[]): void {
  const before = world.intent().table('routeTable').get(table) as RouteTable;
  world.put({ ...before, routes });
}

before(() => lab.apply(plan()));
after(() => lab.close());

test('a private subnet without gateway or NAT reaches the service; its private address is rewritten on the way', async () => {
  const { where, seenFrom } = await lab.delivered(caller.id, s3In(REGION), 443);
  assert.deepEqual([where, seenFrom], ['service', linkOf(endpoint)]);
});

test('VPCs with equal addresses go through endpoints of their own', async () => {
  assert.equal(at(twinCaller), at(caller));
  const { seenFrom } = await lab.delivered(twinCaller.id, s3In(REGION), 443);
  assert.equal(seenFrom, linkOf(twinEndpoint));
  assert.notEqual(seenFrom, linkOf(endpoint));
});

test('TCP and ICMP echo only, to the service only', async () => {
  await lab.delivered(caller.id, s3In(REGION), 'ping');
  await lab.dropped('cross', caller.id, s3In(REGION), 443, 'udp');
  await lab.dropped('cross', caller.id, s3In(REGION), 80);
  const nobody = s3In(REGION).replace(/\d+$/, (last) => String(Number(last) + 3));
  await lab.dropped('cross', caller.id, nobody, 443);
  await lab.dropped('cross', caller.id, nobody, 'ping');
});

test('the sender’s group is asked first, and may name the list', async () => {
  await lab.dropped('group_out', mute.id, s3In(REGION), 443);
  const peer = { kind: 'prefixList', prefixListId: awsPrefixListNamed(S3, REGION)?.id ?? '' } as const;
  const rule = world.rule(quiet, allowTcp('egress', 443, peer));
  await lab.apply(plan());
  await lab.delivered(mute.id, s3In(REGION), 443);
  await lab.dropped('group_out', mute.id, s3In(REGION), 80);
  await lab.dropped('group_out', mute.id, at(caller), 443);
  world.remove(rule);
  await lab.apply(plan());
});

test('the service of another region is not in the list: the internet, or nowhere', async () => {
  await lab.dropped('route', caller.id, s3In('us-east-1'), 443);
  await change(() => world.put({ ...endpoint, routeTableIds: [privateTable, publicTable] }));
  const abroad = await lab.delivered(front.id, s3In('us-east-1'), 443);
  assert.equal(abroad.seenFrom, front.publicAddress);
  const home = await lab.delivered(front.id, s3In(REGION), 443);
  assert.equal(home.seenFrom, linkOf(endpoint));
  await change(() => world.put(endpoint));
  assert.equal((await lab.delivered(front.id, s3In(REGION), 443)).seenFrom, front.publicAddress);
});

test('another service’s address is not the gateway’s to reach', async () => {
  const sqs = lab.plan.services.find((each) => each.service === 'sqs' && each.region === REGION);
  await lab.dropped('route', caller.id, sqs?.internetAddress ?? '', 443);
});

test('an explicit route that is more specific wins, and one that is equal', async () => {
  const everywhere: Route = { destination: '0.0.0.0/0', target: { kind: 'internetGateway', id: igw.id } };
  const to = (destination: string): Route => ({ ...everywhere, destination });
  await change(() => world.put({ ...endpoint, routeTableIds: [publicTable] }));
  assert.equal((await lab.delivered(front.id, s3In(REGION), 443)).seenFrom, linkOf(endpoint));
  for (const destination of [`${s3In(REGION)}/32`, block]) {
    await change(() => setRoutes(publicTable, [everywhere, to(destination)]));
    assert.equal((await lab.delivered(front.id, s3In(REGION), 443)).seenFrom, front.publicAddress, destination);
  }
  await change(() => setRoutes(publicTable, [everywhere, to('198.19.248.0/21')]));
  assert.equal((await lab.delivered(front.id, s3In(REGION), 443)).seenFrom, linkOf(endpoint));
  await change(() => {
    setRoutes(publicTable, [everywhere]);
    world.put(endpoint);
  });
});

test('two endpoints of one service in a VPC, each for its tables', async () => {
  const second = world.gatewayEndpoint(vpc, 's3', [publicTable]);
  await lab.apply(plan());
  assert.equal((await lab.delivered(front.id, s3In(REGION), 443)).seenFrom, linkOf(second));
  assert.equal((await lab.delivered(caller.id, s3In(REGION), 443)).seenFrom, linkOf(endpoint));
  await change(() => world.remove(second));
});

test('a new endpoint cuts the connections that went through the internet', async () => {
  const connection = await lab.connection(front.id, s3In(REGION), 443);
  await change(() => world.put({ ...endpoint, routeTableIds: [privateTable, publicTable] }));
  assert.ok(!(await connection.echoes(200)));
  connection.close();
  const through = await lab.connection(front.id, s3In(REGION), 443);
  const other = await lab.connection(caller.id, s3In(REGION), 443);
  await change(() => world.put(endpoint));
  assert.ok(!(await through.echoes(200)), 'its table has lost the route');
  assert.ok(await other.echoes(), 'this one has it still');
  through.close();
  other.close();
});

test('deleting an endpoint cuts its connections at once; its twin’s live on', async () => {
  const connection = await lab.connection(caller.id, s3In(REGION), 443);
  const beside = await lab.connection(twinCaller.id, s3In(REGION), 443);
  await change(() => world.remove(endpoint));
  assert.ok(!(await connection.echoes(200)));
  assert.ok(await beside.echoes());
  connection.close();
  beside.close();
  await lab.dropped('route', caller.id, s3In(REGION), 443);
  await change(() => world.put(endpoint));
  await lab.delivered(caller.id, s3In(REGION), 443);
});

test('only addresses of the VPC’s own enter: a forwarded or forged source does not', async () => {
  const path = lab.netnsOfPort(caller.id);
  const to = s3In(REGION);
  const forged = (source: string) => ({
    source,
    destination: to,
    protocol: 6,
    payload: tcp(source, to, [1000, 443], SYN),
  });
  assert.equal(await dropStage(lab, () => sendPacket(path, forged('10.0.10.200'))), `${vpc.id} source`);
  await change(() => world.put({ ...caller, sourceDestCheck: false }));
  for (const source of ['10.9.0.4', '192.168.0.4', '10.0.10.200']) {
    assert.equal(await dropStage(lab, () => sendPacket(path, forged(source))), `${vpc.id} cross`, source);
  }
  await change(() => world.put(caller));
});

test('the service cannot originate, and the link’s address is nobody’s to send to', async () => {
  const services = lab.paths.netnsOf('services');
  const link = linkOf(endpoint) ?? '';
  const syn = {
    source: s3In(REGION),
    destination: link,
    protocol: 6,
    payload: tcp(s3In(REGION), link, [443, 22], SYN),
  };
  assert.equal(await dropStage(lab, () => attempt(() => sendPacket(services, syn))), 'services cross');
  const packet = { source: at(caller), destination: link, protocol: 17, payload: udp(1000, 53, 'x') };
  assert.match(
    await dropStage(lab, () => sendPacket(lab.netnsOfPort(caller.id), packet)),
    new RegExp(`^${vpc.id} (route|cross)$`),
  );
});

test('a driver that remembers nothing finds all of it as it must be', async () => {
  world.remove(elsewhere);
  await lab.apply(plan());
  lab.driver.forget();
  assert.equal(await lab.apply(plan()), 0);
});
