/**
 * Security policies of TLS listeners: which versions and ciphers a client may use, in OpenSSL's names and AWS's order of
 * preference. The current ones, and the one that AWS's API takes where a listener names none.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html
 */

export interface SslPolicy {
  readonly name: string;
  /** Oldest first. */
  readonly versions: readonly TlsVersion[];
  readonly ciphers: readonly string[];
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

const TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const GCM_128 = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'];
const GCM_256 = ['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'];
const CBC_128 = ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-RSA-AES128-SHA256'];
const CBC_256 = ['ECDHE-ECDSA-AES256-SHA384', 'ECDHE-RSA-AES256-SHA384'];

export const DEFAULT_SSL_POLICY = 'ELBSecurityPolicy-2016-08';

export const SSL_POLICIES: readonly SslPolicy[] = [
  {
    name: DEFAULT_SSL_POLICY,
    versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
    ciphers: [
      ...GCM_128,
      ...CBC_128,
      'ECDHE-ECDSA-AES128-SHA',
      'ECDHE-RSA-AES128-SHA',
      ...GCM_256,
      ...CBC_256,
      'ECDHE-RSA-AES256-SHA',
      'ECDHE-ECDSA-AES256-SHA',
      'AES128-GCM-SHA256',
      'AES128-SHA256',
      'AES128-SHA',
      'AES256-GCM-SHA384',
      'AES256-SHA256',
      'AES256-SHA',
    ],
  },
  {
    name: 'ELBSecurityPolicy-TLS-1-2-2017-01',
    versions: ['TLSv1.2'],
    ciphers: [
      ...GCM_128,
      ...CBC_128,
      ...GCM_256,
      ...CBC_256,
      'AES128-GCM-SHA256',
      'AES128-SHA256',
      'AES256-GCM-SHA384',
      'AES256-SHA256',
    ],
  },
  {
    name: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    versions: ['TLSv1.2', 'TLSv1.3'],
    ciphers: [...TLS13, ...GCM_128, ...CBC_128, ...GCM_256, ...CBC_256],
  },
  {
    name: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
    versions: ['TLSv1.2', 'TLSv1.3'],
    ciphers: [...TLS13, ...GCM_128, ...GCM_256],
  },
  { name: 'ELBSecurityPolicy-TLS13-1-3-2021-06', versions: ['TLSv1.3'], ciphers: TLS13 },
];

export function findSslPolicy(name: string): SslPolicy | undefined {
  return SSL_POLICIES.find((policy) => policy.name === name);
}
