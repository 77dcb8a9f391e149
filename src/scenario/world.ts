/**
 * A whole Culvert in this process, for one scenario: the API over HTTP with verified signatures, the store, the rounds, the
 * driver, and of the edge names, health checks and user-space balancing. Instances are bare namespaces: nothing boots, so that
 * a world is there in a moment. Its clock can be put forward.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweep } from '../api/ec2/sweep.ts';
import type { Known } from '../daemon/advise/advise.ts';
import type { Deciding } from '../daemon/aws.ts';
import { createCore } from '../daemon/core.ts';
import { createHttpServer } from '../daemon/http.ts';
import { ensureRootKey, identitiesOf } from '../daemon/keys.ts';
import { listenTcp, listenUnix } from '../daemon/listen.ts';
import { openMeterStore } from '../daemon/meters/meter-store.ts';
import { createMeters } from '../daemon/meters/meters.ts';
import { DEFAULTS, type Settings } from '../daemon/settings.ts';
import type { Caller, Decided } from '../daemon/sites.ts';
import { type Status, statusOf } from '../daemon/status.ts';
import { openStore, type Store } from '../daemon/store/store.ts';
import { createTargetFacts } from '../daemon/target-facts.ts';
import { createTrail } from '../daemon/trail/trail.ts';
import { version } from '../daemon/version.ts';
import { createDriver, type Driver } from '../driver/netns/driver.ts';
import { createBalancing } from '../edge/balance/balancing.ts';
import { createCollector } from '../edge/dns/collector.ts';
import { createDnsServer } from '../edge/dns/server.ts';
import { createChecker } from '../edge/health/checker.ts';
import { probe } from '../edge/health/probe.ts';
import { reportOf } from '../edge/health/report.ts';
import { createCredentialSource } from '../edge/imds/credentials.ts';
import { selectQueryLogs } from '../edge/query-logs/questions.ts';
import { threadSocket } from '../edge/services/socket.ts';
import { askPolicy, deliverFlows, startServicesThread } from '../edge/services/thread.ts';
import { createSiteDns } from '../edge/site-dns.ts';
import { Fault } from '../host/fault.ts';
import { createLog } from '../host/log.ts';
import { hostPaths, type Paths, rootsOf } from '../host/paths.ts';
import { sealKey } from '../host/seal.ts';
import { wireguardRefusal } from '../host/wireguard.ts';
import type { MachineFact } from '../model/facts.ts';
import { owner } from '../model/intent.ts';
import type { Site } from '../model/resources.ts';
import type { Machine, Plan } from '../plan/plan.ts';
import { createOutside, NO_OUTSIDE } from './outside.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface World {
  readonly paths: Paths;
  readonly url: string;
  readonly defaultAccount: string;
  readonly driver: Pick<Driver, 'counters'>;
  /** In force now. */
  readonly plan: Plan;
  /** What `culvert why` is answered from, asked about this resource or none. */
  known(resource: string | undefined): Promise<Known>;
  /** What `culvert status` tells. */
  status(): Status;
  /** What calls are decided from. */
  readonly deciding: Deciding;
  rootOf(account: string): Credentials;
  /** As the instance's metadata tells them. */
  roleOf(machine: Machine): Credentials;
  /** What `culvert site` does. A Fault where it is refused. */
  site(decide: (caller: Caller) => Decided): Site;
  /** Resolves when the kernel has all that was asked for, or is held. A Fault where it cannot have it. */
  settled(): Promise<void>;
  /** Reads what was counted for flow logs; resolves when it is delivered, to buckets as soon as their objects are full. */
  flowsLogged(): Promise<void>;
  /** What was counted until now is kept. */
  metersRead(): Promise<void>;
  /** Puts nothing more in force until `resume`. */
  hold(): void;
  resume(): void;
  /** Puts the clock forward. */
  forward(milliseconds: number): void;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Whether SQS, SNS and S3 answer: their thread takes a second to start. */
  readonly services: boolean;
  /** Whether there is a way outside, to a world of its own: its program takes half a second to start. */
  readonly internet: boolean;
  /** Called with every plan before it counts as in force. */
  readonly onPlan: (plan: Plan) => Promise<void>;
}

/** What is not in force after three seconds will not be. */
const MOST_ATTEMPTS = 6;

