/**
 * A host and a world beyond it, each a namespace of its maker's own, so that what would go to the real world goes there: the program of
 * src/host/outside.ts is started in the host's, from which the world is one link away. Nothing is sent from this machine's own network.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { ip } from './ip.ts';
import { createNetns, inNetns, removePins } from './netns.ts';
import { type HostNetwork, hostNetwork } from './outside.ts';
import { tcpListener, udpSocket } from './sockets.ts';

export const HOST = '203.0.113.1';
/** Of the host's too, on no network. */
export const HOST_TOO = '192.0.2.77';
/** On the host's network. */
export const NEIGHBOUR = '203.0.113.2';
/** Beyond that network. */
export const FAR = '198.51.100.7';
/** The host reaches these: they are private, shared and link-local. */
export const PRIVATE = ['10.99.0.1', '172.16.9.1', '192.168.7.7', '100.64.0.9', '169.254.7.7'] as const;
export const WEB_PORT = 80;
export const DATAGRAM_PORT = 9000;

const LINK = { host: 'up0', world: 'down0', hostMac: '02:cf:aa:00:00:01', worldMac: '02:cf:aa:00:00:02' } as const;
const MTU = 1500;
const TABLES = 'table 254 proto 4';

export interface OutsideWorld {
  /** Path of the host's namespace. */
  readonly host: string;
  /** As measured in the host's namespace. */
  measure(): HostNetwork;
  /** Who came, at which address: "FAR tcp HOST". */
  readonly seen: string[];
  close(): void;
}

/** Servers answer a greeting, then what they are sent. `folder`: where the two are pinned, and nothing else is. */
export async function makeOutsideWorld(folder: string): Promise<OutsideWorld> {
  const [host, world] = [join(folder, 'a-host'), join(folder, 'a-world')];
  const servers: (net.Server | dgram.Socket)[] = [];
  const close = () => {
    for (const server of servers) server.close();
    removePins(folder);
  };
  try {
    makeNetworks(host, world);
    const seen: string[] = [];
    const places = [
      ...[HOST, HOST_TOO].map((address) => ({ path: host, address })),
      ...[NEIGHBOUR, ...BEYOND].map((address) => ({ path: world, address })),
    ];
    for (const place of places) servers.push(await webServer(place, seen), await datagramServer(place, seen));
    return { host, measure: () => inNetns(host, hostNetwork), seen, close };
  } catch (error) {
    close();
    throw error;
  }
}

const BEYOND = [FAR, ...PRIVATE];

function makeNetworks(host: string, world: string): void {
  createNetns(host);
  createNetns(world);
  const far = `name ${LINK.world} address ${LINK.worldMac} mtu ${MTU} netns ${world}`;
  ip(host, [
    'link set dev lo up',
    `link add ${LINK.host} address ${LINK.hostMac} mtu ${MTU} type veth peer ${far}`,
    `address replace ${HOST}/24 dev ${LINK.host}`,
    `address replace ${HOST_TOO}/32 dev lo`,
    `link set dev ${LINK.host} up`,
  ]);
  ip(world, [
    'link set dev lo up',
    `address replace ${NEIGHBOUR}/24 dev ${LINK.world}`,
    ...BEYOND.map((address) => `address replace ${address}/32 dev lo`),
    `link set dev ${LINK.world} up`,
  ]);
  ip(host, [`route replace default via ${NEIGHBOUR} dev ${LINK.host} ${TABLES}`]);
}

interface Place {
  readonly path: string;
  readonly address: string;
}

/** What the analyser knows of somebody outside: where they are, not whom they see. */
const GREETING = `${JSON.stringify({ where: 'internet', seenFrom: null })}\n`;

async function webServer({ path, address }: Place, seen: string[]): Promise<net.Server> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.unref();
    seen.push(`${address} tcp ${socket.remoteAddress}`);
    socket.write(GREETING);
    socket.pipe(socket);
  });
  server.listen({ fd: tcpListener(path, { address, port: WEB_PORT }) });
  await once(server, 'listening');
  server.unref();
  return server;
}

async function datagramServer({ path, address }: Place, seen: string[]): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4');
  socket.bind({ fd: udpSocket(path, { address, port: DATAGRAM_PORT }) });
  socket.on('message', (message, peer) => {
    seen.push(`${address} udp ${peer.address} ${message.length}`);
    socket.send(GREETING, peer.port, peer.address);
  });
  socket.unref();
  return socket;
}
