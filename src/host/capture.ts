/**
 * Copies of the packets that go through a namespace, in or out, from now on. Where there are more than its buffer holds, some are not
 * seen. Read packet(7).
 */
import { call, closeFd, receive } from './libc.ts';
import { inNetns } from './netns.ts';

const AF_PACKET = 17;
/** Without the link's header: packets begin with IP's. */
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
/** In network order, as socket() takes it. Of all protocols: what is sent from here is shown to such sockets only. */
const ETH_P_ALL = 0x0300;
const HEAD_BYTES = 256;
/** So many at one look. */
const MOST = 4096;

export interface Capture {
  /** What came since the last look: the beginnings of packets, from their IP header on. */
  take(): readonly Buffer[];
  close(): void;
}

export function capture(path: string): Capture {
  const fd = inNetns(path, () =>
    call('socket', `capture in ${path}`, AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, ETH_P_ALL),
  );
  return {
    take() {
      const packets: Buffer[] = [];
      while (packets.length < MOST) {
        try {
          packets.push(receive(fd, HEAD_BYTES));
        } catch {
          // Nothing more is there.
          break;
        }
      }
      return packets;
    },
    close: () => closeFd(fd),
  };
}
