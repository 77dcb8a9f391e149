/**
 * Round trips of 32 bytes by blocking sockets, so that the path is measured and not an event loop. Runs in the namespace it
 * is started in: `ping-pong.ts serve PORT`, `ping-pong.ts ask ADDRESS PORT COUNT`, which prints p50 and p99 in µs as JSON, or
 * `ping-pong.ts answer PORT`: one HTTP answer a connection, and its end.
 */
import koffi from 'koffi';
import { call } from '../src/host/libc.ts';
import { AF_INET, parseSocketAddress } from '../src/host/sockaddr.ts';
import { quantile } from './bench.ts';

const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const BYTES = 32;
const WARM_UP = 500;
const BACKLOG = 128;
const MSG_NOSIGNAL = 0x4000;
const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');

const libc = koffi.load('libc.so.6');
const accept = libc.func('int accept(int fd, void *address, void *length)');
const on = Buffer.from(Uint32Array.of(1).buffer);
const data = Buffer.alloc(BYTES);
const request = Buffer.alloc(2048);

const [mode, ...words] = process.argv.slice(2);
if (mode === 'serve') serve(Number(words[0]), echo);
else if (mode === 'answer') serve(Number(words[0]), answer);
else process.stdout.write(JSON.stringify(ask(words[0] ?? '', Number(words[1]), Number(words[2]))));

function serve(port: number, converse: (fd: number) => void): never {
  const listener = call('socket', 'server', AF_INET, SOCK_STREAM, 0);
  call('setsockopt', 'server', listener, SOL_SOCKET, SO_REUSEADDR, on, 4);
  const { bytes } = parseSocketAddress('0.0.0.0', port);
  call('bind', String(port), listener, bytes, bytes.length);
  call('listen', 'server', listener, BACKLOG);
  process.stdout.write('ready\n');
  for (;;) {
    const fd = accept(listener, null, null) as number;
    call('setsockopt', 'client', fd, IPPROTO_TCP, TCP_NODELAY, on, 4);
    converse(fd);
    call('close', 'client', fd);
  }
}

function echo(fd: number): void {
  while (transfer('recv', fd) > 0) transfer('send', fd);
}

function answer(fd: number): void {
  try {
    if (call('recv', 'peer', fd, request, request.length, 0) > 0)
      call('send', 'peer', fd, ANSWER, ANSWER.length, MSG_NOSIGNAL);
  } catch {
    // The load ends with resets: that is nobody's fault.
  }
}

function ask(address: string, port: number, count: number): { p50: number; p99: number } {
  const fd = call('socket', address, AF_INET, SOCK_STREAM, 0);
  call('setsockopt', address, fd, IPPROTO_TCP, TCP_NODELAY, on, 4);
  const { bytes } = parseSocketAddress(address, port);
  call('connect', address, fd, bytes, bytes.length);
  const micros: number[] = [];
  for (let trip = -WARM_UP; trip < count; trip++) {
    const start = process.hrtime.bigint();
    transfer('send', fd);
    transfer('recv', fd);
    if (trip >= 0) micros.push(Number(process.hrtime.bigint() - start) / 1000);
  }
  return { p50: quantile(micros, 0.5), p99: quantile(micros, 0.99) };
}

function transfer(name: 'send' | 'recv', fd: number): number {
  return call(name, 'peer', fd, data, BYTES, 0);
}
