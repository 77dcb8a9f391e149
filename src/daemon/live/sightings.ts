/**
 * One packet recognised in many namespaces, whatever was translated on the way: TCP by the sequence number of its first segment, UDP by
 * what it says, a ping by its sequence. Pure.
 */
import { formatIp } from '../../net/ip.ts';

/** What of a packet is looked at. */
export interface Seen {
  readonly source: string;
  readonly destination: string;
  /** By number. */
  readonly protocol: number;
  /** Of TCP and UDP. */
  readonly sourcePort: number;
  readonly port: number;
  /** TCP's flags; of ICMP its type. */
  readonly kind: number;
  /** TCP: sequence and acknowledgement. ICMP: sequence, 0. */
  readonly numbers: readonly [number, number];
  readonly payload: Buffer;
}

/** What tells it from all others. */
export interface Mark {
  readonly protocol: 'tcp' | 'udp' | 'ping';
  /** TCP's first sequence number, a ping's sequence. */
  readonly number: number;
  /** UDP. */
  readonly says: Buffer;
}

const TCP = 6;
const UDP = 17;
const ICMP = { request: [8, 128], reply: [0, 129] };
const ICMP_PROTOCOLS = [1, 58];
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

/** undefined: a fragment, another protocol, or cut off. */
export function parsePacket(bytes: Buffer): Seen | undefined {
  const version = (bytes[0] ?? 0) >> 4;
  if (version === 4 && bytes.length >= 20) {
    const header = ((bytes[0] ?? 0) & 15) * 4;
    const isFragment = (bytes.readUInt16BE(6) & 0x1fff) !== 0;
    if (isFragment || bytes.length < header + 8) return undefined;
    const [source, destination] = [12, 16].map((at) => formatIp({ version, value: BigInt(bytes.readUInt32BE(at)) }));
    return beyond(bytes[9] ?? 0, source ?? '', destination ?? '', bytes.subarray(header));
  }
  if (version === 6 && bytes.length >= 48) {
    const [source, destination] = [8, 24].map((at) =>
      formatIp({ version, value: (bytes.readBigUInt64BE(at) << 64n) | bytes.readBigUInt64BE(at + 8) }),
    );
    return beyond(bytes[6] ?? 0, source ?? '', destination ?? '', bytes.subarray(40));
  }
  return undefined;
}

function beyond(protocol: number, source: string, destination: string, rest: Buffer): Seen | undefined {
  const at = { source, destination, protocol };
  if (protocol === TCP && rest.length >= 20) {
    const ports = { sourcePort: rest.readUInt16BE(0), port: rest.readUInt16BE(2) };
    const numbers = [rest.readUInt32BE(4), rest.readUInt32BE(8)] as const;
    return { ...at, ...ports, kind: rest[13] ?? 0, numbers, payload: Buffer.alloc(0) };
  }
  if (protocol === UDP) {
    const ports = { sourcePort: rest.readUInt16BE(0), port: rest.readUInt16BE(2) };
    return { ...at, ...ports, kind: 0, numbers: [0, 0], payload: rest.subarray(8) };
  }
  if (ICMP_PROTOCOLS.includes(protocol)) {
    const numbers = [rest.readUInt16BE(6), 0] as const;
    return { ...at, sourcePort: 0, port: 0, kind: rest[0] ?? 0, numbers, payload: Buffer.alloc(0) };
  }
  return undefined;
}

/** Whether it is a TCP connection's first segment from this port. */
export function isFirst({ protocol, kind, sourcePort }: Seen, port: number): boolean {
  return protocol === TCP && (kind & (SYN | ACK)) === SYN && sourcePort === port;
}

/** sent: the packet itself. answer: what it was answered, by whoever it was. null: another packet. */
export function recognise(seen: Seen, mark: Mark): 'sent' | 'answer' | null {
  const [first, second] = seen.numbers;
  switch (mark.protocol) {
    case 'tcp':
      if (seen.protocol !== TCP) return null;
      if ((seen.kind & (SYN | ACK)) === SYN && first === mark.number) return 'sent';
      // SYN-ACK or reset.
      return (seen.kind & ACK) !== 0 && (seen.kind & (SYN | RST)) !== 0 && second === (mark.number + 1) >>> 0
        ? 'answer'
        : null;
    case 'udp':
      return seen.protocol === UDP &&
        mark.says.length > 0 &&
        seen.payload.subarray(0, mark.says.length).equals(mark.says)
        ? 'sent'
        : null;
    case 'ping': {
      if (!ICMP_PROTOCOLS.includes(seen.protocol) || first !== mark.number) return null;
      return ICMP.request.includes(seen.kind) ? 'sent' : ICMP.reply.includes(seen.kind) ? 'answer' : null;
    }
  }
}
