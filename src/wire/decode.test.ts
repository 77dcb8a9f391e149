/** What is not a proper call: each is refused with AWS's code in the protocol's own shape, and nothing else is ever thrown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Refusal } from '../model/refusal.ts';
import { bodyLimit, decodeRequest, type RawRequest, SERVICES } from './index.ts';

const FORM = 'application/x-www-form-urlencoded';
const AUTH = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=AKID/20260304/ap-south-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

function form(service: string, body: string): RawRequest {
  return {
    method: 'POST',
    path: '/',
    headers: { 'content-type': FORM, authorization: AUTH(service) },
    body: Buffer.from(body),
  };
}

function json(target: string, body: string): RawRequest {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target, authorization: AUTH('sqs') };
  return { method: 'POST', path: '/', headers, body: Buffer.from(body) };
}

function s3(method: string, path: string, body = '', headers: Record<string, string> = {}): RawRequest {
  return { method, path, headers: { authorization: AUTH('s3'), ...headers }, body: Buffer.from(body) };
}

function outcome(raw: RawRequest): string {
  const call = decodeRequest(raw);
  return call.kind === 'call' ? 'accepted' : `${call.refusal.status} ${call.refusal.code}: ${call.refusal.message}`;
}

const EC2 = 'Version=2016-11-15&Action=';
const IAM = 'Version=2010-05-08&Action=';
const REFUSED: readonly (readonly [string, RawRequest, RegExp])[] = [
  [
    'ec2: unknown action',
    form('ec2', `${EC2}Nope`),
    /^400 InvalidAction: The action Nope is not valid for this web service\.$/,
  ],
  ['ec2: no action', form('ec2', 'Version=2016-11-15'), /^400 MissingAction/],
  ['ec2: inherited name', form('ec2', `${EC2}constructor`), /^400 InvalidAction/],
  [
    'ec2: missing',
    form('ec2', `${EC2}DeleteVpc`),
    /^400 MissingParameter: The request must contain the parameter VpcId$/,
  ],
  [
    'ec2: unknown',
    form('ec2', `${EC2}DeleteVpc&VpcId=v&Vpx=1`),
    /^400 UnknownParameter: The parameter Vpx is not recognized$/,
  ],
  [
    'ec2: enum',
    form('ec2', `${EC2}CreateVpcEndpoint&VpcId=v&VpcEndpointType=Lattice`),
    /^400 InvalidParameterValue: Invalid value 'Lattice' for VpcEndpointType\.$/,
  ],
  [
    'ec2: boolean',
    form('ec2', `${EC2}DeleteVpc&VpcId=v&DryRun=maybe`),
    /^400 InvalidParameterValue: Value \(maybe\) for parameter DryRun/,
  ],
  ['ec2: number', form('ec2', `${EC2}DescribeVpcs&MaxResults=many`), /^400 InvalidParameterValue: Value \(many\)/],
  [
    'ec2: what XML could not tell',
    form('ec2', `${EC2}CreateTags&ResourceId.1=v&Tag.1.Key=a&Tag.1.Value=b%01`),
    /^400 InvalidParameterValue: Value \(b.\) for parameter Tag\.1\.Value is invalid/,
  ],
  [
    'iam: what XML could not tell',
    form('iam', `${IAM}CreateUser&UserName=a%0b`),
    /^400 ValidationError: .* at 'userName' failed to satisfy constraint/,
  ],
  ['ec2: list given as a value', form('ec2', `${EC2}DescribeVpcs&VpcId=vpc-1`), /^400 InvalidParameterValue/],
  ['ec2: value given as a list', form('ec2', `${EC2}DeleteVpc&VpcId.1=vpc-1`), /^400 InvalidParameterValue/],
  ['ec2: bad escape', form('ec2', `${EC2}DeleteVpc&VpcId=%zz`), /^400 MalformedQueryString/],
  ['ec2: deep', form('ec2', `${EC2}DeleteVpc&${'a.'.repeat(100)}=1`), /^400 MalformedQueryString/],
  ['ec2: wrong version', form('ec2', 'Version=2010-01-01&Action=DeleteVpc&VpcId=v'), /^400 InvalidAction/],
  ['ec2: oversized', form('ec2', `${EC2}DeleteVpc&VpcId=${'v'.repeat(1024 * 1024)}`), /^413 RequestEntityTooLarge/],
  [
    'iam: unknown action',
    form('iam', `${IAM}Nope`),
    /^400 InvalidAction: Could not find operation Nope for version 2010-05-08$/,
  ],
  [
    'iam: missing',
    form('iam', `${IAM}GetRole`),
    /^400 ValidationError: 1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null$/,
  ],
  [
    'iam: enum',
    form('iam', `${IAM}UpdateAccessKey&AccessKeyId=A&Status=On`),
    /^400 ValidationError: .*\[Active, Expired, Inactive\]$/,
  ],
  ['iam: number', form('iam', `${IAM}ListRoles&MaxItems=x`), /^400 MalformedInput/],
  ['sqs json: unknown', json('AmazonSQS.Nope', '{}'), /^400 UnknownOperationException/],
  [
    'sqs json: missing',
    json('AmazonSQS.SendMessage', '{"QueueUrl":"u"}'),
    /^400 MissingParameter: The request must contain the parameter MessageBody\.$/,
  ],
  [
    'sqs json: type',
    json('AmazonSQS.SendMessage', '{"QueueUrl":1,"MessageBody":"b"}'),
    /^400 SerializationException: NUMBER_VALUE can not be converted to a String$/,
  ],
  ['sqs json: not JSON', json('AmazonSQS.SendMessage', '{'), /^400 SerializationException/],
  ['sqs json: an array', json('AmazonSQS.SendMessage', '[]'), /^400 SerializationException/],
  ['sqs json: very deep', json('AmazonSQS.SendMessage', '['.repeat(500_000)), /^400 SerializationException/],
  [
    'sqs json: not UTF-8',
    { ...json('AmazonSQS.ListQueues', ''), body: Buffer.from([0x7b, 0xff]) },
    /^400 SerializationException/,
  ],
  ['sqs query: missing', form('sqs', 'Version=2012-11-05&Action=SendMessage&QueueUrl=u'), /^400 MissingParameter/],
  [
    'sns: missing',
    form('sns', 'Version=2010-03-31&Action=Publish'),
    /^400 InvalidParameter: Invalid parameter: Message$/,
  ],
  ['s3: method', s3('PATCH', '/b/k'), /^405 MethodNotAllowed/],
  ['s3: not XML', s3('PUT', '/b/k?tagging', '<Tagging>'), /^400 MalformedXML/],
  [
    's3: entities',
    s3('PUT', '/b/k?tagging', '<!DOCTYPE x [<!ENTITY a "b">]><Tagging><TagSet/></Tagging>'),
    /^400 MalformedXML/,
  ],
  ['s3: bad escape', s3('GET', '/b/%zz'), /^400 InvalidURI/],
  ['a service that is not here', form('athena', ''), /^404 UnknownOperationException: .*athena/],
  [
    'no service at all',
    { method: 'GET', path: '/', headers: {}, body: Buffer.alloc(0) },
    /^404 UnknownOperationException/,
  ],
];
for (const [name, raw, expected] of REFUSED) {
  test(`refused: ${name}`, () => assert.match(outcome(raw), expected));
}

test('only EC2 minds parameters that it does not know', () => {
  assert.equal(outcome(form('iam', `${IAM}ListRoles&Nope=1`)), 'accepted');
  assert.equal(outcome(json('AmazonSQS.ListQueues', '{"Nope":1}')), 'accepted');
});

test('parameters of the request itself are no unknown parameters', () => {
  const body = `${EC2}DeleteVpc&VpcId=v&X-Amz-Date=1&Timestamp=2&SignatureVersion=4&AWSAccessKeyId=a`;
  assert.equal(outcome(form('ec2', body)), 'accepted');
});

test('a customer\'s "__proto__" is a key like any other', () => {
  const body = '{"QueueUrl":"u","Tags":{"__proto__":"x","constructor":"y"}}';
  const call = decodeRequest(json('AmazonSQS.TagQueue', body));
  assert.ok(call.kind === 'call');
  assert.deepEqual(Object.entries(call.input.Tags), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  assert.equal(Object.getPrototypeOf(call.input.Tags), Object.prototype);
});

const ERRORS: readonly (readonly [string, RawRequest, RegExp])[] = [
  [
    'ec2',
    form('ec2', `${EC2}Nope`),
    /<Response><Errors><Error><Code>C&lt;<\/Code><Message>a &amp; b<\/Message><\/Error><\/Errors><RequestID>r<\/RequestID><\/Response>$/,
  ],
  [
    'query',
    form('iam', `${IAM}Nope`),
    /<ErrorResponse xmlns="https:\/\/iam[^>]+><Error><Type>Sender<\/Type><Code>C&lt;<\/Code><Message>a &amp; b<\/Message><\/Error><RequestId>r<\/RequestId><\/ErrorResponse>$/,
  ],
  ['json', json('AmazonSQS.Nope', '{}'), /^\{"__type":"C<","message":"a & b"\}$/],
  [
    'rest',
    s3('PATCH', '/'),
    /<Error><Code>C&lt;<\/Code><Message>a &amp; b<\/Message><RequestId>r<\/RequestId><\/Error>$/,
  ],
];
for (const [name, raw, expected] of ERRORS) {
  test(`errors in the shape of ${name}`, () => {
    const reply = decodeRequest(raw).encodeError(new Refusal('C<', 'a & b', 418), 'r');
    assert.equal(reply.status, 418);
    assert.match(String(reply.body), expected);
  });
}

test('SQS tells the code of its older protocol in a header', () => {
  const refusal = new Refusal('QueueDoesNotExist', 'gone');
  const reply = decodeRequest(json('AmazonSQS.ListQueues', '{}')).encodeError(refusal, 'r');
  assert.equal(reply.headers['x-amzn-query-error'], 'AWS.SimpleQueueService.NonExistentQueue;Sender');
  assert.match(String(reply.body), /"__type":"com.amazonaws.sqs#QueueDoesNotExist"/);
  const query = decodeRequest(form('sqs', 'Version=2012-11-05&Action=ListQueues')).encodeError(refusal, 'r');
  assert.match(String(query.body), /<Code>AWS.SimpleQueueService.NonExistentQueue<\/Code>/);
});

const FOUND: readonly (readonly [string, RawRequest, string])[] = [
  ['credential scope', form('sts', 'Version=2011-06-15&Action=GetCallerIdentity'), 'sts/GetCallerIdentity'],
  [
    'target',
    { ...json('AmazonSQS.ListQueues', '{}'), headers: { 'x-amz-target': 'AmazonSQS.ListQueues' } },
    'sqs/ListQueues',
  ],
  ['version', { ...form('', `${IAM}ListRoles`), headers: { 'content-type': FORM } }, 'iam/ListRoles'],
  ['host', { ...s3('GET', '/k'), headers: { host: 'b.s3.ap-south-1.amazonaws.com' } }, 's3/GetObject'],
  [
    'query string',
    { method: 'GET', path: '/?Action=GetCallerIdentity&Version=2011-06-15', headers: {}, body: Buffer.alloc(0) },
    'sts/GetCallerIdentity',
  ],
  ['queue path', { ...form('sqs', 'Version=2012-11-05&Action=PurgeQueue'), path: '/111122223333/q' }, 'sqs/PurgeQueue'],
];
for (const [name, raw, expected] of FOUND) {
  test(`service and operation by ${name}`, () => {
    const call = decodeRequest(raw);
    assert.equal(`${call.service}/${call.operation}`, expected);
    assert.equal(call.kind, 'call');
  });
}

/** Without the client's x-id, as other clients send them. */
const S3_ROUTES: readonly (readonly [string, string, Record<string, string>, string])[] = [
  ['GET', '/', {}, 'ListBuckets'],
  ['PUT', '/b', {}, 'CreateBucket'],
  ['PUT', '/b/', {}, 'CreateBucket'],
  ['HEAD', '/b', {}, 'HeadBucket'],
  ['GET', '/b', {}, 'ListObjects'],
  ['GET', '/b?list-type=2&prefix=x', {}, 'ListObjectsV2'],
  ['GET', '/b?location', {}, 'GetBucketLocation'],
  ['GET', '/b/k', {}, 'GetObject'],
  ['GET', '/b/a/b%2Fc//d/', {}, 'GetObject'],
  ['GET', '/b/k?tagging', {}, 'GetObjectTagging'],
  ['PUT', '/b/k', {}, 'PutObject'],
  ['PUT', '/b/k', { 'x-amz-copy-source': '/b/other' }, 'CopyObject'],
  ['PUT', '/b/k?partNumber=1&uploadId=u', {}, 'UploadPart'],
  ['PUT', '/b/k?partNumber=1&uploadId=u', { 'x-amz-copy-source': '/b/o' }, 'UploadPartCopy'],
  ['POST', '/b/k?uploads', {}, 'CreateMultipartUpload'],
  ['POST', '/b/k?uploadId=u', {}, 'CompleteMultipartUpload'],
  ['DELETE', '/b/k?uploadId=u', {}, 'AbortMultipartUpload'],
  ['DELETE', '/b/k', {}, 'DeleteObject'],
  ['DELETE', '/b', {}, 'DeleteBucket'],
];
for (const [method, path, headers, expected] of S3_ROUTES) {
  test(`${method} ${path} is ${expected}`, () =>
    assert.equal(decodeRequest(s3(method, path, '', headers)).operation, expected));
}

