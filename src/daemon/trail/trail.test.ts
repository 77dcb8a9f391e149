/** The trail: what an event says of a call and what it must not, how it is looked up, that it outlives the process and stays bounded. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ACTIONS } from '../../api/services.ts';
import { silentLog } from '../../host/log.ts';
import { Refusal } from '../../model/refusal.ts';
import type { TrailQuery } from '../../model/trail.ts';
import { serviceRow } from '../../wire/index.ts';
import { type CallTold, eventOf, isHidden } from './event.ts';
import { createTrail } from './trail.ts';

const folder = mkdtempSync(join(tmpdir(), 'culvert-trail-'));
after(() => rmSync(folder, { recursive: true }));

const ACCOUNT = '111122223333';
const USER = { kind: 'user', account: ACCOUNT, userName: 'ann', userId: 'AIDA1', path: '/' } as const;

function callOf(more: Partial<CallTold> = {}): CallTold {
  return {
    id: 'e1',
    at: '2026-01-01T00:00:00.000Z',
    service: 'ec2',
    operation: 'DeleteVpc',
    region: 'ap-south-1',
    principal: USER,
    accessKeyId: 'AKIA1',
    clientAddress: '203.0.113.7',
    vpcEndpointId: null,
    userAgent: 'aws-cli/2',
    requestId: 'r1',
    refusal: null,
    input: { VpcId: 'vpc-0123456789abcdef0' },
    edits: [],
    ...more,
  };
}

const ALL: TrailQuery = {
  ...{ account: ACCOUNT, region: 'ap-south-1', matches: () => true, from: null, to: null, before: null, count: 50 },
};

test('who, what, on what, from where, and what came of it', () => {
  const event = eventOf(callOf({ refusal: new Refusal('DependencyViolation', 'it has dependencies') }), 7);
  assert.equal(event.serial, 7);
  assert.equal(event.source, 'ec2.amazonaws.com');
  assert.equal(event.username, 'ann');
  assert.equal(event.principal.arn, `arn:aws:iam::${ACCOUNT}:user/ann`);
  assert.equal(event.isReadOnly, false);
  assert.deepEqual(event.error, { code: 'DependencyViolation', message: 'it has dependencies' });
  assert.deepEqual(event.resources, [{ type: 'AWS::EC2::VPC', name: 'vpc-0123456789abcdef0' }]);
  assert.equal(event.parameters, '{"vpcId":"vpc-0123456789abcdef0"}');
  const read = eventOf(callOf({ service: 'iam', operation: 'ListUsers' }), 1);
  assert.equal(read.isReadOnly, true);
  assert.equal(read.region, 'us-east-1', 'where services without Regions have theirs');
  const named = eventOf(callOf({ service: 'iam', operation: 'DeleteUser', input: { UserName: 'bob' } }), 1);
  assert.deepEqual(named.resources, [{ type: 'AWS::IAM::User', name: 'bob' }]);
  assert.equal(eventOf(callOf({ input: null }), 1).parameters, null);
  const large = eventOf(callOf({ input: { VpcIds: Array.from({ length: 1000 }, (_, at) => `vpc-${at}`) } }), 1);
  assert.match(large.parameters ?? '', /"omitted":true/);
});

test('secrets are not in it, wherever they stand', () => {
  const input = {
    UserData: 'c2VjcmV0',
    newPrivateVirtualInterface: { authKey: 'secret' },
    Nested: [{ PrivateKey: new Uint8Array([115, 101, 99]), PreSharedKey: 'secret', Name: 'shown' }],
    Body: new Uint8Array([115]),
    At: new Date(Number.NaN),
  };
  const { parameters } = eventOf(callOf({ input }), 1);
  assert.doesNotMatch(parameters ?? '', /secret|c2Vj|115/);
  assert.match(parameters ?? '', /"name":"shown"/);
  const message = 'Value (secret) for parameter UserData.Value is invalid. It must be Base64.';
  const unread = eventOf(callOf({ input: null, refusal: new Refusal('InvalidParameterValue', message) }), 1);
  assert.doesNotMatch(JSON.stringify(unread), /secret/);
});

/** Kind, namespace, name, traits, names of members, their schemas. */
type Schema = readonly [number, string, string, unknown, readonly string[], readonly unknown[]];
const SENSITIVE = 8;

