/**
 * One domain's answers, in bytes: turns a query into its response in the buffer it came in. A question that was asked before
 * costs one look-up: what stands behind the question is kept, by the question's bytes in lower case. Lives as long as the
 * Plan it was made for. Knows neither sockets nor clients.
 */
import { answer, type Circumstances, type DnsIndex, type Forward } from '../../dns/answer.ts';
import { type Encoded, encode, encodeOpt, MAX_UDP } from './encode.ts';
import { BADVERS, GOOD, HEADER, nameText, Query, SILENCE, u16 } from './query.ts';

/** `respond`: nothing is to be sent. */
export const NO_ANSWER = 0;
/** `respond`: others are to be asked, as `wish` says; the query's bytes are untouched. */
export const FORWARD = -1;

/** Whom to ask, and what stands before their answer. */
export interface Wish extends Forward {
  /** The CNAMEs that led to the name: nothing where it is the question's own. */
  readonly before: Encoded | null;
}

/** Kept answers of one domain; at about 300 bytes each. Once full, all go: a flood of made-up names costs no more than that. */
const MAX_KEPT = 8192;
const MIN_UDP = 512;
const OPT = encodeOpt();
const OPT_BADVERS = encodeOpt(BADVERS >> 4);
const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  99: 'SPF',
  257: 'CAA',
  251: 'IXFR',
  252: 'AXFR',
  253: 'MAILB',
  254: 'MAILA',
  255: 'ANY',
};
const TRUNCATED = 0x02;
const RECURSION_AVAILABLE = 0x80;

interface Kept extends Encoded {
  /** Which of the bodies is next. */
  turn: number;
}

const query = new Query();

export class Responder {
  readonly #index: DnsIndex;
  readonly #domain: string;
  readonly #circumstances: Circumstances;
  readonly #kept = new Map<string, Kept>();
  #client: () => string | undefined = () => undefined;
  /** Of the question that `respond` last gave FORWARD for. */
  wish: Wish = { name: '', rule: null, before: null };

  /** `zoneOf`: the zone id of an address in the domain. */
  constructor(
    index: DnsIndex,
    domain: string,
    isInbound = false,
    zoneOf: (address: string) => string | undefined = () => undefined,
  ) {
    const zone = () => {
      const address = this.#client();
      return address === undefined ? undefined : zoneOf(address);
    };
    this.#circumstances = { draw: Math.random, isInbound, zone };
    this.#index = index;
    this.#domain = domain;
  }

  /**
   * Answers the query in bytes[start, end) in place; `bytes` must have room for MAX_UDP (`udp`) or 65,535 (`tcp`) bytes from
   * `start`. Gives the response's length, NO_ANSWER or FORWARD. `client`: its address, asked only where the answer depends on it.
   */
  respond(
    bytes: Buffer,
    start: number,
    end: number,
    transport: 'udp' | 'tcp',
    client: () => string | undefined = () => undefined,
  ): number {
    this.#client = client;
    const code = query.read(bytes, start, end);
    if (code === SILENCE) return NO_ANSWER;
    if (code !== GOOD) return refuse(bytes, start, code);
    const kept = this.#find(bytes, start);
    if (kept === undefined) return FORWARD;
    const body = kept.bodies[kept.turn] as Buffer;
    kept.turn = kept.turn + 1 === kept.bodies.length ? 0 : kept.turn + 1;
    const length = query.questionEnd - start + body.length + (query.hasEdns ? OPT.length : 0);
    if (length > udpLimit(transport)) return finish(bytes, start, kept.rcode, TRUNCATED, 0, 0, undefined);
    return finish(bytes, start, kept.rcode, 0, kept.answerCount, kept.authorityCount, body);
  }

  #find(bytes: Buffer, start: number): Kept | undefined {
    const { nameEnd, questionEnd, hasUpperCase } = query;
    const question = bytes.toString('latin1', start + HEADER, questionEnd);
    const nameLength = nameEnd - start - HEADER;
    const key = hasUpperCase ? question.slice(0, nameLength).toLowerCase() + question.slice(nameLength) : question;
    return this.#kept.get(key) ?? this.#make(bytes, start, key);
  }

  #make(bytes: Buffer, start: number, key: string): Kept | undefined {
    const type = u16(bytes, query.nameEnd);
    const dnsClass = u16(bytes, query.nameEnd + 2);
    const question = {
      name: nameText(bytes, start + HEADER),
      type: TYPES[type] ?? `TYPE${type}`,
      class: dnsClass === 1 ? 'IN' : `CLASS${dnsClass}`,
    };
    const found = answer(this.#index, this.#domain, question, this.#circumstances);
    if (found.forward !== null) {
      this.wish = { ...found.forward, before: found.answers.length === 0 ? null : encode(found) };
      return undefined;
    }
    const made = { ...encode(found), turn: 0 };
    if (found.varies) return made;
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(key, made);
    return made;
  }
}

/** The most that a client of the query just read takes: by TCP all that fits a length of two bytes. */
function udpLimit(transport: 'udp' | 'tcp'): number {
  return transport === 'tcp' ? 65_535 : Math.max(MIN_UDP, Math.min(query.udpSize, MAX_UDP));
}

/** The query in bytes[start, end), which `respond` found to be others', as an error without records. */
export function fail(bytes: Buffer, start: number, end: number, code: number): number {
  return query.read(bytes, start, end) === SILENCE ? NO_ANSWER : refuse(bytes, start, code);
}

/** How long an answer to this query may be: for cutting what came from elsewhere. */
export function limitOf(bytes: Buffer, start: number, end: number, transport: 'udp' | 'tcp'): number {
  query.read(bytes, start, end);
  return udpLimit(transport);
}

function refuse(bytes: Buffer, start: number, code: number): number {
  // Without a whole question there is only the header to send back.
  if (query.questionEnd === 0) query.hasEdns = false;
  return finish(bytes, start, code, 0, 0, 0, undefined);
}

/** Writes header and body around the question that is there; the response's length. */
function finish(
  bytes: Buffer,
  start: number,
  rcode: number,
  flags: number,
  answerCount: number,
  authorityCount: number,
  body: Buffer | undefined,
): number {
  const hasQuestion = query.questionEnd > 0;
  // Kept from the query: opcode, RD and CD.
  bytes[start + 2] = 0x80 | flags | ((bytes[start + 2] as number) & 0x79);
  bytes[start + 3] = RECURSION_AVAILABLE | ((bytes[start + 3] as number) & 0x10) | (rcode & 0x0f);
  bytes[start + 4] = 0;
  bytes[start + 5] = hasQuestion ? 1 : 0;
  bytes[start + 6] = answerCount >> 8;
  bytes[start + 7] = answerCount & 255;
  bytes[start + 8] = 0;
  bytes[start + 9] = authorityCount;
  bytes[start + 10] = 0;
  bytes[start + 11] = query.hasEdns ? 1 : 0;
  let here = hasQuestion ? query.questionEnd : start + HEADER;
  if (body !== undefined) {
    bytes.set(body, here);
    here += body.length;
  }
  if (query.hasEdns) {
    bytes.set(rcode === BADVERS ? OPT_BADVERS : OPT, here);
    here += OPT.length;
  }
  return here - start;
}
