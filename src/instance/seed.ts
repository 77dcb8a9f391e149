/**
 * The two read-only layers that make a shared image one instance of this Culvert: `seed` (its hostname, hosts, resolver and
 * public key) and `trust` (the image's CA bundle with Culvert's CA in it). They are layers, and nothing is ever written into an
 * instance's own upper layer: its root could have put a link there that leads out into the host.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../host/fault.ts';
import type { Domain, Machine, Plan } from '../plan/plan.ts';
import { ID_BASE } from './base.ts';

export interface LayerEntry {
  /** Relative to the root. Folders come before what they hold. */
  readonly path: string;
  readonly mode: number;
  /** Id inside the instance, of user and group. */
  readonly owner: number;
  /** undefined: a folder. */
  readonly content?: string;
  readonly linkTo?: string;
}

/** The user "admin" of the base image (image/customize.sh). */
const ADMIN = 1000;

const folder = (path: string, mode = 0o755, owner = 0): LayerEntry => ({ path, mode, owner });
const file = (path: string, content: string, mode = 0o644, owner = 0): LayerEntry => ({ path, mode, owner, content });

export function seedEntries(plan: Plan, machine: Machine): LayerEntry[] {
  const domain = plan.domains.find((candidate) => candidate.id === machine.domain);
  const short = shortHostname(machine);
  const full = machine.metadata.interfaces[0]?.privateName ?? machine.hostname;
  const key = machine.publicKey;
  return [
    folder('etc'),
    file('etc/hostname', `${short}\n`),
    file(
      'etc/hosts',
      `127.0.0.1 localhost\n127.0.1.1 ${full}${full === short ? '' : ` ${short}`}\n::1 localhost ip6-localhost\n`,
    ),
    file('etc/resolv.conf', resolvConf(domain?.dhcp)),
    ...(key === null
      ? []
      : [
          folder('home'),
          folder('home/admin', 0o700, ADMIN),
          folder('home/admin/.ssh', 0o700, ADMIN),
          file('home/admin/.ssh/authorized_keys', `${authorizedKey(key)}\n`, 0o600, ADMIN),
        ]),
  ];
}

/** resolv.conf(5): the library asks the first three. Without a server it would ask the machine itself, where nobody answers. */
function resolvConf({ domainNames, nameServers }: Domain['dhcp'] = { domainNames: [], nameServers: [] }): string {
  const lines = [
    ...nameServers.map((address) => `nameserver ${address}`),
    ...(domainNames.length === 0 ? [] : [`search ${domainNames.join(' ')}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** As AWS's metadata shows it: with the key pair's name as the comment, unless it has one. */
function authorizedKey(key: { readonly name: string; readonly openssh: string }): string {
  const words = key.openssh.trim().split(/\s+/);
  return (words.length < 3 ? [...words, key.name] : words).join(' ');
}

/** The first label, as Debian's AMIs set it; the kernel takes 64 characters. */
export function shortHostname(machine: Pick<Machine, 'hostname'>): string {
  return (machine.hostname.split('.')[0] ?? '').slice(0, 63);
}

export function trustEntries(bundle: string, ca: string, subjectHash: string): LayerEntry[] {
  return [
    folder('etc'),
    folder('etc/ssl'),
    folder('etc/ssl/certs'),
    file('etc/ssl/certs/ca-certificates.crt', `${bundle.trimEnd()}\n${ca.trimEnd()}\n`),
    // OpenSSL finds a certificate in a folder by this name; update-ca-certificates makes both again from the last file.
    {
      path: 'etc/ssl/certs/culvert.pem',
      mode: 0o777,
      owner: 0,
      linkTo: '/usr/local/share/ca-certificates/culvert.crt',
    },
    { path: `etc/ssl/certs/${subjectHash}.0`, mode: 0o777, owner: 0, linkTo: 'culvert.pem' },
    folder('usr'),
    folder('usr/local'),
    folder('usr/local/share'),
    folder('usr/local/share/ca-certificates'),
    file('usr/local/share/ca-certificates/culvert.crt', `${ca.trimEnd()}\n`),
  ];
}

/** Replaces the layer at `target` as a whole. */
export function writeLayer(target: string, entries: readonly LayerEntry[]): void {
  const fresh = join(dirname(target), `.new-${basename(target)}`);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o755 });
  chownSync(fresh, ID_BASE, ID_BASE);
  for (const { path, mode, owner, content, linkTo } of entries) {
    const at = join(fresh, path);
    if (linkTo !== undefined) symlinkSync(linkTo, at);
    else if (content !== undefined) writeFileSync(at, content, { mode });
    else mkdirSync(at, { mode });
    lchownSync(at, ID_BASE + owner, ID_BASE + owner);
    // Once more: the process's umask has taken from what was asked for above.
    if (linkTo === undefined) chmodSync(at, mode);
  }
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
}

/** The trust layer for this base image and this CA; made when the first instance needs it. */
export function trustLayer(images: string, base: string, caFile: string): string {
  const bundle = readFileSync(join(base, 'etc/ssl/certs/ca-certificates.crt'), 'utf8');
  const ca = readFileSync(caFile, 'utf8');
  const target = join(images, `trust-${createHash('sha256').update(bundle).update(ca).digest('hex').slice(0, 12)}`);
  if (!existsSync(target)) writeLayer(target, trustEntries(bundle, ca, subjectHash(base, ca)));
  return target;
}

/** By the image's own openssl: the host need not have one, and the instance's is the one that will look. */
function subjectHash(base: string, ca: string): string {
  const hash = execFileSync('chroot', [base, 'openssl', 'x509', '-noout', '-subject_hash'], {
    input: ca,
    encoding: 'utf8',
  });
  if (!/^[0-9a-f]{8}\n$/.test(hash)) throw new Fault(`openssl gave no subject hash for Culvert's CA: ${hash}`);
  return hash.trim();
}
