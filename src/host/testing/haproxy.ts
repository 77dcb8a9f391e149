/** HAProxy as a target: a parser of Proxy Protocol that is not ours. It reads the header, checksum included, and says what it read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostPaths } from '../paths.ts';
import { bringPrograms } from './programs.ts';

/** Sent to it; what comes back ends with a body like `10.0.0.4:40000 10.0.1.5:80`: source and destination of the header. */
export const ASK = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

/** Yields the function that ends it. It listens soon, not at once. */
export async function startHaproxy(netns: string, port: number): Promise<() => Promise<void>> {
  await bringPrograms({ packages: { haproxy: ['haproxy'] }, folder: join(hostPaths().cache, 'test-tools') });
  const folder = mkdtempSync(join(tmpdir(), 'culvert-haproxy-'));
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(
    file,
    `defaults
  mode http
  timeout client 10s
  timeout connect 10s
  timeout server 10s
frontend f
  bind 0.0.0.0:${port} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src]:%[src_port] %[dst]:%[dst_port]"
`,
  );
  const child = spawn('nsenter', [`--net=${netns}`, 'haproxy', '-db', '-f', file], { stdio: 'ignore' });
  return async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true });
  };
}

/** What it read, from its whole answer. */
export function haproxyRead(answer: string): string | undefined {
  return answer.split('\r\n\r\n')[1];
}
