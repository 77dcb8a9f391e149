/**
 * The edge process: what packets meet in user space (docs/processes.md). Instance metadata, time and health checks on this thread, DNS,
 * AWS's services and user-space load balancing on one each; sites' DNS servers are processes of their own. Takes states from control over edge.sock and keeps the last one, so that it needs nobody to go on.
 */

import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { explain, Fault } from '../host/fault.ts';
import { createLog } from '../host/log.ts';
import { hostPaths } from '../host/paths.ts';
import { sealKey } from '../host/seal.ts';
import { Refusal } from '../model/refusal.ts';
import { createBalancing } from './balance/balancing.ts';
import { startDnsThread } from './dns/thread.ts';
import type { FlowBatch } from './flow-logs/records.ts';
import { createChecker } from './health/checker.ts';
import { probe } from './health/probe.ts';
import { createReporter, reportOf } from './health/report.ts';
import { createMetadataServer } from './imds/server.ts';
import { createListeners } from './listeners.ts';
import { createMirrorServer } from './mirror/server.ts';
import { selectQueryLogs } from './query-logs/questions.ts';
import { headOf, readBody, SERVER_OPTIONS, writeResponse } from './services/http.ts';
import { proxy } from './services/proxy.ts';
import { threadSocket } from './services/socket.ts';
import { askPolicy, deliverFlows, startServicesThread } from './services/thread.ts';
import { createSiteDns } from './site-dns.ts';
import { type Defaults, type EdgeState, loadState, parseState, saveState } from './state.ts';
import { createTimeServer } from './time/server.ts';

/** A Plan of ten thousand endpoints has some 50 MB. */
const STATE_BYTES = 512 * 1024 * 1024;
/** Connections to metadata and packages. */
const PER_INSTANCE = 256;

/** Beside the threads, which say themselves what does not listen now. */
interface InForce {
  readonly revision: number;
  /** What does not listen on this thread, and why; empty: all does. */
  readonly faults: readonly string[];
}

const paths = hostPaths();
const log = createLog('edge');
mkdirSync(paths.run, { recursive: true, mode: 0o755 });

const services = startServicesThread(log);
// Names are answered whatever becomes of what is logged.
const dns = startDnsThread(log, (batch) => services.tell(batch));
const metadata = createMetadataServer({
  log,
  sealKey: sealKey(paths.sealKey),
  listeners: createListeners(paths.netnsOf, { allowHalfOpen: true, perPeer: PER_INSTANCE }),
});
const time = createTimeServer(paths.netnsOf);
const mirrors = createMirrorServer({
  log,
  bases: paths.bases,
  listeners: createListeners(paths.netnsOf, { allowHalfOpen: true, perPeer: PER_INSTANCE }),
});
const balancing = createBalancing(log);
const siteDns = createSiteDns({ log, netnsOf: paths.netnsOf, folder: join(paths.run, 'sites'), cache: paths.cache });
const health = createChecker({
  log,
  probe: (check, signal) => probe(check, paths.netnsOf(check.domain), signal),
  onChange: () => reporter.changed(),
});
const reporter = createReporter({
  log,
  controlSocket: paths.controlSocket,
  report: () => reportOf(health.health()),
});

let inForce: InForce = { revision: -1, faults: [] };
let turn: Promise<unknown> = Promise.resolve();

/** One state after the other, in the order of their arrival. */
function putInForce(state: EdgeState): Promise<InForce> {
  const done = turn.then(async () => {
    const started = performance.now();
    const { plan, ...access } = state;
    const { services: of, crossings, serviceGateways, endpointPolicies } = plan;
    const reached = { services: of, crossings, serviceGateways, endpointPolicies };
    const theirs = services.apply({
      ...access,
      plan: { ...reached, ...selectQueryLogs(plan), flowLogs: plan.flowLogs },
    });
    const names = dns.apply(plan);
    const listening = balancing.apply(plan);
    const ofSites = siteDns.apply(plan.sites);
    health.apply(plan.pools);
    const own = [...metadata.apply(plan), ...time.apply(plan.domains), ...mirrors.apply(plan)];
    const faults = [...own, ...(await names), ...(await theirs), ...(await listening), ...(await ofSites)];
    for (const fault of faults) log.error({ revision: plan.revision }, fault);
    log.info({ revision: plan.revision, ms: Math.round(performance.now() - started) }, 'state in force');
    inForce = { revision: plan.revision, faults: own };
    return { revision: plan.revision, faults };
  });
  turn = done.catch((error) => log.error({ err: error, revision: state.plan.revision }, 'cannot put a state in force'));
  return done;
}

