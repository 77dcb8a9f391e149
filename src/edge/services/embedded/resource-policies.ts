/**
 * Policies on queues, topics and buckets: whose a resource is and what its policy says; and that a text is a policy before it is
 * kept. The library keeps queues' and topics' among their attributes; buckets' are kept beside its tables (store.ts).
 */
import { parseDocument } from '../../../iam/document.ts';
import { Refusal } from '../../../model/refusal.ts';
import type { DecodedCall, RawResponse, Structure } from '../../../wire/index.ts';
import { queueName, topicArn } from '../actions.ts';
import type { Store } from './store.ts';
import type { Stores } from './stores.ts';

export interface ResourcePolicy {
  readonly owner: string;
  /** null: none. */
  readonly policy: string | null;
  /** As conditions may ask for them: of queues and topics. Buckets' only where the bucket is set to it, which is not here. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What has neither policy nor tags. */
function bare(account: string): ResourcePolicy {
  return { owner: account, policy: null, tags: {} };
}

/** Of what the call is about. A resource that is not there counts as the caller's. */
export async function policyOn(stores: Stores, call: DecodedCall, account: string): Promise<ResourcePolicy> {
  const { service, operation, region, input } = call;
  if (operation === 'CreateBucket') return bare(account);
  switch (service) {
    case 's3':
      return policyOnBucket(stores, input.Bucket as string | undefined, account);
    case 'sqs': {
      // Who may create queues is no queue's to say.
      const name = operation === 'CreateQueue' ? undefined : queueName(input);
      return name === undefined
        ? bare(account)
        : kept(account, (await stores.get(account, region)).sqs.getQueueByName(name));
    }
    case 'sns': {
      const arn = topicArn(input);
      return arn === undefined ? bare(account) : kept(account, (await stores.get(account, region)).sns.getTopic(arn));
    }
    default:
      return bare(account);
  }
}

interface Kept {
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: ReadonlyMap<string, string>;
}

function kept(account: string, found: Kept | undefined): ResourcePolicy {
  if (found === undefined) return bare(account);
  return { owner: account, policy: found.attributes.Policy || null, tags: Object.fromEntries(found.tags) };
}

export async function policyOnBucket(
  stores: Stores,
  bucket: string | undefined,
  account: string,
): Promise<ResourcePolicy> {
  const store = bucket === undefined ? undefined : await stores.ofBucket(bucket);
  return { owner: store?.account ?? account, policy: (bucket && store?.bucketPolicy(bucket)) || null, tags: {} };
}

/** By the ARN of a queue, a topic, a bucket or an object; null: there is no such thing. Opens no store that is not there. */
export async function policyOfArn(stores: Stores, arn: string): Promise<ResourcePolicy | null> {
  const [, , service, region, account = '', ...rest] = arn.split(':');
  const name = rest.join(':');
  if (service === 's3') {
    const [bucket = ''] = name.split('/');
    return (await stores.ofBucket(bucket)) === undefined ? null : policyOnBucket(stores, bucket, account);
  }
  const store = (await stores.ofAccount(account)).find((each) => each.region === region);
  const found =
    service === 'sqs' ? store?.sqs.getQueueByName(name) : service === 'sns' ? store?.sns.getTopic(arn) : undefined;
  return found === undefined ? null : kept(account, found);
}

/** Throws in the service's words where a call would keep what is no policy. */
export function checkPolicyGiven({ service, operation, input }: DecodedCall): void {
  if (service === 'sqs') {
    const text = (input.Attributes as Structure | undefined)?.Policy;
    if (isBad(text)) throw new Refusal('InvalidAttributeValue', 'Invalid value for the parameter Policy.');
  }
  if (service === 'sns') {
    const text =
      operation === 'SetTopicAttributes' && input.AttributeName === 'Policy'
        ? input.AttributeValue
        : (input.Attributes as Structure | undefined)?.Policy;
    if (isBad(text)) throw new Refusal('InvalidParameter', 'Invalid parameter: Policy Error: null');
  }
}

function isBad(text: unknown): boolean {
  if (typeof text !== 'string' || text === '') return false;
  try {
    parseDocument(text, 'resource');
    return false;
  } catch {
    return true;
  }
}

export const BUCKET_POLICY_OPERATIONS = ['PutBucketPolicy', 'GetBucketPolicy', 'DeleteBucketPolicy'];

export function callBucketPolicy(store: Store, call: DecodedCall, body: Buffer, requestId: string): RawResponse {
  const bucket = call.input.Bucket as string;
  const headers = { server: 'AmazonS3', 'x-amz-request-id': requestId };
  if (call.operation === 'GetBucketPolicy') {
    const policy = store.bucketPolicy(bucket);
    if (policy === null) throw new Refusal('NoSuchBucketPolicy', 'The bucket policy does not exist', 404);
    return { status: 200, headers: { ...headers, 'content-type': 'application/json' }, body: policy };
  }
  const text = call.operation === 'PutBucketPolicy' ? body.toString() : null;
  if (text !== null) checkBucketPolicy(text, bucket);
  store.setBucketPolicy(bucket, text);
  return { status: 204, headers, body: '' };
}

function checkBucketPolicy(text: string, bucket: string): void {
  if (Buffer.byteLength(text) > 20 * 1024) {
    throw new Refusal('PolicyTooLarge', 'Policy exceeds the maximum allowed document size.');
  }
  if (!text.startsWith('{')) {
    throw new Refusal('MalformedPolicy', "Policies must be valid JSON and the first byte must be '{'");
  }
  let resources: readonly string[];
  try {
    resources = parseDocument(text, 'resource').statements.flatMap(({ resources: of }) => of?.patterns ?? []);
  } catch (error) {
    throw new Refusal('MalformedPolicy', error instanceof Refusal ? error.message : 'Unknown Error');
  }
  const own = `arn:aws:s3:::${bucket}`;
  if (!resources.every((each) => each === '*' || each === own || each.startsWith(`${own}/`))) {
    throw new Refusal('MalformedPolicy', 'Policy has invalid resource');
  }
}
