/** Opens the two doors of the control process: TCP for AWS requests, a unix socket for Culvert's own and the edge's. */
import { chmodSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Fault } from '../host/fault.ts';

/** Exit status and words for what no restart mends. */
export class Fatal extends Fault {
  readonly exitCode: number;
  constructor(exitCode: number, sentence: string, cause?: unknown) {
    super(sentence, cause);
    this.exitCode = exitCode;
  }
}

const PORT_TAKEN = 5;

/** Resolves with the port, which the system chose where 0 was asked for. */
export function listenTcp(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new Fatal(PORT_TAKEN, `port ${port} of ${host} is taken`, cause)
          : new Fatal(1, `cannot listen on ${host} port ${port}: ${cause.message}`, cause),
      ),
    );
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Takes the place of a socket that a dead process left. Its owner only may call (0600 from the first moment). */
export function listenUnix(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    rmSync(path, { force: true });
    const umask = process.umask(0o177);
    server.once('error', (cause) => reject(new Fault(`cannot listen on ${path}`, cause)));
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve();
    });
    process.umask(umask);
  });
}
