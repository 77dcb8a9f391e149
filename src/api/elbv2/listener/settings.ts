/** A listener's protocol and what TLS needs, checked. */
import { refuse } from '../../../model/refusal.ts';
import type { Listener } from '../../../model/resources.ts';
import { ALPN_POLICIES, DEFAULT_SSL_POLICY, findSslPolicy } from '../../../model/ssl-policies.ts';
import type { Context } from '../../action.ts';
import type { Input } from '../action.ts';
import { invalid } from '../checks.ts';
import { findCertificate } from '../find.ts';

type Wish = Pick<Input<'CreateListener'>, 'Protocol' | 'Certificates' | 'SslPolicy' | 'AlpnPolicy'>;
type TlsPart = Pick<Listener, 'certificateIds' | 'sslPolicy' | 'alpnPolicy'>;

const PROTOCOLS = ['UDP', 'TCP', 'TCP_UDP', 'TLS'] as const;
/** AWS has them for network load balancers; there is no QUIC here. */
const QUIC: readonly string[] = ['QUIC', 'TCP_QUIC'];

export const LISTENER_READS = {
  Protocol: true,
  Port: true,
  SslPolicy: true,
  AlpnPolicy: true,
  Certificates: { CertificateArn: true },
} as const;

export function protocolOf(protocol: Wish['Protocol']): Listener['protocol'] {
  if (protocol === undefined) invalid('A listener protocol must be specified');
  if (QUIC.includes(protocol)) {
    refuse('UnsupportedProtocol', `The protocol '${protocol}' is not supported by Culvert`);
  }
  return (
    PROTOCOLS.find((each) => each === protocol) ??
    invalid(`Listener protocol '${protocol}' must be one of '${PROTOCOLS.join(', ')}'`)
  );
}

/** `present`: what a TLS listener has now, for a change. */
export function tlsPart(wish: Wish, protocol: Listener['protocol'], context: Context, present?: TlsPart): TlsPart {
  if (protocol !== 'TLS') {
    if ((wish.Certificates ?? []).length > 0) invalid(`A certificate cannot be specified for ${protocol} listeners`);
    if (wish.SslPolicy !== undefined) invalid(`An SSL policy cannot be specified for ${protocol} listeners`);
    if ((wish.AlpnPolicy ?? []).length > 0) invalid(`An ALPN policy cannot be specified for ${protocol} listeners`);
    return { certificateIds: [], sslPolicy: null, alpnPolicy: null };
  }
  return {
    certificateIds: certificatesAfter(wish, context, present?.certificateIds ?? []),
    sslPolicy: checkedPolicy(wish.SslPolicy ?? present?.sslPolicy ?? DEFAULT_SSL_POLICY),
    alpnPolicy: checkedAlpn(wish.AlpnPolicy) ?? present?.alpnPolicy ?? null,
  };
}

/** The default certificate first; the others, chosen by the name that a client asks for, stay. */
function certificatesAfter(wish: Wish, context: Context, present: readonly string[]): readonly string[] {
  const asked = wish.Certificates ?? [];
  if (asked.length === 0) {
    return present.length > 0 ? present : invalid('A certificate must be specified for TLS listeners');
  }
  const id = oneCertificate(asked, context);
  return [id, ...present.slice(1).filter((each) => each !== id)];
}

/** The id of the one certificate that such calls take. */
export function oneCertificate(asked: readonly { CertificateArn?: string | undefined }[], context: Context): string {
  const [first, second] = asked;
  if (first?.CertificateArn === undefined || second !== undefined) {
    invalid('Exactly one certificate must be specified');
  }
  return findCertificate(context, first.CertificateArn).id;
}

function checkedPolicy(name: string): string {
  if (findSslPolicy(name) !== undefined) return name;
  if (name.startsWith('ELBSecurityPolicy-')) {
    refuse('UnsupportedOperation', `The value '${name}' for parameter SslPolicy is not supported by Culvert.`);
  }
  refuse('SSLPolicyNotFound', `SSL policy '${name}' not found`);
}

/** Undefined: none was asked for. */
function checkedAlpn(asked: readonly string[] | undefined): string | undefined {
  const [policy, second] = asked ?? [];
  if (policy === undefined) return undefined;
  if (second !== undefined || !Object.hasOwn(ALPN_POLICIES, policy)) {
    refuse('ALPNPolicyNotFound', `ALPN policy '${(asked ?? []).join(', ')}' not found`);
  }
  return policy;
}
