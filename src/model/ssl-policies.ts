/**
 * Security policies of TLS listeners: which versions and ciphers a client may use, in OpenSSL's names and AWS's order of
 * preference. Two of AWS's: the one that its API takes where a listener names none, without TLS 1.0 and 1.1, which are not
 * served here; and the one that AWS recommends. Stricter ones wait for a TLS edge that is told of them.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html
 */

export interface SslPolicy {
  readonly name: string;
  /** Oldest first. */
  readonly versions: readonly ('TLSv1.2' | 'TLSv1.3')[];
  readonly ciphers: readonly string[];
}

export const DEFAULT_SSL_POLICY = 'ELBSecurityPolicy-2016-08';

const ECDHE = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
];

export const SSL_POLICIES: readonly SslPolicy[] = [
  {
    name: DEFAULT_SSL_POLICY,
    versions: ['TLSv1.2'],
    ciphers: [...ECDHE, 'AES128-GCM-SHA256', 'AES128-SHA256', 'AES256-GCM-SHA384', 'AES256-SHA256'],
  },
  {
    name: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    versions: ['TLSv1.2', 'TLSv1.3'],
    ciphers: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', ...ECDHE],
  },
];

export function findSslPolicy(name: string): SslPolicy | undefined {
  return SSL_POLICIES.find((policy) => policy.name === name);
}
