/**
 * Encrypted tunnels: devices of the kernel's WireGuard, set by wg(8). What a device uses for a key follows from this
 * installation's own key and the tunnel's name: nothing has to be kept, and both ends know each other after any crash.
 * Whoever has the text of a configuration has the private key: it goes to the program's standard input and nowhere else.
 * https://www.wireguard.com/protocol/
 */
import { createPrivateKey, createPublicKey, hkdfSync } from 'node:crypto';
import { run } from './exec.ts';
import { ip } from './ip.ts';

export interface Wireguard {
  /** Makes a device in the namespace at `netns`, whose packets go out from that one. */
  add(netns: string, name: string, mtu: number): Promise<void>;
  /** Sets all of it, in wg(8)'s own language. */
  set(netns: string, name: string, configuration: string): Promise<void>;
}

/** Through a pipe of the shell's: wg(8) opens its input by name, which cannot be done with the socket that Node gives. */
export const SET = 'cat | wg setconf "$0" /dev/stdin';

export const kernelWireguard: Wireguard = {
  async add(netns, name, mtu) {
    ip(netns, [`link add ${name} mtu ${mtu} type wireguard`]);
  },
  async set(netns, name, configuration) {
    await run('sh', ['-ec', SET, name], { input: configuration, netns });
  },
};

const PROBE_MS = 10_000;

let known: Promise<string | null> | undefined;

/** Why tunnels are not encrypted here; null: they are. Tried once, in a namespace that ends with the try. */
export function wireguardRefusal(): Promise<string | null> {
  known ??= refusal();
  return known;
}

async function refusal(): Promise<string | null> {
  const works = (program: string, ...args: readonly string[]) =>
    run(program, args, { timeoutMs: PROBE_MS }).then(
      () => true,
      () => false,
    );
  const device = ['link', 'add', 'probe0', 'type', 'wireguard'];
  if (!(await works('unshare', '--net', 'ip', ...device))) return 'this kernel has no WireGuard';
  return (await works('wg', '--version')) ? null : 'wg(8) is not there: apt-get install wireguard-tools';
}

const KEY_BYTES = 32;
/** What comes before an X25519 private key's bytes in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** Of one end of a tunnel, as wg(8) writes keys. */
export function tunnelKeys(
  installation: Buffer,
  tunnel: string,
  end: number,
): { readonly privateKey: string; readonly publicKey: string } {
  const secret = Buffer.from(hkdfSync('sha256', installation, '', `tunnel ${tunnel} end ${end}`, KEY_BYTES));
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { privateKey: secret.toString('base64'), publicKey: spki.subarray(-KEY_BYTES).toString('base64') };
}
