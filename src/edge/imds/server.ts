/**
 * The sockets of instance metadata: one listener for each domain, inside its namespace, so that equal addresses in two VPCs
 * never meet. Within a domain the source address tells the instance; that it is the instance's own is the driver's to see to
 * (anti-spoofing). No address translation stands between.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { arch } from 'node:process';
import { monotonicMs } from '../../host/clock.ts';
import type { Log } from '../../host/log.ts';
import { isIpv6 } from '../../net/ip.ts';
import type { Machine, Plan } from '../../plan/plan.ts';
import { type Listeners, stopServer, trackConnections } from '../listeners.ts';
import { createCredentialSource } from './credentials.ts';
import { setHopLimit } from './hops.ts';
import { createLimiter } from './limiter.ts';
import { type MetadataResponse, problem, type Responder, respond } from './respond.ts';
import { createTokens } from './token.ts';

const PORT = 80;
const MAX_HEADER_BYTES = 16_384;
const HEADERS_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 5_000;
/** What Linux sends with by default. */
const USUAL_HOPS = 64;

export interface MetadataServer {
  /** Faults: a sentence for each listener that could not be opened. */
  apply(plan: Plan): string[];
  close(): void;
}

export function createMetadataServer(options: {
  readonly log: Log;
  readonly sealKey: Buffer;
  readonly listeners: Listeners;
}): MetadataServer {
  const { log, listeners } = options;
  const limiter = createLimiter();
  const responder: Responder = {
    tokens: createTokens(options.sealKey),
    credentials: createCredentialSource(options.sealKey),
    architecture: arch === 'arm64' ? 'arm64' : 'x86_64',
    nowMs: Date.now,
  };
  /** domain → source address → instance. */
  let machines: ReadonlyMap<string, ReadonlyMap<string, Machine>> = new Map();
  const servers = new Map<string, Server>();

  function serverOf(domain: string): Server {
    const known = servers.get(domain);
    if (known !== undefined) return known;
    const server = createServer(
      { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: HEADERS_TIMEOUT_MS },
      (request, response) => answer(domain, request, response),
    );
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    trackConnections(server);
    servers.set(domain, server);
    return server;
  }

  function decide(domain: string, request: IncomingMessage): MetadataResponse {
    const address = request.socket.remoteAddress ?? '';
    const machine = machines.get(domain)?.get(address);
    if (machine === undefined) return problem(404);
    if (isIpv6(address) && machine.metadata.overIpv6 !== true) return problem(403);
    if (!limiter.take(machine.id, monotonicMs())) return problem(503);
    const { method = '', url = '', headers } = request;
    try {
      return respond(machine, { method, url, headers }, responder);
    } catch (error) {
      log.error({ err: error, instance: machine.id }, 'instance metadata');
      return problem(503);
    }
  }

  function answer(domain: string, request: IncomingMessage, response: ServerResponse): void {
    // Nothing here takes a body: one that comes is read to nowhere, within the time a request has.
    request.resume();
    send(response, request, decide(domain, request));
  }

  return {
    apply(plan) {
      machines = machinesByAddress(plan);
      limiter.keep(new Set(plan.machines.map((machine) => machine.id)));
      const wanted = plan.domains.flatMap((domain) =>
        domain.metadataAddresses.map((address) => ({
          domain: domain.id,
          address,
          port: PORT,
          accept: (socket: Socket) => void serverOf(domain.id).emit('connection', socket),
        })),
      );
      for (const [id, server] of servers) {
        if (!wanted.some((each) => each.domain === id)) {
          stopServer(server);
          servers.delete(id);
        }
      }
      return listeners.apply(wanted);
    },
    close() {
      listeners.close();
      for (const server of servers.values()) stopServer(server);
    },
  };
}

function machinesByAddress(plan: Plan): Map<string, Map<string, Machine>> {
  const byId = new Map(plan.machines.map((machine) => [machine.id, machine]));
  const byDomain = new Map<string, Map<string, Machine>>();
  for (const port of plan.ports) {
    const machine = port.machine === null ? undefined : byId.get(port.machine.id);
    if (machine === undefined) continue;
    const addresses = byDomain.get(port.domain) ?? new Map<string, Machine>();
    for (const address of port.addresses) addresses.set(address, machine);
    byDomain.set(port.domain, addresses);
  }
  return byDomain;
}

function send(response: ServerResponse, request: IncomingMessage, answer: MetadataResponse): void {
  // AWS limits the hops of the answer that carries a token. The connection may be used again for another.
  setHopLimit(request.socket, answer.hopLimit ?? USUAL_HOPS);
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  response.writeHead(answer.status, { Server: 'EC2ws', ...answer.headers, 'Content-Length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}
