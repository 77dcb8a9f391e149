/**
 * Programs that answer in the namespaces of a scenario: those that its steps start on instances, and one for each place of
 * Culvert's own (AWS services, metadata, mirrors) so that a packet that gets there has an answer. Whoever sends a line is
 * greeted with where it is and how it is seen, and gets its lines back; an HTTP request gets a status.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { decode, encode } from 'dns-packet';
import { type Greeting, RAW_HEADER } from '../daemon/live/probe.ts';
import { inNetns } from '../host/netns.ts';
import type { Paths } from '../host/paths.ts';
import { rawEnd, sendPacket } from '../host/raw-packets.ts';
import { tcpListener, udpSocket } from '../host/sockets.ts';
import { isIpv6 } from '../net/ip.ts';
import type { Plan } from '../plan/plan.ts';

interface Place {
  readonly namespace: string;
  readonly where: string;
  readonly address: string;
  readonly port: number;
  /** By number: one without ports. */
  readonly protocol: 'tcp' | 'udp' | number;
  /** Of answers to HTTP. */
  readonly status: number;
  /** The address that it tells for every name by DNS; null: it greets. */
  readonly told: string | null;
}

export interface Programs {
  /** On every address of the instance. */
  serve(program: Pick<Place, 'protocol' | 'port' | 'status' | 'told'> & { readonly machine: string }): Promise<void>;
  /** False: there is none. */
  stop(program: { machine: string; protocol: 'tcp' | 'udp'; port: number }): boolean;
  /** Opens what a plan's own places lack. */
  apply(plan: Plan): Promise<void>;
  close(): void;
}

const ANY = ['0.0.0.0', '::'];
const PROXY_PROTOCOL = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const PROXY_HEADER_BYTES = 16;

/** `hasServices`: AWS services answer themselves. */
export function createPrograms(paths: Paths, { hasServices }: { readonly hasServices: boolean }): Programs {
  const asked = new Map<string, Closable>();
  const own = new Map<string, Closable>();
  const keyOf = (at: { machine: string; protocol: string | number; port: number }) =>
    `${at.machine} ${at.protocol}/${at.port}`;

  return {
    async serve({ machine, ...rest }) {
      const key = keyOf({ machine, ...rest });
      asked.get(key)?.close();
      const at = { namespace: machine, where: machine, ...rest };
      if (typeof rest.protocol === 'number') {
        asked.set(key, startRaw(paths.netnsOf(machine), machine, rest.protocol));
        return;
      }
      const both = await Promise.all(ANY.map((address) => start(paths, { ...at, address })));
      asked.set(key, {
        close() {
          for (const each of both) each.close();
        },
      });
    },
    stop(program) {
      asked.get(keyOf(program))?.close();
      return asked.delete(keyOf(program));
    },
    async apply(plan) {
      const wanted = new Map<string, Place>();
      for (const place of placesOf(plan, hasServices)) {
        // By inode: a namespace that was made anew needs new sockets.
        const { ino } = statSync(paths.netnsOf(place.namespace));
        wanted.set(`${ino} ${place.address} ${place.port}`, place);
      }
      for (const [key, program] of own) {
        if (wanted.has(key)) continue;
        program.close();
        own.delete(key);
      }
      for (const [key, place] of wanted) if (!own.has(key)) own.set(key, await start(paths, place));
    },
    close() {
      for (const program of [...asked.values(), ...own.values()]) program.close();
    },
  };
}

