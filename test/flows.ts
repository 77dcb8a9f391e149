/**
 * For kernel tests: programs and clients inside the namespaces of instances, as sockets of the test's own process. So nothing
 * needs to be installed in an instance, and what arrives is seen byte by byte.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, Socket } from 'node:net';
import { type Answer, decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { tcpListener, tcpSocket, udpSocket } from '../src/host/sockets.ts';
import { until } from './culvert.ts';

const SHORT_MS = 1500;
const RESOLVER = '169.254.169.253';

/** Of both sides; in a namespace that is gone nothing ends by itself. */
const open = new Set<Socket | Server>();
const datagramSockets = new Set<dgram.Socket>();

/** Ends what a test left open, so that its process can end. */
export function closeSockets(): void {
  for (const each of open) {
    if (each instanceof Socket) each.destroy();
    else each.close();
  }
  open.clear();
  for (const each of datagramSockets) each.close();
  datagramSockets.clear();
}

/** A program at every address of the namespace. */
export async function serve(netns: string, port: number, program: (socket: Socket) => void): Promise<void> {
  const server = createServer((socket) => {
    open.add(socket);
    // A health check that goes away, a flow that is cut.
    socket.on('error', () => undefined);
    program(socket);
  });
  server.listen({ fd: tcpListener(netns, { address: '0.0.0.0', port }) });
  open.add(server);
  await once(server, 'listening');
}

/** Greets with the address that it sees and sends back what it gets. */
export function echo(socket: Socket): void {
  socket.write(`${socket.remoteAddress}\n`);
  socket.pipe(socket);
}

/** A connection to a program that echoes. */
export class Flow {
  readonly socket: Socket;
  /** As the program said at its start. */
  readonly seenFrom: string;

  constructor(socket: Socket, seenFrom: string) {
    this.socket = socket;
    this.seenFrom = seenFrom;
  }

  /** Whether what is sent now comes back in time. */
  async echoes(boundMs = SHORT_MS): Promise<boolean> {
    const word = `${performance.now()}\n`;
    this.socket.write(word);
    return (await textFrom(this.socket, (text) => text.endsWith(word), boundMs)) !== undefined;
  }

  close(): void {
    this.socket.resetAndDestroy();
  }
}

/** Undefined where nobody answers in time, or not as a program that echoes. */
export async function dial(netns: string, host: string, port: number, boundMs = SHORT_MS): Promise<Flow | undefined> {
  const socket = socketTo(netns, host, port);
  const greeting = await textFrom(socket, (text) => text.endsWith('\n'), boundMs);
  if (greeting === undefined) {
    socket.destroy();
    return undefined;
  }
  return new Flow(socket, greeting.trim());
}

/** When the first of many attempts, one every few milliseconds, has its greeting: a lost first packet would wait for a second. */
export async function firstOpened(netns: string, host: string, port: number): Promise<number> {
  const tries: Promise<Flow | undefined>[] = [];
  let at: number | undefined;
  await until('a connection opens', async () => {
    const started = dial(netns, host, port, 900);
    tries.push(started);
    void started.then((flow) => {
      if (flow !== undefined) at ??= performance.now();
    });
    return at;
  });
  for (const flow of await Promise.all(tries)) flow?.close();
  return at ?? Number.NaN;
}

export function socketTo(netns: string, host: string, port: number): Socket {
  const socket = new Socket({ fd: tcpSocket(netns) });
  open.add(socket);
  socket.on('error', () => undefined);
  return socket.connect({ host, port });
}

/** What comes until it is complete; undefined where it is not in time, or the connection ends before. */
function textFrom(socket: Socket, isComplete: (text: string) => boolean, boundMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const end = (found: string | undefined) => {
      clearTimeout(timer);
      socket.off('data', more).off('close', over);
      resolve(found);
    };
    const over = () => end(undefined);
    const more = (chunk: Buffer) => {
      text += chunk;
      if (isComplete(text)) end(text);
    };
    const timer = setTimeout(over, boundMs);
    socket.on('data', more).on('close', over);
  });
}

/** The addresses of a name, as the resolver of the namespace's VPC tells them; or its refusal, "NXDOMAIN". */
export async function lookUp(netns: string, name: string, resolver = RESOLVER): Promise<readonly string[] | string> {
  const socket = dgram.createSocket('udp4');
  try {
    socket.bind({ fd: udpSocket(netns, { address: '0.0.0.0', port: 0 }) });
    socket.send(
      encode({ type: 'query', id: 1, flags: RECURSION_DESIRED, questions: [{ type: 'A', name }] }),
      53,
      resolver,
    );
    const [message] = (await once(socket, 'message', { signal: AbortSignal.timeout(SHORT_MS) })) as [Buffer];
    const { answers = [], rcode } = decode(message) as { answers?: Answer[]; rcode?: string };
    if (rcode !== 'NOERROR') return String(rcode);
    return answers.flatMap((answer) => (answer.type === 'A' ? [answer.data] : [])).sort();
  } finally {
    socket.close();
  }
}

/**
 * A DNS server in the namespace, by UDP and TCP, that answers every A question with one address. `seen` collects who asked for
 * what, as "ADDRESS NAME".
 */
export async function serveNames(netns: string, address: string, seen: string[]): Promise<void> {
  const answer = (message: Buffer, from: string | undefined): Buffer => {
    const { id = 0, questions = [] } = decode(message);
    const name = questions[0]?.name ?? '';
    seen.push(`${from} ${name}`);
    return encode({ type: 'response', id, questions, answers: [{ type: 'A', name, ttl: 60, data: address }] });
  };
  const socket = dgram.createSocket('udp4');
  socket.bind({ fd: udpSocket(netns, { address: '0.0.0.0', port: 53 }) });
  socket.on('message', (message, from) => socket.send(answer(message, from.address), from.port, from.address));
  datagramSockets.add(socket);
  await serve(netns, 53, (connection) =>
    connection.on('data', (chunk: Buffer) => {
      const response = answer(chunk.subarray(2), connection.remoteAddress);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(response.length);
      connection.write(Buffer.concat([length, response]));
    }),
  );
}
