/**
 * How large a TCP segment may travel unsplit over a link ("BIG TCP", Linux 6.3 for IPv4): a router's cost is paid for each
 * packet, so that larger ones make filtering and translating cheap. A speed-up only: a kernel that does not know it refuses,
 * and nothing else changes. By rtnetlink, since ip(8) knows the words only from 6.3 on. Read rtnetlink(7).
 */
import { attribute, NETLINK_ROUTE, text, u32, withNetlink } from './netlink.ts';

const RTM_NEWLINK = 16;
const IFLA_IFNAME = 3;
const IFLA_GSO_IPV4_MAX_SIZE = 63;
const IFLA_GRO_IPV4_MAX_SIZE = 64;
/** struct ifinfomsg that leaves the link to be found by its name. */
const BY_NAME = Buffer.alloc(16);

/** False where the kernel refused it for one of the links. */
export function allowLargeSegments(path: string, links: readonly string[], bytes: number): boolean {
  const sizes = [attribute(IFLA_GSO_IPV4_MAX_SIZE, u32(bytes)), attribute(IFLA_GRO_IPV4_MAX_SIZE, u32(bytes))];
  return withNetlink(path, NETLINK_ROUTE, (socket) =>
    links.every(
      (link) =>
        socket.request(RTM_NEWLINK, 0, Buffer.concat([BY_NAME, attribute(IFLA_IFNAME, text(link)), ...sizes])) === null,
    ),
  );
}
