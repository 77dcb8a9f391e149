/** For tests: a node:http server around the wire, that answers every call as a function says. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Refusal } from '../model/refusal.ts';
import {
  bodyLimit,
  type DecodedCall,
  decodeRequest,
  type RawRequest,
  type RefusedCall,
  type Structure,
} from './index.ts';

export interface TestServer {
  readonly url: string;
  /** What came last, as bytes and as decoded. */
  raw(): RawRequest;
  call(): DecodedCall | RefusedCall;
  /** What to answer from now on: an output, or a Refusal. */
  answer(with_: Structure | Refusal): void;
  close(): Promise<void>;
}

export async function startTestServer(): Promise<TestServer> {
  let answer: Structure | Refusal = {};
  let raw: RawRequest | null = null;
  let call: DecodedCall | RefusedCall | null = null;
  const server = createServer(async (request, response) => {
    const head = { method: request.method ?? '', path: request.url ?? '', headers: joined(request.headers) };
    const limit = bodyLimit(head);
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of request) {
      size += part.length;
      if (size <= limit + part.length) parts.push(part);
    }
    raw = { ...head, body: Buffer.concat(parts) };
    call = decodeRequest(raw);
    const refusal = call.kind === 'refused' ? call.refusal : answer instanceof Refusal ? answer : null;
    const reply =
      call.kind === 'refused' || refusal !== null
        ? call.encodeError(refusal as Refusal, 'request-1')
        : call.encode(answer, 'request-1');
    response.writeHead(reply.status, reply.headers);
    response.end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const present = <T>(value: T | null): T => {
    if (value === null) throw new Error('no request has come yet');
    return value;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    raw: () => present(raw),
    call: () => present(call),
    answer: (with_) => {
      answer = with_;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function joined(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
