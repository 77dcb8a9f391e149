/**
 * Security policies of TLS listeners: which versions and ciphers a client may use, in OpenSSL's names and AWS's order of
 * preference. All of AWS's but two kinds, which are refused by name: FIPS ones, since no validated module is here, and those
 * with triple DES, which OpenSSL has given up.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html
 */

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
type TlsVersion = (typeof VERSIONS)[number];

export interface SslPolicy {
  readonly name: string;
  /** Oldest first, without gaps. */
  readonly versions: readonly TlsVersion[];
  readonly ciphers: readonly string[];
}

export const DEFAULT_SSL_POLICY = 'ELBSecurityPolicy-2016-08';

const TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
/** Rows of AWS's tables, in its order; each policy takes the ciphers whose marks it names. */
const CIPHERS: readonly (readonly [
  cipher: string,
  mark: 'forwardGcm' | 'forward' | 'forwardSha1' | 'plain' | 'sha1',
])[] = [
  ['ECDHE-ECDSA-AES128-GCM-SHA256', 'forwardGcm'],
  ['ECDHE-RSA-AES128-GCM-SHA256', 'forwardGcm'],
  ['ECDHE-ECDSA-AES128-SHA256', 'forward'],
  ['ECDHE-RSA-AES128-SHA256', 'forward'],
  ['ECDHE-ECDSA-AES128-SHA', 'forwardSha1'],
  ['ECDHE-RSA-AES128-SHA', 'forwardSha1'],
  ['ECDHE-ECDSA-AES256-GCM-SHA384', 'forwardGcm'],
  ['ECDHE-RSA-AES256-GCM-SHA384', 'forwardGcm'],
  ['ECDHE-ECDSA-AES256-SHA384', 'forward'],
  ['ECDHE-RSA-AES256-SHA384', 'forward'],
  ['ECDHE-ECDSA-AES256-SHA', 'forwardSha1'],
  ['ECDHE-RSA-AES256-SHA', 'forwardSha1'],
  ['AES128-GCM-SHA256', 'plain'],
  ['AES128-SHA256', 'plain'],
  ['AES128-SHA', 'sha1'],
  ['AES256-GCM-SHA384', 'plain'],
  ['AES256-SHA256', 'plain'],
  ['AES256-SHA', 'sha1'],
];

const GCM = ['forwardGcm'];
const FORWARD = [...GCM, 'forward'];
const FORWARD_ALL = [...FORWARD, 'forwardSha1'];
const STRONG = [...FORWARD, 'plain'];
const ALL = [...FORWARD_ALL, 'plain', 'sha1'];

export const SSL_POLICIES: readonly SslPolicy[] = [
  policy('2016-08', 'TLSv1', 'TLSv1.2', ALL),
  policy('TLS13-1-3-2021-06', 'TLSv1.3', 'TLSv1.3', []),
  policy('TLS13-1-2-2021-06', 'TLSv1.2', 'TLSv1.3', FORWARD),
  policy('TLS13-1-2-Res-2021-06', 'TLSv1.2', 'TLSv1.3', GCM),
  policy('TLS13-1-2-Ext1-2021-06', 'TLSv1.2', 'TLSv1.3', STRONG),
  policy('TLS13-1-2-Ext2-2021-06', 'TLSv1.2', 'TLSv1.3', ALL),
  policy('TLS13-1-1-2021-06', 'TLSv1.1', 'TLSv1.3', ALL),
  policy('TLS13-1-0-2021-06', 'TLSv1', 'TLSv1.3', ALL),
  policy('TLS-1-2-Ext-2018-06', 'TLSv1.2', 'TLSv1.2', ALL),
  policy('TLS-1-2-2017-01', 'TLSv1.2', 'TLSv1.2', STRONG),
  policy('TLS-1-1-2017-01', 'TLSv1.1', 'TLSv1.2', ALL),
  policy('FS-1-2-Res-2020-10', 'TLSv1.2', 'TLSv1.2', GCM),
  policy('FS-1-2-Res-2019-08', 'TLSv1.2', 'TLSv1.2', FORWARD),
  policy('FS-1-2-2019-08', 'TLSv1.2', 'TLSv1.2', FORWARD_ALL),
  policy('FS-1-1-2019-08', 'TLSv1.1', 'TLSv1.2', FORWARD_ALL),
  policy('FS-2018-06', 'TLSv1', 'TLSv1.2', FORWARD_ALL),
  policy('2015-05', 'TLSv1', 'TLSv1.2', ALL),
];

const BY_NAME = new Map(SSL_POLICIES.map((each) => [each.name, each]));

export function findSslPolicy(name: string): SslPolicy | undefined {
  return BY_NAME.get(name);
}

function policy(name: string, first: TlsVersion, last: TlsVersion, marks: readonly string[]): SslPolicy {
  const ciphers = CIPHERS.filter(([, mark]) => marks.includes(mark)).map(([cipher]) => cipher);
  return {
    name: `ELBSecurityPolicy-${name}`,
    versions: VERSIONS.slice(VERSIONS.indexOf(first), VERSIONS.indexOf(last) + 1),
    ciphers: last === 'TLSv1.3' ? [...TLS13, ...ciphers] : ciphers,
  };
}

/** What a listener offers in a TLS handshake, best first, by its ALPN policy. "None": nothing, a client's wish is left alone. */
export const ALPN_POLICIES: Readonly<Record<string, readonly string[]>> = {
  HTTP1Only: ['http/1.1', 'http/1.0'],
  HTTP2Only: ['h2'],
  HTTP2Optional: ['http/1.1', 'http/1.0', 'h2'],
  HTTP2Preferred: ['h2', 'http/1.1', 'http/1.0'],
  None: [],
};
