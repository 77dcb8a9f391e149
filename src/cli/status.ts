/** `culvert status`: what there is, how far the kernel follows it, what is in the way. */
import { findProcess, PROCESS_NAMES, type RunningProcess } from '../daemon/processes.ts';
import type { Status } from '../daemon/status.ts';
import type { Paths } from '../host/paths.ts';
import { TUNNEL_WORDS } from '../model/remote.ts';
import { askStatus } from './control.ts';
import { columns, duration, type Pen, penFor } from './text.ts';

export async function status(paths: Paths, { json }: { json?: boolean }): Promise<void> {
  const found = await askStatus(paths);
  const processes = PROCESS_NAMES.flatMap((name) => findProcess(paths, name) ?? []);
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ ...found, processes }, null, 2)}\n`
      : `${statusLines(found, processes, penFor(process.stdout)).join('\n')}\n`,
  );
}

export function statusLines(found: Status, processes: readonly RunningProcess[], pen: Pen): string[] {
  const { revision, appliedRevision } = found;
  const counts = Object.entries(found.resources).map(([kind, count]) => `${kind} ${count}`);
  const section = (title: string, rows: string[][]) =>
    rows.length === 0 ? [] : [pen('bold', title), ...columns(rows)];
  return [
    `${pen('bold', `Culvert ${found.version}`)}  http://${hostText(found.listen.host)}:${found.listen.port}  auth ${found.auth}  up ${duration(Date.now() - Date.parse(found.startedAt))}`,
    revision === appliedRevision
      ? `${pen('green', '✓')} revision ${revision}, in force`
      : `${pen('yellow', '…')} revision ${revision}, in force: ${appliedRevision}`,
    ...found.troubles.map(
      ({ kind, step, sentence, attempts }) =>
        `${pen('red', '✗')} ${kind} in ${step} (${attempts === 1 ? 'once' : `${attempts} times`}): ${sentence}`,
    ),
    ...fastPathLine(found.fastPath, pen),
    outsideLine(found, processes, pen),
    counts.length === 0 ? '  no resources yet' : `  ${counts.join(' · ')}`,
    ...section(
      'Endpoints',
      found.endpoints.map(({ id, serviceName, state, addresses }) => [
        id,
        serviceName,
        coloured(state, pen),
        addresses.join(' '),
      ]),
    ),
    ...section(
      'Instances',
      found.instances.map((each) => [
        each.id,
        each.name,
        coloured(each.state, pen),
        each.publicAddress === null ? each.address : `${each.address} (public ${each.publicAddress})`,
        each.fault === null ? '' : pen('red', each.fault),
      ]),
    ),
    ...section(
      'Sites',
      found.sites.map(({ name, cidr, publicAddress, dns, tunnels, interfaces }) => [
        name,
        cidr,
        `public ${publicAddress}`,
        dns ?? 'no DNS server',
        [
          ...tunnels.map(({ id, end, made }) => `${id} to ${end} (${TUNNEL_WORDS[made]})`),
          ...interfaces.map(({ id, end }) => `${id} to ${end} (Direct Connect)`),
        ].join(', ') || 'no tunnel',
      ]),
    ),
    ...section(
      'Out of ports',
      found.outOfPorts.map(({ vpcId, loadBalancers, errors, exhausted }) => [
        vpcId,
        loadBalancers.map((arn) => arn.split('/')[2] ?? arn).join(' '),
        pen('red', `${errors} connections failed`),
        exhausted.length === 0 ? 'none now' : exhausted.join(', '),
      ]),
    ),
    ...section(
      'Attached services',
      found.services.map(({ name, backend }) => [name, backend]),
    ),
    ...section(
      'Processes',
      processes.map(({ name, pid, rssKib }) => [name, `pid ${pid}`, `${Math.round(rssKib / 1024)} MiB`]),
    ),
  ];
}

function fastPathLine(found: Status['fastPath'], pen: Pen): string[] {
  if (found === null) return [];
  if ('refusal' in found) return [`${pen('yellow', '–')} no fast path for established connections: ${found.refusal}`];
  const gigabytes = (found.bytes / 1e9).toFixed(1);
  return [`${pen('green', '✓')} fast path: carried ${found.packets} packets, ${gigabytes} GB`];
}

function outsideLine({ outside }: Status, processes: readonly RunningProcess[], pen: Pen): string {
  if (outside === null)
    return `${pen('yellow', '–')} outside: nothing of the real world is reached (culvert up --internet)`;
  const program = processes.find(({ name }) => name === 'outside');
  if (program === undefined)
    return `${pen('red', '✗')} outside: slirp4netns does not run, nothing is carried there (log: outside.log)`;
  const what = outside.echoes ? 'TCP, UDP and echo requests' : 'TCP and UDP';
  return `${pen('green', '✓')} outside: ${what} go out through this host (slirp4netns); its own networks are closed`;
}

const GOOD = new Set(['available', 'running']);

function coloured(state: string, pen: Pen): string {
  return pen(GOOD.has(state) ? 'green' : 'yellow', state);
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
