import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRequest } from './index.ts';

/** S3 reads the bucket from the path or from any of the host names it answers to. */
const CASES: readonly (readonly [host: string, path: string, bucket: string | undefined, key: string | undefined])[] = [
  ['127.0.0.1:4566', '/parcels/a/b', 'parcels', 'a/b'],
  ['s3.ap-south-1.amazonaws.com', '/parcels/a/b', 'parcels', 'a/b'],
  ['parcels.s3.ap-south-1.amazonaws.com', '/a/b', 'parcels', 'a/b'],
  ['my.dotted.bucket.s3.amazonaws.com', '/a', 'my.dotted.bucket', 'a'],
  ['bucket.s3.ap-south-1.amazonaws.com', '/a', 'bucket', 'a'],
  ['bucket.vpce-0a1b2c3d-4e5f6a7b.s3.ap-south-1.vpce.amazonaws.com', '/parcels/a', 'parcels', 'a'],
  ['parcels.bucket.vpce-0a1b2c3d-4e5f6a7b.s3.ap-south-1.vpce.amazonaws.com', '/a', 'parcels', 'a'],
  ['parcels.bucket.vpce-0a1b-2c3d-ap-south-1a.s3.ap-south-1.vpce.amazonaws.com', '/a', 'parcels', 'a'],
  ['vpce-0a1b2c3d-4e5f6a7b.s3.ap-south-1.vpce.amazonaws.com', '/parcels/a', 'parcels', 'a'],
];

for (const [host, path, bucket, key] of CASES) {
  test(`${host}${path}`, () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIA/20260101/ap-south-1/s3/aws4_request, SignedHeaders=host, Signature=0';
    const call = decodeRequest({ method: 'GET', path, headers: { host, authorization }, body: new Uint8Array() });
    assert.equal(call.kind, 'call');
    assert.equal(call.operation, 'GetObject');
    assert.deepEqual(call.kind === 'call' && [call.input.Bucket, call.input.Key], [bucket, key]);
  });
}
