/**
 * UDP in user space, for pools with Proxy Protocol. A flow is a client's address and port at a listener: its first datagram
 * picks a target, all go there from one port of the node's address, and each carries the header, since a receiver has nothing
 * else to know a datagram's client by. Silence ends a flow; there are only so many of them at a listener.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { explain } from '../../host/fault.ts';
import type { Log } from '../../host/log.ts';
import { udpSocket } from '../../host/sockets.ts';
import type { PoolAddress } from '../../plan/plan.ts';
import { inodeOf } from '../listeners.ts';
import { choose } from './choose.ts';
import type { Counts } from './counts.ts';
import type { ProxiedEnds } from './proxy-protocol.ts';
import type { EnginePool, Front, Passage } from './state.ts';

const SWEEP_MS = 500;
/** Datagrams that wait until it is known where their flow goes; more are lost, as on any network. */
const WAITING = 16;

export interface DatagramFlows {
  /** Sentences for what does not listen. */
  apply(fronts: readonly Front[]): string[];
  /** Ends those flows that it says true of. */
  cut(isLost: (flow: Pick<Flow, 'front' | 'link' | 'target'>) => boolean): void;
  close(): void;
}

export interface DatagramOptions {
  readonly log: Log;
  readonly netnsOf: (domain: string) => string;
  /** Open flows at a listener of a node; datagrams of more are not served. */
  readonly limit: number;
  readonly poolOf: (front: Front) => EnginePool | undefined;
  /** By link address. */
  readonly passageOf: (link: string) => Promise<Passage | undefined>;
  readonly headerFor: (ends: ProxiedEnds, passage: Passage | null) => Buffer | undefined;
  readonly countsOf: (front: string) => Counts;
}

export interface Flow {
  readonly front: Front;
  /** The crossing that it came by, by its link address; null: by none. */
  readonly link: string | null;
  readonly target: PoolAddress | undefined;
}

interface OpenFlow extends Flow {
  /** Of its listener, which may go before it. */
  readonly counts: Counts;
  target: PoolAddress | undefined;
  /** Towards the target. */
  socket: Socket | undefined;
  /** Until then datagrams wait. */
  connected: boolean;
  header: Buffer | null;
  readonly waiting: Buffer[];
  lastAt: number;
  ended: boolean;
}

interface Door {
  readonly namespace: number;
  readonly socket: Socket;
  readonly id: string;
}

interface Place {
  front: Front;
  /** By client and door, the one that was silent longest first. */
  readonly flows: Map<string, OpenFlow>;
  doors: readonly Door[];
}

