/**
 * A logged question as AWS writes it down: one JSON object.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html
 */
import dnsPacket, { type Answer, type DecodedPacket } from 'dns-packet';
import type { LoggedQuestion } from './logged.ts';

const VERSION = '1.100000';

/** Whose question it was, by address. */
export interface Sources {
  readonly account: string;
  readonly region: string;
  /** Instances by their addresses. */
  readonly instances: ReadonlyMap<string, string>;
  /** Inbound endpoints by the ids of their addresses. */
  readonly inbound: ReadonlyMap<string, string>;
}

/** undefined: the answer has no question that could be told of. */
export function recordOf(asked: LoggedQuestion, sources: Sources): string | undefined {
  const packet = decode(asked.answer);
  const [question] = packet?.questions ?? [];
  if (packet === undefined || question === undefined) return undefined;
  const instance = asked.inbound === null ? sources.instances.get(asked.address) : undefined;
  const inbound = asked.inbound === null ? undefined : sources.inbound.get(asked.inbound);
  const endpoint = asked.outbound ?? inbound;
  return JSON.stringify({
    version: VERSION,
    account_id: sources.account,
    region: sources.region,
    vpc_id: asked.domain,
    query_timestamp: new Date(asked.at).toISOString().replace(/\.\d+Z$/, 'Z'),
    query_name: dotted(question.name),
    query_type: question.type,
    query_class: question.class ?? 'IN',
    rcode: rcodeOf(packet),
    answers: (packet.answers ?? []).map((each) => ({
      Rdata: rdataOf(each),
      Type: each.type,
      Class: 'class' in each ? (each.class ?? 'IN') : 'IN',
    })),
    srcaddr: asked.address,
    srcport: String(asked.port),
    transport: asked.transport,
    srcids: {
      ...(instance !== undefined && { instance }),
      ...(endpoint !== undefined && { resolver_endpoint: endpoint }),
      ...(asked.inbound !== null && { resolver_network_interface: asked.inbound }),
    },
  });
}

function decode(bytes: Uint8Array): DecodedPacket | undefined {
  try {
    return dnsPacket.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    return undefined;
  }
}

function rcodeOf(packet: DecodedPacket): string {
  return (packet as { readonly rcode?: string }).rcode ?? 'NOERROR';
}

function dotted(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}

/** As in a zone file. */
function rdataOf(answer: Answer): string {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return answer.data;
    case 'CNAME':
    case 'NS':
    case 'PTR':
    case 'DNAME':
      return dotted(answer.data);
    case 'MX':
      return `${answer.data.preference ?? 0} ${dotted(answer.data.exchange)}`;
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return `${priority} ${weight} ${port} ${dotted(target)}`;
    }
    case 'TXT':
      return [answer.data]
        .flat()
        .map((each) => `"${each.toString().replace(/["\\]/g, '\\$&')}"`)
        .join(' ');
    case 'CAA':
      return `${answer.data.flags ?? 0} ${answer.data.tag} "${answer.data.value}"`;
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = answer.data;
      return [dotted(mname), dotted(rname), serial, refresh, retry, expire, minimum].join(' ');
    }
    default: {
      // RFC 3597.
      const data = 'data' in answer && Buffer.isBuffer(answer.data) ? answer.data : Buffer.alloc(0);
      return `\\# ${data.length} ${data.toString('hex')}`.trimEnd();
    }
  }
}
