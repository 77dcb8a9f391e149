/** For tests: certificates with their keys, self-signed or by one another. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface MadeCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly subject: string;
  readonly keys: CryptoKeyPair;
}

interface Wish {
  readonly names?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly serial?: string;
  /** Bits of an RSA key; absent: P-256. */
  readonly rsa?: number;
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export async function selfSigned(subject: string, wish: Wish = {}): Promise<MadeCertificate> {
  const keys = await newKeys(wish.rsa);
  return made(subject, keys, { issuer: subject, signingKey: keys.privateKey }, wish);
}

export async function issue(by: MadeCertificate, subject: string, wish: Wish = {}): Promise<MadeCertificate> {
  const keys = await newKeys(wish.rsa);
  return made(subject, keys, { issuer: by.subject, signingKey: by.keys.privateKey }, wish);
}

async function newKeys(rsa: number | undefined): Promise<CryptoKeyPair> {
  if (rsa === undefined) return webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: rsa,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function made(
  subject: string,
  keys: CryptoKeyPair,
  { issuer, signingKey }: { issuer: string; signingKey: webcrypto.CryptoKey },
  wish: Wish,
): Promise<MadeCertificate> {
  x509.cryptoProvider.set(webcrypto as never);
  const names = wish.names ?? [];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: wish.serial ?? '01',
    subject,
    issuer,
    notBefore: wish.notBefore ?? new Date('2020-01-01T00:00:00Z'),
    notAfter: wish.notAfter ?? new Date('2050-01-01T00:00:00Z'),
    signingAlgorithm: signingKey.algorithm as never,
    publicKey: keys.publicKey as never,
    signingKey: signingKey as never,
    extensions: [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      ...(names.length === 0
        ? []
        : [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))]),
    ],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const body = (der.toString('base64').match(/.{1,64}/g) ?? []).join('\n');
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`,
    subject,
    keys,
  };
}