export function createDatagramFlows(options: DatagramOptions): DatagramFlows {
  const { log, netnsOf, limit, poolOf, passageOf, headerFor, countsOf } = options;
  const places = new Map<string, Place>();
  const sweeping = setInterval(sweep, SWEEP_MS).unref();

  function receive(place: Place, door: Socket, crossed: boolean, data: Buffer, client: RemoteInfo): void {
    const { front, flows } = place;
    const counts = countsOf(front.id);
    // Nothing can answer that.
    if (client.port === 0) {
      counts.unserved++;
      return;
    }
    const key = `${crossed} ${client.address} ${client.port}`;
    const known = flows.get(key);
    if (known === undefined && flows.size >= limit) {
      counts.refused++;
      return;
    }
    const flow = known ?? newFlow(front, crossed ? client.address : null, counts);
    touch(place, key, flow);
    if (known === undefined) {
      counts.accepted++;
      counts.open++;
      open(place, key, flow, door, client).catch((error) => {
        log.error({ err: error, listener: front.id }, 'cannot serve a flow');
        counts.unserved++;
        end(place, key);
      });
    }
    counts.bytesFromClients += data.length;
    if (flow.connected) send(flow, data);
    else if (!flow.ended && flow.waiting.length < WAITING) flow.waiting.push(data);
  }

  async function open(place: Place, key: string, flow: OpenFlow, door: Socket, client: RemoteInfo): Promise<void> {
    const { front, counts } = flow;
    const crossed = flow.link !== null;
    const ends = {
      source: client.address,
      sourcePort: client.port,
      destination: crossed ? front.crossingAddress : front.address,
      destinationPort: front.port,
    };
    const passage = flow.link === null ? null : await passageOf(flow.link);
    if (flow.ended) return;
    const pool = poolOf(front);
    const [target] = pool === undefined ? [] : choose(place.front.targets, ends, pool.sticky);
    const isWhose = passage === null || passage?.crossingAddress === front.crossingAddress;
    const header = pool?.proxyProtocol && isWhose ? headerFor(ends, passage ?? null) : null;
    if (!isWhose || target === undefined || header === undefined) {
      counts.unserved++;
      end(place, key);
      return;
    }
    const fd = portOf(front, counts);
    if (fd === undefined) {
      end(place, key);
      return;
    }
    const socket = createSocket({ type: 'udp4', lookup: asItIs });
    flow.target = target;
    flow.header = header;
    // Of a target where nobody listens: its clients are told nothing, as by any load balancer of UDP.
    socket.on('error', () => counts.targetFailures++);
    socket.on('message', (data) => {
      if (flow.ended) return;
      touch(place, key, flow);
      counts.bytesToClients += data.length;
      door.send(data, client.port, client.address, ignore);
    });
    socket.bind({ fd });
    flow.socket = socket;
    socket.connect(target.port, target.address, (error?: Error) => {
      if (flow.ended) return;
      if (error !== undefined) {
        counts.targetFailures++;
        counts.unserved++;
        end(place, key);
        return;
      }
      flow.connected = true;
      for (const data of flow.waiting.splice(0)) send(flow, data);
    });
  }

  /** Undefined: the node's address has none left. */
  function portOf(front: Front, counts: Counts): number | undefined {
    try {
      return udpSocket(netnsOf(front.domain), { address: front.from, port: 0, freebind: true });
    } catch (error) {
      if (!/EADDRINUSE/.test(explain(error))) throw error;
      counts.targetFailures++;
      counts.portAllocationErrors++;
      return undefined;
    }
  }

  function touch({ flows }: Place, key: string, flow: OpenFlow): void {
    flow.lastAt = performance.now();
    flows.delete(key);
    flows.set(key, flow);
  }

  function end({ flows }: Place, key: string): void {
    const flow = flows.get(key);
    if (flow === undefined) return;
    flows.delete(key);
    flow.ended = true;
    flow.socket?.close();
    flow.counts.open--;
  }

  function sweep(): void {
    const now = performance.now();
    for (const place of places.values()) {
      for (const [key, { lastAt, counts }] of place.flows) {
        if (now - lastAt < place.front.idleSeconds * 1000) break;
        counts.idle++;
        end(place, key);
      }
    }
  }

  function endAll(place: Place): void {
    for (const key of [...place.flows.keys()]) end(place, key);
    for (const { socket } of place.doors) socket.close();
    place.doors = [];
  }

  /** Listens at the node's two addresses, as far as that is not so yet. */
  function listen(place: Place, namespace: number): string[] {
    const { front } = place;
    const faults: string[] = [];
    const doors: Door[] = [];
    for (const [address, crossed] of [
      [front.address, false],
      [front.crossingAddress, true],
    ] as const) {
      const id = `${front.domain} ${address} ${front.port}`;
      const known = place.doors.find((door) => door.id === id && door.namespace === namespace);
      if (known !== undefined) {
        doors.push(known);
        continue;
      }
      try {
        const fd = udpSocket(netnsOf(front.domain), { address, port: front.port, freebind: true });
        const socket = createSocket({ type: 'udp4', lookup: asItIs });
        socket.on('message', (data, client) => receive(place, socket, crossed, data, client));
        socket.on('error', (error) => log.debug({ err: error, listener: front.id }, 'datagrams'));
        socket.bind({ fd });
        doors.push({ namespace, socket, id });
      } catch (error) {
        faults.push(`cannot listen on ${address} UDP port ${front.port} in domain ${front.domain}: ${explain(error)}`);
      }
    }
    for (const door of place.doors) if (!doors.includes(door)) door.socket.close();
    place.doors = doors;
    return faults;
  }

  return {
    apply(fronts) {
      const wanted = new Map(fronts.map((front) => [front.id, front]));
      for (const [id, place] of places) {
        if (wanted.has(id)) continue;
        endAll(place);
        places.delete(id);
      }
      return fronts.flatMap((front) => {
        const namespace = inodeOf(netnsOf(front.domain));
        if (typeof namespace !== 'number') return [`no namespace for domain ${front.domain}: ${namespace.message}`];
        const place = places.get(front.id) ?? { front, flows: new Map(), doors: [] };
        // Their answers would leave by a door that is shut, and in a namespace that is gone there is nobody.
        if (place.front.port !== front.port || place.doors.some((door) => door.namespace !== namespace)) endAll(place);
        place.front = front;
        places.set(front.id, place);
        return listen(place, namespace);
      });
    },
    cut(isLost) {
      for (const place of places.values()) {
        for (const [key, flow] of [...place.flows]) if (isLost(flow)) end(place, key);
      }
    },
    close() {
      clearInterval(sweeping);
      for (const place of places.values()) endAll(place);
      places.clear();
    },
  };
}

function newFlow(front: Front, link: string | null, counts: Counts): OpenFlow {
  return {
    front,
    link,
    counts,
    target: undefined,
    socket: undefined,
    connected: false,
    header: null,
    waiting: [],
    lastAt: 0,
    ended: false,
  };
}

function send({ header, socket }: OpenFlow, data: Buffer): void {
  socket?.send(header === null ? data : [header, data], ignore);
}

/** What the kernel does not take is lost, as on any network. */
function ignore(): void {}

/** Addresses are no names. */
function asItIs(host: string, _options: unknown, answer: (error: null, address: string, family: number) => void): void {
  answer(null, host, 4);
}
