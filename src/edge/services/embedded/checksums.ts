/**
 * The checksums that S3 clients send with a body, compared with the body: the library only stores them. A mismatch is
 * AWS's BadDigest. Read "Checking object integrity" in the S3 user guide.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Refusal } from '../../../model/refusal.ts';
import { crc32c } from '../../../net/crc32c.ts';

type Digest = (body: Buffer) => string;

const DIGESTS: Readonly<Record<string, { readonly name: string; readonly digest: Digest }>> = {
  'x-amz-checksum-crc32': { name: 'CRC32', digest: (body) => word(crc32(body)) },
  'x-amz-checksum-crc32c': { name: 'CRC32C', digest: (body) => word(crc32c(body)) },
  'x-amz-checksum-crc64nvme': { name: 'CRC64NVME', digest: crc64nvme },
  'x-amz-checksum-sha1': { name: 'SHA1', digest: (body) => createHash('sha1').update(body).digest('base64') },
  'x-amz-checksum-sha256': { name: 'SHA256', digest: (body) => createHash('sha256').update(body).digest('base64') },
};

/** Throws a Refusal where the body is not what the headers (or trailers, merged into them) say. */
export function checkIntegrity(headers: Readonly<Record<string, string>>, body: Buffer): void {
  const md5 = headers['content-md5'];
  if (md5 !== undefined) {
    if (Buffer.from(md5, 'base64').length !== 16) {
      throw new Refusal('InvalidDigest', 'The Content-MD5 you specified was invalid.');
    }
    if (createHash('md5').update(body).digest('base64') !== md5) {
      throw new Refusal('BadDigest', 'The Content-MD5 you specified did not match what we received.');
    }
  }
  for (const [header, { name, digest }] of Object.entries(DIGESTS)) {
    const stated = headers[header];
    if (stated !== undefined && digest(body) !== stated) {
      throw new Refusal('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
    }
  }
}

function word(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString('base64');
}

/** The NVM Express polynomial, reflected; each entry in two halves, because numbers are exact to 53 bits only. */
const CRC64 = Array.from({ length: 256 }, (_, at) => {
  let value = BigInt(at);
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
  return value;
});
const CRC64_HIGH = Uint32Array.from(CRC64, (value) => Number(value >> 32n));
const CRC64_LOW = Uint32Array.from(CRC64, (value) => Number(value & 0xffffffffn));

function crc64nvme(body: Buffer): string {
  let high = 0xffffffff;
  let low = 0xffffffff;
  for (const byte of body) {
    const at = (low ^ byte) & 0xff;
    low = (((low >>> 8) | (high << 24)) ^ (CRC64_LOW[at] ?? 0)) >>> 0;
    high = ((high >>> 8) ^ (CRC64_HIGH[at] ?? 0)) >>> 0;
  }
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(~high >>> 0, 0);
  bytes.writeUInt32BE(~low >>> 0, 4);
  return bytes.toString('base64');
}
