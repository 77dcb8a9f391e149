/**
 * One TCP socket of a resolver: messages with a length before each, any number of them on a connection, answered as they
 * come. Connections are few and short: idle ones end, and one client cannot take them all. RFC 7766.
 */
import { createServer, type Socket } from 'node:net';
import { senderOf } from './limiter.ts';
import type { Resolver } from './resolver.ts';
import { FORWARD, NO_ANSWER } from './responder.ts';

const IDLE_MS = 10_000;
const MAX_CONNECTIONS = 256;
const MAX_CONNECTIONS_PER_CLIENT = 16;
/** Questions of one connection that the forwarder may have at a time; more make the client wait. */
const MAX_FORWARDED = 32;
const LENGTH_BYTES = 2;
const MAX_MESSAGE = 65_535;

/** Answers are made here, one at a time. */
const workbench = Buffer.alloc(LENGTH_BYTES + MAX_MESSAGE);

export async function serveTcp(fd: number, resolver: Resolver): Promise<{ close(): Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const client = socket.remoteAddress;
    const others = [...open].filter((each) => each.remoteAddress === client).length;
    if (client === undefined || others >= MAX_CONNECTIONS_PER_CLIENT) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    serveConnection(socket, client, resolver);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ fd }, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      resolve();
    });
  });
  return {
    close() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function serveConnection(socket: Socket, client: string, resolver: Resolver): void {
  const sender = senderOf(client);
  let waiting: Buffer = Buffer.alloc(0);
  let forwarded = 0;
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());

  function send(message: Buffer): void {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
  }

  /** Answers whole messages until one is missing its end, or the client does not take its answers. */
  function work(): void {
    while (forwarded < MAX_FORWARDED && !socket.writableNeedDrain && waiting.length >= LENGTH_BYTES) {
      const length = waiting.readUInt16BE(0);
      if (waiting.length < LENGTH_BYTES + length) break;
      const message = waiting.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
      waiting = waiting.subarray(LENGTH_BYTES + length);
      if (resolver.limiter.allows(sender, Date.now())) handle(message);
    }
    if (forwarded >= MAX_FORWARDED || socket.writableNeedDrain) socket.pause();
    else if (!socket.destroyed) socket.resume();
  }

  function handle(message: Buffer): void {
    message.copy(workbench);
    const length = resolver.responder.respond(workbench, 0, message.length, 'tcp', () => client);
    if (length === FORWARD) forward(Buffer.from(message));
    else if (length === NO_ANSWER) socket.destroy();
    else {
      send(workbench.subarray(0, length));
      resolver.log?.add(workbench, 0, length, client, socket.remotePort ?? 0, 'TCP', Date.now(), null);
    }
  }

  function forward(message: Buffer): void {
    forwarded++;
    const { wish } = resolver.responder;
    const { log } = resolver;
    const port = socket.remotePort ?? 0;
    const now = Date.now();
    resolver.ask(message, 'tcp', wish, `${client}:${port}`).then((response) => {
      forwarded--;
      log?.add(response, 0, response.length, client, port, 'TCP', now, wish.rule?.forward?.endpoint ?? null);
      if (socket.destroyed) return;
      send(response);
      work();
    });
  }

  socket.on('data', (chunk: Buffer) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    work();
  });
  socket.on('drain', work);
}
