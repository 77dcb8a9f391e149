/**
 * A set of listening TCP sockets inside domains' namespaces, made to match what is wanted: what is open and still wanted
 * stays as it is, the rest is closed or opened. Accepted connections are their accepter's. Freebind: a socket does not wait
 * for the driver's addresses.
 */
import { statSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { explain } from '../host/fault.ts';
import { tcpListener } from '../host/sockets.ts';

/** At one socket, unless its owner says otherwise; more are closed as they come. */
const CONNECTIONS = 4_096;

export interface Wanted {
  readonly domain: string;
  readonly address: string;
  readonly port: number;
  /** Called for each connection; that of the newest `apply` counts. */
  readonly accept: (socket: Socket) => void;
}

export interface Listeners {
  /** When it returns, all listen but those that a sentence is returned for. */
  apply(wanted: readonly Wanted[]): string[];
  close(): void;
}

interface Open {
  readonly server: Server;
  /** The namespace's inode: a namespace that was made anew under the same name needs a new socket. */
  readonly namespace: number;
  accept: (socket: Socket) => void;
}

/**
 * `perPeer`: of one source address at one socket, so that no client takes all from the others; not for sockets behind an
 * address that many clients share. `allowHalfOpen`: a client may end its side and still get its answer, as node:http grants; TLS knows no such thing. */
export function createListeners(
  netnsOf: (domain: string) => string,
  {
    allowHalfOpen = false,
    connections = CONNECTIONS,
    perPeer = connections,
  }: { readonly allowHalfOpen?: boolean; readonly connections?: number; readonly perPeer?: number } = {},
): Listeners {
  const options = { allowHalfOpen, noDelay: true };
  const open = new Map<string, Open>();

  function shut(id: string): void {
    open.get(id)?.server.close();
    open.delete(id);
  }

  return {
    apply(wanted) {
      const faults: string[] = [];
      const namespaces = new Map<string, number | Error>();
      for (const { domain } of wanted) {
        if (!namespaces.has(domain)) namespaces.set(domain, inodeOf(netnsOf(domain)));
      }
      const byId = new Map(wanted.map((each) => [`${each.domain} ${each.address} ${each.port}`, each]));
      for (const [id, { namespace }] of open) {
        const still = byId.get(id);
        if (still === undefined || namespaces.get(still.domain) !== namespace) shut(id);
      }
      for (const [id, each] of byId) {
        const known = open.get(id);
        if (known !== undefined) {
          known.accept = each.accept;
          continue;
        }
        const namespace = namespaces.get(each.domain);
        if (typeof namespace !== 'number') continue;
        try {
          const room = createRoom(perPeer);
          const server = createServer(options, (socket) => room(socket) && entry.accept(socket));
          const entry = { server, namespace, accept: each.accept };
          server.maxConnections = connections;
          server.on('error', () => shut(id));
          server.listen({ fd: tcpListener(netnsOf(each.domain), { ...each, freebind: true }) });
          open.set(id, entry);
        } catch (error) {
          faults.push(`cannot listen on ${each.address} port ${each.port} in domain ${each.domain}: ${explain(error)}`);
        }
      }
      for (const [domain, namespace] of namespaces) {
        if (namespace instanceof Error) faults.push(`no namespace for domain ${domain}: ${namespace.message}`);
      }
      return faults;
    },
    close() {
      for (const id of [...open.keys()]) shut(id);
    },
  };
}

/** False, and the connection is closed, where its peer has as many as one may have: the rest is for others. */
function createRoom(perPeer: number): (socket: Socket) => boolean {
  const counts = new Map<string, number>();
  return (socket) => {
    const peer = socket.remoteAddress ?? '';
    const count = (counts.get(peer) ?? 0) + 1;
    if (count > perPeer) {
      socket.destroy();
      return false;
    }
    counts.set(peer, count);
    socket.once('close', () => {
      const left = (counts.get(peer) ?? 1) - 1;
      if (left === 0) counts.delete(peer);
      else counts.set(peer, left);
    });
    return true;
  };
}

/** A namespace that was made anew under the same name has another. */
export function inodeOf(path: string): number | Error {
  try {
    return statSync(path).ino;
  } catch (error) {
    return error as Error;
  }
}

/**
 * For an HTTP server that is given its connections instead of listening itself: Node keeps track of connections, for
 * timeouts and for closing them, only from the 'listening' event on.
 */
export function trackConnections(server: HttpServer): void {
  server.emit('listening');
}

export function stopServer(server: HttpServer): void {
  server.closeAllConnections();
  server.close();
}
