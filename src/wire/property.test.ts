/**
 * Any input of any operation: what the SDK's own serialisers write, the wire reads back equal; and what the wire writes,
 * the SDK's own deserialisers read back equal. No network, no middleware: only the protocols.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { type HttpRequest, HttpResponse } from '@smithy/core/transport';
import fc from 'fast-check';
import { decodeRequest } from './decode.ts';
import { encodeOutput } from './replies.ts';
import { clientOf, type ServiceName, type ServiceRow, serviceRow } from './services.ts';
import { operationNames, operationOf } from './shape.ts';
import { arbitraryOf, pruned } from './test-arbitrary.ts';
import type { Protocol, RawRequest, Structure } from './types.ts';

interface SdkProtocol {
  serializeRequest(operation: unknown, input: unknown, context: unknown): Promise<HttpRequest>;
  deserializeResponse(operation: unknown, context: unknown, response: HttpResponse): Promise<Structure>;
}

/** [service, protocol of the wire, protocol class of the SDK; null: the client's own, runs] */
const CASES: readonly (readonly [ServiceName, Protocol, (new (settings: never) => unknown) | null, number])[] = [
  ['ec2', 'ec2Query', null, 300],
  ['iam', 'awsQuery', null, 200],
  ['sts', 'awsQuery', null, 50],
  ['sns', 'awsQuery', null, 100],
  ['sqs', 'awsJson1.0', null, 100],
  ['sqs', 'awsQuery', AwsQueryProtocol, 100],
  ['sqs', 'rpcv2Cbor', SmithyRpcV2CborProtocol, 100],
  ['s3', 'restXml', null, 300],
];

const contextOf = (row: ServiceRow, operation: string) => ({
  __smithy_context: { service: row.name, operation },
  endpoint: async () => ({ hostname: 'localhost', protocol: 'http:', path: '/' }),
  streamCollector: async (body: Uint8Array) => body,
  utf8Encoder: (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8'),
});

function sdkProtocol(row: ServiceRow, Class: (new (settings: never) => unknown) | null): SdkProtocol {
  const Client = Object.entries(clientOf(row)).find(([name]) => /^[A-Z0-9]+Client$/.test(name))?.[1];
  const { config } = new Client({ region: 'us-east-1' });
  return Class === null ? config.protocol : (new Class(config.protocolSettings as never) as SdkProtocol);
}

function sdkOperation(row: ServiceRow, name: string): object {
  const [, namespace, , traits, input, output] = clientOf(row)[`${name}$`];
  return { namespace, name, traits, input, output };
}

const HOST: Readonly<Record<string, string>> = { s3: 's3.us-east-1.amazonaws.com' };

/** `bucket`: "/name", which the client's endpoint rules put before the path; '' where there is none. */
function rawOf(request: HttpRequest, row: ServiceRow, bucket: string): RawRequest {
  const headers = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const query = Object.entries(request.query ?? {}).flatMap(([name, value]) =>
    [value].flat().map((each) => `${encodeURIComponent(name)}=${encodeURIComponent(each ?? '')}`),
  );
  return {
    method: request.method,
    path: bucket + request.path + (query.length > 0 ? `?${query.join('&')}` : ''),
    headers: { ...Object.fromEntries(headers), host: HOST[row.name] ?? `${row.signingName}.us-east-1.amazonaws.com` },
    body: typeof request.body === 'string' ? Buffer.from(request.body) : (request.body ?? new Uint8Array()),
  };
}

for (const [service, protocol, Class, numRuns] of CASES) {
  const row = serviceRow(service);
  assert.ok(row !== undefined);
  const sdk = sdkProtocol(row, Class);
  const operations = operationNames(row).filter((name) => operationOf(row, name) !== undefined);
  /** The client makes streams of its own kind of these outputs: roundtrip.test.ts reads one. */
  const streams = (name: string) =>
    name === 'SelectObjectContent' ||
    operationOf(row, name)?.output.members.some((member) => member.shape.kind === 'stream');
  const anyOf = (side: 'input' | 'output') =>
    fc.constantFrom(...operations.filter((name) => side === 'input' || !streams(name))).chain((name) => {
      const operation = operationOf(row, name);
      assert.ok(operation !== undefined);
      return arbitraryOf(operation[side]).map((value) => ({ name, operation, value }));
    });

  test(`${service} over ${protocol}: inputs`, async () => {
    await fc.assert(
      fc.asyncProperty(anyOf('input'), async ({ name, value }) => {
        // In SQS's form both go by the name AttributeName: they cannot be told apart.
        if (service === 'sqs' && protocol === 'awsQuery') delete value.MessageSystemAttributeNames;
        const request = await sdk.serializeRequest(
          sdkOperation(row, name),
          structuredClone(value),
          contextOf(row, name),
        );
        const call = decodeRequest(
          rawOf(request, row, service === 's3' && value.Bucket !== undefined ? `/${value.Bucket}` : ''),
        );
        if (call.kind === 'refused') assert.fail(`${name}: ${call.refusal.code} ${call.refusal.message}`);
        assert.equal(call.protocol, protocol);
        assert.equal(call.operation, name);
        if (service === 'sqs' && protocol === 'awsQuery') delete call.input.MessageSystemAttributeNames;
        // The client names a type where none is given.
        if (value.ContentType === undefined) delete call.input.ContentType;
        // No body and an empty one are the same request.
        if (value.Body?.length === 0) delete value.Body;
        if (call.input.Body?.length === 0) delete call.input.Body;
        assert.deepEqual(pruned(call.input), pruned(value));
      }),
      { numRuns, seed: 1 },
    );
  });

  test(`${service} over ${protocol}: outputs`, async () => {
    await fc.assert(
      fc.asyncProperty(anyOf('output'), async ({ name, operation, value }) => {
        const reply = encodeOutput(row, operation, protocol, value, 'request-1');
        const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
        const response = new HttpResponse({ statusCode: reply.status, headers: { ...reply.headers }, body });
        const { $metadata, ...output } = await sdk.deserializeResponse(
          sdkOperation(row, name),
          contextOf(row, name),
          response,
        );
        assert.deepEqual(pruned(output), pruned(value));
      }),
      { numRuns, seed: 1 },
    );
  });
}
