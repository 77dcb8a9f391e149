/**
 * One UDP socket of a resolver. Node's dgram tells that something has come; what else waits is then read, answered in place
 * and sent in batches, with IPv4: few ask with IPv6, one datagram at a time. Names of the world are answered later, by the forwarder.
 */
import { createSocket } from 'node:dgram';
import { BATCH, datagrams, flush, place, queue, receive, SLOT } from '../../host/datagrams.ts';
import type { Resolver } from './resolver.ts';
import { FORWARD, NO_ANSWER } from './responder.ts';

/** After so many batches other sockets get their turn; what waits here wakes us again. */
const MAX_BATCHES = 16;

/** `isOfIpv6`: the socket of the descriptor is. */
export async function serveUdp(fd: number, resolver: Resolver, isOfIpv6: boolean): Promise<{ close(): Promise<void> }> {
  const socket = createSocket(isOfIpv6 ? 'udp6' : 'udp4');
  let isClosed = false;

  function answerBatch(count: number): void {
    const now = Date.now();
    let at = 0;
    const client = () => textOf(datagrams.senderOf(at));
    for (; at < count; at++) {
      const start = at * SLOT;
      const end = start + datagrams.lengthOf(at);
      if (!resolver.limiter.allows(datagrams.senderOf(at), now)) continue;
      const length = resolver.responder.respond(datagrams.bytes, start, end, 'udp', client);
      if (length === FORWARD) {
        forward(
          Buffer.from(datagrams.bytes.subarray(start, end)),
          textOf(datagrams.senderOf(at)),
          datagrams.portOf(at),
        );
      } else if (length !== NO_ANSWER) {
        queue(at, length);
        resolver.log?.add(datagrams.bytes, start, length, client() ?? '', datagrams.portOf(at), 'UDP', now, null);
      }
    }
    flush(fd);
  }

  function answerOne(query: Buffer, address: string, port: number): void {
    const now = Date.now();
    if (!resolver.limiter.allows(address, now)) return;
    const message = Buffer.alloc(SLOT);
    const end = query.copy(message);
    const length = resolver.responder.respond(message, 0, end, 'udp', () => address);
    if (length === FORWARD) forward(query, address, port);
    else if (length !== NO_ANSWER) {
      socket.send(message, 0, length, port, address);
      resolver.log?.add(message, 0, length, address, port, 'UDP', now, null);
    }
  }

  function forward(query: Buffer, address: string, port: number): void {
    const { wish } = resolver.responder;
    const { log } = resolver;
    const now = Date.now();
    resolver.ask(query, 'udp', wish, `${address}:${port}`).then((response) => {
      if (!isClosed) socket.send(response, port, address);
      log?.add(response, 0, response.length, address, port, 'UDP', now, wish.rule?.forward?.endpoint ?? null);
    });
  }

  socket.on('message', (message, sender) => {
    if (isOfIpv6) return answerOne(message, sender.address, sender.port);
    place(message, sender);
    let count = 1 + receive(fd, 1);
    for (let batch = 1; ; batch++) {
      answerBatch(count);
      if (count < BATCH || batch === MAX_BATCHES) return;
      count = receive(fd, 0);
    }
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ fd }, () => {
      socket.off('error', reject);
      // A client that is gone makes errors that are nobody's.
      socket.on('error', () => undefined);
      resolve();
    });
  });
  return {
    close() {
      isClosed = true;
      return new Promise((resolve) => socket.close(resolve));
    },
  };
}

function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}
