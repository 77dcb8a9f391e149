/**
 * The sockets of the time service: one for each address of each domain, inside its namespace. What is open and still wanted stays.
 * Freebind: a socket does not wait for the driver's addresses.
 */
import dgram from 'node:dgram';
import { realtimeNanoseconds } from '../../host/clock.ts';
import { explain } from '../../host/fault.ts';
import { udpSocket } from '../../host/sockets.ts';
import { isIpv6 } from '../../net/ip.ts';
import type { Domain } from '../../plan/plan.ts';
import { inodeOf } from '../listeners.ts';
import { answerTo } from './sntp.ts';

const PORT = 123;

export interface TimeServer {
  /** Faults: a sentence for each socket that could not be opened. */
  apply(domains: readonly Pick<Domain, 'id' | 'timeAddresses'>[]): string[];
  close(): void;
}

export function createTimeServer(netnsOf: (domain: string) => string): TimeServer {
  /** By domain, the namespace's inode and address: a namespace that was made anew needs a new socket. */
  const open = new Map<string, dgram.Socket>();

  function shut(key: string): void {
    open.get(key)?.close();
    open.delete(key);
  }

  return {
    apply(domains) {
      const faults: string[] = [];
      const wanted = new Map<string, { readonly domain: string; readonly address: string }>();
      for (const { id, timeAddresses } of domains) {
        if (timeAddresses.length === 0) continue;
        const namespace = inodeOf(netnsOf(id));
        if (typeof namespace === 'number') {
          for (const address of timeAddresses) wanted.set(`${id} ${namespace} ${address}`, { domain: id, address });
        } else {
          faults.push(`no namespace for domain ${id}: ${namespace.message}`);
        }
      }
      for (const key of [...open.keys()]) if (!wanted.has(key)) shut(key);
      for (const [key, { domain, address }] of wanted) {
        if (open.has(key)) continue;
        try {
          const socket = serve(udpSocket(netnsOf(domain), { address, port: PORT, freebind: true }), isIpv6(address));
          socket.on('error', () => shut(key));
          open.set(key, socket);
        } catch (error) {
          faults.push(`cannot tell the time at ${address} in domain ${domain}: ${explain(error)}`);
        }
      }
      return faults;
    },
    close() {
      for (const key of [...open.keys()]) shut(key);
    },
  };
}

function serve(fd: number, isOfIpv6: boolean): dgram.Socket {
  const socket = dgram.createSocket(isOfIpv6 ? 'udp6' : 'udp4');
  socket.on('message', (question, { address, port }) => {
    const received = realtimeNanoseconds();
    const answer = answerTo(question, received, realtimeNanoseconds());
    // Who has gone by now misses nothing.
    if (answer !== undefined) socket.send(answer, port, address, () => undefined);
  });
  socket.bind({ fd });
  return socket;
}
