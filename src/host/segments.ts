/**
 * How large a TCP segment may travel unsplit over a link ("BIG TCP", Linux 6.3 for IPv4): a router's cost is paid for each
 * packet, so that larger ones make filtering and translating cheap. A speed-up only: a kernel that does not know it refuses,
 * and nothing else changes. By rtnetlink, since ip(8) knows the words only from 6.3 on. Read rtnetlink(7).
 */
import { call, closeFd, receive, send } from './libc.ts';
import { inNetns } from './netns.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const NETLINK_ROUTE = 0;
const RTM_NEWLINK = 16;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const IFLA_IFNAME = 3;
const IFLA_GSO_IPV4_MAX_SIZE = 63;
const IFLA_GRO_IPV4_MAX_SIZE = 64;
const HEADERS = 16 + 16;

/** False where the kernel refused it for one of the links. */
export function allowLargeSegments(path: string, links: readonly string[], bytes: number): boolean {
  const fd = inNetns(path, () => call('socket', path, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  try {
    return links.every((link) => {
      send(fd, request(link, bytes));
      return receive(fd, 4096).readInt32LE(16) === 0;
    });
  } finally {
    closeFd(fd);
  }
}

function request(link: string, bytes: number): Buffer {
  const name = Buffer.from(`${link}\0`);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes);
  const attributes = Buffer.concat([
    attribute(IFLA_IFNAME, name),
    attribute(IFLA_GSO_IPV4_MAX_SIZE, size),
    attribute(IFLA_GRO_IPV4_MAX_SIZE, size),
  ]);
  // nlmsghdr, then an ifinfomsg that leaves the link to be found by its name.
  const header = Buffer.alloc(HEADERS);
  header.writeUInt32LE(HEADERS + attributes.length, 0);
  header.writeUInt16LE(RTM_NEWLINK, 4);
  header.writeUInt16LE(NLM_F_REQUEST | NLM_F_ACK, 6);
  return Buffer.concat([header, attributes]);
}

function attribute(type: number, payload: Buffer): Buffer {
  const padded = Buffer.alloc(4 + Math.ceil(payload.length / 4) * 4);
  padded.writeUInt16LE(4 + payload.length, 0);
  padded.writeUInt16LE(type, 2);
  payload.copy(padded, 4);
  return padded;
}
