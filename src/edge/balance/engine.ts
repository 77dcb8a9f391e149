/**
 * Load balancing in user space, for what the kernel cannot do: TLS, and Proxy Protocol. Accepts at a node's address and at its
 * crossing address, picks a target, speaks to it from the node's address. What belongs to a connection is found by key, so
 * that its cost does not depend on how many listeners or endpoints there are.
 */
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { untranslated } from '../../host/conntrack.ts';
import { explain } from '../../host/fault.ts';
import type { Log } from '../../host/log.ts';
import type { PoolAddress } from '../../plan/plan.ts';
import type { Listeners } from '../listeners.ts';
import { type CertificateChoice, createCertificateChoice } from './certificates.ts';
import { choose } from './choose.ts';
import { dial } from './dial.ts';
import { type ProxiedEnds, proxyHeader } from './proxy-protocol.ts';
import { relay, reset, type Side } from './relay.ts';
import type { BalanceState, EnginePool, Front, Passage } from './state.ts';
import { acceptTls, startTls } from './tls.ts';

/** Open ones at a listener of a node; more are reset as they come. */
const CONNECTIONS = 16_384;

/** A crossing opens in the kernel a moment before the Plan is here that has it. */
const PASSAGE_MS = 1_000;

export interface Engine {
  /** Sentences for what does not listen. */
  apply(state: BalanceState): string[];
  /** By listener and node. */
  counts(): Readonly<Record<string, Counts>>;
  close(): void;
}

export interface Counts {
  accepted: number;
  open: number;
  /** Reset at once: too many are open. */
  refused: number;
  /** Reset: no target took it, or nobody can tell whose it is. */
  unserved: number;
  /** Connections to targets that could not be made. */
  targetFailures: number;
  /** Of these: the node's address had no port left. */
  portAllocationErrors: number;
  /** Ended by silence. */
  idle: number;
  bytesFromClients: number;
  bytesToClients: number;
}

interface Connection {
  readonly front: Front;
  readonly client: Socket;
  /** The crossing that it came by, by its link address; null: by none. */
  readonly link: string | null;
  target: { readonly at: PoolAddress; readonly socket: Socket } | undefined;
  relayed: boolean;
}

export interface EngineOptions {
  readonly log: Log;
  readonly listeners: Listeners;
  readonly netnsOf: (domain: string) => string;
  readonly connections?: number;
}

