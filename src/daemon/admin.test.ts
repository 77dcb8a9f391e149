/** What is asked over the control socket: quotas within AWS’s bounds, and durable; who reaches whom; what calls would change. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ReachAnswer } from '../analyse/reach-ask.ts';
import { NO_FACTS } from '../model/facts.ts';
import { QUOTAS, quotaOf } from '../model/quotas.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/plan.ts';
import { allowAll, allowTcp, World } from '../plan/testing/world.ts';
import { type AdminHost, answerAdmin } from './admin.ts';
import type { PreviewAnswer } from './admin-reach.ts';
import { callLocal, type LocalAnswer } from './local.ts';
import { openStore } from './store/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'culvert-admin-'));
const owner = { account: '123456789012', region: 'ap-south-1' };
const store = await openStore(join(folder, 'store.sqlite'));
let plan: Plan | null = null;
const host = {
  store,
  settings: { defaultAccount: owner.account },
  facts: NO_FACTS,
  sealKey: Buffer.alloc(32),
  now: () => NO_FACTS.now,
  consoleOutput: () => null,
  plan: () => plan,
} as unknown as AdminHost;
const server = createServer((request, response) => answerAdmin(host, request, response));
const socket = join(folder, 'control.sock');
server.listen(socket);
await once(server, 'listening');
after(async () => {
  server.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

const { code } = QUOTAS.activePeeringsPerVpc;
const set = (body: object, name: string = code) => callLocal(socket, 'PUT', `/culvert/quotas/${name}`, body);

test('a quota is AWS’s until it is set, for one account in one region, and never above its bound', async () => {
  assert.equal(quotaOf(store.intent, 'activePeeringsPerVpc', owner), 50);
  assert.equal((await set({ region: owner.region, value: 125 })).status, 200);
  assert.equal(quotaOf(store.intent, 'activePeeringsPerVpc', owner), 125);
  assert.equal(quotaOf(store.intent, 'activePeeringsPerVpc', { ...owner, region: 'eu-west-1' }), 50);
  for (const value of [126, 0, 1.5, '60']) {
    const { status, text } = await set({ region: owner.region, value });
    assert.equal(status, 400);
    assert.match(text, /active VPC peering connections per VPC: a whole number from 1 to 125/);
  }
  assert.match((await set({ region: owner.region, value: 60 }, 'L-00000000')).text, /there is no quota L-00000000/);
  assert.match((await set({ region: 'nowhere', value: 60 })).text, /there is no region nowhere/);
  assert.match((await set({ region: owner.region, account: 'me', value: 60 })).text, /12 digits/);
  assert.equal(quotaOf(store.intent, 'activePeeringsPerVpc', owner), 125);
});

test('rules of a group times groups of an interface: never above a thousand', async () => {
  const { rulesPerGroup, groupsPerInterface } = QUOTAS;
  const raise = (value: number, { code: which }: { readonly code: string }) =>
    set({ region: owner.region, value }, which);
  assert.match((await raise(201, rulesPerGroup)).text, /from 1 to 200\n/);
  assert.equal((await raise(100, rulesPerGroup)).status, 200);
  assert.match((await raise(11, groupsPerInterface)).text, /from 1 to 10\n/);
  assert.equal((await raise(10, groupsPerInterface)).status, 200);
  assert.match((await raise(101, rulesPerGroup)).text, /from 1 to 100\n/);
  assert.equal((await raise(50, rulesPerGroup)).status, 200);
  assert.match((await raise(17, groupsPerInterface)).text, /from 1 to 16\n/);
});

/** Interfaces of which hardly two are alike. */
function crowd(vpcs: number): Plan {
  const world = new World();
  for (let at = 0; at < vpcs; at++) {
    const vpc = world.vpc(`10.${at}.0.0/16`);
    const groups = [22, 80, 443].map((port) =>
      world.group(vpc, `${port}`, allowAll('egress'), allowTcp('ingress', port)),
    );
    for (const third of [1, 2, 3, 4]) {
      const subnet = world.subnet(vpc, `10.${at}.${third}.0/24`);
      for (const group of groups) world.instance(subnet, [group]);
    }
  }
  return compile(world.intent(), NO_FACTS);
}

test('the matrix of all ports is answered in slices: others are answered meanwhile', async () => {
  plan = null;
  const ask = (question: object) => callLocal(socket, 'POST', '/culvert/reach', question, 60_000);
  assert.equal((await ask({ kind: 'matrix', asks: null })).status, 503);
  plan = crowd(12);
  const answered: string[] = [];
  const told = (name: string) => (answer: LocalAnswer) => {
    answered.push(name);
    return answer;
  };
  const [matrix] = await Promise.all([
    ask({ kind: 'matrix', asks: null }).then(told('matrix')),
    set({ region: owner.region, value: 60 }).then(told('quota')),
  ]);
  assert.deepEqual(answered, ['quota', 'matrix']);
  const { kind, matrixes } = JSON.parse(matrix.text) as ReachAnswer & { kind: 'matrix' };
  assert.equal(kind, 'matrix');
  assert.deepEqual(
    matrixes.map((each) => each.ask),
    ['tcp/22', 'tcp/80', 'tcp/443', 'other tcp'],
  );
  assert.ok(matrixes.every(({ cells }) => cells.length === 144 && cells.every((line) => line.length === 144)));
  assert.match((await ask({ kind: 'to', word: 'nobody', asks: null })).text, /nothing here is nobody/);
});

test('calls are decided beforehand over the socket, and the Plan in force is given out', async () => {
  const preview = async (text: string) =>
    JSON.parse(
      (await callLocal(socket, 'POST', '/culvert/preview', { text, files: {} }, 60_000)).text,
    ) as PreviewAnswer;
  const revision = store.intent.revision;
  const found = await preview('aws ec2 create-vpc --cidr-block 10.0.0.0/16');
  assert.ok(found.kind === 'preview');
  assert.ok(found.resources.some(({ kind, resource }) => kind === 'made' && resource === 'vpc'));
  const refused = await preview('\naws ec2 delete-vpc --vpc-id vpc-00000000000000000');
  assert.ok(refused.kind === 'unplayed');
  assert.deepEqual([refused.line, refused.code], [2, 'InvalidVpcID.NotFound']);
  assert.equal(store.intent.revision, revision);
  plan = crowd(1);
  const given = JSON.parse((await callLocal(socket, 'GET', '/culvert/plan')).text) as Plan;
  assert.deepEqual(given, JSON.parse(JSON.stringify(plan)));
});
