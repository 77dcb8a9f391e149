/**
 * Tags on buckets: kept, told and taken away as a set. No policy's condition sees them: AWS's do only where a bucket is set to it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
 */
import { Refusal } from '../../../model/refusal.ts';
import type { DecodedCall, RawResponse } from '../../../wire/index.ts';
import type { Store } from './store.ts';

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export const BUCKET_TAG_OPERATIONS = ['PutBucketTagging', 'GetBucketTagging', 'DeleteBucketTagging'];

const MOST = 50;
const MAX_KEY = 128;
const MAX_VALUE = 256;

export function callBucketTags(store: Store, call: DecodedCall, requestId: string): RawResponse {
  const bucket = call.input.Bucket as string;
  if (call.operation === 'GetBucketTagging') {
    const text = store.bucketTags(bucket);
    if (text === null) throw new Refusal('NoSuchTagSet', 'The TagSet does not exist', 404);
    return call.encode({ TagSet: JSON.parse(text) }, requestId);
  }
  const { TagSet: tags = [] } = (call.input.Tagging ?? {}) as { readonly TagSet?: readonly Tag[] };
  if (call.operation === 'PutBucketTagging') checkTags(tags);
  store.setBucketTags(bucket, tags.length === 0 ? null : JSON.stringify(tags));
  return { status: 204, headers: { server: 'AmazonS3', 'x-amz-request-id': requestId }, body: '' };
}

function checkTags(tags: readonly Tag[]): void {
  const invalid = (message: string) => new Refusal('InvalidTag', message);
  if (tags.length > MOST) throw new Refusal('BadRequest', `Bucket tag count cannot be greater than ${MOST}`);
  for (const { Key, Value } of tags) {
    if (Key === '' || Key.length > MAX_KEY) throw invalid('The TagKey you have provided is invalid');
    if (Value.length > MAX_VALUE) throw invalid('The TagValue you have provided is invalid');
    if (/^aws:/i.test(Key)) throw invalid('System tags cannot be added/updated by requester');
  }
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) {
    throw invalid('Cannot provide multiple Tags with the same key');
  }
}
