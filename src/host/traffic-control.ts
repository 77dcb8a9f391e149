/**
 * BPF programs at links (tc(8): qdisc clsact, filter bpf), one for what comes in and one for what goes out. The number given at
 * attachment (a filter's class) is what a program can tell its attachments apart by. Read tc-bpf(8).
 */

import { Fault } from './fault.ts';
import { call } from './libc.ts';
import { attribute, attributesOf, NETLINK_ROUTE, type NetlinkSocket, text, u32, withNetlink } from './netlink.ts';

const RTM = { newQdisc: 36, newFilter: 44, delFilter: 45, getFilter: 46 } as const;
const NLM_F_REPLACE = 0x100;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const TCA = { kind: 1, options: 2 } as const;
const TCA_BPF = { class: 3, fd: 6, name: 7, flags: 8, id: 11 } as const;
const NESTED = 0x8000;
/** The program's result is the verdict. */
const DIRECT_ACTION = 1;
const CLSACT = { handle: 0xffff0000, parent: 0xfffffff1 } as const;
const PARENTS = { ingress: 0xfffffff2, egress: 0xfffffff3 } as const;
/** In the network's order. */
const PROTOCOLS = { ip: 0x0008, all: 0x0300 } as const;

export type Way = keyof typeof PARENTS;
export const WAYS = Object.keys(PARENTS) as Way[];

export interface Place {
  /** Of several pairs at a link, those of the lowest come first. */
  readonly priority: number;
  /** What they see: IPv4 alone, or whatever comes. */
  readonly packets: keyof typeof PROTOCOLS;
}

export interface Attachment {
  /** Of the programs: descriptors where they are to be attached, ids where they are. */
  readonly programs: Readonly<Record<Way, number>>;
  readonly name: string;
  /** What the programs read as their packets' class, of which the kernel tells them the lower 16 bits; not 0. */
  readonly number: number;
}

/** At each of these links of the namespace at `path`; what is there already is replaced, in one step where it sees the same packets. */
export function attachPrograms(path: string, links: readonly string[], place: Place, attachment: Attachment): void {
  withNetlink(path, NETLINK_ROUTE, (socket) => {
    for (const link of links) {
      const refusal = attachOne(socket, link, place, attachment);
      if (refusal !== null) throw new Fault(`BPF programs at ${link}: ${refusal}`);
    }
  });
}

function attachOne(
  socket: NetlinkSocket,
  link: string,
  place: Place,
  { programs, name, number }: Attachment,
): string | null {
  const index = indexOf(link);
  const made = socket.request(
    RTM.newQdisc,
    NLM_F_CREATE | NLM_F_EXCL,
    Buffer.concat([message(index, CLSACT.handle, CLSACT.parent, 0), attribute(TCA.kind, text('clsact'))]),
  );
  if (made !== null && made !== 'EEXIST') return made;
  for (const way of WAYS) {
    const options = attribute(
      TCA.options | NESTED,
      attribute(TCA_BPF.class, u32(number)),
      attribute(TCA_BPF.fd, u32(programs[way])),
      attribute(TCA_BPF.name, text(name)),
      attribute(TCA_BPF.flags, u32(DIRECT_ACTION)),
    );
    // The kernel has one kind of packets to a priority.
    if (place.packets === 'all') detachOne(socket, index, way, { ...place, packets: 'ip' });
    const refusal = socket.request(
      RTM.newFilter,
      NLM_F_CREATE | NLM_F_REPLACE,
      Buffer.concat([filter(index, way, place), attribute(TCA.kind, text('bpf')), options]),
    );
    if (refusal !== null) return refusal;
  }
  return null;
}

/** Those with this priority, whatever they see. */
export function detachPrograms(path: string, links: readonly string[], { priority }: Place): void {
  withNetlink(path, NETLINK_ROUTE, (socket) => {
    for (const link of links) {
      for (const way of WAYS)
        for (const packets of ['ip', 'all'] as const) detachOne(socket, indexOf(link), way, { priority, packets });
    }
  });
}

/** It may not be there. */
function detachOne(socket: NetlinkSocket, index: number, way: Way, place: Place): void {
  socket.request(RTM.delFilter, 0, Buffer.concat([filter(index, way, place), attribute(TCA.kind, text('bpf'))]));
}

/** By link, where there is a program for either way that sees these packets, or some of them. */
export function attachments(path: string, links: readonly string[], place: Place): Map<string, Attachment> {
  const found = new Map<string, Attachment>();
  withNetlink(path, NETLINK_ROUTE, (socket) => {
    for (const link of links) {
      const [ingress, egress] = WAYS.map((way) => {
        const found = programAt(socket, link, way, place);
        // Programs of an earlier version saw IPv4 alone.
        return (
          found ?? (place.packets === 'all' ? programAt(socket, link, way, { ...place, packets: 'ip' }) : undefined)
        );
      });
      if (ingress === undefined || egress === undefined) continue;
      const { name, number } = ingress;
      if (name !== egress.name || number !== egress.number) continue;
      found.set(link, { programs: { ingress: ingress.id, egress: egress.id }, name, number });
    }
  });
  return found;
}

function programAt(
  socket: NetlinkSocket,
  link: string,
  way: Way,
  place: Place,
): { readonly id: number; readonly name: string; readonly number: number } | undefined {
  const answer = socket.ask(
    RTM.getFilter,
    Buffer.concat([filter(indexOf(link), way, place), attribute(TCA.kind, text('bpf'))]),
  );
  if (answer === null) return undefined;
  const options = attributesOf(attributesOf(answer.subarray(MESSAGE_BYTES)).get(TCA.options));
  const [id, name, number] = [TCA_BPF.id, TCA_BPF.name, TCA_BPF.class].map((type) => options.get(type));
  if (id === undefined || name === undefined || number === undefined) return undefined;
  return { id: id.readUInt32LE(), name: name.subarray(0, -1).toString(), number: number.readUInt32LE() };
}

function filter(index: number, way: Way, { priority, packets }: Place): Buffer {
  return message(index, 1, PARENTS[way], (priority << 16) | PROTOCOLS[packets]);
}

const MESSAGE_BYTES = 20;

/** struct tcmsg. */
function message(index: number, handle: number, parent: number, info: number): Buffer {
  const bytes = Buffer.alloc(MESSAGE_BYTES);
  bytes.writeInt32LE(index, 4);
  bytes.writeUInt32LE(handle, 8);
  bytes.writeUInt32LE(parent, 12);
  bytes.writeUInt32LE(info, 16);
  return bytes;
}

/** Only inside the namespace. 0: there is none. */
function indexOf(link: string): number {
  return call('if_nametoindex', link, link);
}
