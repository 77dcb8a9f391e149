/**
 * S3 on the embedded stores. Bucket names are one space: a bucket belongs to the account and region that made it, and only
 * that account and those that the bucket's policy lets in reach it (authority.ts). The library answers the object operations; what it would overlook
 * is checked here: the bucket and its owner, the region, checksums, and members that it does not know, refused by name.
 */
import { notImplemented, Refusal } from '../../../model/refusal.ts';
import { isChunked, parseChunked } from '../../../wire/chunked.ts';
import type { DecodedCall, RawRequest, RawResponse, Structure } from '../../../wire/index.ts';
import { BUCKET_TAG_OPERATIONS, callBucketTags } from './bucket-tags.ts';
import { checkIntegrity } from './checksums.ts';
import { BUCKET_POLICY_OPERATIONS, callBucketPolicy } from './resource-policies.ts';
import type { Store } from './store.ts';
import type { Stores } from './stores.ts';

const BUCKET = ['Bucket', 'ExpectedBucketOwner'];
const OBJECT = [...BUCKET, 'Key'];
const LIST = [...BUCKET, 'Delimiter', 'EncodingType', 'MaxKeys', 'Prefix'];
const CHECKSUMS = [
  'ChecksumAlgorithm',
  'ChecksumCRC32',
  'ChecksumCRC32C',
  'ChecksumCRC64NVME',
  'ChecksumSHA1',
  'ChecksumSHA256',
  'ChecksumType',
];
const SOURCE = ['CopySource', 'CopySourceIfMatch', 'CopySourceIfNoneMatch', 'ExpectedSourceBucketOwner'];
const BODY = ['Body', 'ContentLength', 'ContentMD5', ...CHECKSUMS];
const DESCRIPTION = [
  'CacheControl',
  'ContentDisposition',
  'ContentEncoding',
  'ContentLanguage',
  'ContentType',
  'Metadata',
];
const READ = [
  ...OBJECT,
  'ChecksumMode',
  'IfMatch',
  'IfModifiedSince',
  'IfNoneMatch',
  'IfUnmodifiedSince',
  'PartNumber',
  'Range',
];

const OVERRIDES: readonly (readonly [member: string, header: string])[] = [
  ['ResponseCacheControl', 'cache-control'],
  ['ResponseContentDisposition', 'content-disposition'],
  ['ResponseContentEncoding', 'content-encoding'],
  ['ResponseContentLanguage', 'content-language'],
  ['ResponseContentType', 'content-type'],
];

/** The operations there are, and the members of each that have an effect. */
export const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  AbortMultipartUpload: [...OBJECT, 'UploadId'],
  CompleteMultipartUpload: [...OBJECT, 'MultipartUpload', 'UploadId', ...CHECKSUMS],
  CopyObject: [...OBJECT, ...SOURCE, 'MetadataDirective', ...DESCRIPTION],
  CreateBucket: ['Bucket', 'CreateBucketConfiguration'],
  CreateMultipartUpload: [...OBJECT, ...DESCRIPTION, 'ChecksumAlgorithm', 'ChecksumType'],
  DeleteBucket: BUCKET,
  DeleteBucketPolicy: BUCKET,
  DeleteBucketTagging: BUCKET,
  DeleteObject: OBJECT,
  DeleteObjects: [...BUCKET, 'Delete', 'ChecksumAlgorithm'],
  GetBucketLocation: BUCKET,
  GetBucketPolicy: BUCKET,
  GetBucketTagging: BUCKET,
  GetObject: [...READ, ...OVERRIDES.map(([member]) => member)],
  GetObjectAttributes: [...OBJECT, 'ObjectAttributes', 'MaxParts', 'PartNumberMarker'],
  HeadBucket: BUCKET,
  HeadObject: READ,
  ListBuckets: [],
  ListObjects: [...LIST, 'Marker'],
  ListObjectsV2: [...LIST, 'ContinuationToken', 'FetchOwner', 'StartAfter'],
  PutBucketPolicy: [...BUCKET, 'Policy', 'ContentMD5', 'ChecksumAlgorithm', 'ConfirmRemoveSelfBucketAccess'],
  PutBucketTagging: [...BUCKET, 'Tagging', 'ContentMD5', 'ChecksumAlgorithm'],
  PutObject: [...OBJECT, ...BODY, ...DESCRIPTION],
  UploadPart: [...OBJECT, ...BODY, 'PartNumber', 'UploadId'],
  UploadPartCopy: [...OBJECT, ...SOURCE, 'CopySourceRange', 'PartNumber', 'UploadId'],
};

/** Objects and buckets are as these say, whether it is said or not. */
const DEFAULTS: Readonly<Record<string, string>> = { StorageClass: 'STANDARD', ACL: 'private' };

/** What a multipart upload may grow to: its parts are put together in memory, and SQLite holds no blob of 1 GB. */
const OBJECT_BYTES = 512 * 1024 * 1024;