function defaults(): Defaults {
  const { CULVERT_AUTH: authMode, CULVERT_ACCOUNT: defaultAccount } = process.env;
  return {
    ...(authMode === 'lenient' || authMode === 'strict' ? { authMode } : {}),
    ...(defaultAccount === undefined ? {} : { defaultAccount }),
  };
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/state' && request.method === 'GET') return reply(response, 200, stateNow());
  if (request.url === '/state' && request.method === 'PUT') return putState(request, response);
  const [, arn] = /^\/policies\/(.+)$/.exec(request.url ?? '') ?? [];
  if (arn !== undefined && request.method === 'GET') {
    return reply(response, 200, { kept: await askPolicy(services, decodeURIComponent(arn)) });
  }
  if (request.url === '/flows' && request.method === 'PUT') return takeFlows(request, response);
  reply(response, 404, { fault: `there is no ${request.method} ${request.url}` });
}

/** An AWS request for an embedded service: whatever it says, it is theirs. */
async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await services.ready();
    await proxy({ socketPath: threadSocket(paths.run) }, request, response);
  } catch (error) {
    log.error({ err: error }, 'the services thread does not answer');
    // Needed here only, and dear to load.
    const { decodeRequest } = await import('../wire/index.ts');
    const call = decodeRequest({ ...headOf(request), body: new Uint8Array() });
    const refusal = new Refusal('ServiceUnavailable', 'The services are being started again.', 503);
    await writeResponse(request, response, call.encodeError(refusal, ''));
  }
}

function stateNow() {
  const faults = [...inForce.faults, ...[dns, services, balancing].flatMap((thread) => thread.faults())];
  return { revision: inForce.revision, faults, targets: reportOf(health.health()), listeners: balancing.counts() };
}

async function putState(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let state: EdgeState;
  try {
    state = parseState((await readBody(request, STATE_BYTES)).toString('utf8'), defaults());
  } catch (error) {
    if (error instanceof Fault || error instanceof Refusal) return reply(response, 400, { fault: explain(error) });
    throw error;
  }
  saveState(paths.edgeState, state);
  const result = await putInForce(state);
  reply(response, result.faults.length === 0 ? 200 : 503, result);
}

async function takeFlows(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const batch = JSON.parse((await readBody(request, STATE_BYTES)).toString('utf8')) as FlowBatch;
  reply(response, 200, await deliverFlows(services, batch));
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

const doors = [
  [paths.edgeSocket, serve],
  [paths.servicesSocket, passOn],
] as const;
const servers = doors.map(([socket, answer]) =>
  createServer(SERVER_OPTIONS, (request, response) => {
    answer(request, response).catch((error) => {
      log.error({ err: error }, socket);
      if (response.headersSent) response.destroy();
      else reply(response, 500, { fault: explain(error) });
    });
  }),
);

async function stop(signal: string): Promise<void> {
  log.info({ signal }, 'stopping');
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  metadata.close();
  time.close();
  reporter.close();
  health.close();
  mirrors.close();
  // What it has not told yet is logged by the services' thread.
  await dns.stop();
  await Promise.all([services.stop(), balancing.stop(), siteDns.stop()]);
  process.exit(0);
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

try {
  const last = loadState(paths.edgeState);
  // Whatever control sends waits its turn behind it.
  if (last !== undefined) void putInForce(last);
} catch (error) {
  // A new state will come; until then there is nothing to serve.
  log.error({ err: error }, 'cannot read the last state');
}

for (const [at, [socket]] of doors.entries()) {
  rmSync(socket, { force: true });
  const umask = process.umask(0o177);
  servers[at]?.listen(socket, () => {
    chmodSync(socket, 0o600);
    log.info({ socket }, 'listening');
  });
  process.umask(umask);
}
