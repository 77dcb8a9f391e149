/** Rules of `compile` one by one, on small worlds. The whole Plan of a story is in the goldens. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../model/facts.ts';
import type { NetworkInterface } from '../model/resources.ts';
import { check } from './check.ts';
import { compile } from './compile.ts';
import type { Plan, Zone } from './plan.ts';
import { tellStory } from './testing/story.ts';
import { allowAll, inGroup, World } from './testing/world.ts';

function planOf(world: World): Plan {
  const plan = compile(world.intent(), NO_FACTS);
  assert.deepEqual(check(plan), []);
  return plan;
}

function records(zones: readonly Zone[] | undefined, zone: string): Record<string, readonly string[]> {
  const found = zones?.find(({ name }) => name === zone)?.records ?? [];
  return Object.fromEntries(found.map((record) => [`${record.name} ${record.type}`, record.values]));
}

test('equal intents give equal bytes, in whatever order the resources were made', () => {
  const { intent } = tellStory();
  assert.equal(JSON.stringify(compile(intent, NO_FACTS)), JSON.stringify(compile(tellStory().intent, NO_FACTS)));
});

test('a VPC without DNS support has neither resolver nor view', () => {
  const world = new World();
  const vpc = world.vpc('10.1.0.0/16', { dnsSupport: false });
  const plan = planOf(world);
  assert.deepEqual(plan.domains.find(({ id }) => id === vpc.id)?.resolverAddresses, []);
  assert.deepEqual(plan.views, []);
});

test('the resolver answers at the base of the primary block plus two', () => {
  const world = new World();
  const vpc = world.vpc('', { cidrs: ['10.1.16.0/20', '10.0.0.0/16'] });
  const addresses = () => planOf(world).domains.find(({ id }) => id === vpc.id)?.resolverAddresses;
  assert.deepEqual(addresses(), ['10.1.16.2', '169.254.169.253']);
  world.put({ ...vpc, ipv6Cidrs: ['3fff:0:1::/56'] });
  assert.deepEqual(addresses(), ['10.1.16.2', '169.254.169.253', 'fd00:ec2::253']);
});

test('a subnet without an association follows the main table; a route to a detached gateway is a blackhole', () => {
  const world = new World();
  const vpc = world.vpc('10.1.0.0/16');
  const [a, b] = [world.subnet(vpc, '10.1.0.0/24'), world.subnet(vpc, '10.1.1.0/24')];
  const gateway = world.gateway(vpc, [a]);
  const routesOf = (subnet: string) => {
    const plan = planOf(world);
    const segment = plan.segments.find(({ id }) => id === subnet);
    return plan.routeTables.find(({ id }) => id === segment?.routeTable)?.routes;
  };
  const local = { destination: '10.1.0.0/16', via: { kind: 'local' } };
  assert.deepEqual(routesOf(b.id), [local]);
  assert.deepEqual(routesOf(a.id), [
    { destination: '0.0.0.0/0', via: { kind: 'gateway', gateway: gateway.id } },
    local,
  ]);
  world.put({ ...gateway, vpcId: null });
  assert.deepEqual(routesOf(a.id), [{ destination: '0.0.0.0/0', via: { kind: 'blackhole' } }, local]);
  world.remove(gateway);
  assert.deepEqual(routesOf(a.id), [{ destination: '0.0.0.0/0', via: { kind: 'blackhole' } }, local]);
  assert.deepEqual(planOf(world).gateways, []);
});

test('a gateway that is attached elsewhere is a blackhole here', () => {
  const world = new World();
  const vpc = world.vpc('10.1.0.0/16');
  const gateway = world.gateway(vpc, []);
  world.put({ ...gateway, vpcId: world.vpc('10.2.0.0/16').id });
  const kinds = planOf(world).routeTables.flatMap(({ routes }) => routes.map(({ via }) => via.kind));
  assert.ok(kinds.includes('blackhole'));
  assert.ok(!kinds.includes('gateway'));
});

test('members of a group are all addresses of the interfaces in it, in numerical order', () => {
  const world = new World();
  const vpc = world.vpc('10.1.0.0/16');
  const subnet = world.subnet(vpc, '10.1.0.0/24');
  const group = world.group(vpc, 'g');
  world.interface(subnet, [group], { addresses: ['10.1.0.100', '10.1.0.20'] });
  world.interface(subnet, [group], { addresses: ['10.1.0.9'] });
  const filter = planOf(world).filters.find(({ id }) => id === group.id);
  assert.deepEqual(filter?.members, ['10.1.0.9', '10.1.0.20', '10.1.0.100']);
});

test('a rule that names a group which is gone, or of another VPC, lets nothing through', () => {
  const world = new World();
  const [vpc, other] = [world.vpc('10.1.0.0/16'), world.vpc('10.2.0.0/16')];
  const group = world.group(vpc, 'g');
  const gone = world.group(vpc, 'gone');
  world.rule(group, allowAll('ingress', inGroup(gone)));
  world.rule(group, allowAll('ingress', inGroup(world.group(other, 'foreign'))));
  world.remove(gone);
  assert.deepEqual(planOf(world).filters.find(({ id }) => id === group.id)?.ingress, []);
});

test('protocols become numbers, and ranges that mean all become none', () => {
  const world = new World();
  const vpc = world.vpc('10.1.0.0/16');
  const peer = { kind: 'cidr', cidr: '0.0.0.0/0' } as const;
  const group = world.group(
    vpc,
    'g',
    { direction: 'ingress', protocol: 'udp', fromPort: 53, toPort: 54, peer },
    { direction: 'ingress', protocol: 'icmp', fromPort: 8, toPort: -1, peer },
    { direction: 'ingress', protocol: 'icmp', fromPort: -1, toPort: -1, peer },
    { direction: 'ingress', protocol: '50', fromPort: -1, toPort: -1, peer },
    { direction: 'ingress', protocol: '-1', fromPort: -1, toPort: -1, peer },
  );
  const rules = planOf(world).filters.find(({ id }) => id === group.id)?.ingress;
  assert.deepEqual(
    rules?.map(({ protocol, ports }) => [protocol, ports]),
    [
      ['17', { from: 53, to: 54 }],
      ['1', { from: 8, to: -1 }],
      ['1', null],
      ['50', null],
      ['any', null],
    ],
  );
});

test('an interface of a terminated instance is unplugged, and the instance is not in the plan', () => {
  const world = new World();
  const vpc = world.vpc('10.1.0.0/16');
  const { instance, eni } = world.instance(world.subnet(vpc, '10.1.0.0/24'), []);
  assert.deepEqual(planOf(world).ports.find(({ id }) => id === eni.id)?.machine, { id: instance.id, deviceIndex: 0 });
  world.put({ ...instance, wanted: 'terminated' });
  const plan = planOf(world);
  assert.equal(plan.ports.find(({ id }) => id === eni.id)?.machine, null);
  assert.deepEqual(plan.machines, []);
});

test('a crossing leads from the address of the interface to the service, under its link address', () => {
  const { intent, endpointInterfaces, vpc, endpoint } = tellStory();
  const plan = compile(intent, NO_FACTS);
  const eni = endpointInterfaces[0] as NetworkInterface;
  const service = plan.services.find(({ id }) => id === 'com.amazonaws.ap-south-1.sqs');
  assert.deepEqual(
    plan.crossings.find(({ id }) => id === eni.id),
    {
      id: eni.id,
      origin: [eni.id, endpoint.id, 'com.amazonaws.ap-south-1.sqs'],
      consumer: vpc.id,
      port: eni.id,
      address: eni.addresses[0],
      linkAddress: '240.0.0.1',
      provider: 'services',
      targetAddress: service?.serviceAddress,
      listeners: [{ protocol: 'tcp', port: 443, targetPort: 443 }],
      guards: null,
      open: true,
      closedBy: null,
    },
  );
});

test('a deleted endpoint leaves no crossing and no name', () => {
  const { world, endpoint, endpointInterfaces, vpc } = tellStory();
  for (const eni of endpointInterfaces) world.remove(eni);
  world.put({ ...endpoint, deletedRevision: 99, deletedAt: endpoint.createdAt });
  const plan = planOf(world);
  assert.deepEqual(plan.crossings, []);
  assert.ok(!JSON.stringify([plan.views, plan.publicZones]).includes(endpoint.id));
  assert.ok(!plan.views.find(({ id }) => id === vpc.id)?.zones.some(({ name }) => name.startsWith('sqs.')));
});

test('a service stays at its address whatever else comes and goes, and another region’s is elsewhere', () => {
  const alone = new World();
  alone.vpc('10.0.0.0/16');
  const sqs = (plan: Plan, region: string) => plan.services.find(({ id }) => id === `com.amazonaws.${region}.sqs`);
  const before = sqs(planOf(alone), 'ap-south-1');
  const { world } = tellStory();
  world.put({
    kind: 'serviceBackend',
    id: 'athena',
    account: '',
    region: '',
    tags: {},
    createdAt: '',
    url: 'http://127.0.0.1:5000',
  });
  const plan = planOf(world);
  assert.equal(sqs(plan, 'ap-south-1')?.serviceAddress, before?.serviceAddress);
  assert.equal(sqs(plan, 'ap-south-1')?.internetAddress, before?.internetAddress);
  assert.deepEqual(plan.services.find(({ id }) => id === 'com.amazonaws.ap-south-1.athena')?.backend, {
    kind: 'url',
    url: 'http://127.0.0.1:5000',
  });
  const elsewhere = new World('eu-west-1');
  elsewhere.vpc('10.0.0.0/16');
  assert.notEqual(sqs(planOf(elsewhere), 'eu-west-1')?.serviceAddress, before?.serviceAddress);
});

test('a service that only an endpoint leads to is listed without a backend and has no public name', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  world.endpoint(vpc, 'athena', [world.subnet(vpc, '10.0.0.0/24')], []);
  const plan = planOf(world);
  assert.equal(plan.services.find(({ service }) => service === 'athena')?.backend, null);
  assert.ok(!plan.publicZones.some(({ name }) => name.startsWith('athena.')));
});

test('IAM and STS have their global names in every plan', () => {
  const plan = planOf(new World());
  for (const name of ['iam.amazonaws.com', 'sts.amazonaws.com']) {
    assert.equal(Object.keys(records(plan.publicZones, name)).join(), `${name} A`);
  }
});

test('DynamoDB has a name for each account, beside its own', () => {
  const world = new World();
  world.vpc('10.0.0.0/16');
  const plan = planOf(world);
  const found = plan.services.find(({ service }) => service === 'dynamodb');
  const names = ['*.ddb.ap-south-1.amazonaws.com', 'dynamodb.ap-south-1.amazonaws.com'];
  for (const name of names) {
    assert.ok(found?.names.includes(name), name);
    assert.deepEqual(records(plan.publicZones, name.replace('*.', ''))[`${name} A`], [found?.internetAddress]);
  }
});

test('private names answer in this VPC only, and only while private DNS and both attributes are on', () => {
  const { world, vpc, twin, endpoint, endpointInterfaces } = tellStory();
  const name = 'sqs.ap-south-1.amazonaws.com';
  const answers = (id: string) => records(planOf(world).views.find((view) => view.id === id)?.zones, name);
  const addresses = endpointInterfaces.map(({ addresses }) => addresses[0]);
  assert.deepEqual(answers(vpc.id), { [`${name} A`]: addresses });
  assert.deepEqual(answers(twin.id), {});
  world.put({ ...endpoint, privateDns: false });
  assert.deepEqual(answers(vpc.id), {});
  world.put({ ...endpoint, privateDns: true });
  world.put({ ...vpc, dnsHostnames: false });
  assert.deepEqual(answers(vpc.id), {});
  world.put({ ...vpc, dnsHostnames: false, dnsSupport: false });
  assert.deepEqual(answers(vpc.id), {});
});

test('regional and zonal names are public and answer private addresses', () => {
  const { world, endpoint, endpointInterfaces } = tellStory();
  const [a, b] = endpointInterfaces.map(({ addresses }) => addresses[0]);
  const stem = `${endpoint.id}-${endpoint.dnsSuffix}`;
  assert.deepEqual(records(planOf(world).publicZones, 'ap-south-1.vpce.amazonaws.com'), {
    [`${stem}.sqs.ap-south-1.vpce.amazonaws.com A`]: [a, b],
    [`${stem}-ap-south-1a.sqs.ap-south-1.vpce.amazonaws.com A`]: [a],
    [`${stem}-ap-south-1b.sqs.ap-south-1.vpce.amazonaws.com A`]: [b],
  });
});

test('S3 endpoints answer by wildcard, and the certificate names each of them', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const { endpoint } = world.endpoint(vpc, 's3', [world.subnet(vpc, '10.0.0.0/24')], []);
  const plan = planOf(world);
  const regional = `*.${endpoint.id}-${endpoint.dnsSuffix}.s3.ap-south-1.vpce.amazonaws.com`;
  assert.ok(`${regional} A` in records(plan.publicZones, 'ap-south-1.vpce.amazonaws.com'));
  assert.ok(plan.services.find(({ id }) => id === 'com.amazonaws.ap-south-1.s3')?.names.includes(regional));
  const view = plan.views[0]?.zones;
  assert.deepEqual(Object.keys(records(view, 's3.ap-south-1.amazonaws.com')), [
    '*.s3.ap-south-1.amazonaws.com A',
    's3.ap-south-1.amazonaws.com A',
  ]);
});

test('a public instance name answers the public address outside and the private one inside', () => {
  const { world, vpc, twin, publicEni } = tellStory();
  const name = 'ec2-198-18-0-1.ap-south-1.compute.amazonaws.com';
  const plan = planOf(world);
  const view = (id: string) => plan.views.find((each) => each.id === id)?.zones;
  assert.deepEqual(records(plan.publicZones, 'ap-south-1.compute.amazonaws.com'), { [`${name} A`]: ['198.18.0.1'] });
  assert.deepEqual(records(view(vpc.id), name), { [`${name} A`]: publicEni.addresses });
  assert.deepEqual(records(view(twin.id), name), {});
});

test('private instance names and their reverse exist while both attributes are on; us-east-1 has its own form', () => {
  const world = new World('us-east-1');
  const vpc = world.vpc('10.0.0.0/20');
  world.instance(world.subnet(vpc, '10.0.8.0/24'), []);
  const zones = () => planOf(world).views[0]?.zones;
  assert.deepEqual(records(zones(), 'ec2.internal'), { 'ip-10-0-8-4.ec2.internal A': ['10.0.8.4'] });
  assert.deepEqual(records(zones(), '8.0.10.in-addr.arpa'), {
    '4.8.0.10.in-addr.arpa PTR': ['ip-10-0-8-4.ec2.internal'],
  });
  assert.equal(zones()?.filter(({ name }) => name.endsWith('in-addr.arpa')).length, 16);
  world.put({ ...vpc, dnsHostnames: false });
  assert.deepEqual(
    zones()?.map(({ name, records: of }) => [name, of.length]),
    [['ec2.internal', 0]],
  );
});

test('metadata: role by the profile, tags only where they are shown', () => {
  const { world, privateEni, publicEni } = tellStory();
  const plan = planOf(world);
  const machine = (eni: NetworkInterface) => plan.machines.find(({ ports }) => ports.includes(eni.id));
  assert.equal(machine(privateEni)?.hostname, 'ip-10-0-10-4');
  assert.deepEqual(machine(privateEni)?.metadata.tags, { Env: 'test', Name: 'private' });
  assert.equal(machine(publicEni)?.metadata.tags, null);
  assert.equal(machine(privateEni)?.metadata.role?.roleArn, 'arn:aws:iam::111122223333:role/sender');
  assert.equal(
    machine(publicEni)?.metadata.interfaces[0]?.publicName,
    'ec2-198-18-0-1.ap-south-1.compute.amazonaws.com',
  );
});

test('a reference to nothing is a bug, said in a sentence', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  world.subnet(vpc, '10.0.0.0/24');
  world.remove(vpc);
  assert.throws(() => compile(world.intent(), NO_FACTS), /lies in vpc-\w+, which does not exist/);
});
