/** What `culvert why` says, broken one thing at a time: the top line names it, and the first fix is the one that mends it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../model/facts.ts';
import { compile } from '../plan/compile.ts';
import { tellServiceStory } from '../plan/testing/service-story.ts';
import { type Story, tellStory } from '../plan/testing/story.ts';
import { allowAll } from '../plan/testing/world.ts';
import { privateZone, record } from '../plan/testing/zones.ts';
import { NotAsked, type Question, type Why, why } from './why.ts';

const SQS = 'sqs.ap-south-1.amazonaws.com';

function ask(story: Pick<Story, 'world'>, from: string, to: string, more: Partial<Question> = {}): Why {
  return why(compile(story.world.intent(), NO_FACTS), { from, to, protocol: '6', port: 443, ...more });
}

function fixes({ hints, paths }: Why): readonly string[] {
  return [...hints, ...paths.flatMap(({ advice }) => advice)].flatMap((each) => each.fixes);
}

test('what works: the name by the zone of the endpoint, a way to each of its addresses, no advice', () => {
  const story = tellStory();
  const found = ask(story, story.privateEni.id, SQS);
  assert.equal(found.outcome, 'delivered');
  assert.deepEqual(found.resolution?.steps, [
    {
      name: 'sqs.ap-south-1.amazonaws.com',
      owner: { kind: 'view', zone: 'sqs.ap-south-1.amazonaws.com', origin: [story.endpoint.id] },
      result: '10.0.10.5 10.0.11.4',
    },
  ]);
  assert.deepEqual(
    found.paths.map(({ address, advice }) => [address, advice]),
    [
      ['10.0.10.5', []],
      ['10.0.11.4', []],
    ],
  );
  assert.deepEqual(found.hints, []);
  assert.equal(found.port, 443);
});

test('an instance, its interface and its address are the same sender; of two VPCs one must be named', () => {
  const story = tellStory();
  const machine = story.privateEni.attachment?.instanceId ?? '';
  assert.equal(ask(story, machine, SQS).sender.port, story.privateEni.id);
  assert.throws(() => ask(story, '10.0.10.4', SQS), /address of several VPCs/);
  assert.equal(ask(story, '10.0.0.4', SQS).sender.port, story.publicEni.id);
});

test('by its id an endpoint’s interface is a sender too, which may open nothing', () => {
  const story = tellStory();
  const found = ask(story, story.endpointInterfaces[0]?.id ?? '', '10.0.10.4', { port: 80 });
  assert.deepEqual([found.outcome, found.top?.code], ['dropped', 'VPCE_INTRA_VPC_TRAFFIC']);
  assert.throws(() => ask(story, '10.0.10.5', SQS), /nothing here is 10\.0\.10\.5/);
});

test('the group of the endpoint has no rule for the client: both fixes, the one address first', () => {
  const story = tellStory();
  story.world.remove(story.endpointRule);
  const found = ask(story, story.privateEni.id, SQS);
  assert.equal(found.outcome, 'dropped');
  assert.match(found.headline, /no ingress rule/);
  const command = `aws ec2 authorize-security-group-ingress --group-id ${story.endpointGroup.id} --ip-permissions`;
  assert.deepEqual(found.paths[0]?.advice[0]?.fixes, [
    `${command} 'IpProtocol=tcp,FromPort=443,ToPort=443,IpRanges=[{CidrIp=10.0.10.4/32}]'`,
    `${command} 'IpProtocol=tcp,FromPort=443,ToPort=443,UserIdGroupPairs=[{GroupId=${story.instanceGroup.id}}]'`,
  ]);
});

test('the first fix of a group really mends it', () => {
  const story = tellStory();
  story.world.remove(story.endpointRule);
  story.world.rule(story.endpointGroup, {
    direction: 'ingress',
    protocol: 'tcp',
    fromPort: 443,
    toPort: 443,
    peer: { kind: 'cidr', cidr: '10.0.10.4/32' },
  });
  assert.equal(ask(story, story.privateEni.id, SQS).outcome, 'delivered');
});

test('private DNS of the endpoint is off: the name is the public address, and that is the top line', () => {
  const story = tellStory();
  story.world.put({ ...story.endpoint, privateDns: false });
  const found = ask(story, story.privateEni.id, SQS);
  assert.equal(found.outcome, 'dropped');
  assert.equal(found.resolution?.steps[0]?.owner.kind, 'public');
  assert.match(found.headline, new RegExp(`not ${story.endpoint.id}, .* its private DNS is off`));
  assert.equal(
    fixes(found)[0],
    `aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${story.endpoint.id} --private-dns-enabled`,
  );
});

test('no endpoint there at all: the command that makes one', () => {
  const story = tellStory();
  const found = ask(story, story.twinEni.id, SQS);
  assert.equal(found.outcome, 'dropped');
  assert.match(found.headline, /has no endpoint for com\.amazonaws\.ap-south-1\.sqs/);
  assert.match(fixes(found)[0] ?? '', /create-vpc-endpoint .*--service-name com\.amazonaws\.ap-south-1\.sqs/);
});

test('DNS support is off: nobody answers, and the attribute is named', () => {
  const story = tellStory();
  story.world.put({ ...story.vpc, dnsSupport: false });
  const found = ask(story, story.privateEni.id, SQS);
  assert.equal(found.outcome, 'unresolved');
  assert.equal(found.resolution?.outcome, 'resolverOff');
  assert.match(found.headline, /DNS support of vpc-\w+ is off/);
});

test('a VPC whose DHCP options name other servers: only they know', () => {
  const story = tellStory();
  const options = (domainNameServers: readonly string[]) => {
    const set = { ...story.world.resource('dopt'), domainName: null, domainNameServers };
    story.world.put({ ...story.vpc, dhcpOptionsId: story.world.put({ ...set, kind: 'dhcpOptions' }).id });
  };
  options(['10.0.10.53', 'AmazonProvidedDNS']);
  const found = ask(story, story.privateEni.id, SQS);
  assert.deepEqual([found.outcome, found.resolution?.outcome], ['unresolved', 'ownServers']);
  assert.match(
    found.headline,
    /DHCP options of vpc-\w+ have its instances ask 10\.0\.10\.53, 10\.0\.0\.2: only they know/,
  );
  options(['AmazonProvidedDNS', '10.0.10.53']);
  assert.equal(ask(story, story.privateEni.id, SQS).outcome, 'delivered');
});

test('a name that a zone owns and does not have is told from one that nobody here has', () => {
  const story = tellStory();
  const missing = ask(story, story.privateEni.id, 'nobody.ap-south-1.compute.internal');
  assert.equal(missing.resolution?.outcome, 'NXDOMAIN');
  assert.equal(missing.resolution?.steps[0]?.owner.zone, 'ap-south-1.compute.internal');
  const world = ask(story, story.privateEni.id, 'example.com');
  assert.equal(world.resolution?.outcome, 'NXDOMAIN');
  assert.equal(world.resolution?.steps[0]?.owner.kind, 'world');
  assert.equal(world.headline, 'example.com has no address here');
});

test('a private hosted zone is named by its id, and a CNAME’s second name has an owner of its own', () => {
  const story = tellStory();
  const zone = privateZone(story.world, story.vpc, 'corp.test');
  record(story.world, zone, 'queue.corp.test', { type: 'CNAME', values: [SQS] });
  const { resolution } = ask(story, story.privateEni.id, 'queue.corp.test');
  assert.deepEqual(
    resolution?.steps.map(({ owner: { kind, origin }, result }) => [kind, origin[0], result]),
    [
      ['view', zone.id, `CNAME ${SQS}`],
      ['view', story.endpoint.id, '10.0.10.5 10.0.11.4'],
    ],
  );
});

test('a stopped target, and an egress rule that is missing: all blockers at once, each with its command', () => {
  const story = tellStory();
  const { world, publicEni, privateEni, privateSubnets, vpc } = story;
  const [subnet] = privateSubnets;
  assert.ok(subnet);
  const mute = world.group(vpc, 'mute', allowAll('ingress'));
  const { eni } = world.instance(subnet, [mute]);
  const { instance: stopped } = world.instance(subnet, [mute], { wanted: 'stopped' });
  const found = ask(story, eni.id, stopped.id, { port: 80 });
  assert.deepEqual(
    found.paths[0]?.advice.map(({ code }) => code),
    ['SG_HAS_NO_RULES', 'BAD_STATE'],
  );
  assert.match(fixes(found)[0] ?? '', /authorize-security-group-egress/);
  assert.equal(fixes(found).at(-1), `aws ec2 start-instances --instance-ids ${stopped.id}`);
  assert.equal(ask(story, publicEni.id, privateEni.id, { protocol: '1' }).port, 8);
});

test('an endpoint that waits: the provider’s command', () => {
  const story = tellServiceStory();
  story.world.put({ ...story.endpoint, acceptance: 'pending' });
  const [eni] = story.interfaces;
  const found = ask(story, story.client.id, eni?.addresses[0] ?? '', { port: 80 });
  const waits = found.paths[0]?.advice.find(({ code }) => code === 'BAD_STATE');
  assert.match(waits?.sentence ?? '', /waits for the provider/);
  assert.deepEqual(waits?.fixes, [
    `aws ec2 accept-vpc-endpoint-connections --service-id ${story.service.id} --vpc-endpoint-ids ${story.endpoint.id}`,
  ]);
});

test('what cannot be asked is refused in words', () => {
  const story = tellStory();
  for (const [from, to, more, sentence] of [
    ['i-0123', SQS, {}, /nothing here is i-0123/],
    [story.privateEni.id, 'i-0123', { port: 1 }, /nothing here is i-0123/],
    [story.privateEni.id, '10.0.10.5', { port: null }, /which port of 10\.0\.10\.5/],
    [story.privateEni.id, '', { port: 1 }, /to whom/],
    [story.privateEni.id, 'com.amazonaws.ap-south-1.sqs;$(id)', { port: 443 }, /neither a name nor an address/],
  ] as const) {
    assert.throws(
      () => ask(story, from, to, more),
      (error) => error instanceof NotAsked && sentence.test(error.message),
    );
  }
});

test('an endpoint by its id: each of its addresses', () => {
  const story = tellStory();
  const found = ask(story, story.privateEni.id, story.endpoint.id);
  assert.deepEqual(
    found.paths.map(({ address, trace }) => [address, trace.outcome]),
    [
      ['10.0.10.5', 'delivered'],
      ['10.0.11.4', 'delivered'],
    ],
  );
  assert.throws(() => ask(story, story.privateEni.id, 'vpce-0'), /nothing here is vpce-0/);
});

test('over IPv6: an echo request of that family, and commands with its options', () => {
  const { world, publicSubnets, vpc, ...story } = tellStory();
  const [subnet] = publicSubnets;
  assert.ok(subnet);
  world.put({ ...vpc, ipv6Cidrs: ['3fff:0:1::/56'] });
  world.put({ ...subnet, ipv6Cidr: '3fff:0:1::/64' });
  const group = world.group(vpc, 'six', allowAll('egress'));
  const { eni } = world.instance(subnet, [group], { ipv6: '3fff:0:1::9' });
  const far = world.vpc('10.9.0.0/16', { ipv6Cidrs: ['3fff:0:2::/56'] });
  const zone = world.subnet(far, '10.9.0.0/24', 'a', '3fff:0:2::/64');
  const { eni: other } = world.instance(zone, [world.group(far, 'all', allowAll('ingress'))], { ipv6: '3fff:0:2::9' });
  const found = ask({ ...story, world }, eni.id, other.ipv6Addresses[0] ?? '', { protocol: '1' });
  const [path] = found.paths;
  assert.deepEqual([path?.trace.flow.protocol, found.port], ['58', 128]);
  assert.equal(found.outcome, 'dropped');
  const routes = fixes(found).filter((fix) => fix.includes('create-route'));
  assert.match(routes[0] ?? '', /--destination-ipv6-cidr-block 3fff:0:2::9\/128 --gateway-id igw-/);
});
