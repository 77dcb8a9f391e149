/**
 * TLS on either side of a relayed connection. Towards clients with a certificate of the listener's, towards targets without
 * looking at theirs, as AWS does, and without ALPN. Half-closed connections stay usable, as with TCP.
 */
import type { Socket } from 'node:net';
import { connect, TLSSocket } from 'node:tls';
import type { CertificateChoice } from './certificates.ts';
import type { Side } from './relay.ts';

const HANDSHAKE_MS = 10_000;

/** Undefined: the client did not come through the handshake. */
export function acceptTls(raw: Socket, certificates: CertificateChoice): Promise<Side | undefined> {
  const socket = new TLSSocket(raw, {
    isServer: true,
    secureContext: certificates.byDefault,
    SNICallback: (name, answer) => answer(null, certificates.of(name)),
    ...(certificates.alpn.length > 0 && {
      ALPNCallback: ({ protocols }: { readonly protocols: readonly string[] }) =>
        certificates.alpn.find((each) => protocols.includes(each)),
    }),
  });
  return shaken({ socket, raw }, 'secure');
}

/** Undefined: the target did not come through the handshake. */
export function startTls(raw: Socket): Promise<Side | undefined> {
  const socket = connect({ socket: raw, rejectUnauthorized: false });
  return shaken({ socket, raw }, 'secureConnect');
}

function shaken(side: Side, event: 'secure' | 'secureConnect'): Promise<Side | undefined> {
  const { socket } = side;
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(undefined), HANDSHAKE_MS);
    function end(result: Side | undefined): void {
      clearTimeout(timer);
      resolve(result);
    }
    // What happens later, the relay sees as a close.
    socket.on('error', () => end(undefined));
    socket.once('close', () => end(undefined));
    socket.once(event, () => end(side));
  });
}
