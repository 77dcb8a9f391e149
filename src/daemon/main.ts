/**
 * The control process: answers the API, keeps the Intent, and makes the world follow it. Nothing depends on its life but the
 * API itself: killed at any moment, its next start loads the store, looks at the host and applies what differs.
 */
import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { sweep } from '../api/ec2/sweep.ts';
import { createDriver } from '../driver/netns/driver.ts';
import type { FlowBatch } from '../edge/flow-logs/records.ts';
import type { ResourcePolicy } from '../edge/services/embedded/resource-policies.ts';
import { now } from '../host/clock.ts';
import { explain, Fault } from '../host/fault.ts';
import { createLog } from '../host/log.ts';
import { hostPaths } from '../host/paths.ts';
import { sealKey } from '../host/seal.ts';
import { wireguardRefusal } from '../host/wireguard.ts';
import { createInstances } from '../instance/instances.ts';
import { removalsEnded } from '../instance/remove.ts';
import { hasExpiredBetween } from '../model/expiry.ts';
import type { MachineFact } from '../model/facts.ts';
import { type AdminHost, answerAdmin } from './admin.ts';
import { createCore } from './core.ts';
import { createEdgeTeller } from './edge-teller.ts';
import { createEnds } from './ends.ts';
import { createHttpServer, sendText } from './http.ts';
import { ensureRootKey, identitiesOf } from './keys.ts';
import { Fatal, listenTcp, listenUnix } from './listen.ts';
import { sendLive } from './live/live.ts';
import { callLocal } from './local.ts';
import { billOf } from './meters/bill.ts';
import { openMeterStore } from './meters/meter-store.ts';
import { createMeters } from './meters/meters.ts';
import { isForMetrics, prometheusText } from './meters/prometheus.ts';
import { type EdgeCounts, measuredPorts, portTroubles } from './node-ports.ts';
import { watchOutside } from './outside.ts';
import { fromEnvironment } from './settings.ts';
import { statusOf } from './status.ts';
import { openStore } from './store/store.ts';
import type { ChildMessage } from './supervisor.ts';
import { createTargetFacts, parseReport, type TargetFacts } from './target-facts.ts';
import { createTrail } from './trail/trail.ts';
import { version } from './version.ts';

const SWEEP_MS = 5000;
/** How long a round waits for the edge to open its socket, at a start, before that counts as a fault. */
const EDGE_START_MS = 3000;
/** How long it may take to put a state in force. */
const EDGE_PUT_MS = 60_000;
/** An edge that has been running answers at once. */
const EDGE_ASK_MS = 1000;

/** Before the first round. */
const NOTHING = { balancers: [] };

const paths = hostPaths();
const log = createLog('control');
const startedAt = now();

function tell(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });
}

async function die(error: unknown): Promise<never> {
  log.fatal({ err: error }, 'control cannot go on');
  await tell(
    error instanceof Fatal
      ? { is: 'fatal', exitCode: error.exitCode, sentence: error.message }
      : { is: 'failed', sentence: explain(error) },
  );
  process.exit(error instanceof Fatal ? error.exitCode : 1);
}

