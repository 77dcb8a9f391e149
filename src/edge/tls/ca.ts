/**
 * Culvert's own certificate authority: one key pair, made at first use, kept under CULVERT_HOME. Instances trust it; the
 * host does not, unless its owner says so. Signs server certificates only (pathLenConstraint 0).
 * Read RFC 5280, 4.2.
 */
import { createPrivateKey, createPublicKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../../host/fault.ts';

const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
/** Apple's and the browsers' limit for a server certificate is 398 days. */
const SERVER_DAYS = 397;
/** A client whose clock is behind must not find it "not yet valid". */
const BACKDATE_MS = DAY_MS;
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** RFC 5280's ub-common-name. */
const COMMON_NAME_MAX = 64;

export interface CaPaths {
  readonly caCert: string;
  readonly caKey: string;
}

export interface Ca {
  /** PEM: what a client must trust. */
  readonly certificate: string;
  issue(names: readonly string[], now?: Date): Promise<ServerCertificate>;
}

export interface ServerCertificate {
  /** PEM: the server's certificate, then the CA's. */
  readonly chain: string;
  readonly key: string;
  readonly expiresAt: Date;
}

/** Loaded when the first certificate is made: it is dear, and most starts need it late. */
async function x509Library() {
  await import('reflect-metadata');
  const library = await import('@peculiar/x509');
  library.cryptoProvider.set(webcrypto as unknown as Parameters<typeof library.cryptoProvider.set>[0]);
  return library;
}

/** Opens the CA, making it where there is none. Two processes that start at once end up with the same one. */
export async function ensureCa(paths: CaPaths): Promise<Ca> {
  if (!existsSync(paths.caKey)) await createKey(paths.caKey);
  const keyPem = readFileSync(paths.caKey, 'utf8');
  try {
    if (!existsSync(paths.caCert)) await createCertificate(paths.caCert, keyPem);
    return await openCa(readFileSync(paths.caCert, 'utf8'), keyPem);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault(`the CA in ${dirname(paths.caKey)} cannot be used`, cause);
  }
}

async function createKey(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  publish(path, await privatePem(keys.privateKey), 0o600);
}

async function createCertificate(path: string, keyPem: string): Promise<void> {
  const x509 = await x509Library();
  const keys = await importKeys(keyPem);
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=Culvert local CA ${randomBytes(4).toString('hex')}, O=Culvert`,
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(now + CA_DAYS * DAY_MS),
    signingAlgorithm: EC,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  publish(path, `${certificate.toString('pem')}\n`, 0o644);
}

async function openCa(certificatePem: string, keyPem: string): Promise<Ca> {
  const own = new X509Certificate(certificatePem);
  if (!own.checkPrivateKey(createPrivateKey(keyPem))) throw new Fault('the CA certificate is not of the CA key');
  const keys = await importKeys(keyPem);
  return {
    certificate: certificatePem,
    async issue(names, now = new Date()) {
      const [first] = names;
      if (first === undefined) throw new Error('a server certificate needs a name');
      const x509 = await x509Library();
      const server = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
      const wanted = now.getTime() + SERVER_DAYS * DAY_MS;
      const expiresAt = new Date(Math.min(wanted, own.validToDate.getTime()));
      const issued = await x509.X509CertificateGenerator.create({
        serialNumber: serial(),
        subject: `CN=${names.find((name) => name.length <= COMMON_NAME_MAX) ?? 'Culvert'}`,
        issuer: new x509.X509Certificate(certificatePem).subjectName,
        notBefore: new Date(now.getTime() - BACKDATE_MS),
        notAfter: expiresAt,
        signingAlgorithm: EC,
        signingKey: keys.privateKey,
        publicKey: server.publicKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))),
          await x509.SubjectKeyIdentifierExtension.create(server.publicKey),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      return {
        chain: `${issued.toString('pem')}\n${certificatePem}`,
        key: await privatePem(server.privateKey),
        expiresAt,
      };
    },
  };
}

async function importKeys(keyPem: string): Promise<webcrypto.CryptoKeyPair> {
  const key = createPrivateKey(keyPem);
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return {
    privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, EC, false, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', spki, EC, true, ['verify']),
  };
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

/** Positive, 127 bits. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/** Whole or not at all; the first of two processes wins. */
function publish(path: string, text: string, mode: number): void {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, text, { mode, flag: 'wx' });
  chmodSync(draft, mode);
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
