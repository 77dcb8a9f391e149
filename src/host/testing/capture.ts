/** Every packet that any interface of a namespace sees, from the Ethernet header on. Read packet(7). */
import { call, closeFd, receive } from '../libc.ts';
import { inNetns } from '../netns.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
/** ETH_P_ALL, in network order. */
const ALL = 0x0300;
const MOST_BYTES = 16_384;

export interface Capture {
  /** What came since the last call. */
  packets(): readonly Buffer[];
  close(): void;
}

export function capture(path: string): Capture {
  const fd = inNetns(path, () => call('socket', path, AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, ALL));
  return {
    packets() {
      const found: Buffer[] = [];
      for (;;) {
        try {
          found.push(Buffer.from(receive(fd, MOST_BYTES)));
        } catch {
          return found;
        }
      }
    },
    close: () => closeFd(fd),
  };
}
