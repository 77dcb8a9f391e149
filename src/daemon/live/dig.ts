/** A question to name servers, from the namespace of an instance, by UDP. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { type Answer, decode, encode, RECURSION_DESIRED, type RecordType } from 'dns-packet';
import { udpSocket } from '../../host/sockets.ts';
import { formatIp, isIpv6, parseIp } from '../../net/ip.ts';

/** As dig asks: again where no answer comes, since a link that came up this moment may lose its first packet. */
const TRIES = 3;
const ANSWER_MS = 1000;

/** Of the first server that answers at all: values of that type, sorted; or one word in capitals: NXDOMAIN, NODATA, SERVFAIL, REFUSED, SILENT (no answer at all), MALFORMED (what came is no DNS). */
export async function dig(
  netns: string,
  name: string,
  type: string,
  servers: readonly string[],
): Promise<readonly string[]> {
  for (const server of servers) {
    const found = await digAt(netns, name, type, server);
    if (found[0] !== 'SILENT') return found;
  }
  return ['SILENT'];
}

async function digAt(netns: string, name: string, type: string, server: string): Promise<readonly string[]> {
  const socket = dgram.createSocket(isIpv6(server) ? 'udp6' : 'udp4');
  try {
    socket.bind({ fd: udpSocket(netns, { address: isIpv6(server) ? '::' : '0.0.0.0', port: 0 }) });
    const questions = [{ type: type as RecordType, name }];
    const query = encode({ type: 'query', id: 1, flags: RECURSION_DESIRED, questions });
    const message = await ask(socket, query, server);
    if (message === undefined) return ['SILENT'];
    const found = decoded(message);
    if (found === undefined) return ['MALFORMED'];
    const { answers = [], rcode } = found;
    if (rcode !== 'NOERROR') return [String(rcode)];
    const values = answers.flatMap((answer) => (answer.type === type ? [textOf(answer)] : []));
    return values.length === 0 ? ['NODATA'] : values.sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return ['SILENT'];
    throw error;
  } finally {
    socket.close();
  }
}

function decoded(message: Buffer): { readonly answers?: Answer[]; readonly rcode?: string } | undefined {
  try {
    return decode(message) as { answers?: Answer[]; rcode?: string };
  } catch {
    return undefined;
  }
}

async function ask(socket: dgram.Socket, query: Buffer, server: string): Promise<Buffer | undefined> {
  for (let at = 0; at < TRIES; at++) {
    socket.send(query, 53, server);
    try {
      const [message] = (await once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_MS) })) as [Buffer];
      return message;
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error;
    }
  }
  return undefined;
}

function textOf(answer: Answer): string {
  switch (answer.type) {
    case 'AAAA':
      return canonical(answer.data);
    case 'TXT':
      return [answer.data].flat().map(String).join('');
    case 'MX':
      return `${answer.data.preference} ${answer.data.exchange}`;
    case 'SRV':
      return `${answer.data.priority} ${answer.data.weight} ${answer.data.port} ${answer.data.target}`;
    case 'SOA':
      return `${answer.data.mname} ${answer.data.rname}`;
    default:
      return 'data' in answer ? String(answer.data) : '';
  }
}

/** dns-packet shortens IPv6 in a way of its own. */
function canonical(address: string): string {
  const ip = parseIp(address);
  return ip === undefined ? address : formatIp(ip);
}
