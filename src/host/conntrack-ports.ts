/**
 * How source translation runs out of ports, as the kernel tells it by ctnetlink: first packets that got none, counted by the
 * kernel itself (asking costs the same however many connections there are), and which ways are full (a look at all connections:
 * for when the count has moved). Read linux/netfilter/nfnetlink_conntrack.h.
 */
import { CT_GET, dump, endsIn } from './conntrack.ts';
import { attributesOf } from './netlink.ts';

/** NFNL_SUBSYS_CTNETLINK and IPCTNL_MSG_CT_GET_STATS_CPU. */
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
