/**
 * Ends tracked connections of an address in a namespace: whatever has it as source or destination, before or after
 * translation, is no longer established. Asked of the kernel by ctnetlink with a filter (Linux 6.9 and later).
 * Read linux/netfilter/nfnetlink_conntrack.h.
 */
import ipaddr from 'ipaddr.js';
import { run } from './exec.ts';
import { call, closeFd, receive, send } from './libc.ts';
import { inNetns } from './netns.ts';

const AF_NETLINK = 16;
const AF_INET = 2;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const NETLINK_NETFILTER = 12;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLMSG_ERROR = 2;
const NESTED = 0x8000;
/** NFNL_SUBSYS_CTNETLINK and IPCTNL_MSG_CT_DELETE. */
const CT_DELETE = (1 << 8) | 2;
const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_TUPLE_IP = 1;
const CTA_FILTER = 25;
const CTA_FILTER_ORIG_FLAGS = 1;
const CTA_FILTER_REPLY_FLAGS = 2;
/** Source, destination: attribute and filter bit. */
const SIDES = [
  { attribute: 1, flag: 1 },
  { attribute: 2, flag: 2 },
] as const;
const TUPLES = [CTA_TUPLE_ORIG, CTA_TUPLE_REPLY] as const;

export async function cutFlows(path: string, addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    if (!deleteByNetlink(path, address)) await deleteByProgram(path, address);
  }
}

/** False where the kernel does not know the filter: it then refuses the message and deletes nothing. */
function deleteByNetlink(path: string, address: string): boolean {
  const fd = inNetns(path, () => call('socket', path, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  try {
    for (const tuple of TUPLES) {
      for (const side of SIDES) {
        send(fd, deletion(address, tuple, side));
        const answer = receive(fd, 4096);
        const error = answer.readUInt16LE(4) === NLMSG_ERROR ? -answer.readInt32LE(16) : 0;
        // ENOENT: there was none.
        if (error !== 0 && error !== 2) return false;
      }
    }
    return true;
  } finally {
    closeFd(fd);
  }
}

async function deleteByProgram(path: string, address: string): Promise<void> {
  for (const side of ['--orig-src', '--orig-dst', '--reply-src', '--reply-dst']) {
    try {
      await run('conntrack', ['-D', side, address], { netns: path });
    } catch (error) {
      if (!/0 flow entries/.test(String(error))) throw error;
    }
  }
}

function deletion(address: string, tuple: (typeof TUPLES)[number], side: (typeof SIDES)[number]): Buffer {
  const ip = Buffer.from(ipaddr.IPv4.parse(address).toByteArray());
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(side.flag);
  const none = Buffer.alloc(4);
  const original = tuple === CTA_TUPLE_ORIG;
  const body = Buffer.concat([
    Buffer.of(AF_INET, 0, 0, 0),
    attribute(tuple | NESTED, attribute(CTA_TUPLE_IP | NESTED, attribute(side.attribute, ip))),
    attribute(
      CTA_FILTER | NESTED,
      attribute(CTA_FILTER_ORIG_FLAGS, original ? flags : none),
      attribute(CTA_FILTER_REPLY_FLAGS, original ? none : flags),
    ),
  ]);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeUInt16LE(CT_DELETE, 4);
  header.writeUInt16LE(NLM_F_REQUEST | NLM_F_ACK, 6);
  header.writeUInt32LE(1, 8);
  return Buffer.concat([header, body]);
}

/** Netlink attribute: length, type, payload, padded to four bytes (all of ours are). */
function attribute(type: number, ...payload: readonly Buffer[]): Buffer {
  const body = Buffer.concat(payload);
  const header = Buffer.alloc(4);
  header.writeUInt16LE(4 + body.length, 0);
  header.writeUInt16LE(type, 2);
  return Buffer.concat([header, body]);
}
