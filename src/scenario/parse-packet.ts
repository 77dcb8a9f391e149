/** The lines of a scenario that send a packet: `client -> 10.0.1.5:443 tcp: delivered to web`. Pure. */
import { type ExpectedFate, type PacketProtocol, type PacketStep, type Span, SyntaxFault } from './syntax.ts';

const PACKET =
  /^(?:(?<flow>[a-z]\w*) = )?(?<from>[a-z]\w*)(?: from (?<source>\S+))? -> (?<to>\S+) (?<protocol>tcp|udp|ping|protocol \d{1,3}): (?<fate>.+)$/;
const PLACES = '(?<to>[a-z$][\\w.-]*(?: or [a-z$][\\w.-]*)*)';
const DELIVERED = new RegExp(`^delivered(?: to ${PLACES})?(?:,? seen from (?<seenFrom>\\S+))?$`);
const REFUSED = new RegExp(`^refused(?: by ${PLACES})?$`);
const DROPPED = /^dropped at (?<stage>[a-z_]+)(?: \((?<reason>[A-Z][A-Z0-9_]+)\))?$/;
/** `[2001:db8::1]:443`, `host:443`; without a port where the protocol has none. */
const DESTINATION = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:[\]]+))(?::(?<port>\d{1,5}))?$/;

/** Undefined: this is no such line. Throws a SyntaxFault where it is one, but not a right one. */
export function parsePacket(line: number, text: string): PacketStep | undefined {
  const found = PACKET.exec(text)?.groups;
  if (found === undefined) return undefined;
  const { flow = null, from = '', source = null, to = '', protocol: word = '', fate = '' } = found;
  const protocol = protocolOf(line, word);
  const isPortless = protocol !== 'tcp' && protocol !== 'udp';
  const destination = isPortless && /:.*:/.test(to) ? { v6: to } : DESTINATION.exec(to)?.groups;
  if (destination === undefined) throw new SyntaxFault(line, `a destination is ADDRESS:PORT or NAME:PORT: ${to}`);
  const { v6, host, port } = destination as Readonly<Record<string, string | undefined>>;
  if (isPortless !== (port === undefined)) {
    throw new SyntaxFault(line, isPortless ? `a ${word} has no port` : `a port is missing: ${to}`);
  }
  if (flow !== null && protocol !== 'tcp') throw new SyntaxFault(line, 'only a TCP connection is kept under a name');
  const before = text.slice(0, text.length - fate.length);
  const expected = parseFate(line, fate, { line, before });
  if (flow !== null && expected.kind !== 'delivered') {
    throw new SyntaxFault(line, 'a connection is kept under a name only where it is delivered');
  }
  return {
    kind: 'packet',
    line,
    text: before.slice(0, -2),
    flow,
    from,
    source,
    to: v6 ?? host ?? '',
    port: port === undefined ? null : Number(port),
    protocol,
    expected,
  };
}

/** Those that have words of their own: what is in the packet is theirs. */
const WORDS: Readonly<Record<number, string>> = { 1: 'ping', 6: 'tcp', 17: 'udp', 58: 'ping' };

/** `tcp`, `udp`, `ping` or `protocol 47`. */
export function protocolOf(line: number, word: string): PacketProtocol {
  const number = /^protocol (\d+)$/.exec(word)?.[1];
  if (number === undefined) return word as PacketProtocol;
  const other = WORDS[Number(number)];
  if (other !== undefined) throw new SyntaxFault(line, `protocol ${number} is ${other}`);
  if (Number(number) > 254) throw new SyntaxFault(line, `there is no protocol ${number}`);
  return Number(number);
}

function parseFate(line: number, text: string, span: Span): ExpectedFate {
  const places = (to: string | undefined) => to?.split(' or ') ?? [];
  const delivered = DELIVERED.exec(text)?.groups;
  if (delivered !== undefined) {
    return { kind: 'delivered', ...span, to: places(delivered.to), seenFrom: delivered.seenFrom ?? null };
  }
  const refused = REFUSED.exec(text)?.groups;
  if (refused !== undefined) return { kind: 'refused', ...span, to: places(refused.to) };
  const dropped = DROPPED.exec(text)?.groups;
  if (dropped === undefined) {
    const words = 'delivered [to PLACE][, seen from ADDRESS], refused [by PLACE] or dropped at STAGE [(REASON)]';
    throw new SyntaxFault(line, `a packet is ${words}: ${text}`);
  }
  return { kind: 'dropped', ...span, stage: dropped.stage ?? '', reason: dropped.reason ?? null };
}
