/**
 * Sealed values: JSON under AES-256-GCM with a key that only this installation has. Used for session tokens: the token *is*
 * the sealed session, so each process can issue and verify one while the other is down. Does not judge expiry: the caller
 * does, because AWS has an error of its own for it.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from './fault.ts';

const VERSION = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Session<Principal> {
  readonly secret: string;
  readonly principal: Principal;
  /** ISO 8601. */
  readonly expiresAt: string;
  /** The access key that was issued with it; where it is there, no other may be used with the token. */
  readonly accessKeyId?: string;
}

/** The key in `path`, made (0600) where there is none. Two processes that start at once end up with the same key. */
export function sealKey(path: string): Buffer {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const key = readFileSync(path);
      if (key.length !== KEY_BYTES) throw new Fault(`${path} is not a seal key: ${key.length} bytes`);
      return key;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx' });
    try {
      // link() fails where the other process was first: its key wins.
      linkSync(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
  throw new Fault(`cannot make ${path}`);
}

/** Base64 text. `purpose` must be the same when opened: a token for one use is none for another. */
export function seal(key: Buffer, purpose: string, value: unknown): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(purpose));
  const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), body]).toString('base64');
}

/** What was sealed; undefined where the text is malformed, changed, or sealed by another key or for another purpose. */
export function open(key: Buffer, purpose: string, text: string): unknown {
  const bytes = Buffer.from(text, 'base64');
  // Strict: Buffer.from skips what is not base64, and two texts must not name the same session.
  if (bytes.length <= 1 + NONCE_BYTES + TAG_BYTES || bytes[0] !== VERSION || bytes.toString('base64') !== text)
    return undefined;
  const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
  const tag = bytes.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
  const opener = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(purpose))
    .setAuthTag(tag);
  try {
    return JSON.parse(
      opener.update(bytes.subarray(1 + NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + opener.final('utf8'),
    );
  } catch {
    return undefined;
  }
}

export function sealSession<P>(key: Buffer, session: Session<P>): string {
  return seal(key, 'session', session);
}

export function openSession<P>(key: Buffer, token: string): Session<P> | undefined {
  return open(key, 'session', token) as Session<P> | undefined;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const HALF_BYTES = 8;

/** An access key id for a session. Its second half vouches for the first, so that ours are known without a list of them. */
export function sessionKeyId(key: Buffer, seed: Buffer = randomBytes(HALF_BYTES)): string {
  const first = base32(seed);
  return `ASIA${first}${vouch(key, first)}`;
}

export function isSessionKeyId(key: Buffer, id: string): boolean {
  return /^ASIA[A-Z2-7]{16}$/.test(id) && vouch(key, id.slice(4, 12)) === id.slice(12);
}

function vouch(key: Buffer, text: string): string {
  return base32(createHmac('sha256', key).update(`session key id ${text}`).digest());
}

function base32(bytes: Buffer): string {
  return [...bytes.subarray(0, HALF_BYTES)].map((byte) => BASE32[byte & 31]).join('');
}
