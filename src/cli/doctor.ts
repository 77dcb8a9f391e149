/** `culvert doctor`: what this machine has and lacks, each by its name. Changes nothing. */
import { findProcess } from '../daemon/processes.ts';
import { DEFAULTS } from '../daemon/settings.ts';
import { fastPathRefusal } from '../driver/netns/fast-path.ts';
import { proxyHeaders } from '../driver/netns/proxy-header.ts';
import { outsideRefusal } from '../host/outside.ts';
import type { Paths } from '../host/paths.ts';
import { wireguardRefusal } from '../host/wireguard.ts';
import { needRoot, portHolder, probeKernel } from './checks.ts';
import { EXITS } from './exits.ts';
import { penFor } from './text.ts';

export async function doctor(paths: Paths): Promise<void> {
  needRoot('culvert doctor');
  const pen = penFor(process.stdout);
  const print = (good: boolean, line: string) =>
    process.stdout.write(`${good ? pen('green', '✓') : pen('red', '✗')} ${line}\n`);
  for (const { name, refusal } of await probeKernel()) {
    print(refusal === null, refusal === null ? name : `${name}: ${refusal}`);
    if (refusal !== null) process.exitCode = EXITS.kernel;
  }
  // Speed only: Culvert runs without.
  const slow = fastPathRefusal();
  print(slow === null, slow === null ? 'fast path for established connections' : `no fast path: ${slow}`);
  const headers = proxyHeaders.wouldRefuse();
  print(
    headers === null,
    headers === null ? 'Proxy Protocol in the kernel' : `no Proxy Protocol in the kernel: ${headers}`,
  );
  const plain = await wireguardRefusal();
  print(
    plain === null,
    plain === null
      ? 'encrypted tunnels for VPN connections'
      : `VPN connections are plain links, not encrypted: ${plain}`,
  );
  const outside = outsideRefusal();
  print(outside === null, outside === null ? 'up --internet' : `no up --internet: ${outside}`);
  const running = findProcess(paths, 'control');
  const holder = running === undefined ? portHolder(DEFAULTS.port) : null;
  print(holder === null, holder === null ? `port ${DEFAULTS.port}` : `port ${DEFAULTS.port} is taken by ${holder}`);
  print(true, running === undefined ? 'Culvert does not run' : `Culvert runs (control has pid ${running.pid})`);
}
