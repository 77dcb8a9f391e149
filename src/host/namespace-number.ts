/** The number by which one namespace knows another: a veth's far end, a connection's other half. Read linux/net_namespace.h. */
import { closeSync, openSync } from 'node:fs';
import { Fault } from './fault.ts';
import { attribute, attributesOf, NETLINK_ROUTE, u32, withNetlink } from './netlink.ts';

const RTM = { newNsid: 88, getNsid: 90 } as const;
const NETNSA = { nsid: 1, fd: 3 } as const;
/** struct rtgenmsg, of no family, padded. */
const MESSAGE = Buffer.alloc(4);
const NONE = -1;

/** Of the namespace at `other`, in the one at `path`; it gets one where it has none. */
export function namespaceNumber(path: string, other: string): number {
  const file = openSync(other, 'r');
  try {
    return withNetlink(path, NETLINK_ROUTE, (socket) => {
      const fd = attribute(NETNSA.fd, u32(file));
      const look = () => {
        const answer = socket.ask(RTM.getNsid, Buffer.concat([MESSAGE, fd]));
        return attributesOf(answer?.subarray(MESSAGE.length)).get(NETNSA.nsid)?.readInt32LE() ?? NONE;
      };
      const known = look();
      if (known !== NONE) return known;
      const refusal = socket.request(RTM.newNsid, 0, Buffer.concat([MESSAGE, attribute(NETNSA.nsid, u32(NONE)), fd]));
      const given = look();
      if (given === NONE) throw new Fault(`${path} can give ${other} no number: ${refusal}`);
      return given;
    });
  } finally {
    closeSync(file);
  }
}
