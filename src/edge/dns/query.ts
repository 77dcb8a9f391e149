/**
 * Reads one DNS query's bytes as far as an answer needs: header, the question, EDNS. Strict: what is not a plain query is an
 * error code or not worth an answer. Reads into fields instead of returning an object, as it runs for every packet.
 * RFC 1035 §4, RFC 6891.
 */
import { spellByte } from '../../net/domain-name.ts';

export const HEADER = 12;
export const FORMERR = 1;
export const SERVFAIL = 2;
export const NXDOMAIN = 3;
export const NOTIMP = 4;
/** An extended code (RFC 6891 §6.1.3): its upper bits are in the OPT record. */
export const BADVERS = 16;
/** `read`: a query that is to be answered. */
export const GOOD = 0;
/** `read`: bytes that get no answer: too short to be a message, or a response (answering those could go on for ever). */
export const SILENCE = -1;

const OPT = 41;
const MAX_NAME = 255;
/** More additional records than any client sends (OPT, a signature) are an attack on our time. */
const MAX_ADDITIONAL = 4;

export class Query {
  /** Where the question's name and the question end. Valid once the question was read (`questionEnd` > 0). */
  nameEnd = 0;
  questionEnd = 0;
  hasUpperCase = false;
  hasEdns = false;
  udpSize = 512;

  /** Reads the message in bytes[start, end); GOOD, SILENCE or an error code. */
  read(bytes: Uint8Array, start: number, end: number): number {
    this.questionEnd = 0;
    this.hasUpperCase = false;
    this.hasEdns = false;
    this.udpSize = 512;
    if (end - start < HEADER || (at(bytes, start + 2) & 0x80) !== 0) return SILENCE;
    if ((at(bytes, start + 2) & 0x78) !== 0) return NOTIMP;
    if (u16(bytes, start + 4) !== 1) return FORMERR;
    if (!this.#question(bytes, start + HEADER, end)) return FORMERR;
    const type = u16(bytes, this.nameEnd);
    if (type === OPT || u16(bytes, start + 6) !== 0 || u16(bytes, start + 8) !== 0) return FORMERR;
    return this.#additional(bytes, this.questionEnd, end, u16(bytes, start + 10));
  }

  #question(bytes: Uint8Array, from: number, end: number): boolean {
    let here = from;
    for (;;) {
      if (here >= end) return false;
      const length = at(bytes, here++);
      if (length === 0) break;
      // A pointer (from 0xc0) has nothing before it to point to here.
      if (length > 63 || here + length - from > MAX_NAME - 1 || here + length > end) return false;
      for (const last = here + length; here < last; here++) {
        const byte = at(bytes, here);
        if (byte >= 65 && byte <= 90) this.hasUpperCase = true;
      }
    }
    if (here + 4 > end) return false;
    this.nameEnd = here;
    this.questionEnd = here + 4;
    return true;
  }

  #additional(bytes: Uint8Array, from: number, end: number, count: number): number {
    if (count > MAX_ADDITIONAL) return FORMERR;
    let here = from;
    let version = 0;
    for (let left = count; left > 0; left--) {
      const isRoot = here < end && at(bytes, here) === 0;
      here = skipName(bytes, here, end);
      if (here + 10 > end) return FORMERR;
      const type = u16(bytes, here);
      if (type === OPT) {
        if (this.hasEdns || !isRoot) return FORMERR;
        this.hasEdns = true;
        this.udpSize = u16(bytes, here + 2);
        version = at(bytes, here + 5);
      }
      here += 10 + u16(bytes, here + 8);
      if (here > end) return FORMERR;
    }
    if (here !== end) return FORMERR;
    return version === 0 ? GOOD : BADVERS;
  }
}

/** Behind a name; past `end` where it is broken. Follows no pointer: it is the end of the name, wherever it points. */
function skipName(bytes: Uint8Array, from: number, end: number): number {
  for (let here = from; here < end; ) {
    const length = at(bytes, here);
    if (length === 0) return here + 1;
    if (length >= 0xc0) return here + 2;
    if (length > 63) break;
    here += 1 + length;
  }
  return end + 1;
}

/** The name in bytes[from, …) as text: see net/domain-name.ts, but in its own case. */
export function nameText(bytes: Uint8Array, from: number): string {
  const labels: string[] = [];
  for (let here = from; at(bytes, here) !== 0; ) {
    const length = at(bytes, here++);
    let label = '';
    for (const last = here + length; here < last; here++) label += spellByte(at(bytes, here));
    labels.push(label);
  }
  return labels.join('.');
}

export function u16(bytes: Uint8Array, from: number): number {
  return (at(bytes, from) << 8) | at(bytes, from + 1);
}

/** Callers stay inside the message, so there is a byte. */
function at(bytes: Uint8Array, place: number): number {
  return bytes[place] as number;
}
