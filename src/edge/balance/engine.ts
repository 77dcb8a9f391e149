/**
 * Load balancing in user space, for what the kernel cannot do: TLS, Proxy Protocol (over UDP: datagram-flows.ts), and the way from
 * one address family to the other. Accepts at a node's address and at its crossing address, picks a target, speaks to it from the node's address of its family. What belongs to a connection is found by key, so
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
import { type Counts, noCounts } from './counts.ts';
import { createDatagramFlows, type Flow } from './datagram-flows.ts';
import { dial } from './dial.ts';
import { type ProxiedEnds, proxyHeader } from './proxy-protocol.ts';
import { relay, reset, type Side } from './relay.ts';
import type { BalanceState, EnginePool, Front, Passage } from './state.ts';
import { acceptTls, startTls } from './tls.ts';

/** Open ones at a listener of a node; more are reset as they come, flows of UDP not served. */
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

interface Connection extends Flow {
  readonly client: Socket;
  target: PoolAddress | undefined;
  targetSocket: Socket | undefined;
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
  const datagrams = createDatagramFlows({
    log,
    netnsOf,
    limit,
    poolOf: (front) => pools.get(front.pool),
    passageOf,
    headerFor: (ends, passage) => headerFor(ends, passage, 'udp'),
    countsOf,
  });

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
      targetSocket: undefined,
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
      if (connection.targetSocket !== undefined && !connection.relayed) reset(connection.targetSocket);
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
    const header = pool.proxyProtocol ? headerFor(flow, passage, 'tcp') : null;
    if (header === undefined) return false;

    const clientSide = await clientSideOf(front, client);
    if (clientSide === undefined) return false;
    const dialled = await dial({
      netns: netnsOf(front.domain),
      from: front.from,
      targets: choose((fronts.get(front.id) ?? front).targets, flow, pool.sticky),
      signal,
      onFailure(outOfPorts) {
        counts.targetFailures++;
        if (outOfPorts) counts.portAllocationErrors++;
      },
    });
    if (dialled === undefined) return false;
    const { socket } = dialled;
    connection.target = dialled.target;
    connection.targetSocket = socket;
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
  function headerFor(flow: ProxiedEnds, passage: Passage | null, transport: 'tcp' | 'udp'): Buffer | undefined {
    if (passage === null) return proxyHeader(flow, null, transport);
    const own = untranslated(netnsOf(passage.consumer), flow, transport);
    return own && proxyHeader(own, passage.vpcEndpointId, transport);
  }

  async function clientSideOf(front: Front, raw: Socket): Promise<Side | undefined> {
    if (front.protocol !== 'tls') return { socket: raw, raw };
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
    for (const { id, protocol, certificates, tls } of wanted) {
      if (protocol !== 'tls') continue;
      const text = JSON.stringify([certificates, tls]);
      try {
        const choice = byText.get(text) ?? choicesByText.get(text) ?? createCertificateChoice(certificates, tls);
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
    const isLost = ({ front, link, target }: Flow) =>
      !fronts.has(front.id) ||
      (link !== null && passages.get(link)?.crossingAddress !== front.crossingAddress) ||
      (target !== undefined && cutPlaces.has(`${front.pool} ${placeOf(target)}`));
    for (const connection of [...connections]) if (isLost(connection)) end(connection);
    datagrams.cut(isLost);
  }

  return {
    apply(state) {
      const faults = learnCertificates(state.fronts);
      const served = state.fronts.filter(({ id, protocol }) => protocol !== 'tls' || choices.has(id));
      fronts = new Map(served.map((front) => [front.id, front]));
      pools = new Map(state.pools.map((pool) => [pool.id, pool]));
      passages = new Map(state.passages.map((passage) => [passage.linkAddress, passage]));
      nextApply.resolve();
      nextApply = Promise.withResolvers();
      for (const id of counted.keys()) if (!fronts.has(id)) counted.delete(id);
      cutLost();
      const wanted = served
        .filter(({ protocol }) => protocol !== 'udp')
        .flatMap(({ id, domain, address, crossingAddress, port }) => [
          { domain, address, port, accept: (client: Socket) => accept(id, false, client) },
          { domain, address: crossingAddress, port, accept: (client: Socket) => accept(id, true, client) },
        ]);
      const datagramFronts = served.filter(({ protocol }) => protocol === 'udp');
      return [...faults, ...listeners.apply(wanted), ...datagrams.apply(datagramFronts)];
    },
    counts: () => Object.fromEntries([...counted].map(([id, counts]) => [id, { ...counts }])),
    close() {
      listeners.close();
      datagrams.close();
      for (const connection of [...connections]) end(connection);
    },
  };
}

function end({ client, targetSocket }: Connection): void {
  reset(client);
  if (targetSocket !== undefined) reset(targetSocket);
}

/** As the client's packets name them here. Undefined: it is gone already. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): ProxiedEnds | undefined {
  if (!remoteAddress || !remotePort || !localAddress || !localPort) return undefined;
  return { source: remoteAddress, sourcePort: remotePort, destination: localAddress, destinationPort: localPort };
}

function placeOf({ address, port }: PoolAddress): string {
  return `${address}:${port}`;
}
