/**
 * An answer as bytes: everything behind the question. Owner names are pointers to the question's name where they are equal to
 * it, so that the client gets back its own spelling; other names are written out. RFC 1035 §4.1, RFC 6891.
 */
import ipaddr from 'ipaddr.js';
import type { Answer, AnswerRecord, Soa } from '../../dns/answer.ts';
import { labelBytes } from '../../net/domain-name.ts';
import { type Field, parseRdata } from '../../plan/rdata.ts';
import { HEADER } from './query.ts';

/** What this server takes by UDP, and the most it sends: fits any path without fragments (DNS flag day 2020). */
export const MAX_UDP = 1232;
const MAX_ROTATIONS = 16;
const IN = 1;
const SOA = 6;
const TYPES: Readonly<Record<AnswerRecord['type'], number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  SPF: 99,
  CAA: 257,
};
const RCODES: Readonly<Record<Answer['rcode'], number>> = { NOERROR: 0, NXDOMAIN: 3, REFUSED: 5 };
/** A secondary server's times: nobody transfers these zones, so they are what AWS's own zones say. */
const SOA_REFRESH = 3600;
const SOA_RETRY = 3600;
const SOA_EXPIRE = 604_800;
const POINTER_TO_QUESTION = Buffer.from([0xc0, HEADER]);

export interface Encoded {
  readonly rcode: number;
  readonly answerCount: number;
  readonly authorityCount: number;
  /** One for each order of the addresses, to be sent in turn. Without OPT. */
  readonly bodies: readonly Buffer[];
}

export function encode(answer: Answer): Encoded {
  const last = answer.answers.at(-1);
  const rotates = last !== undefined && (last.type === 'A' || last.type === 'AAAA');
  const rotations = rotates ? Math.min(last.values.length, MAX_ROTATIONS) : 1;
  const authority = answer.authority === null ? [] : [encodeSoa(answer.authority)];
  const before = answer.answers.slice(0, rotates ? -1 : undefined).flatMap((each, at) => encodeSet(each, at === 0));
  const bodies = Array.from({ length: rotations }, (_, by) => {
    const turned = rotates ? encodeSet(rotate(last, by), answer.answers.length === 1) : [];
    return Buffer.concat([...before, ...turned, ...authority]);
  });
  return {
    rcode: RCODES[answer.rcode],
    answerCount: answer.answers.reduce((count, { values }) => count + values.length, 0),
    authorityCount: authority.length,
    bodies,
  };
}

/** The OPT record; `extended` are the upper bits of a response code. */
export function encodeOpt(extended = 0): Buffer {
  return Buffer.from([0, 0, 41, MAX_UDP >> 8, MAX_UDP & 255, extended, 0, 0, 0, 0, 0]);
}

/** Wire form of a name that the Plan's linter has passed. */
export function encodeName(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.').map(labelBytes);
  return Buffer.from(`${labels.map((bytes) => String.fromCharCode(bytes.length) + bytes).join('')}\0`, 'latin1');
}

function rotate(record: AnswerRecord, by: number): AnswerRecord {
  return { ...record, values: [...record.values.slice(by), ...record.values.slice(0, by)] };
}

function encodeSet({ name, type, ttlSeconds, values }: AnswerRecord, isQuestion: boolean): Buffer[] {
  const owner = isQuestion ? POINTER_TO_QUESTION : encodeName(name);
  return values.map((value) => encodeRecord(owner, TYPES[type], ttlSeconds, encodeValue(type, value)));
}

function encodeValue(type: AnswerRecord['type'], value: string): Buffer {
  const fields = parseRdata(type, value);
  if (fields === undefined) throw new Error(`${value} is no value of type ${type}`);
  return Buffer.concat(fields.map(encodeField));
}

function encodeField(field: Field): Buffer {
  if (field.kind === 'address') return Buffer.from(ipaddr.parse(field.text).toByteArray());
  if (field.kind === 'name') return encodeName(field.text);
  if (field.kind === 'number') {
    const bytes = Buffer.alloc(field.bytes);
    bytes.writeUIntBE(field.value, 0, field.bytes);
    return bytes;
  }
  const text = Buffer.from(field.text, 'latin1');
  return field.kind === 'rest' ? text : Buffer.concat([Buffer.from([text.length]), text]);
}

function encodeSoa({ zone, primary, mailbox, serial, ttlSeconds }: Soa): Buffer {
  const times = Buffer.alloc(20);
  [serial, SOA_REFRESH, SOA_RETRY, SOA_EXPIRE, ttlSeconds].forEach((value, at) => {
    times.writeUInt32BE(value, 4 * at);
  });
  const value = Buffer.concat([encodeName(primary), encodeName(mailbox), times]);
  return encodeRecord(encodeName(zone), SOA, ttlSeconds, value);
}

function encodeRecord(owner: Buffer, type: number, ttlSeconds: number, value: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(IN, 2);
  head.writeUInt32BE(ttlSeconds, 4);
  head.writeUInt16BE(value.length, 8);
  return Buffer.concat([owner, head, value]);
}