export async function callS3(
  stores: Stores,
  call: DecodedCall,
  account: string,
  raw: RawRequest,
  requestId: string,
): Promise<RawResponse> {
  const members = MEMBERS[call.operation];
  if (members === undefined) throw lacking(call.operation);
  const unknown = Object.keys(call.input).find((member) => !members.includes(member) && isAsked(member, call.input));
  if (unknown !== undefined) {
    throw new Refusal(
      'NotImplemented',
      `Culvert's embedded S3 does not implement ${call.operation} with ${unknown}.`,
      501,
    );
  }
  if (call.operation === 'ListBuckets') return listBuckets(stores, call, account, requestId);
  if (call.operation === 'CreateBucket') return createBucket(stores, call, account, requestId);

  const store = await bucketStore(stores, call);
  if (call.operation === 'GetBucketLocation') return location(store, requestId);
  if (call.input.CopySource !== undefined) await checkSource(stores, call, store);
  if (call.input.UploadId !== undefined) checkUpload(call, store);

  const { headers, body } = contentOf(raw);
  checkIntegrity(headers, body);
  if (BUCKET_TAG_OPERATIONS.includes(call.operation)) return callBucketTags(store, call, requestId);
  if (BUCKET_POLICY_OPERATIONS.includes(call.operation)) return callBucketPolicy(store, call, body, requestId);
  const result = await store.s3Router({
    method: raw.method,
    bucket: call.input.Bucket,
    key: call.input.Key ?? '',
    query: queryOf(raw),
    headers,
    body,
  });
  if (result === undefined) throw lacking(call.operation);
  if (call.operation === 'DeleteBucket' && result.status < 300) {
    store.setBucketPolicy(call.input.Bucket, null);
    store.setBucketTags(call.input.Bucket, null);
  }
  return {
    status: result.status,
    headers: {
      server: 'AmazonS3',
      'x-amz-request-id': requestId,
      ...(call.operation === 'GetObject' || call.operation === 'HeadObject' ? { 'accept-ranges': 'bytes' } : {}),
      ...(call.operation === 'HeadBucket' ? { 'x-amz-bucket-region': store.region } : {}),
      ...result.headers,
      ...(result.status < 300 ? overrides(call.input) : {}),
    },
    body: result.body,
  };
}

/** In S3's own code: with it Terraform reads buckets on. */
function lacking(operation: string): Refusal {
  return new Refusal('NotImplemented', notImplemented(operation).message, 501);
}

/** The default said aloud asks for nothing. */
function isAsked(member: string, input: Structure): boolean {
  return input[member] !== undefined && input[member] !== DEFAULTS[member];
}

async function listBuckets(
  stores: Stores,
  call: DecodedCall,
  account: string,
  requestId: string,
): Promise<RawResponse> {
  const own = await stores.ofAccount(account);
  const buckets = own.flatMap((store) => store.s3.listBuckets());
  return call.encode(
    {
      Buckets: buckets
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, creationDate }) => ({ Name: name, CreationDate: creationDate })),
      Owner: { ID: account },
    },
    requestId,
  );
}

async function createBucket(
  stores: Stores,
  call: DecodedCall,
  account: string,
  requestId: string,
): Promise<RawResponse> {
  const { Bucket: bucket, CreateBucketConfiguration: configuration } = call.input;
  const other = Object.keys(configuration ?? {}).find((member) => member !== 'LocationConstraint');
  if (other !== undefined) {
    throw new Refusal('NotImplemented', `Culvert's embedded S3 does not implement CreateBucket with ${other}.`, 501);
  }
  const region = bucketRegion(call.region, configuration?.LocationConstraint);
  const holder = await stores.ofBucket(bucket);
  if (holder !== undefined && holder.account !== account) {
    throw new Refusal(
      'BucketAlreadyExists',
      'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
      409,
    );
  }
  if (holder !== undefined && !(holder.region === 'us-east-1' && region === 'us-east-1')) {
    throw new Refusal(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      409,
    );
  }
  const store = await stores.get(account, region);
  const result = await store.s3Router({
    method: 'PUT',
    bucket,
    key: '',
    query: {},
    headers: {},
    body: Buffer.alloc(0),
  });
  if (result === undefined) throw lacking(call.operation);
  return { ...result, headers: { server: 'AmazonS3', 'x-amz-request-id': requestId, ...result.headers } };
}

