/**
 * Round trips of 32 bytes by blocking sockets, so that the path is measured and not an event loop. Runs in the namespace it
 * is started in: `ping-pong.ts serve PORT` or `ping-pong.ts ask ADDRESS PORT COUNT`, which prints p50 and p99 in µs as JSON.
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

const libc = koffi.load('libc.so.6');
const accept = libc.func('int accept(int fd, void *address, void *length)');
const on = Buffer.from(Uint32Array.of(1).buffer);
const data = Buffer.alloc(BYTES);

const [mode, ...words] = process.argv.slice(2);
if (mode === 'serve') serve(Number(words[0]));
else process.stdout.write(JSON.stringify(ask(words[0] ?? '', Number(words[1]), Number(words[2]))));

function serve(port: number): never {
  const listener = call('socket', 'server', AF_INET, SOCK_STREAM, 0);
  call('setsockopt', 'server', listener, SOL_SOCKET, SO_REUSEADDR, on, 4);
  const { bytes } = parseSocketAddress('0.0.0.0', port);
  call('bind', String(port), listener, bytes, bytes.length);
  call('listen', 'server', listener, 16);
  process.stdout.write('ready\n');
  for (;;) {
    const fd = accept(listener, null, null) as number;
    call('setsockopt', 'client', fd, IPPROTO_TCP, TCP_NODELAY, on, 4);
    while (transfer('recv', fd) > 0) transfer('send', fd);
    call('close', 'client', fd);
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
