/**
 * The AWS CLI of the base image, run on the host: in a private mount namespace whose root is the image under a writable layer of
 * memory, with the host's own network, so that it reaches a Culvert on 127.0.0.1. The machine needs no CLI of its own and the
 * image is never written to. The working folder is there at its own path, read-only. Debian bookworm's CLI (2.9) does not know
 * AWS_ENDPOINT_URL: give `--endpoint-url`.
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
}

/**
 * $1 the image's folder, $2 its root, $3 the working folder. The memory layer is mounted over the image's own folder, whose files
 * are reached through descriptor 9 from then on: no folder of the host is needed as a mount point, and none is left behind.
 */
const SCRIPT = `set -e
image=$1 root=$2 cwd=$3
shift 3
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
if [ "$cwd" != / ]; then
  mkdir -p ".$cwd"
  mount --bind "$cwd" ".$cwd"
  mount -o remount,bind,ro ".$cwd"
fi
exec chroot . sh -c 'cd "$1" && shift && exec "$@"' sh "$cwd" "$@"
`;

export function spawnAwsCli(args: readonly string[], options: AwsCliOptions = {}): ChildProcess {
  const root = baseRoot(options.paths ?? hostPaths());
  const cwd = options.cwd ?? process.cwd();
  const shell = ['--mount', '--propagation', 'private', 'sh', '-c', SCRIPT, 'sh', dirname(root), root, cwd];
  const env = { AWS_PAGER: '', LANG: 'C.UTF-8', ...options.env, PATH: GUEST_PATH, HOME: '/tmp/home' };
  return spawn('unshare', [...shell, 'aws', ...args], { env, stdio: options.stdio ?? 'inherit' });
}

/** The CLI's exit code; 128 + n if a signal ended it. */
export function runAwsCli(args: readonly string[], options: AwsCliOptions = {}): Promise<number> {
  const child = spawnAwsCli(args, options);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Fault('cannot start the AWS CLI', error)));
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  });
}