/** An endpoint makes buckets in its own region only; that of us-east-1, older than regions, in any. */
function bucketRegion(endpoint: string, constraint: string | undefined): string {
  const wanted = constraint === 'EU' ? 'eu-west-1' : constraint;
  if (endpoint === 'us-east-1') return wanted ?? endpoint;
  if (wanted === endpoint) return endpoint;
  throw new Refusal(
    'IllegalLocationConstraintException',
    `The ${wanted ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

async function bucketStore(stores: Stores, call: DecodedCall): Promise<Store> {
  const store = await stores.ofBucket(call.input.Bucket);
  if (store === undefined) throw new Refusal('NoSuchBucket', 'The specified bucket does not exist', 404);
  const expected = call.input.ExpectedBucketOwner;
  if (expected !== undefined && expected !== store.account) throw denied();
  if (store.region !== call.region && call.operation !== 'GetBucketLocation' && call.operation !== 'HeadBucket') {
    throw new Refusal(
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${call.region}' is wrong; expecting '${store.region}'`,
    );
  }
  return store;
}

function denied(): Refusal {
  return new Refusal('AccessDenied', 'Access Denied', 403);
}

/** A root element that is all text: not a form that the generic encoder knows. */
function location({ region }: Store, requestId: string): RawResponse {
  const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  return {
    status: 200,
    headers: { server: 'AmazonS3', 'x-amz-request-id': requestId, 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint ${namespace}>${region === 'us-east-1' ? '' : region}</LocationConstraint>`,
  };
}

interface Source {
  readonly bucket: string;
  readonly key: string;
}

function sourceOf({ input }: DecodedCall): Source {
  const text = String(input.CopySource);
  if (text.startsWith('arn:') || text.includes('?')) {
    throw new Refusal('NotImplemented', "Culvert's embedded S3 copies from bucket/key only, without a version.", 501);
  }
  // Its escapes are whole: authority.ts has read them.
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(decodeURIComponent(text)) ?? [];
  if (bucket !== undefined && key !== undefined) return { bucket, key };
  throw new Refusal('InvalidArgument', 'Invalid copy source object key');
}

async function checkSource(stores: Stores, call: DecodedCall, target: Store): Promise<void> {
  const { input, operation } = call;
  const { bucket, key } = sourceOf(call);
  const source = await stores.ofBucket(bucket);
  if (source === undefined) throw new Refusal('NoSuchBucket', 'The specified bucket does not exist', 404);
  const expected = input.ExpectedSourceBucketOwner;
  if (source.account !== target.account || (expected !== undefined && expected !== source.account)) throw denied();
  if (source !== target) {
    throw new Refusal('NotImplemented', `Culvert's embedded S3 does not implement ${operation} between regions.`, 501);
  }
  const etag = source.etag(bucket, key);
  if (etag === undefined) throw new Refusal('NoSuchKey', 'The specified key does not exist.', 404);
  const { CopySourceIfMatch: wanted, CopySourceIfNoneMatch: unwanted } = input;
  if ((wanted !== undefined && bare(wanted) !== etag) || (unwanted !== undefined && bare(unwanted) === etag)) {
    throw new Refusal('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
  }
}

/** Clients quote an ETag or do not. */
function bare(etag: string): string {
  return etag.replaceAll('"', '');
}

/** An upload is of one key; the library goes by its id alone. */
function checkUpload({ input, operation }: DecodedCall, store: Store): void {
  const upload = store.upload(input.UploadId);
  if (upload === undefined || upload.bucket !== input.Bucket || upload.key !== input.Key) {
    throw new Refusal(
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      404,
    );
  }
  if (operation.startsWith('UploadPart') && upload.bytes >= OBJECT_BYTES) {
    throw new Refusal(
      'EntityTooLarge',
      `Your proposed upload exceeds the maximum allowed size (here: ${OBJECT_BYTES} bytes).`,
    );
  }
}

/** The body without its chunks, and its trailers among the headers. */
function contentOf(raw: RawRequest): { headers: Record<string, string>; body: Buffer } {
  if (!isChunked(raw.headers)) return { headers: { ...raw.headers }, body: bufferOf(raw.body) };
  const { payload, trailers } = parseChunked(raw.body);
  const { 'content-encoding': encoding = '', ...headers } = raw.headers;
  const decoded = raw.headers['x-amz-decoded-content-length'];
  if (decoded !== undefined && Number(decoded) !== payload.length) {
    throw new Refusal(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the x-amz-decoded-content-length header',
    );
  }
  const kept = encoding
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked')
    .join(',');
  return {
    headers: { ...headers, ...Object.fromEntries(trailers), ...(kept === '' ? {} : { 'content-encoding': kept }) },
    body: bufferOf(payload),
  };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function queryOf(raw: RawRequest): Record<string, string> {
  const question = raw.path.indexOf('?');
  return question < 0 ? {} : Object.fromEntries(new URLSearchParams(raw.path.slice(question + 1)));
}

/** What the caller of GetObject wants to be told instead of what was stored. */
function overrides(input: Structure): Record<string, string> {
  return Object.fromEntries(
    OVERRIDES.flatMap(([member, header]) =>
      typeof input[member] === 'string' ? [[header, input[member] as string]] : [],
    ),
  );
}
