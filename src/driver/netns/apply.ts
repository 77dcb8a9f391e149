/**
 * Carries out changes, in their order; neighbours in the list of one kind in different namespaces run side by side. Stops at
 * the first Fault: whoever called observes again and goes on from there.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cutFlows, cutSpreadFlows } from '../../host/conntrack.ts';
import { run } from '../../host/exec.ts';
import { Fault } from '../../host/fault.ts';
import { deleteLinks, ip, settle } from '../../host/ip.ts';
import { createNetns, createUserNetns, deleteNetns, inNetns } from '../../host/netns.ts';
import { closeNft, runNft } from '../../host/nftables.ts';
import type { Paths } from '../../host/paths.ts';
import { allowLargeSegments } from '../../host/segments.ts';
import { kernelWireguard, type Wireguard } from '../../host/wireguard.ts';
import { attachFastPath, detachFastPath, forgetLeases, forgetMeters, forgetRouter } from './fast-path.ts';
import { SEGMENT_BYTES } from './names.ts';
import { replacement } from './nft.ts';
import { inParallel } from './parallel.ts';
import { forgetHeaders, setHeaders } from './proxy-header.ts';
import { countsOf } from './read-counts.ts';
import { type Change, type Interface, tunnelText } from './state.ts';
import { configurationOf } from './tunnels.ts';

export async function apply(paths: Paths, changes: readonly Change[], wireguard = kernelWireguard): Promise<void> {
  try {
    for (let at = 0; at < changes.length; ) {
      const op = changes[at]?.op;
      let end = at;
      while (changes[end]?.op === op) end++;
      await inParallel(changes.slice(at, end), (change) => applyOne(paths, change, wireguard));
      at = end;
    }
  } finally {
    // Last: what was let through while rules changed or before connections were cut counts for nothing.
    if (changes.length > 0) forgetLeases();
  }
  // Only then nothing is carried to them.
  for (const change of changes) {
    if (change.op === 'nft') forgetMeters(paths.netnsOf(change.namespace), change.unmetered);
  }
}

async function applyOne(paths: Paths, change: Change, wireguard: Wireguard): Promise<void> {
  const path = paths.netnsOf(change.namespace);
  try {
    switch (change.op) {
      case 'create':
        if (change.kind === 'machine') createUserNetns(path, paths.usernsOf(change.namespace));
        else createNetns(path);
        return;
      case 'remove':
        closeNft(path);
        // First: what programs know of a namespace that is gone nobody could find.
        forgetHeaders(path);
        forgetRouter(path);
        deleteNetns(path);
        deleteNetns(paths.usernsOf(change.namespace));
        return;
      case 'sysctl':
        writeSysctls(path, change.values);
        return;
      case 'program':
        runNft(path, replacement(change.program, countsOf(path, change.program)));
        return;
      case 'nft':
        runNft(path, change.text);
        return;
      case 'cut':
        for (const flow of change.flows) await cut(path, flow);
        return;
      case 'ip':
        ip(path, change.commands);
        return;
      case 'settle':
        await settle(path, change.names, change.addresses);
        return;
      case 'link':
        ip(
          path,
          change.ends.map((end) => linkAdd(paths, end)),
        );
        widen(paths, change.namespace, change.ends);
        return;
      case 'tunnel':
        for (const { name, mtu } of change.ends) await wireguard.add(path, name, mtu);
        return;
      case 'tap':
        for (const end of change.ends) await addTap(path, end);
        return;
      case 'answer':
      case 'call':
        for (const { name, tunnel } of change.ends) {
          if (tunnel === undefined) continue;
          await wireguard.set(path, name, configurationOf(paths.sealKey, tunnel));
          ip(path, [`link set dev ${name} alias ${tunnelText(tunnel)}`]);
        }
        return;
      case 'headers':
        setHeaders(paths, change.namespace, change);
        return;
      case 'fast':
        detachFastPath(path, change.off, change.on);
        attachFastPath(path, change.on);
        return;
      case 'unlink':
        deleteLinks(path, change.names);
        return;
    }
  } catch (error) {
    throw new Fault(`${change.op} in ${change.namespace}`, error);
  }
}

function writeSysctls(path: string, values: Readonly<Record<string, string>>): void {
  inNetns(path, () => {
    for (const [key, value] of Object.entries(values)) {
      try {
        writeFileSync(`/proc/sys/net/${key}`, value);
      } catch (error) {
        throw new Fault(`${key} = ${value}`, error);
      }
    }
  });
}

async function cut(path: string, flow: string): Promise<void> {
  const [address = '', port, , mark] = flow.split(' ');
  if (port === undefined) await cutFlows(path, [address]);
  else await cutSpreadFlows(path, { address, port: Number(port), mark: Number(mark) });
}

/** The pair is made across the namespaces at once: neither end is ever in the host's. */
function linkAdd(paths: Paths, { name, mac, mtu, peer }: Interface): string {
  if (peer === null) throw new Error(`${name} has no peer to be made with`);
  const far = `name ${peer.name} address ${peer.mac} mtu ${mtu} netns ${paths.netnsOf(peer.namespace)}`;
  return `link add ${name} address ${mac} mtu ${mtu} type veth peer ${far}`;
}

/** It stays when the program at its other end goes. The kernel makes such devices for who opens one, which ip(8) does. */
async function addTap(netns: string, { name, mac, mtu }: Interface): Promise<void> {
  const input = `tuntap add dev ${name} mode tap\nlink set dev ${name} address ${mac} mtu ${mtu}\n`;
  await run('ip', ['-batch', '-'], { netns, input });
}

/** Best effort, and not observed: without it packets are smaller, nothing else. */
function widen(paths: Paths, namespace: string, ends: readonly Interface[]): void {
  allowLargeSegments(
    paths.netnsOf(namespace),
    ends.map(({ name }) => name),
    SEGMENT_BYTES,
  );
  for (const { peer } of ends) {
    if (peer !== null) allowLargeSegments(paths.netnsOf(peer.namespace), [peer.name], SEGMENT_BYTES);
  }
}

/** Directories that a driver needs before its first change. */
export function prepare(paths: Paths): void {
  mkdirSync(paths.run, { recursive: true, mode: 0o755 });
}