/** What Culvert brought to this machine; worlds have caches of their own. */
const BROUGHT = hostPaths().cache;
const SETTINGS: Settings = { ...DEFAULTS, port: 0, auth: 'strict' };

/** Where it fails, nothing is left behind. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const ends = new AsyncDisposableStack();
  try {
    return await build(options, ends);
  } catch (error) {
    await ends.disposeAsync();
    throw error;
  }
}

/** `ends` takes, as they are made, the ends of all things: the last made ends first. */
async function build(
  { services: withServices, internet, onPlan }: WorldOptions,
  ends: AsyncDisposableStack,
): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'culvert-scenario-'));
  ends.defer(() => rmSync(root, { recursive: true }));
  const paths = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run'), CULVERT_CACHE: root });
  for (const folder of [paths.home, paths.run]) mkdirSync(folder, { recursive: true });
  // Threads of the edge find their folders there.
  Object.assign(process.env, rootsOf(paths), { CULVERT_LOG: process.env.CULVERT_LOG ?? 'error' });
  const log = createLog('scenario');
  const store = await openStore(paths.store);
  ends.defer(() => store.close());
  const metrics = openMeterStore(paths.meters);
  ends.defer(() => metrics.close());
  let aheadMs = 0;
  const now = () => new Date(Date.now() + aheadMs).toISOString();

  const outside = internet ? await createOutside(root, paths) : NO_OUTSIDE;
  ends.defer(() => outside.close());
  const driver = createDriver({ paths, log });
  ends.defer(() => driver.teardown());
  const targets = createTargetFacts(now);
  const machines = new Map<string, MachineFact>();
  const services = withServices ? startServicesThread(log) : undefined;
  ends.defer(async () => services?.stop());
  const collector = createCollector({ log, send: (batch) => services?.tell(batch) });
  const dns = createDnsServer({ log, collector, upstreams: [], netnsOf: paths.netnsOf });
  ends.defer(() => dns.close());
  const balancing = createBalancing(log);
  ends.defer(() => balancing.stop());
  const siteDns = createSiteDns({
    log,
    netnsOf: paths.netnsOf,
    folder: join(paths.run, 'sites'),
    cache: BROUGHT,
  });
  ends.defer(() => siteDns.stop());
  const health = createChecker({
    log,
    probe: (each, signal) => probe(each, paths.netnsOf(each.domain), signal),
    onChange: () => {
      if (targets.receive(reportOf(health.health()))) loop.poke();
    },
  });
  ends.defer(() => health.close());
  const gate = createGate();

  const parts = {
    store,
    sealKey: sealKey(paths.sealKey),
    now,
    consoleOutput: () => null,
    trail: createTrail({ folder: null, log }),
    metrics,
  };
  const { facts, loop, notifier, flowLogs, events, aws } = createCore({
    ...parts,
    settings: SETTINGS,
    servicesSocket: threadSocket(paths.run),
    log,
    targets,
    machines,
    images: new Map(),
    publishes: services !== undefined,
    writesHeaders: driver.writesHeaders,
    encryptsTunnels: (await wireguardRefusal()) === null,
    outside: outside.fact,
    drive: async (plan) => {
      await gate.open();
      const changes = await driver.apply(plan);
      outside.drove(changes);
      return changes.length;
    },
    tellEdge: async (plan) => {
      const identities = identitiesOf(store.intent);
      const { auth: authMode, defaultAccount } = SETTINGS;
      const access = { identities, authMode, defaultAccount };
      await dns.apply(plan);
      health.apply(plan.pools);
      const faults = [
        ...(await balancing.apply(plan)),
        ...(await siteDns.apply(plan.sites)),
        ...((await services?.apply({ plan: { ...plan, ...selectQueryLogs(plan) }, ...access })) ?? []),
      ];
      if (faults.length > 0) throw new Fault(faults.join('; '));
      outside.applied(plan);
      await onPlan(plan);
    },
    readFlows: driver.readFlows,
    deliverFlows: async (batch) => (services === undefined ? {} : deliverFlows(services, batch)),
    runInstances: (plan) => {
      run(plan, machines);
      events.look();
    },
  });
  ends.defer(() => notifier.stop());
  ends.defer(() => flowLogs.stop());
  ends.defer(() => {
    const stopped = loop.stop();
    // What is held goes on, and no round after it.
    gate.resume();
    return stopped;
  });
  const meters = createMeters({
    store: metrics,
    ...{ intent: store.intent, facts, now, log },
    plan: () => loop.round?.plan ?? null,
    readings: driver.readMeters,
  });
  ends.defer(() => meters.stop());
  const api = createHttpServer((request, response) => void aws(request, response, 'api'));
  const port = await listenTcp(api, SETTINGS.host, SETTINGS.port);
  ends.defer(() => stop(api));
  // Where the edge passes on what instances ask of Culvert's own services.
  const ownServices = createHttpServer((request, response) => void aws(request, response, 'edge'));
  await listenUnix(ownServices, paths.awsSocket);
  ends.defer(() => stop(ownServices));
  loop.poke();

  const roleCredentials = createCredentialSource(sealKey(paths.sealKey));
  const plan = () => {
    if (loop.round === null) throw new Fault('no plan is in force yet');
    return loop.round.plan;
  };
  return {
    paths,
    url: `http://${SETTINGS.host}:${port}`,
    defaultAccount: SETTINGS.defaultAccount,
    driver,
    get plan() {
      return plan();
    },
    async known(resource) {
      const kept = resource === undefined || services === undefined ? null : await askPolicy(services, resource);
      const trail = () => parts.trail.after(0, Number.POSITIVE_INFINITY);
      return { intent: store.intent, facts, plan: plan(), trail, ...(kept && { kept }) };
    },
    status: () =>
      statusOf(store.intent, facts, loop, {
        version: version(),
        listen: { host: SETTINGS.host, port },
        auth: SETTINGS.auth,
        defaultAccount: SETTINGS.defaultAccount,
        startedAt: now(),
        fastPath: driver.fastPath(),
        outOfPorts: [],
      }),
    deciding: { ...parts, facts },
    rootOf(account) {
      const key = rootKey(store, paths, account, now());
      loop.poke();
      return key;
    },
    roleOf: (machine) => roleCredentials(machine, Date.now()),
    flowsLogged: () => flowLogs.read(),
    metersRead: () => meters.read(),
    async settled() {
      if (gate.isHeld() && loop.round !== null) return;
      await loop.idle(MOST_ATTEMPTS);
      if (loop.trouble !== null) throw new Fault(`${loop.trouble.step}: ${loop.trouble.sentence}`);
      await outside.carries();
    },
    site(decide) {
      const decided = decide({ intent: store.intent, account: SETTINGS.defaultAccount, now: now() });
      if ('refusal' in decided) throw new Fault(decided.refusal);
      store.commit(decided.edits);
      loop.poke();
      return decided.site;
    },
    hold: gate.hold,
    resume: gate.resume,
    forward(milliseconds) {
      aheadMs += milliseconds;
      store.commit(sweep(store.intent, facts, now()));
      loop.poke();
    },
    close: () => ends.disposeAsync(),
  };
}

