/**
 * Session tokens of IMDSv2: the expiry and an HMAC over it and the instance's id, so that a token is of one instance, needs
 * no table and survives a restart of the edge.
 */
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

export const TOKEN_MAX_SECONDS = 21_600;
const VERSION = 1;
const HEAD_BYTES = 10;
const MAC_BYTES = 32;
/** 42 bytes: 56 characters, as AWS's tokens have. */
const TOKEN_CHARACTERS = 56;

export interface Tokens {
  issue(instance: string, seconds: number, nowMs: number): string;
  /** Seconds left; undefined: not a token of this instance, or expired. */
  verify(instance: string, token: string, nowMs: number): number | undefined;
}

export function createTokens(sealKey: Buffer): Tokens {
  const key = Buffer.from(hkdfSync('sha256', sealKey, '', 'imds token', 32));
  const mac = (instance: string, head: Buffer) => createHmac('sha256', key).update(head).update(instance).digest();

  return {
    issue(instance, seconds, nowMs) {
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt8(VERSION, 0);
      head.writeUInt32BE(Math.floor(nowMs / 1000) + seconds, 1);
      randomBytes(HEAD_BYTES - 5).copy(head, 5);
      return Buffer.concat([head, mac(instance, head)]).toString('base64url');
    },
    verify(instance, token, nowMs) {
      if (token.length !== TOKEN_CHARACTERS) return undefined;
      const bytes = Buffer.from(token, 'base64url');
      if (bytes.length !== HEAD_BYTES + MAC_BYTES || bytes[0] !== VERSION) return undefined;
      const head = bytes.subarray(0, HEAD_BYTES);
      if (!timingSafeEqual(mac(instance, head), bytes.subarray(HEAD_BYTES))) return undefined;
      const left = head.readUInt32BE(1) - Math.floor(nowMs / 1000);
      return left > 0 ? left : undefined;
    },
  };
}
