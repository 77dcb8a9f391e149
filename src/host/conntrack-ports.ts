/**
 * How source translation runs out of ports, as the kernel tells it by ctnetlink: first packets that got none, counted by the
 * kernel itself (asking costs the same however many connections there are), and which ways are full (a look at all connections:
 * for when the count has moved). Read linux/netfilter/nfnetlink_conntrack.h.
 */
import { getSystemErrorName } from 'node:util';
import { endsIn, message, withSocket } from './conntrack.ts';
import { Fault } from './fault.ts';
import { receive, send } from './libc.ts';
import { attributesOf } from './netlink.ts';

const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const HEADER_BYTES = 16;
/** And struct nfgenmsg. */
const HEADERS_BYTES = HEADER_BYTES + 4;
const ANSWER_BYTES = 65536;
/** NFNL_SUBSYS_CTNETLINK and IPCTNL_MSG_CT_GET, _GET_STATS_CPU. */
const CT_GET = (1 << 8) | 1;
const CT_GET_STATS_CPU = (1 << 8) | 4;
const CTA_STATS_INSERT_FAILED = 9;

/** A way from one translated source address to one destination, which has each port once. */
export interface Way {
  readonly source: string;
  readonly destination: string;
  readonly destinationPort: number;
  /** Connections tracked now. */
  readonly flows: number;
}

/**
 * First packets that were dropped since the namespace exists because no port was left for their translated source: connection
 * tracking then finds another connection with the same ends when it would confirm this one.
 */
export function insertFailures(path: string): number {
  let failures = 0;
  dump(path, CT_GET_STATS_CPU, '0.0.0.0', (cpu) => {
    failures += attributesOf(cpu).get(CTA_STATS_INSERT_FAILED)?.readUInt32BE(0) ?? 0;
  });
  return failures;
}

/** Ways of translated connections with so many of them or more. */
export function crowdedWays(path: string, least: number): Way[] {
  const ways = new Map<string, Way & { flows: number }>();
  for (const family of ['0.0.0.0', '::']) {
    dump(path, CT_GET, family, (connection) => {
      const original = endsIn(connection);
      const reply = endsIn(connection, 'reply');
      if (original === undefined || reply === undefined || original.source === reply.destination) return;
      const { destination: source, source: destination, sourcePort: destinationPort } = reply;
      const key = `${source} ${destination} ${destinationPort}`;
      const way = ways.get(key) ?? { source, destination, destinationPort, flows: 0 };
      way.flows++;
      ways.set(key, way);
    });
  }
  return [...ways.values()].filter(({ flows }) => flows >= least);
}

/** Calls `each` with what follows the headers of each message of the answer. */
function dump(path: string, type: number, family: string, each: (attributes: Buffer) => void): void {
  withSocket(path, (fd) => {
    send(fd, message(type, NLM_F_REQUEST | NLM_F_DUMP, family));
    for (;;) {
      const answer = receive(fd, ANSWER_BYTES);
      for (let at = 0; at + HEADER_BYTES <= answer.length; ) {
        const length = Math.max(HEADER_BYTES, answer.readUInt32LE(at));
        const kind = answer.readUInt16LE(at + 4);
        if (kind === NLMSG_DONE) return;
        if (kind === NLMSG_ERROR) {
          throw new Fault(`conntrack in ${path}: ${getSystemErrorName(answer.readInt32LE(at + HEADER_BYTES))}`);
        }
        each(answer.subarray(at + HEADERS_BYTES, at + length));
        at += Math.ceil(length / 4) * 4;
      }
    }
  });
}
