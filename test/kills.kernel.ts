/**
 * kill -9 of control at moments that nobody chose, while calls stream in: each call that was answered is there, none is half, and an
 * established connection through an endpoint goes on. CULVERT_SEED repeats what was called and when, as far as two processes can.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EC2, type Filter, type ResourceType } from '@aws-sdk/client-ec2';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { notePid } from '../src/daemon/processes.ts';
import { DEFAULTS, toEnvironment } from '../src/daemon/settings.ts';
import { rootsOf } from '../src/host/paths.ts';
import { type TestCulvert, testCulvert } from './culvert.ts';
import { closeSockets, dial, echo, type Flow, serve } from './flows.ts';
import {
  type Endpoint,
  given,
  makeBalancer,
  makeEndpoint,
  makeGroup,
  makeListener,
  makeSite,
  type Site,
  untilHealthy,
  untilState,
} from './private-service.ts';

const CONTROL = fileURLToPath(new URL('../src/daemon/main.ts', import.meta.url));
const SEED = Number(process.env.CULVERT_SEED ?? randomInt(2 ** 31));
const KILLS = 20;
/** No kill is begun after it. */
const ENOUGH_MS = 25_000;
/** Between a start and its kill. */
const LONGEST_LIFE_MS = 400;
const WORKERS = 3;
const BOUND_MS = 20_000;
const PORT = 80;

/** What customers make and delete. Each carries its name from the call that made it. */
interface Kind {
  /** Of those there may be at once: below every quota. */
  readonly most: number;
  /** `slot`: below `most`, of no other that is there. */
  make(name: string, slot: number): Promise<string>;
  remove(id: string): Promise<unknown>;
  mark?(id: string, value: string): Promise<unknown>;
  /** Those that are there, whole: id and mark by name. */
  list(): Promise<Map<string, { readonly id: string; readonly mark: string | undefined }>>;
}

interface Thing {
  readonly kind: Kind;
  readonly name: string;
  readonly slot: number;
  id: string | undefined;
  /** Those that it may have: several where a call had no answer. */
  marks: Set<string | undefined>;
  /** Whether it is to be found; undefined: a call had no answer. */
  isThere: boolean | undefined;
}

