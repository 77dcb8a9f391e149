/** A decoded call goes to a backend in that backend's protocol and its answer comes back by schema. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../model/refusal.ts';
import { decodeRequest, jsonBody, parseJsonOutput, parseQueryOutput, queryBody } from './index.ts';

const RECEIVED = {
  Messages: [
    {
      MessageId: '1',
      Body: 'a <b> & ☃',
      MessageAttributes: { z: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 9]) } },
    },
  ],
};
const PUBLISH = {
  TopicArn: 't',
  Message: 'a=b&c ☃',
  MessageAttributes: { k: { DataType: 'String', StringValue: 'v' } },
};

function decoded(request: { headers: Readonly<Record<string, string>>; body: string }) {
  const call = decodeRequest({ method: 'POST', path: '/', headers: request.headers, body: Buffer.from(request.body) });
  assert.ok(call.kind === 'call');
  return call;
}

test('JSON there and back', () => {
  const input = { QueueUrl: 'u', MessageBody: 'b', MessageAttributes: RECEIVED.Messages[0]?.MessageAttributes ?? {} };
  const call = decoded(jsonBody('sqs', 'SendMessage', input));
  assert.deepEqual(call.input, input);
  const receive = decoded(jsonBody('sqs', 'ReceiveMessage', { QueueUrl: 'u' }));
  assert.deepEqual(parseJsonOutput('sqs', 'ReceiveMessage', receive.encode(RECEIVED, 'r')), RECEIVED);
  const gone = receive.encodeError(new Refusal('QueueDoesNotExist', 'gone'), 'r');
  assert.throws(() => parseJsonOutput('sqs', 'ReceiveMessage', gone), {
    name: 'Refusal',
    code: 'QueueDoesNotExist',
    message: 'gone',
    status: 400,
  });
});

test('query there and back', () => {
  const call = decoded(queryBody('sns', 'Publish', PUBLISH));
  assert.deepEqual(call.input, PUBLISH);
  assert.deepEqual(parseQueryOutput('sns', 'Publish', call.encode({ MessageId: 'm' }, 'r')), { MessageId: 'm' });
  const attributes = { Attributes: { Policy: '{"a":"<&>"}', Owner: '1' } };
  const get = decoded(queryBody('sns', 'GetTopicAttributes', { TopicArn: 't' }));
  assert.deepEqual(parseQueryOutput('sns', 'GetTopicAttributes', get.encode(attributes, 'r')), attributes);
  const lost = get.encodeError(new Refusal('NotFound', 'Topic does not exist', 404), 'r');
  assert.throws(() => parseQueryOutput('sns', 'GetTopicAttributes', lost), {
    code: 'NotFound',
    message: 'Topic does not exist',
    status: 404,
  });
});
