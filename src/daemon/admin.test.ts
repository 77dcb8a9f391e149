/** Quotas over the control socket: within AWS's bounds, of accounts and regions that there are, and durable. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { QUOTAS, quotaOf } from '../model/quotas.ts';
import { type AdminHost, answerAdmin } from './admin.ts';
import { callLocal } from './local.ts';
import { openStore } from './store/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'culvert-admin-'));
const owner = { account: '123456789012', region: 'ap-south-1' };
const store = await openStore(join(folder, 'store.sqlite'));
const host = { store, settings: { defaultAccount: owner.account } } as unknown as AdminHost;
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
