/**
 * X.509 certificates and their keys as ACM reads them: what a certificate says, and whether it, its key and its chain belong
 * together. Signatures are checked along the chain as given; whether anybody trusts its end is not ACM's question.
 * https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** What the api asks of its context. */
export const certificates = { read, fault };

interface CertificateFacts {
  /** RFC 4514's form, the most specific part first: "CN=www.example.com,O=Example". */
  readonly subject: string;
  readonly issuer: string;
  /** Pairs of hexadecimal digits with colons between. */
  readonly serial: string;
  readonly commonName: string | null;
  /** DNS names, in the order of the certificate. */
  readonly names: readonly string[];
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** As ACM calls them: "RSA_2048", "EC_prime256v1"; null: of a kind that ACM does not take. */
  readonly keyAlgorithm: string | null;
  /** "SHA256WITHRSA". */
  readonly signatureAlgorithm: string;
  /** OIDs. */
  readonly extendedKeyUsages: readonly string[];
}

type CertificateFault = 'certificate' | 'several' | 'key' | 'mismatch' | 'chain' | 'order' | 'selfSigned';

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'EC_prime256v1',
  secp384r1: 'EC_secp384r1',
  secp521r1: 'EC_secp521r1',
};
const RSA_BITS: ReadonlySet<number> = new Set([1024, 2048, 3072, 4096]);

/** Undefined where the text is no certificate in PEM. */
function read(pem: string): CertificateFacts | undefined {
  const certificate = parsed(pem);
  if (certificate === undefined) return undefined;
  const subject = parts(certificate.subject);
  return {
    subject: subject.join(','),
    issuer: parts(certificate.issuer).join(','),
    serial: (certificate.serialNumber.toLowerCase().match(/../g) ?? []).join(':'),
    commonName: subject.find((part) => part.startsWith('CN='))?.slice('CN='.length) ?? null,
    names: [...(certificate.subjectAltName ?? '').matchAll(/(?:^|, )DNS:([^,"]+)/g)].map(([, name = '']) => name),
    notBefore: certificate.validFromDate.toISOString(),
    notAfter: certificate.validToDate.toISOString(),
    keyAlgorithm: algorithmOf(certificate.publicKey),
    signatureAlgorithm: signatureOf(certificate.signatureAlgorithm ?? ''),
    extendedKeyUsages: certificate.keyUsage ?? [],
  };
}

/** The first thing that is wrong with what was given; undefined: nothing. */
function fault(certificate: string, privateKey: string, chain: string | null): CertificateFault | undefined {
  const body = parsed(certificate);
  if (body === undefined) return 'certificate';
  if ((certificate.match(BLOCK) ?? []).length !== 1) return 'several';
  const key = keyOf(privateKey);
  if (key === undefined) return 'key';
  if (!body.checkPrivateKey(key)) return 'mismatch';
  const isSelfSigned = body.checkIssued(body) && body.verify(body.publicKey);
  if (chain === null) return isSelfSigned ? undefined : 'selfSigned';
  const links = (chain.match(BLOCK) ?? []).map(parsed);
  if (links.length === 0 || links.includes(undefined)) return 'chain';
  return followsOn(body, links as X509Certificate[]) ? undefined : 'order';
}

function followsOn(body: X509Certificate, links: readonly X509Certificate[]): boolean {
  let below = body;
  for (const link of links) {
    if (!below.checkIssued(link) || !below.verify(link.publicKey)) return false;
    below = link;
  }
  return true;
}

function parsed(pem: string): X509Certificate | undefined {
  const [first] = pem.match(BLOCK) ?? [];
  if (first === undefined) return undefined;
  try {
    return new X509Certificate(first);
  } catch {
    return undefined;
  }
}

/** An encrypted key is none: nobody can be asked for its passphrase. */
function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

/** Node tells one part a line, the least specific first. */
function parts(name: string): string[] {
  return name.split('\n').reverse();
}

function algorithmOf(key: KeyObject): string | null {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa' && RSA_BITS.has(modulusLength)) return `RSA_${modulusLength}`;
  return key.asymmetricKeyType === 'ec' ? (CURVES[namedCurve] ?? null) : null;
}

/** OpenSSL's "sha256WithRSAEncryption" and "ecdsa-with-SHA256" as ACM writes them. */
function signatureOf(name: string): string {
  const digest = /sha\d+/i.exec(name)?.[0].toUpperCase() ?? name;
  return `${digest}WITH${/ecdsa/i.test(name) ? 'ECDSA' : 'RSA'}`;
}
