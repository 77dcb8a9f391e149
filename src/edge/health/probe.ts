/**
 * One health check: from the node's address, inside the domain's namespace, to the target. TCP: a connection can be made.
 * HTTP and HTTPS: the answer's status is one of the good ones; certificates are not verified, as at AWS. A fault of the host
 * (no namespace, no such address yet) throws: it says nothing about the target.
 */
import { request } from 'node:http';
import { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { tcpSocket } from '../../host/sockets.ts';
import { localHeader } from '../balance/proxy-protocol.ts';
import type { Check } from './checks.ts';
import type { Failure, Verdict } from './judge.ts';

const USER_AGENT = 'ELB-HealthChecker/2.0';
/** The host has run out of something, or does not have the address. */
const HOST_FAULTS: ReadonlySet<string | undefined> = new Set([
  'EADDRNOTAVAIL',
  'EADDRINUSE',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
]);
/** Nobody answers at that address: for AWS, whose networks swallow such packets, that is silence. */
const SILENCE: ReadonlySet<string | undefined> = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);

const TIMEOUT: Verdict = failed('Target.Timeout');

/** `signal` ends it early, with an error. */
export function probe(check: Check, netns: string, signal: AbortSignal): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const socket = new Socket({ fd: tcpSocket(netns, { address: check.from, port: 0 }) });
    const timer = setTimeout(() => end(TIMEOUT), check.settings.timeoutSeconds * 1000);
    const abort = () => end(signal.reason);
    signal.addEventListener('abort', abort);

    function end(result: Verdict | Error): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      if (result instanceof Error) reject(result);
      else resolve(result);
    }
    function fail(error: NodeJS.ErrnoException): void {
      if (HOST_FAULTS.has(error.code)) end(error);
      else end(SILENCE.has(error.code) ? TIMEOUT : failed('Target.FailedHealthChecks'));
    }

    socket.on('error', fail);
    socket.connect({ host: check.address, port: check.port }, () => {
      if (check.proxyProtocol) socket.write(localHeader());
      if (check.settings.protocol === 'tcp') socket.end(() => end({ passed: true }));
      else ask(check, socket, (status) => end(verdictOn(status, check)), fail);
    });
  });
}

function ask(check: Check, raw: Socket, answer: (status: number) => void, fail: (error: Error) => void): void {
  let socket = raw;
  if (check.settings.protocol === 'https') {
    socket = connectTls({ socket: raw, rejectUnauthorized: false });
    socket.on('error', fail);
  }
  const outgoing = request({
    createConnection: () => socket,
    path: check.settings.path,
    headers: { host: `${check.from}:${check.port}`, 'user-agent': USER_AGENT, connection: 'close' },
  });
  outgoing.on('error', fail);
  outgoing.on('response', (response) => answer(response.statusCode ?? 0));
  outgoing.end();
}

function verdictOn(status: number, check: Check): Verdict {
  const good = check.settings.codes.some(({ from, to }) => status >= from && status <= to);
  return good ? { passed: true } : failed('Target.ResponseCodeMismatch', status);
}

function failed(reason: Failure['reason'], status: number | null = null): Verdict {
  return { passed: false, reason, status };
}