test('arbitrary bytes end in a call or a refusal, in every protocol', () => {
  const services = fc.constantFrom(...SERVICES.map((row) => row.signingName), 'athena', '');
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)),
    fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
    fc.webQueryParameters().map((text) => Buffer.from(`Action=DescribeVpcs&Version=2016-11-15&${text}`)),
    fc
      .array(fc.constantFrom('<', '>', '/', 'a', '=', '"', '&', '&#', ';', '<![CDATA[', ']]>', '<?', '<!--'), {
        maxLength: 30,
      })
      .map((parts) => Buffer.from(`<Tagging>${parts.join('')}</Tagging>`)),
  );
  const headers = fc.record(
    {
      'content-type': fc.constantFrom(FORM, 'application/x-amz-json-1.1', 'application/xml', ''),
      'x-amz-target': fc.oneof(fc.constantFrom('AmazonSQS.SendMessage', 'AmazonSQS.__proto__', '.', ''), fc.string()),
      'smithy-protocol': fc.constantFrom('rpc-v2-cbor', 'x'),
      authorization: fc.oneof(services.map(AUTH), fc.string()),
      'x-amz-content-sha256': fc.constantFrom('STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'UNSIGNED-PAYLOAD', 'x'),
      host: fc.oneof(fc.string(), fc.constantFrom('s3.amazonaws.com', '.s3.x.amazonaws.com')),
    },
    { requiredKeys: [] },
  );
  const path = fc.oneof(
    fc.constantFrom('/', '', '/service/x/operation/SendMessage', '/b/k?tagging', '/b?delete', '/?Action=x'),
    fc.webPath().map((text) => `/${text}`),
    fc.string(),
  );
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH');
  fc.assert(
    fc.property(method, path, headers, junk, (verb, where, head, body) => {
      const call = decodeRequest({ method: verb, path: where, headers: head, body });
      if (call.kind === 'refused') {
        assert.ok(call.refusal instanceof Refusal);
        assert.ok(call.encodeError(call.refusal, 'r').status >= 400);
      }
    }),
    { numRuns: 3000, seed: 1 },
  );
});

test('how much of a body to read is known from the head', () => {
  const { body: _, ...head } = form('ec2', '');
  assert.equal(bodyLimit(head), 1024 * 1024);
  const { body: __, ...upload } = s3('PUT', '/b/k');
  assert.equal(bodyLimit(upload, { bodyBytes: 7 }), 7);
  assert.match(
    (() => {
      const call = decodeRequest(s3('PUT', '/b/k', '12345678'), { bodyBytes: 7 });
      return call.kind === 'refused' ? call.refusal.code : 'accepted';
    })(),
    /RequestEntityTooLarge/,
  );
});
