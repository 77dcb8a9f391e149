/**
 * Asks other resolvers: the host's own for what no zone here owns, from the host's network, or those that a rule names, from an
 * address of an outbound endpoint. Each question leaves from a port and with an
 * id of its own, so that answers cannot be guessed (RFC 5452); the client gets its id back. Keeps nothing: those
 * asked do. Without resolvers the world has no names: NXDOMAIN, at once.
 */
import { randomInt } from 'node:crypto';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { isIP, isIPv6, Socket as TcpSocket } from 'node:net';
import { NXDOMAIN, SERVFAIL } from './query.ts';
import { fail, limitOf } from './responder.ts';

const DNS_PORT = 53;
const TIMEOUT_MS = 2000;
/** Questions on their way at a time; more are answered SERVFAIL. */
const MAX_OUTSTANDING = 512;
const HEADER = 12;
const MAX_MESSAGE = 65_535;
const TRUNCATED = 0x02;

/** "9.9.9.9", or with a port: "127.0.0.1:5353", "[::1]:5353". */
export type Upstream = string;
type Transport = 'udp' | 'tcp';

interface Server {
  readonly host: string;
  readonly port: number;
}

/** Sockets that questions leave by, not connected yet. `udp` is bound; whoever makes it is told when it is gone. */
export interface Exit {
  udp(isV6: boolean): UdpSocket;
  tcp(): TcpSocket;
}

const HOST: Exit = {
  udp: (isV6) => createSocket(isV6 ? 'udp6' : 'udp4'),
  tcp: () => new TcpSocket(),
};

export class Forwarder {
  readonly #upstreams: readonly Server[];
  readonly #exit: Exit;
  readonly #timeoutMs: number;
  #outstanding = 0;

  constructor(upstreams: readonly Upstream[], timeoutMs = TIMEOUT_MS, exit = HOST) {
    this.#upstreams = upstreams.map(parseUpstream);
    this.#exit = exit;
    this.#timeoutMs = timeoutMs;
  }

  /** The response to a query that was found sound; never fails, and never answers more than the client takes. */
  async ask(query: Buffer, transport: Transport): Promise<Buffer> {
    if (this.#upstreams.length === 0) return failure(query, NXDOMAIN);
    if (this.#outstanding >= MAX_OUTSTANDING) return failure(query, SERVFAIL);
    this.#outstanding++;
    try {
      for (const upstream of this.#upstreams) {
        const response = await this.#askOne(upstream, query, transport).catch(() => undefined);
        if (response !== undefined) return cut(query, response, transport);
      }
      return failure(query, SERVFAIL);
    } finally {
      this.#outstanding--;
    }
  }

  async #askOne(upstream: Server, query: Buffer, transport: Transport): Promise<Buffer> {
    const asked = Buffer.from(query);
    asked.writeUInt16BE(randomInt(65_536), 0);
    const exchange = transport === 'udp' ? overUdp : overTcp;
    const response = await exchange(this.#exit, upstream, asked, this.#timeoutMs);
    query.copy(response, 0, 0, 2);
    return response;
  }
}

/** Whether `response` answers `asked`: id, direction, opcode and, spelled alike, the question. */
export function isAnswerTo(response: Buffer, asked: Buffer): boolean {
  if (response.length < HEADER || response.readUInt16BE(0) !== asked.readUInt16BE(0)) return false;
  if (((response[2] as number) & 0xf8) !== 0x80) return false;
  if (response.readUInt16BE(4) === 0) return true;
  let end = HEADER;
  while (end < asked.length && asked[end] !== 0) end += 1 + (asked[end] as number);
  end += 5;
  return response.length >= end && response.subarray(HEADER, end).equals(asked.subarray(HEADER, end));
}

function overUdp(exit: Exit, { host, port }: Server, asked: Buffer, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = exit.udp(isIPv6(host));
    const timer = setTimeout(() => done(new Error('no answer')), timeoutMs);
    function done(result: Buffer | Error): void {
      clearTimeout(timer);
      socket.close();
      if (result instanceof Error) reject(result);
      else resolve(result);
    }
    socket.once('error', done);
    // Connected: the kernel drops what comes from anyone else, and tells when nobody listens there.
    socket.connect(port, host, () => socket.send(asked));
    socket.on('message', (message) => {
      if (isAnswerTo(message, asked)) done(Buffer.from(message));
    });
  });
}

function overTcp(exit: Exit, { host, port }: Server, asked: Buffer, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = exit.tcp().connect(port, host);
    const timer = setTimeout(() => done(new Error('no answer')), timeoutMs);
    let got = Buffer.alloc(0);
    function done(result: Buffer | Error): void {
      clearTimeout(timer);
      socket.destroy();
      if (result instanceof Error) reject(result);
      else resolve(result);
    }
    socket.once('error', done);
    socket.once('close', () => done(new Error('closed')));
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      const length = got.length < 2 ? MAX_MESSAGE : got.readUInt16BE(0);
      if (got.length < 2 + length) return;
      const message = got.subarray(2, 2 + length);
      done(isAnswerTo(message, asked) ? Buffer.from(message) : new Error('not an answer'));
    });
    const head = Buffer.alloc(2);
    head.writeUInt16BE(asked.length);
    socket.write(Buffer.concat([head, asked]));
  });
}

/** A response longer than the client takes becomes one that says so. */
export function cut(query: Buffer, response: Buffer, transport: Transport): Buffer {
  const limit = limitOf(query, 0, query.length, transport);
  if (response.length <= limit) return response;
  const short = failure(query, 0);
  short[2] = (short[2] as number) | TRUNCATED;
  return short;
}

export function failure(query: Buffer, code: number): Buffer {
  const bytes = Buffer.concat([query, Buffer.alloc(32)]);
  return bytes.subarray(0, fail(bytes, 0, query.length, code));
}

function parseUpstream(text: Upstream): Server {
  if (isIP(text) !== 0) return { host: text, port: DNS_PORT };
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(text) ?? [];
  if (host === undefined || isIP(host) === 0) throw new Error(`not the address of a resolver: ${text}`);
  return { host, port: Number(port) };
}