describe('kill -9 of control at any moment', { timeout: 180_000 }, () => {
  let culvert: TestCulvert;
  let provider: Site;
  let consumer: Site;
  let endpoint: Endpoint;
  let flow: Flow;
  let ec2: EC2;
  let kinds: readonly Kind[] = [];
  let control: ChildProcess;
  let port = 0;
  let drawn = 0;

  /** 0 up to `below`. */
  const draw = (below: number) => createHash('sha256').update(`${SEED} ${drawn++}`).digest().readUInt32BE() % below;

  /** Without the supervisor, which waits ever longer for what keeps dying. */
  async function startControl(): Promise<void> {
    control = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CONTROL], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: {
        NODE_COMPILE_CACHE: join(culvert.paths.cache, 'compiled'),
        ...process.env,
        ...rootsOf(culvert.paths),
        ...toEnvironment({ ...DEFAULTS, port }),
      },
    });
    notePid(culvert.paths, 'control', control.pid ?? 0);
    const [message] = await once(control, 'message', { signal: AbortSignal.timeout(BOUND_MS) });
    assert.equal(message.is, 'ready', JSON.stringify(message));
  }

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
    [provider, consumer] = await Promise.all([
      makeSite(culvert, '111111111111', '10.0.10.50'),
      makeSite(culvert, '222222222222', '10.0.10.77'),
    ]);
    await serve(provider.netns, 8080, echo);
    const balancer = await makeBalancer(provider, await makeGroup(provider.ec2, provider.vpc, 'doors', '10.0.0.0/16'));
    const group = await makeListener(provider, balancer, 'plain', { Protocol: 'TCP', Port: PORT, targetPort: 8080 });
    const { ServiceConfiguration: made } = await provider.ec2.createVpcEndpointServiceConfiguration({
      AcceptanceRequired: false,
      NetworkLoadBalancerArns: [balancer],
    });
    await provider.ec2.modifyVpcEndpointServicePermissions({
      ServiceId: given(made?.ServiceId),
      AddAllowedPrincipals: [`arn:aws:iam::${consumer.account}:root`],
    });
    await untilHealthy(provider, group);
    endpoint = await makeEndpoint(consumer, given(made?.ServiceName));
    await untilState(consumer, endpoint, 'available');
    const dialled = await dial(consumer.netns, endpoint.address, PORT, BOUND_MS);
    assert.ok(dialled);
    flow = dialled;
    // No call is made twice: its answer is what counts.
    const options = { ...consumer.sdk, maxAttempts: 1 };
    ec2 = new EC2(options);
    kinds = await kindsOf(ec2, new EventBridge(options), consumer, given(made?.ServiceName));
    port = (await culvert.settled()).listen.port;
    // From here on control is the test's own; the edge stays.
    culvert.kill('supervisor');
    process.kill(culvert.pid('control'), 'SIGTERM');
    const end = performance.now() + BOUND_MS;
    while (isRunning() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    await startControl();
  });

  function isRunning(): boolean {
    try {
      return culvert.pid('control') > 0;
    } catch {
      return false;
    }
  }

  after(async () => {
    closeSockets();
    assert.deepEqual(await culvert.close(), []);
  });

  it('loses nothing that was answered, leaves nothing half, cuts nothing', async (t: TestContext) => {
    t.diagnostic(`CULVERT_SEED=${SEED}`);
    const things: Thing[] = [];
    const busy = new Set<Thing>();
    const refusals: string[] = [];
    let isUp = true;
    /** The next answer is the last. */
    let isAimed = false;
    let names = 0;
    let answered = 0;

    /** One call of those that can be made now. */
    async function callSomething(): Promise<void> {
      const kind = kinds[draw(kinds.length)] as Kind;
      const own = things.filter((each) => each.kind === kind);
      const free = own.filter((each) => !busy.has(each));
      const some = free[draw(Math.max(free.length, 1))];
      const wish = draw(3);
      if (own.length < kind.most && (wish > 0 || some === undefined)) {
        const name = `n${names++}`;
        const slot =
          Array.from({ length: kind.most }, (_, at) => at).find((at) => own.every((each) => each.slot !== at)) ?? 0;
        const thing: Thing = { kind, name, slot, id: undefined, marks: new Set([undefined]), isThere: undefined };
        things.push(thing);
        await call(thing, async () => {
          thing.id = await kind.make(name, slot);
          thing.isThere = true;
        });
      } else if (some?.id === undefined) return;
      else if (wish === 2 && kind.mark !== undefined) {
        const [id, value, mark] = [some.id, `m${drawn}`, kind.mark];
        some.marks.add(value);
        await call(some, async () => {
          await mark(id, value);
          some.marks = new Set([value]);
        });
      } else {
        const { id } = some;
        some.isThere = undefined;
        await call(some, async () => {
          await kind.remove(id);
          things.splice(things.indexOf(some), 1);
        });
      }
    }

    async function call(thing: Thing, work: () => Promise<void>): Promise<void> {
      busy.add(thing);
      try {
        await work();
        answered++;
        if (isAimed) kill();
      } catch (error) {
        const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
        if ($metadata?.httpStatusCode !== undefined) refusals.push(`${thing.name}: ${name}: ${message}`);
        else if (isUp) refusals.push(`${thing.name} had no answer: ${name}: ${message}`);
      } finally {
        busy.delete(thing);
      }
    }

    function kill(): void {
      isUp = false;
      isAimed = false;
      control.kill('SIGKILL');
    }

    async function work(): Promise<void> {
      while (isUp) await callSomething();
    }

    /** What is there is what must be; what nobody knew is known then. */
    async function compare(): Promise<void> {
      for (const kind of kinds) {
        const found = await kind.list();
        for (const thing of things.filter((each) => each.kind === kind)) {
          const one = found.get(thing.name);
          found.delete(thing.name);
          if (thing.isThere === true) assert.ok(one, `${thing.name} is lost`);
          if (one === undefined) things.splice(things.indexOf(thing), 1);
          else {
            if (thing.id !== undefined) assert.equal(one.id, thing.id);
            assert.ok(thing.marks.has(one.mark), `${thing.name} has ${one.mark}, not one of ${[...thing.marks]}`);
            Object.assign(thing, { id: one.id, isThere: true, marks: new Set([one.mark]) });
          }
        }
        assert.deepEqual([...found.keys()], [], 'deleted, and there again');
      }
    }

    const until = performance.now() + ENOUGH_MS;
    let kills = 0;
    for (; kills < KILLS && performance.now() < until; kills++) {
      isUp = true;
      const workers = Array.from({ length: WORKERS }, work);
      const ended = once(control, 'exit', { signal: AbortSignal.timeout(BOUND_MS) });
      await new Promise((resolve) => setTimeout(resolve, draw(LONGEST_LIFE_MS)));
      // Either anywhere, or as an answer comes: what it says must be on the disk.
      if (draw(2) === 0) kill();
      else isAimed = true;
      await ended;
      await Promise.all(workers);
      assert.ok(await flow.echoes(BOUND_MS), 'cut by the kill');
      await startControl();
      await compare();
      assert.ok(await flow.echoes(BOUND_MS), 'cut by the start');
      const fresh = await dial(consumer.netns, endpoint.address, PORT, BOUND_MS);
      assert.ok(fresh, 'nobody answers at the endpoint');
      fresh.close();
      assert.deepEqual(refusals, []);
    }
    t.diagnostic(`${kills} kills, ${answered} calls answered`);
    assert.ok(answered > kills, 'hardly a call was answered');

    await culvert.settled();
    kill();
    await once(control, 'exit');
    await startControl();
    const now = await culvert.settled();
    assert.deepEqual([now.lastRound?.changes, now.troubles], [0, []]);
    assert.ok(await flow.echoes(BOUND_MS));
  });
});

