/** HTTP over the unix sockets between Culvert's own processes and its command line (docs/processes.md). */
import { request as httpRequest } from 'node:http';
import { Fault } from '../host/fault.ts';

export interface LocalAnswer {
  readonly status: number;
  readonly text: string;
}

/** One call, answered in whole. A Fault where nobody listens (its cause then has code ENOENT or ECONNREFUSED). */
export function callLocal(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
  timeoutMs = 10_000,
): Promise<LocalAnswer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers =
      text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const call = httpRequest({ socketPath, method, path, headers, timeout: timeoutMs, agent: false });
    call.once('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    call.once('error', (cause) => reject(new Fault(`${socketPath} does not answer`, cause)));
    call.once('response', async (answer) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      } catch (cause) {
        reject(new Fault(`${socketPath} broke off`, cause));
      }
    });
    call.end(text);
  });
}