export function createEngine({ log, listeners, netnsOf, connections: limit = CONNECTIONS }: EngineOptions): Engine {
  let fronts: ReadonlyMap<string, Front> = new Map();
  let pools: ReadonlyMap<string, EnginePool> = new Map();
  /** By link address. */
  let passages: ReadonlyMap<string, Passage> = new Map();
  /** Of TLS listeners, by front; and by the PEM text of all of them, since they stay the same mostly. */
  let choices: ReadonlyMap<string, CertificateChoice> = new Map();
  let choicesByText: ReadonlyMap<string, CertificateChoice> = new Map();
  let nextApply = Promise.withResolvers<void>();
  const counted = new Map<string, Counts>();
  const connections = new Set<Connection>();

  function accept(id: string, crossed: boolean, client: Socket): void {
    client.on('error', (error) => log.debug({ err: error, listener: id }, 'client'));
    const front = fronts.get(id);
    const flow = endsOf(client);
    if (front === undefined || flow === undefined) {
      reset(client);
      return;
    }
    const counts = countsOf(id);
    if (counts.open >= limit) {
      counts.refused++;
      reset(client);
      return;
    }
    const connection: Connection = {
      front,
      client,
      link: crossed ? flow.source : null,
      target: undefined,
      relayed: false,
    };
    connections.add(connection);
    counts.accepted++;
    counts.open++;
    const leaving = new AbortController();
    client.once('close', () => {
      connections.delete(connection);
      counts.open--;
      counts.bytesFromClients += client.bytesRead;
      counts.bytesToClients += client.bytesWritten;
      leaving.abort();
      if (connection.target !== undefined && !connection.relayed) reset(connection.target.socket);
    });
    serve(connection, flow, counts, leaving.signal).then(
      (served) => {
        if (served) return;
        if (!leaving.signal.aborted) counts.unserved++;
        end(connection);
      },
      (error) => {
        log.error({ err: error, listener: id }, 'cannot serve a connection');
        counts.unserved++;
        end(connection);
      },
    );
  }

  /** False: it cannot be. */
  async function serve(
    connection: Connection,
    flow: ProxiedEnds,
    counts: Counts,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { front, client, link } = connection;
    const pool = pools.get(front.pool);
    const passage = link === null ? null : await passageOf(link);
    if (pool === undefined || passage === undefined) return false;
    if (passage !== null && passage.crossingAddress !== front.crossingAddress) return false;
    const header = pool.proxyProtocol ? headerFor(flow, passage) : null;
    if (header === undefined) return false;

    const clientSide = await clientSideOf(front, client);
    if (clientSide === undefined) return false;
    const dialled = await dial({
      netns: netnsOf(front.domain),
      from: front.address,
      targets: choose((fronts.get(front.id) ?? front).targets, flow, pool.sticky),
      signal,
      onFailure(outOfPorts) {
        counts.targetFailures++;
        if (outOfPorts) counts.portAllocationErrors++;
      },
    });
    if (dialled === undefined) return false;
    const { socket } = dialled;
    connection.target = { at: dialled.target, socket };
    if (signal.aborted) return false;
    if (header !== null) socket.write(header);
    const targetSide: Side | undefined = pool.tls ? await startTls(socket) : { socket, raw: socket };
    if (targetSide === undefined || signal.aborted) return false;
    connection.relayed = true;
    relay(clientSide, targetSide, front.idleSeconds * 1000, () => counts.idle++);
    return true;
  }

  async function passageOf(link: string): Promise<Passage | undefined> {
    if (!passages.has(link)) await Promise.race([nextApply.promise, delay(PASSAGE_MS, undefined, { ref: false })]);
    return passages.get(link);
  }

  /** Undefined: whose connection it is cannot be told, and nothing else may be claimed. */
  function headerFor(flow: ProxiedEnds, passage: Passage | null): Buffer | undefined {
    if (passage === null) return proxyHeader(flow, null);
    const own = untranslated(netnsOf(passage.consumer), flow);
    return own && proxyHeader(own, passage.vpcEndpointId);
  }

  async function clientSideOf(front: Front, raw: Socket): Promise<Side | undefined> {
    if (front.protocol === 'tcp') return { socket: raw, raw };
    const choice = choices.get(front.id);
    return choice && acceptTls(raw, choice);
  }

  function countsOf(id: string): Counts {
    const counts = counted.get(id) ?? noCounts();
    counted.set(id, counts);
    return counts;
  }

  function learnCertificates(wanted: readonly Front[]): string[] {
    const faults: string[] = [];
    const byFront = new Map<string, CertificateChoice>();
    const byText = new Map<string, CertificateChoice>();
    for (const { id, protocol, certificates } of wanted) {
      if (protocol !== 'tls') continue;
      const text = JSON.stringify(certificates);
      try {
        const choice = byText.get(text) ?? choicesByText.get(text) ?? createCertificateChoice(certificates);
        byText.set(text, choice);
        byFront.set(id, choice);
      } catch (error) {
        faults.push(`${id}: its certificates cannot be used: ${explain(error)}`);
      }
    }
    choices = byFront;
    choicesByText = byText;
    return faults;
  }

  /** Ends what may go on no longer. */
  function cutLost(): void {
    const cutPlaces = new Set(
      [...pools.values()].flatMap(({ id, cut }) => cut.map((place) => `${id} ${placeOf(place)}`)),
    );
    for (const connection of [...connections]) {
      const { front, link, target } = connection;
      const isGone = !fronts.has(front.id);
      const isClosed = link !== null && passages.get(link)?.crossingAddress !== front.crossingAddress;
      const isCut = target !== undefined && cutPlaces.has(`${front.pool} ${placeOf(target.at)}`);
      if (isGone || isClosed || isCut) end(connection);
    }
  }

  return {
    apply(state) {
      const faults = learnCertificates(state.fronts);
      const served = state.fronts.filter(({ id, protocol }) => protocol === 'tcp' || choices.has(id));
      fronts = new Map(served.map((front) => [front.id, front]));
      pools = new Map(state.pools.map((pool) => [pool.id, pool]));
      passages = new Map(state.passages.map((passage) => [passage.linkAddress, passage]));
      nextApply.resolve();
      nextApply = Promise.withResolvers();
      for (const id of counted.keys()) if (!fronts.has(id)) counted.delete(id);
      cutLost();
      const wanted = served.flatMap(({ id, domain, address, crossingAddress, port }) => [
        { domain, address, port, accept: (client: Socket) => accept(id, false, client) },
        { domain, address: crossingAddress, port, accept: (client: Socket) => accept(id, true, client) },
      ]);
      return [...faults, ...listeners.apply(wanted)];
    },
    counts: () => Object.fromEntries([...counted].map(([id, counts]) => [id, { ...counts }])),
    close() {
      listeners.close();
      for (const connection of [...connections]) end(connection);
    },
  };
}

function end({ client, target }: Connection): void {
  reset(client);
  if (target !== undefined) reset(target.socket);
}

/** As the client's packets name them here. Undefined: it is gone already. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): ProxiedEnds | undefined {
  if (!remoteAddress || !remotePort || !localAddress || !localPort) return undefined;
  return { source: remoteAddress, sourcePort: remotePort, destination: localAddress, destinationPort: localPort };
}

function placeOf({ address, port }: PoolAddress): string {
  return `${address}:${port}`;
}

function noCounts(): Counts {
  return {
    accepted: 0,
    open: 0,
    refused: 0,
    unserved: 0,
    targetFailures: 0,
    portAllocationErrors: 0,
    idle: 0,
    bytesFromClients: 0,
    bytesToClients: 0,
  };
}
