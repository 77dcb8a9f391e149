import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkIntegrity } from './checksums.ts';

/** The check value of each algorithm's specification: its result for these nine bytes. */
const BODY = Buffer.from('123456789');
const RIGHT = {
  'content-md5': '25f9e794323b453885f5181f1b624d0b',
  'x-amz-checksum-crc32': 'cbf43926',
  'x-amz-checksum-crc32c': 'e3069283',
  'x-amz-checksum-crc64nvme': 'ae8b14860a799888',
  'x-amz-checksum-sha1': 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  'x-amz-checksum-sha256': '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
};

describe('integrity of S3 bodies', () => {
  for (const [header, hex] of Object.entries(RIGHT)) {
    it(`takes the right ${header} and no other`, () => {
      const value = Buffer.from(hex, 'hex').toString('base64');
      checkIntegrity({ [header]: value }, BODY);
      assert.throws(() => checkIntegrity({ [header]: value }, Buffer.from('123456780')), { code: 'BadDigest' });
    });
  }

  it('refuses an MD5 that is none', () => {
    assert.throws(() => checkIntegrity({ 'content-md5': 'abc' }, BODY), { code: 'InvalidDigest' });
  });
});