function placesOf({ domains, services, serviceGateways, mirrors }: Plan, hasServices: boolean): readonly Place[] {
  const tcp = { protocol: 'tcp', status: 200, told: null } as const;
  return [
    ...domains.flatMap(({ id, metadataAddresses, timeAddresses }) => [
      ...metadataAddresses.map((address) => ({ ...tcp, namespace: id, where: id, address, port: 80 })),
      ...timeAddresses.map((address) => ({
        ...tcp,
        protocol: 'udp' as const,
        namespace: id,
        where: id,
        address,
        port: 123,
      })),
    ]),
    ...mirrors.map(({ id, address, port }) => ({ ...tcp, namespace: 'internet', where: id, address, port })),
    ...(hasServices ? [] : services).flatMap(({ id, port, serviceAddress, serviceAddress6, internetAddress }) => [
      ...[serviceAddress, serviceAddress6 ?? []]
        .flat()
        .map((address) => ({ ...tcp, namespace: 'services', where: id, address, port })),
      { ...tcp, namespace: 'internet', where: id, address: internetAddress, port },
    ]),
    ...(hasServices ? [] : serviceGateways).map(({ service, address, port }) => ({
      ...tcp,
      namespace: 'services',
      where: service,
      address,
      port,
    })),
  ];
}

interface Closable {
  close(): void;
}

async function start(paths: Paths, place: Place): Promise<Closable> {
  const { address, port } = place;
  const path = paths.netnsOf(place.namespace);
  if (place.protocol === 'udp') return startUdp(udpSocket(path, { address, port, freebind: true }), place);
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: false }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // A health check that goes away, a flow that is cut.
    socket.on('error', () => undefined);
    converse(socket, place);
  });
  // An answer that has no way back is not sent again: dropped once more, it would be taken for another packet's drop.
  inNetns(path, () => writeFileSync('/proc/sys/net/ipv4/tcp_synack_retries', '0'));
  server.listen({ fd: tcpListener(path, { address, port, freebind: true }) });
  await once(server, 'listening');
  server.unref();
  return {
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Nothing tells when something came: it is looked for. */
const LOOK_MS = 4;

function startRaw(path: string, where: string, protocol: number): Closable {
  const end = rawEnd(path, protocol);
  const looks = setInterval(() => {
    for (const { source, destination } of end.take()) {
      const payload = Buffer.concat([RAW_HEADER, Buffer.from(greeting(where, source))]);
      try {
        sendPacket(path, { source: destination, destination: source, protocol, payload });
      } catch {
        // No way back: whoever asked is told that nothing came.
      }
    }
  }, LOOK_MS);
  looks.unref();
  return {
    close() {
      clearInterval(looks);
      end.close();
    },
  };
}

function startUdp(fd: number, { where, address, told }: Place): Closable {
  const socket = dgram.createSocket(isIpv6(address) ? 'udp6' : 'udp4');
  socket.bind({ fd });
  socket.on('error', () => undefined);
  socket.on('message', (message, peer) => {
    socket.send(told === null ? greeting(where, peer.address) : answerTo(message, told), peer.port, peer.address);
  });
  socket.unref();
  return socket;
}

/** Of a question of another type than A: no records. */
function answerTo(message: Buffer, told: string): Buffer {
  const { id = 0, questions = [] } = decode(message);
  const answers = questions.flatMap(({ type, name }) => (type === 'A' ? [{ type, name, ttl: 60, data: told }] : []));
  return encode({ type: 'response', id, questions, answers });
}

function converse(socket: Socket, { where, status }: Place): void {
  socket.unref();
  let greeted = false;
  socket.on('data', (chunk: Buffer) => {
    const text = withoutProxyHeader(chunk);
    if (/^[A-Z]+ \S+ HTTP\//.test(text)) {
      socket.end(`HTTP/1.1 ${status} .\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    } else if (greeted) {
      socket.write(text);
    } else if (text !== '') {
      greeted = true;
      socket.write(greeting(where, socket.remoteAddress ?? ''));
    }
  });
}

/** It is a balancer's and comes in one piece, before or with the first bytes of the client. */
function withoutProxyHeader(chunk: Buffer): string {
  if (!chunk.subarray(0, PROXY_PROTOCOL.length).equals(PROXY_PROTOCOL)) return String(chunk);
  return String(chunk.subarray(PROXY_HEADER_BYTES + chunk.readUInt16BE(14)));
}

function greeting(where: string, seenFrom: string): string {
  return `${JSON.stringify({ where, seenFrom } satisfies Greeting)}\n`;
}