/** By the tag that each has. */
async function namesOf(ec2: EC2, type: ResourceType) {
  const Filters: Filter[] = [{ Name: 'resource-type', Values: [type] }];
  const { Tags = [] } = await ec2.describeTags({ Filters });
  const marks = new Map(Tags.filter(({ Key }) => Key === 'mark').map(({ ResourceId, Value }) => [ResourceId, Value]));
  return new Map(
    Tags.filter(({ Key }) => Key === 'name').map(({ ResourceId = '', Value = '' }) => [
      Value,
      { id: ResourceId, mark: marks.get(ResourceId) },
    ]),
  );
}

async function kindsOf(ec2: EC2, events: EventBridge, { vpc, subnet, group }: Site, service: string): Promise<Kind[]> {
  // The account's own of before.
  const [oldVpcs, oldSubnets] = [
    ((await ec2.describeVpcs()).Vpcs ?? []).map(({ VpcId = '' }) => VpcId),
    ((await ec2.describeSubnets()).Subnets ?? []).map(({ SubnetId = '' }) => SubnetId),
  ];
  const tagged = (ResourceType: ResourceType, name: string) => ({
    TagSpecifications: [{ ResourceType, Tags: [{ Key: 'name', Value: name }] }],
  });
  const mark = (id: string, Value: string) => ec2.createTags({ Resources: [id], Tags: [{ Key: 'mark', Value }] });
  const vpcs: Kind = {
    most: 3,
    mark,
    async make(name, slot) {
      const { Vpc } = await ec2.createVpc({ CidrBlock: `10.${100 + slot}.0.0/16`, ...tagged('vpc', name) });
      return given(Vpc?.VpcId);
    },
    remove: (VpcId) => ec2.deleteVpc({ VpcId }),
    async list() {
      const [named, { Vpcs = [] }, { SecurityGroups = [] }, { NetworkAcls = [] }, { RouteTables = [] }] =
        await Promise.all([
          namesOf(ec2, 'vpc'),
          ec2.describeVpcs(),
          ec2.describeSecurityGroups(),
          ec2.describeNetworkAcls(),
          ec2.describeRouteTables(),
        ]);
      const ids = Vpcs.map(({ VpcId }) => VpcId).sort();
      assert.deepEqual(ids, [...oldVpcs, ...[...named.values()].map(({ id }) => id)].sort(), 'a VPC without its name');
      const groups = SecurityGroups.filter(({ GroupName }) => GroupName === 'default');
      for (const parts of [groups, NetworkAcls, RouteTables]) {
        assert.deepEqual(
          parts.map(({ VpcId }) => VpcId).sort(),
          ids,
          'a VPC without its default parts, or they without it',
        );
      }
      return named;
    },
  };
  const subnets: Kind = {
    most: 5,
    mark,
    async make(name, slot) {
      const CidrBlock = `10.0.${100 + slot}.0/24`;
      const { Subnet } = await ec2.createSubnet({ VpcId: vpc, CidrBlock, ...tagged('subnet', name) });
      return given(Subnet?.SubnetId);
    },
    remove: (SubnetId) => ec2.deleteSubnet({ SubnetId }),
    async list() {
      const [named, { Subnets = [] }, { NetworkAcls = [] }] = await Promise.all([
        namesOf(ec2, 'subnet'),
        ec2.describeSubnets(),
        ec2.describeNetworkAcls(),
      ]);
      const ids = Subnets.map(({ SubnetId }) => SubnetId).sort();
      assert.deepEqual(
        ids,
        [...oldSubnets, ...[...named.values()].map(({ id }) => id)].sort(),
        'a subnet without its name',
      );
      const associated = NetworkAcls.flatMap(({ Associations = [] }) => Associations.map(({ SubnetId }) => SubnetId));
      assert.deepEqual(associated.sort(), ids, 'a subnet without its ACL, or one without its subnet');
      return named;
    },
  };
  const groups: Kind = {
    most: 5,
    mark,
    async make(GroupName) {
      const wish = { VpcId: vpc, GroupName, Description: 'd', ...tagged('security-group', GroupName) };
      return given((await ec2.createSecurityGroup(wish)).GroupId);
    },
    remove: (GroupId) => ec2.deleteSecurityGroup({ GroupId }),
    async list() {
      const [named, { SecurityGroups = [] }, { SecurityGroupRules = [] }] = await Promise.all([
        namesOf(ec2, 'security-group'),
        ec2.describeSecurityGroups(),
        ec2.describeSecurityGroupRules(),
      ]);
      const ids = SecurityGroups.map(({ GroupId }) => GroupId).sort();
      const out = SecurityGroupRules.filter(({ IsEgress }) => IsEgress === true).map(({ GroupId }) => GroupId);
      assert.deepEqual(out.sort(), ids, 'a group without its first rule, or one without its group');
      return named;
    },
  };
  const endpoints: Kind = {
    most: 4,
    mark,
    async make(name) {
      const { VpcEndpoint } = await ec2.createVpcEndpoint({
        VpcEndpointType: 'Interface',
        VpcId: vpc,
        ServiceName: service,
        SubnetIds: [subnet],
        SecurityGroupIds: [group],
        ...tagged('vpc-endpoint', name),
      });
      return given(VpcEndpoint?.VpcEndpointId);
    },
    async remove(id) {
      const { Unsuccessful = [] } = await ec2.deleteVpcEndpoints({ VpcEndpointIds: [id] });
      assert.deepEqual(Unsuccessful, []);
    },
    async list() {
      const [named, { VpcEndpoints = [] }, { NetworkInterfaces = [] }] = await Promise.all([
        namesOf(ec2, 'vpc-endpoint'),
        ec2.describeVpcEndpoints(),
        ec2.describeNetworkInterfaces({ Filters: [{ Name: 'interface-type', Values: ['vpc_endpoint'] }] }),
      ]);
      const there = VpcEndpoints.filter(({ State }) => !State?.toLowerCase().startsWith('delet'));
      const ids = there.map(({ VpcEndpointId }) => VpcEndpointId);
      for (const [name, { id }] of named) if (!ids.includes(id)) named.delete(name);
      assert.equal(named.size + 1, there.length, 'an endpoint without its name');
      assert.deepEqual(
        there.flatMap(({ NetworkInterfaceIds = [] }) => NetworkInterfaceIds).sort(),
        NetworkInterfaces.map(({ NetworkInterfaceId }) => NetworkInterfaceId).sort(),
        'an endpoint without its interface, or one without its endpoint',
      );
      return named;
    },
  };
  const addresses: Kind = {
    most: 4,
    mark,
    make: async (name) =>
      given((await ec2.allocateAddress({ Domain: 'vpc', ...tagged('elastic-ip', name) })).AllocationId),
    remove: (AllocationId) => ec2.releaseAddress({ AllocationId }),
    async list() {
      const [named, { Addresses = [] }] = await Promise.all([namesOf(ec2, 'elastic-ip'), ec2.describeAddresses()]);
      assert.equal(named.size, Addresses.length, 'an address without its name');
      return named;
    },
  };
  const rules: Kind = {
    most: 5,
    async make(Name) {
      await events.putRule({ Name, EventPattern: '{"source":["aws.ec2"]}' });
      return Name;
    },
    remove: (Name) => events.deleteRule({ Name }),
    async list() {
      const { Rules = [] } = await events.listRules();
      return new Map(Rules.map(({ Name = '' }) => [Name, { id: Name, mark: undefined }]));
    },
  };
  return [vpcs, subnets, groups, endpoints, addresses, rules];
}
