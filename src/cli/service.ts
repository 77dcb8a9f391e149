/** `culvert service …`: URLs behind AWS services that Culvert does not have itself. */
import type { Paths } from '../host/paths.ts';
import { EMBEDDED_SERVICES } from '../model/embedded-services.ts';
import { ask, askStatus } from './control.ts';
import { columns } from './text.ts';

const OWN = ['ec2', 'iam', 'sts'];

export async function attachService(paths: Paths, name: string, url: string): Promise<void> {
  await ask(paths, 'PUT', `/culvert/services/${encodeURIComponent(name)}`, { url });
  process.stdout.write(`${name} is answered by ${url}\n`);
}

export async function detachService(paths: Paths, name: string): Promise<void> {
  await ask(paths, 'DELETE', `/culvert/services/${encodeURIComponent(name)}`);
  process.stdout.write(`${name} is detached\n`);
}

export async function listServices(paths: Paths): Promise<void> {
  const { services } = await askStatus(paths);
  const attached = new Map(services.map(({ name, backend }) => [name, backend]));
  const rows = [...new Set([...EMBEDDED_SERVICES, ...OWN, ...attached.keys()])]
    .sort()
    .map((name) => [name, attached.get(name) ?? (OWN.includes(name) ? "Culvert's own" : 'embedded')]);
  process.stdout.write(`${columns(rows, '').join('\n')}\n`);
}
