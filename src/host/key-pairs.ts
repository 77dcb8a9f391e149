/**
 * SSH key pairs as EC2 makes and reads them, with its fingerprints.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html
 */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

/** A pair as it is made: `material` is the private half as EC2 hands it out (RSA: PKCS #1 PEM, ED25519: OpenSSH). */
interface MadePair {
  readonly material: string;
  readonly publicKey: string;
  readonly fingerprint: string;
}

interface ReadKey {
  readonly type: 'rsa' | 'ed25519';
  readonly publicKey: string;
  readonly fingerprint: string;
}

/** What the api asks of its context. */
export const keyPairs = { make, read };

/** RSA sizes that EC2 imports. */
const RSA_SIZES = new Set([1024, 2048, 4096]);

function make(type: 'rsa' | 'ed25519'): MadePair {
  if (type === 'rsa') {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    return {
      material: String(privateKey.export({ type: 'pkcs1', format: 'pem' })).trimEnd(),
      publicKey: openssh('ssh-rsa', rsaBlob(publicKey)),
      fingerprint: colons('sha1', privateKey.export({ type: 'pkcs8', format: 'der' })),
    };
  }
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const blob = ed25519Blob(publicKey);
  return {
    material: opensshPrivate(blob, Buffer.from(String(privateKey.export({ format: 'jwk' }).d), 'base64url')),
    publicKey: openssh('ssh-ed25519', blob),
    fingerprint: createHash('sha256').update(blob).digest('base64'),
  };
}

function read(text: string): ReadKey | undefined {
  const trimmed = text.trim();
  const blob = sshBlob(trimmed);
  try {
    const key = blob === undefined ? spki(trimmed) : keyOfBlob(blob);
    return key === undefined ? undefined : described(key);
  } catch {
    return undefined;
  }
}

function described(key: KeyObject): ReadKey | undefined {
  if (key.asymmetricKeyType === 'ed25519') {
    const blob = ed25519Blob(key);
    const fingerprint = createHash('sha256').update(blob).digest('base64');
    return { type: 'ed25519', publicKey: openssh('ssh-ed25519', blob), fingerprint };
  }
  if (key.asymmetricKeyType !== 'rsa') return undefined;
  if (!RSA_SIZES.has(key.asymmetricKeyDetails?.modulusLength ?? 0)) return undefined;
  const fingerprint = colons('md5', key.export({ type: 'spki', format: 'der' }));
  return { type: 'rsa', publicKey: openssh('ssh-rsa', rsaBlob(key)), fingerprint };
}

/** The binary key inside "ssh-… AAAA… comment" or between RFC 4716's markers. */
function sshBlob(text: string): Buffer | undefined {
  const line = /^ssh-(?:rsa|ed25519)[ \t]+([A-Za-z0-9+/]+=*)(?:[ \t].*)?$/.exec(text)?.[1];
  if (line !== undefined) return Buffer.from(line, 'base64');
  const body = /^---- BEGIN SSH2 PUBLIC KEY ----\r?\n([\s\S]*?)\r?\n---- END SSH2 PUBLIC KEY ----$/.exec(text)?.[1];
  if (body === undefined) return undefined;
  const joined = body.replaceAll(/\\\r?\n/g, '');
  const lines = joined.split(/\r?\n/).filter((each) => !each.includes(':'));
  return Buffer.from(lines.join(''), 'base64');
}

function keyOfBlob(blob: Buffer): KeyObject | undefined {
  const [name, first, second] = fields(blob);
  if (String(name) === 'ssh-ed25519' && first?.length === 32) {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: first.toString('base64url') }, format: 'jwk' });
  }
  if (String(name) !== 'ssh-rsa' || first === undefined || second === undefined) return undefined;
  const jwk = { kty: 'RSA', e: first.toString('base64url'), n: withoutSign(second).toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

function spki(text: string): KeyObject {
  if (text.startsWith('-----BEGIN ')) return createPublicKey(text);
  return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
}

/** OpenSSH's length-prefixed fields (RFC 4251, section 5). */
function fields(blob: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 4 <= blob.length; ) {
    const length = blob.readUInt32BE(at);
    if (at + 4 + length > blob.length) throw new Error('a field longer than its key');
    found.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

function field(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A number with its leading zero where it would otherwise read as negative. */
function number(base64url: string | undefined): Buffer {
  const bytes = Buffer.from(base64url ?? '', 'base64url');
  return field((bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

function withoutSign(bytes: Buffer): Buffer {
  return bytes[0] === 0 ? bytes.subarray(1) : bytes;
}

function rsaBlob(key: KeyObject): Buffer {
  const jwk = key.export({ format: 'jwk' });
  return Buffer.concat([field('ssh-rsa'), number(jwk.e), number(jwk.n)]);
}

function ed25519Blob(key: KeyObject): Buffer {
  return Buffer.concat([field('ssh-ed25519'), field(Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url'))]);
}

function openssh(name: string, blob: Buffer): string {
  return `${name} ${blob.toString('base64')}`;
}

/** OpenSSH's own private form, unencrypted (PROTOCOL.key of OpenSSH): what EC2 hands out for ED25519. */
function opensshPrivate(publicBlob: Buffer, seed: Buffer): string {
  const publicKey = publicBlob.subarray(-32);
  const check = randomBytes(4);
  const inner = Buffer.concat([check, check, publicBlob, field(Buffer.concat([seed, publicKey])), field('')]);
  const padding = Buffer.from(Array.from({ length: (8 - (inner.length % 8)) % 8 }, (_, at) => at + 1));
  const count = Buffer.of(0, 0, 0, 1);
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    count,
    field(publicBlob),
    field(Buffer.concat([inner, padding])),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----'].join('\n');
}

function colons(algorithm: 'sha1' | 'md5', bytes: Buffer): string {
  const digest = createHash(algorithm).update(bytes).digest('hex');
  return (digest.match(/../g) ?? []).join(':');
}
