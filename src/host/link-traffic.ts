/** What links of a namespace took in, as their interfaces count it. Read rtnetlink(7), linux/if_link.h. */
import { attributesOf, NETLINK_ROUTE, withNetlink } from './netlink.ts';

const RTM_GETLINK = 18;
const IFLA = { name: 3, stats64: 23 } as const;
/** struct ifinfomsg, and where struct rtnl_link_stats64 has what was received. */
const HEADER_BYTES = 16;
const RECEIVED = { packets: 0, bytes: 16 } as const;
const ETHERNET_BYTES = 14;

export interface Traffic {
  readonly packets: number;
  /** Of IP packets: without what Ethernet puts before them. */
  readonly bytes: number;
}

/** By name. */
export function receivedTraffic(path: string): Map<string, Traffic> {
  const links = withNetlink(path, NETLINK_ROUTE, (socket) => socket.list(RTM_GETLINK, Buffer.alloc(HEADER_BYTES)));
  return new Map(
    links.flatMap((link) => {
      const attributes = attributesOf(link.subarray(HEADER_BYTES));
      const name = attributes.get(IFLA.name)?.toString().split('\0')[0];
      const stats = attributes.get(IFLA.stats64);
      if (name === undefined || stats === undefined) return [];
      const packets = Number(stats.readBigUInt64LE(RECEIVED.packets));
      const bytes = Number(stats.readBigUInt64LE(RECEIVED.bytes));
      return [[name, { packets, bytes: Math.max(0, bytes - ETHERNET_BYTES * packets) }] as const];
    }),
  );
}
