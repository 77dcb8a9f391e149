/**
 * Which certificate of a TLS listener a client sees: one for the name that it asks for (an exact name before a wildcard),
 * else the default, which is the first. Read RFC 6125, 6.4.3; NLB: tls-listener-certificates.
 */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { BalancerListener } from '../../plan/plan.ts';

type Certificates = BalancerListener['certificates'];

export interface CertificateChoice {
  /** Application protocols, best first; empty: none is agreed upon. */
  readonly alpn: readonly string[];
  readonly byDefault: SecureContext;
  /** `serverName`: as the client wrote it. */
  of(serverName: string): SecureContext;
}

/** Throws where a certificate cannot be read or does not fit its key. */
export function createCertificateChoice(certificates: Certificates, tls: BalancerListener['tls']): CertificateChoice {
  const byName = new Map<string, SecureContext>();
  let byDefault: SecureContext | undefined;
  for (const { certificate, privateKey, chain } of certificates) {
    const context = createSecureContext({
      cert: chain === null ? certificate : `${certificate.trimEnd()}\n${chain}`,
      key: privateKey,
      ...secureOptions(tls),
    });
    byDefault ??= context;
    for (const name of namesOf(new X509Certificate(certificate))) {
      if (!byName.has(name)) byName.set(name, context);
    }
  }
  if (byDefault === undefined) throw new Error('a TLS listener without a certificate');
  const fallback = byDefault;
  return {
    alpn: tls?.alpn ?? [],
    byDefault,
    of(serverName) {
      const name = serverName.toLowerCase();
      return byName.get(name) ?? byName.get(name.replace(/^[^.]+/, '*')) ?? fallback;
    },
  };
}

/** OpenSSL speaks TLS 1.0 and 1.1 at its lowest level only, whatever else is asked of it. */
function secureOptions(tls: BalancerListener['tls']): SecureContextOptions {
  if (tls === null) return { minVersion: 'TLSv1.2' };
  const { minVersion, maxVersion, ciphers } = tls;
  const level = minVersion === 'TLSv1' || minVersion === 'TLSv1.1' ? ['@SECLEVEL=0'] : [];
  return { minVersion, maxVersion, ciphers: [...ciphers, ...level].join(':'), honorCipherOrder: true };
}

/** DNS names of the certificate, lower case; the common name only where there are none. */
function namesOf(certificate: X509Certificate): string[] {
  const names = [...(certificate.subjectAltName ?? '').matchAll(/(?:^|, )DNS:([^,"]+)/g)].map(
    (match) => match[1] ?? '',
  );
  const commonName = /^CN=(.+)$/m.exec(certificate.subject)?.[1];
  const all = names.length === 0 && commonName !== undefined ? [commonName] : names;
  return all.map((name) => name.toLowerCase());
}
