/** DynamoDB as instances meet it: the AWS SDK, TLS, its real name. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  type Tag,
  TagResourceCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ACCOUNT, OTHER_KEY, REGION, service, startTestEdge, type TestEdge } from './test-clients.ts';

const TABLE = {
  TableName: 'orders',
  AttributeDefinitions: [
    { AttributeName: 'customer', AttributeType: 'S' },
    { AttributeName: 'number', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'customer', KeyType: 'HASH' },
    { AttributeName: 'number', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
} as const;
const key = (number: number) => ({ customer: { S: 'ann' }, number: { N: String(number) } });

describe('DynamoDB', () => {
  let edge: TestEdge;
  let client: DynamoDBClient;

  before(async () => {
    edge = await startTestEdge();
    await edge.put([service('dynamodb', { kind: 'embedded' }, [`*.ddb.${REGION}.amazonaws.com`])]);
    client = new DynamoDBClient(edge.client('dynamodb'));
    await client.send(
      new CreateTableCommand({
        ...TABLE,
        AttributeDefinitions: [...TABLE.AttributeDefinitions],
        KeySchema: [...TABLE.KeySchema],
      }),
    );
    await isActive(client);
  });
  after(() => edge.stop());

  async function isActive(of: DynamoDBClient): Promise<void> {
    for (let tries = 0; tries < 50; tries++) {
      const { Table } = await of.send(new DescribeTableCommand({ TableName: 'orders' }));
      if (Table?.TableStatus === 'ACTIVE') return;
    }
    assert.fail('the table does not become ACTIVE');
  }

  it('has the right ARN, and takes items of every type', async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'orders' }));
    assert.equal(Table?.TableArn, `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/orders`);
    const Item = {
      ...key(1),
      bytes: { B: Uint8Array.of(0, 1, 255) },
      names: { SS: ['a', 'b'] },
      nested: { M: { list: { L: [{ N: '1.5' }, { BOOL: true }, { NULL: true }] } } },
    };
    await client.send(new PutItemCommand({ TableName: 'orders', Item }));
    const got = await client.send(new GetItemCommand({ TableName: 'orders', Key: key(1), ConsistentRead: true }));
    assert.deepEqual(got.Item, Item);
  });

  it('is reached by the name of an account as by its own', async () => {
    const options = edge.client('dynamodb');
    const endpoint = options.endpoint.replace('dynamodb.', `${ACCOUNT}.ddb.`);
    assert.match(endpoint, /^https:\/\/\d{12}\.ddb\./);
    const { TableNames } = await new DynamoDBClient({ ...options, endpoint }).send(new ListTablesCommand({}));
    assert.deepEqual(TableNames, ['orders']);
  });

  it('updates on a condition, and queries by key', async () => {
    const update = (from: number, to: number) =>
      client.send(
        new UpdateItemCommand({
          TableName: 'orders',
          Key: key(2),
          UpdateExpression: 'SET amount = :to',
          ConditionExpression: 'attribute_not_exists(amount) OR amount = :from',
          ExpressionAttributeValues: { ':from': { N: String(from) }, ':to': { N: String(to) } },
        }),
      );
    await update(0, 5);
    await assert.rejects(update(4, 6), { name: 'ConditionalCheckFailedException' });
    const { Items } = await client.send(
      new QueryCommand({
        TableName: 'orders',
        KeyConditionExpression: 'customer = :c AND #n > :n',
        ExpressionAttributeNames: { '#n': 'number' },
        ExpressionAttributeValues: { ':c': { S: 'ann' }, ':n': { N: '1' } },
      }),
    );
    assert.deepEqual(Items, [{ ...key(2), amount: { N: '5' } }]);
  });

  it('tags a table as it makes it, and makes none with tags that are none', async () => {
    const make = (Tags: Tag[]) =>
      client.send(
        new CreateTableCommand({
          ...TABLE,
          AttributeDefinitions: [...TABLE.AttributeDefinitions],
          KeySchema: [...TABLE.KeySchema],
          TableName: 'tagged',
          Tags,
        }),
      );
    const bad: readonly Tag[][] = [
      [{ Key: '', Value: 'net' }],
      [{ Key: 'k'.repeat(129), Value: '' }],
      [{ Key: 'k', Value: 'v'.repeat(257) }],
      [{ Key: 'aws:team', Value: 'net' }],
      ['net', 'web'].map((Value) => ({ Key: 'Team', Value })),
      Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' })),
    ];
    for (const tags of bad) await assert.rejects(make(tags), { name: 'ValidationException' });
    const { TableDescription } = await make([{ Key: 'Team', Value: 'net' }]);
    const ResourceArn = TableDescription?.TableArn;
    await assert.rejects(client.send(new TagResourceCommand({ ResourceArn, Tags: bad[3] })), {
      name: 'ValidationException',
    });
    const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
    assert.deepEqual(Tags, [{ Key: 'Team', Value: 'net' }]);
    await client.send(new DeleteTableCommand({ TableName: 'tagged' }));
  });

  it('tells that nothing is backed up', async () => {
    const backups = (TableName: string) => client.send(new DescribeContinuousBackupsCommand({ TableName }));
    assert.deepEqual((await backups('orders')).ContinuousBackupsDescription, {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
    });
    await assert.rejects(backups('nowhere'), { name: 'TableNotFoundException' });
  });

  it('keeps what it confirmed across a restart', async () => {
    await client.send(new PutItemCommand({ TableName: 'orders', Item: { ...key(3), kept: { BOOL: true } } }));
    await edge.restart();
    const again = new DynamoDBClient(edge.client('dynamodb'));
    const { Item } = await again.send(new GetItemCommand({ TableName: 'orders', Key: key(3) }));
    assert.deepEqual(Item?.kept, { BOOL: true });
    client = again;
  });

  it('keeps accounts apart', async () => {
    const other = new DynamoDBClient(edge.client('dynamodb', OTHER_KEY));
    assert.deepEqual((await other.send(new ListTablesCommand({}))).TableNames, []);
    await assert.rejects(other.send(new DescribeTableCommand({ TableName: 'orders' })), {
      name: 'ResourceNotFoundException',
    });
    const ResourceArn = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/orders`;
    await assert.rejects(other.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'a', Value: 'b' }] })), {
      name: 'AccessDeniedException',
    });
  });

  it('refuses by name what it does not do', async () => {
    await assert.rejects(client.send(new TransactWriteItemsCommand({ TransactItems: [] })), {
      name: 'UnsupportedOperation',
    });
    await assert.rejects(
      client.send(
        new CreateTableCommand({
          ...TABLE,
          AttributeDefinitions: [...TABLE.AttributeDefinitions],
          KeySchema: [...TABLE.KeySchema],
          TableName: 'streamed',
          StreamSpecification: { StreamEnabled: true },
        }),
      ),
      (error: Error) => error.name === 'NotImplemented' && /CreateTable with StreamSpecification/.test(error.message),
    );
  });

  it('tells what is wrong in its own words', async () => {
    await assert.rejects(client.send(new GetItemCommand({ TableName: 'orders', Key: { customer: { S: 'ann' } } })), {
      name: 'ValidationException',
      message: 'The provided key element does not match the schema',
    });
    await assert.rejects(client.send(new GetItemCommand({ TableName: 'nowhere', Key: key(1) })), {
      name: 'ResourceNotFoundException',
    });
  });

  it('lets a table go', async () => {
    await client.send(new DeleteTableCommand({ TableName: 'orders' }));
    for (let tries = 0; tries < 50; tries++) {
      const { TableNames } = await client.send(new ListTablesCommand({}));
      if (TableNames?.length === 0) return;
    }
    assert.fail('the table does not go');
  });
});
