/**
 * Programs of the base image, the AWS CLI before all, run on the host: in a private mount namespace whose root is the image under
 * a writable layer of memory. With the host's own network the CLI reaches a Culvert on 127.0.0.1, with a site's it stands there.
 * The machine needs no CLI of its own and the image is never written to. The working folder is there at its own path,
 * read-only. Debian bookworm's CLI (2.9) does not know AWS_ENDPOINT_URL: give `--endpoint-url`.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { Fault } from '../host/fault.ts';
import { hostPaths, type Paths } from '../host/paths.ts';
import { baseRoot } from './base.ts';
import { GUEST_PATH } from './oci.ts';

export interface AwsCliOptions {
  /** All of the environment that the CLI sees, beside PATH, HOME and the language. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Default: the caller's own. */
  readonly stdio?: StdioOptions;
  readonly paths?: Pick<Paths, 'bases'>;
  /** Stands in that network, asks that DNS server (null: none) and trusts that CA; absent: the host's own. */
  readonly place?: { readonly netns: string; readonly resolver: string | null; readonly caCert: string };
}

/**
 * $1 the image's folder, $2 its root, $3 the working folder, $4 a line for resolv.conf, $5 a CA (both '' for the host's own). The memory layer is mounted over the image's own folder, whose files
 * are reached through descriptor 9 from then on: no folder of the host is needed as a mount point, and none is left behind.
 */
const SCRIPT = `set -e
image=$1 root=$2 cwd=$3 resolver=$4 ca=$5
shift 5
mount --bind "$root" /mnt
mount -t tmpfs -o mode=755 tmpfs "$image"
cd "$image"
mkdir upper work root
mount -t overlay -o "lowerdir=/mnt,upperdir=$image/upper,workdir=$image/work" overlay root
cd root
mount -t proc proc proc
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -m 700 tmp/home
for node in null zero full random urandom tty; do
  : > dev/$node
  mount --bind /dev/$node dev/$node
done
for file in hosts resolv.conf; do
  : > etc/$file
  [ ! -e /etc/$file ] || mount --bind /etc/$file etc/$file
done
if [ -n "$resolver" ]; then
  umount etc/resolv.conf 2>/dev/null || true
  printf '%s\\n' "$resolver" > etc/resolv.conf
fi
[ -z "$ca" ] || cat "$ca" >> etc/ssl/certs/ca-certificates.crt
if [ "$cwd" != / ]; then
  mkdir -p ".$cwd"
  mount --bind "$cwd" ".$cwd"
  mount -o remount,bind,ro ".$cwd"
fi
exec chroot . sh -c 'cd "$1" && shift && exec "$@"' sh "$cwd" "$@"
`;

export function spawnAwsCli(args: readonly string[], options: AwsCliOptions = {}): ChildProcess {
  return spawnInImage(['aws', ...args], options);
}

function spawnInImage(words: readonly string[], options: AwsCliOptions): ChildProcess {
  const { place } = options;
  const root = baseRoot(options.paths ?? hostPaths());
  const cwd = options.cwd ?? process.cwd();
  const resolver = place === undefined ? '' : place.resolver === null ? '#' : `nameserver ${place.resolver}`;
  const parts = [dirname(root), root, cwd, resolver, place?.caCert ?? ''];
  const shell = ['--mount', '--propagation', 'private', 'sh', '-c', SCRIPT, 'sh', ...parts];
  const env = { AWS_PAGER: '', LANG: 'C.UTF-8', ...options.env, PATH: GUEST_PATH, HOME: '/tmp/home' };
  const [command = '', ...rest] = [
    ...(place === undefined ? [] : ['nsenter', `--net=${place.netns}`]),
    ...['unshare', ...shell, ...words],
  ];
  return spawn(command, rest, { env, stdio: options.stdio ?? 'inherit' });
}

/** The CLI's exit code; 128 + n if a signal ended it. */
export function runAwsCli(args: readonly string[], options: AwsCliOptions = {}): Promise<number> {
  return runInImage(['aws', ...args], options);
}

/** The program's, likewise. */
export function runInImage(words: readonly string[], options: AwsCliOptions = {}): Promise<number> {
  const child = spawnInImage(words, options);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Fault(`cannot start ${words[0]}`, error)));
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  });
}