async function start(): Promise<void> {
  const settings = fromEnvironment(process.env);
  mkdirSync(paths.run, { recursive: true, mode: 0o755 });
  const store = await openStore(paths.store, { onFailure: (fault) => void die(fault) });
  if (ensureRootKey(store, paths.home, settings.defaultAccount, startedAt)) log.info('made the root key');

  const machines = new Map<string, MachineFact>();
  const targets = createTargetFacts(now);
  // Those that ended while nobody looked are told before there is anybody to follow them.
  let followEnds: (() => void) | null = null;
  let tellFact: ((id: string) => void) | null = null;
  const driver = createDriver({ paths, log, fastPath: process.env.CULVERT_FAST_PATH !== 'off' });
  const instances = createInstances({
    paths,
    log,
    caFile: paths.caCert,
    onFact: (id, fact) => {
      machines.set(id, fact);
      tellFact?.(id);
      if (fact.ended !== undefined) followEnds?.();
    },
  });
  const plainTunnels = await wireguardRefusal();
  if (plainTunnels !== null) log.info({ refusal: plainTunnels }, 'VPN connections are plain links');
  const outside = watchOutside({
    isWanted: settings.internet,
    start: (anew) => void tell({ is: 'outside', anew }),
  });
  for (const [id, fact] of await instances.observe()) machines.set(id, fact);
  await askHealth(targets);

  const trail = createTrail({ folder: join(paths.home, 'trail'), log });
  const metered = openMeterStore(paths.meters);
  const edge = createEdgeTeller({
    put: (state) => callLocal(paths.edgeSocket, 'PUT', '/state', state, EDGE_PUT_MS),
    patienceMs: EDGE_START_MS,
  });
  const parts = {
    store,
    sealKey: sealKey(paths.sealKey),
    now,
    consoleOutput: (id: string) => {
      const text = instances.consoleOutput(id);
      return text === '' ? null : { text, at: now() };
    },
    trail,
    metrics: metered,
  };
  const { facts, loop, notifier, flowLogs, events, aws } = createCore({
    ...parts,
    settings,
    servicesSocket: paths.servicesSocket,
    log,
    targets,
    machines,
    images: instances.images,
    publishes: true,
    writesHeaders: driver.writesHeaders,
    encryptsTunnels: plainTunnels === null,
    outside: outside.fact,
    drive: async (plan) => {
      const changes = await driver.apply(plan);
      outside.drove(changes);
      if (changes.some(({ op }) => op === 'create' || op === 'remove')) edge.look();
      return changes.length;
    },
    tellEdge: (plan) => edge.tell({ plan, identities: identitiesOf(store.intent) }),
    readFlows: driver.readFlows,
    deliverFlows,
    runInstances: (plan) => void instances.apply(plan).catch((err) => log.error({ err }, 'instances')),
    onApplied: ({ plan, changes, milliseconds }) => {
      outside.applied(plan);
      log.info({ revision: plan.revision, changes, ms: Math.round(milliseconds) }, 'in force');
    },
  });
  followEnds = createEnds(store, facts, () => loop.poke());
  followEnds();
  tellFact = (id) => events.lookAt('instance', id);
  const meters = createMeters({
    store: metered,
    ...{ intent: store.intent, facts, now, log },
    plan: () => loop.round?.plan ?? null,
    readings: driver.readMeters,
  });

  let port = settings.port;
  const admin: AdminHost = {
    ...parts,
    settings,
    targets,
    facts,
    changed: () => loop.poke(),
    plan: () => loop.round?.plan ?? null,
    resourcePolicy: askPolicy,
    sendLive: (plan, question, found) => sendLive({ paths, driver }, plan, question, found),
    bill: async (wishes) => {
      await meters.read();
      return billOf(metered, store.intent, Date.parse(now()), wishes);
    },
    measured: () => measuredPorts(loop.round?.plan ?? NOTHING, driver),
    status: async () =>
      statusOf(store.intent, facts, loop, {
        outOfPorts: portTroubles(loop.round?.plan ?? NOTHING, driver, await askCounts()),
        version: version(),
        listen: { host: settings.host, port },
        auth: settings.auth,
        defaultAccount: settings.defaultAccount,
        startedAt,
        fastPath: driver.fastPath(),
      }),
  };

  const api = createHttpServer((request, response) => {
    if (isForMetrics(request)) {
      const told = meters.read().then(() => sendText(response, 200, prometheusText(metered.totals())));
      return handle(told, response);
    }
    if (isForHumans(request)) return sendText(response, 200, `Culvert ${version()}: the AWS API answers here.\n`);
    handle(aws(request, response, 'api'), response);
  });
  const passedOn = createHttpServer((request, response) => handle(aws(request, response, 'edge'), response));
  const local = createHttpServer((request, response) => handle(answerAdmin(admin, request, response), response));
  await listenUnix(passedOn, paths.awsSocket);
  await listenUnix(local, paths.controlSocket);
  port = await listenTcp(api, settings.host, settings.port);
  log.info({ host: settings.host, port, auth: settings.auth, revision: store.intent.revision }, 'listening');
  await tell({ is: 'ready', port });
  loop.poke();
  notifier.poke();

  const unfollow = outside.follow(() => loop.poke());
  let lastSweep = startedAt;
  const sweeping = setInterval(() => {
    const edits = sweep(store.intent, facts, now());
    const sweptAt = lastSweep;
    lastSweep = now();
    if (edits.length === 0 && !hasExpiredBetween(store.intent, facts, sweptAt, lastSweep)) return;
    store.commit(edits);
    for (const edit of edits) if (edit.op === 'delete') machines.delete(edit.id);
    loop.poke();
  }, SWEEP_MS);

  let stopping = false;
  async function stop(signal: string): Promise<void> {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    clearInterval(sweeping);
    unfollow();
    for (const server of [api, passedOn, local]) {
      server.close();
      server.closeIdleConnections();
    }
    await loop.stop();
    await notifier.stop();
    await flowLogs.stop();
    instances.close();
    await removalsEnded();
    await meters.stop();
    metered.close();
    await trail.close();
    await store.close();
    process.exit(0);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
}

function handle(work: Promise<void>, response: ServerResponse): void {
  work.catch((err) => {
    log.warn({ err }, 'a request broke off');
    response.destroy();
  });
}

/** A browser or a probe, not an AWS client: those sign. */
function isForHumans(request: IncomingMessage): boolean {
  const path = request.url ?? '';
  return (
    request.method === 'GET' && request.headers.authorization === undefined && (path === '/' || path === '/_health')
  );
}

/** The edge has gone on checking while we were not here: a start without its answer would take every target for a new one. */
async function askHealth(targets: TargetFacts): Promise<void> {
  try {
    const { text } = await callLocal(paths.edgeSocket, 'GET', '/state', undefined, EDGE_ASK_MS);
    const report = parseReport(text);
    if (report !== undefined) targets.receive(report);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // It is being started as well, and knows nothing yet.
  }
}

async function askPolicy(arn: string): Promise<ResourcePolicy | null> {
  try {
    const path = `/policies/${encodeURIComponent(arn)}`;
    const { status, text } = await callLocal(paths.edgeSocket, 'GET', path, undefined, EDGE_ASK_MS);
    return status === 200 ? (JSON.parse(text) as { kept: ResourcePolicy | null }).kept : null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return null;
  }
}

async function deliverFlows(batch: FlowBatch): Promise<Readonly<Record<string, string>>> {
  const { status, text } = await callLocal(paths.edgeSocket, 'PUT', '/flows', batch);
  if (status !== 200) throw new Fault(`the edge did not take records of flows: ${text.trim()}`);
  return JSON.parse(text);
}

async function askCounts(): Promise<EdgeCounts> {
  try {
    const { text } = await callLocal(paths.edgeSocket, 'GET', '/state', undefined, EDGE_ASK_MS);
    return (JSON.parse(text) as { listeners?: EdgeCounts }).listeners ?? {};
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // It is being started again: its counts are gone.
    return {};
  }
}

process.on('uncaughtException', (error) => void die(error));
process.on('unhandledRejection', (error) => void die(error));
await start().catch(die);
