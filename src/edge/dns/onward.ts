/**
 * Questions that others answer: the world's, and those that rules forward. These leave from an address of an outbound endpoint,
 * out of its own namespace, so that its groups, routes and ACLs hold. Where a CNAME led to the name, what is known of the way
 * is put before the answer.
 *
 * A question that comes back to an inbound endpoint here is known by the port and id that it left with: one that has been passed
 * on too often is in a loop and fails.
 */
import { createSocket } from 'node:dgram';
import { Socket } from 'node:net';
import dnsPacket, { type DecodedPacket } from 'dns-packet';
import { tcpSocket, udpSocket } from '../../host/sockets.ts';
import type { ResolverAddress } from '../../plan/plan.ts';
import { encodeName } from './encode.ts';
import { cut, type Exit, Forwarder, failure } from './forwarder.ts';
import { HEADER, NXDOMAIN, SERVFAIL } from './query.ts';
import type { Wish } from './responder.ts';

/** From one VPC's rules into the next's, and so on. */
const MAX_PASSES = 4;
/** Of one outbound endpoint, each with a socket of its own: one whose targets do not answer must not take all that there are. */
const MAX_UNDER_WAY = 512;
const TIMEOUT_MS = 2000;

export interface OnwardOptions {
  readonly netnsOf: (id: string) => string;
}

export class Onward {
  readonly #options: OnwardOptions;
  #world = new Forwarder([]);
  /** By outbound endpoint. */
  #exits: ReadonlyMap<string, readonly ResolverAddress[]> = new Map();
  /** How often a question was passed on that is under way from "ADDRESS:PORT". */
  readonly #passes = new Map<string, number>();
  /** Questions that have not been answered yet, by outbound endpoint. */
  readonly #underWay = new Map<string, number>();

  constructor(options: OnwardOptions) {
    this.#options = options;
  }

  /** `world`: who answers for what no zone here has. */
  learn(exits: ReadonlyMap<string, readonly ResolverAddress[]>, world: Forwarder): void {
    this.#exits = exits;
    this.#world = world;
  }

  /** `sender`: "ADDRESS:PORT". Never fails. */
  async ask(query: Buffer, transport: 'udp' | 'tcp', wish: Wish, sender: string): Promise<Buffer> {
    const asked = wish.before === null ? query : renamed(query, wish.name);
    const response = await this.#forward(asked, transport, wish, sender);
    return wish.before === null ? response : cut(query, joined(query, wish, response), transport);
  }

  async #forward(query: Buffer, transport: 'udp' | 'tcp', { rule }: Wish, sender: string): Promise<Buffer> {
    if (rule === null) return this.#world.ask(query, transport);
    const passes = (this.#passes.get(sender) ?? 0) + 1;
    const endpoint = rule.forward?.endpoint ?? '';
    const addresses = this.#exits.get(endpoint) ?? [];
    const underWay = this.#underWay.get(endpoint) ?? 0;
    if (passes > MAX_PASSES || addresses.length === 0 || underWay >= MAX_UNDER_WAY) return failure(query, SERVFAIL);
    const address = addresses[Math.floor(Math.random() * addresses.length)] as ResolverAddress;
    const targets = shuffled(rule.forward?.targets ?? []).map((each) => `${each.address}:${each.port}`);
    this.#underWay.set(endpoint, underWay + 1);
    try {
      return await new Forwarder(targets, TIMEOUT_MS, this.#exit(address, passes)).ask(query, transport);
    } finally {
      const left = (this.#underWay.get(endpoint) ?? 1) - 1;
      if (left > 0) this.#underWay.set(endpoint, left);
      else this.#underWay.delete(endpoint);
    }
  }

  #exit({ id, address }: ResolverAddress, passes: number): Exit {
    const netns = this.#options.netnsOf(id);
    return {
      udp: () => {
        const socket = createSocket('udp4').bind({ fd: udpSocket(netns, { address, port: 0 }) });
        const key = `${address}:${socket.address().port}`;
        this.#passes.set(key, passes);
        return socket.once('close', () => this.#passes.delete(key));
      },
      tcp: () => {
        const socket = new Socket({ fd: tcpSocket(netns, { address, port: 0 }) });
        let key = '';
        socket.once('connect', () => {
          key = `${address}:${socket.localPort}`;
          this.#passes.set(key, passes);
        });
        return socket.once('close', () => this.#passes.delete(key));
      },
    };
  }
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** The same question of another name; EDNS stays. */
function renamed(query: Buffer, name: string): Buffer {
  const end = nameEnd(query);
  return Buffer.concat([query.subarray(0, HEADER), encodeName(name), query.subarray(end)]);
}

/**
 * The response to `query`: its own question, the CNAMEs, then what the response to the last one's question holds. Names in there
 * may point to others, so that it is read and written anew.
 */
function joined(query: Buffer, { before }: Wish, response: Buffer): Buffer {
  if (before === null) return response;
  const code = (response[3] as number) & 0x0f;
  if (code !== 0 && code !== NXDOMAIN) return failure(query, code);
  let found: DecodedPacket;
  let records: readonly Buffer[];
  try {
    found = dnsPacket.decode(response);
    records = [...(found.answers ?? []), ...(found.authorities ?? [])].map((each) => encodeRecord(each));
  } catch {
    // Also what can be read need not be such that it can be written.
    return failure(query, SERVFAIL);
  }
  const counts = [found.answers?.length ?? 0, found.authorities?.length ?? 0] as const;
  const head = failure(query, code);
  const question = head.subarray(0, nameEnd(head) + 4);
  const optional = head.subarray(question.length);
  const bytes = Buffer.concat([question, ...before.bodies.slice(0, 1), ...records, optional]);
  bytes[2] = (bytes[2] as number) | ((response[2] as number) & 0x02);
  bytes.writeUInt16BE(before.answerCount + counts[0], 6);
  bytes.writeUInt16BE(counts[1], 8);
  return bytes;
}

function encodeRecord(record: dnsPacket.Answer): Buffer {
  const packet = dnsPacket.encode({ type: 'response', answers: [record] });
  return packet.subarray(HEADER);
}

function nameEnd(message: Buffer): number {
  let at = HEADER;
  while ((message[at] as number) !== 0) at += 1 + (message[at] as number);
  return at + 1;
}