/** The inputs of others are not told at all (src/daemon/aws.test.ts). */
test('every member that the SDK calls sensitive, in the input of any action that there is, is hidden', () => {
  const require = createRequire(import.meta.url);
  const found = new Map<string, boolean>();
  for (const [service, table] of Object.entries(ACTIONS)) {
    const row = serviceRow(service);
    assert.ok(row);
    if (row.isDerived) continue;
    const client = require(row.client) as Record<string, unknown>;
    const seen = new Set<unknown>();
    const walk = (schema: unknown): void => {
      const given = typeof schema === 'function' ? (schema as () => unknown)() : schema;
      if (!Array.isArray(given) || seen.has(given)) return;
      seen.add(given);
      const [kind, , , , names, types] = given as unknown as Schema;
      // With traits of the member beside it.
      if (typeof kind !== 'number') {
        walk(kind);
        return;
      }
      // Lists and maps have the schemas of what is in them there.
      if (kind !== 3) {
        for (const each of given.slice(4)) walk(each);
        return;
      }
      for (const [at, member] of names.entries()) {
        const type = types[at];
        const inner = typeof type === 'function' ? (type as () => unknown)() : type;
        const among = Object.fromEntries(names.map((name) => [name, null]));
        if (isSensitive(inner)) found.set(member, (found.get(member) ?? true) && isHidden(member, among));
        if (!isHidden(member, among)) walk(inner);
      }
    };
    for (const operation of Object.keys(table)) walk((client[`${operation}$`] as unknown[] | undefined)?.[4]);
  }
  for (const member of ['UserData', 'PrivateKey', 'Value']) assert.ok(found.has(member), member);
  assert.deepEqual(
    [...found].filter(([, hidden]) => !hidden),
    [],
  );
});

function isSensitive(schema: unknown): boolean {
  const given = typeof schema === 'function' ? (schema as () => unknown)() : schema;
  if (!Array.isArray(given)) return false;
  const [first, second, , traits] = given as unknown[];
  // A simple schema of its own, or one with traits of this member beside it.
  if (typeof first === 'number') return first === 0 && typeof traits === 'number' && (traits & SENSITIVE) !== 0;
  return isSensitive(first) || (typeof second === 'number' && (second & SENSITIVE) !== 0);
}

test('the newest first, by account and Region, time and place; the oldest first for who follows', () => {
  const trail = createTrail({ folder: null, log: silentLog() });
  for (let at = 0; at < 5; at++) trail.record(callOf({ id: `e${at}`, at: `2026-01-01T00:00:0${at}.000Z` }));
  trail.record(callOf({ id: 'far', region: 'eu-west-1' }));
  trail.record(callOf({ id: 'other', principal: { ...USER, account: '444455556666' } }));
  const ids = (query: Partial<TrailQuery>) => trail.find({ ...ALL, ...query }).map(({ id }) => id);
  assert.deepEqual(ids({}), ['e4', 'e3', 'e2', 'e1', 'e0']);
  assert.deepEqual(ids({ count: 2 }), ['e4', 'e3']);
  assert.deepEqual(ids({ before: 3 }), ['e1', 'e0']);
  const [from, to] = [Date.parse('2026-01-01T00:00:01Z'), Date.parse('2026-01-01T00:00:02Z')];
  assert.deepEqual(ids({ from, to }), ['e2', 'e1']);
  assert.deepEqual(ids({ matches: ({ id }) => id === 'e3' }), ['e3']);
  assert.deepEqual(ids({ region: 'eu-west-1' }), ['far']);
  const followed = trail.after(5, 10).map(({ id }) => id);
  assert.deepEqual(followed, ['far', 'other']);
});

test('it outlives the process, whatever a crash cut short, and counts on', async () => {
  const own = join(folder, 'kept');
  const first = createTrail({ folder: own, log: silentLog() });
  first.record(callOf({ id: 'one' }));
  await first.close();
  const file = join(own, 'events.jsonl');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { appendFileSync } = await import('node:fs');
  appendFileSync(file, '{"serial":2,"id":"cut');
  const second = createTrail({ folder: own, log: silentLog() });
  second.record(callOf({ id: 'two' }));
  assert.deepEqual(
    second.find(ALL).map(({ id, serial }) => `${id} ${serial}`),
    ['two 2', 'one 1'],
  );
  await second.close();
  const third = createTrail({ folder: own, log: silentLog() });
  assert.deepEqual(
    third.find(ALL).map(({ id }) => id),
    ['two', 'one'],
  );
  await third.close();
});

test('no call makes a large event, whatever it names', () => {
  const long = 'x'.repeat(1_000_000);
  const input = { VpcId: long, Arns: Array.from({ length: 30 }, () => `arn:aws:ec2:${long}`), UserName: long };
  const refusal = new Refusal('InvalidVpcID.Malformed', `Invalid id: "${long}"`);
  const event = eventOf(callOf({ service: 'iam', input, refusal, userAgent: long }), 1);
  assert.ok(JSON.stringify(event).length < 4096);
});

test('it stays within its bounds, in memory and in files', async () => {
  const own = join(folder, 'bounded');
  const trail = createTrail({ folder: own, log: silentLog(), most: 100, mostFileBytes: 20_000 });
  for (let at = 0; at < 2000; at++) trail.record(callOf({ id: `e${at}` }));
  await trail.close();
  assert.ok(trail.find({ ...ALL, count: 10_000 }).length <= 110);
  assert.equal(trail.find(ALL)[0]?.id, 'e1999');
  assert.deepEqual(readdirSync(own).sort(), ['events.1.jsonl', 'events.jsonl']);
  // One burst is written at once.
  const burst = 500 * 700;
  assert.ok(readFileSync(join(own, 'events.jsonl')).length <= 20_000 + burst);
});