/** An instance is what it was asked to be as soon as its namespace is. */
function run(plan: Plan, machines: Map<string, MachineFact>): void {
  const wanted = new Map(plan.machines.map((machine) => [machine.id, machine]));
  for (const id of machines.keys()) if (!wanted.has(id)) machines.delete(id);
  for (const { id, wanted: state, boots } of plan.machines) machines.set(id, { state, boots, fault: null });
}

function rootKey(store: Store, paths: Paths, account: string, now: string): Credentials {
  ensureRootKey(store, paths.home, account, now);
  const key = store.intent
    .table('accessKey')
    .by('owner', owner(account, ''))
    .find((each) => each.userName === null);
  if (key === undefined) throw new Fault(`account ${account} has no root key`);
  return { accessKeyId: key.id, secretAccessKey: key.secret };
}

interface Gate {
  isHeld(): boolean;
  hold(): void;
  resume(): void;
  /** Resolves when it is not held. */
  open(): Promise<void>;
}

function createGate(): Gate {
  let held: PromiseWithResolvers<void> | null = null;
  return {
    isHeld: () => held !== null,
    hold() {
      held ??= Promise.withResolvers();
    },
    resume() {
      held?.resolve();
      held = null;
    },
    async open() {
      await held?.promise;
    },
  };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
