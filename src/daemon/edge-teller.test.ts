import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../model/facts.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/plan.ts';
import { World } from '../plan/testing/world.ts';
import { createEdgeTeller, type EdgeNews } from './edge-teller.ts';

const plan: Plan = compile(new World().intent(), NO_FACTS);
const identities = { accessKeys: {}, grants: {} };

function edge(...replies: readonly (number | Error)[]) {
  const heard: EdgeNews[] = [];
  const left = [...replies];
  const teller = createEdgeTeller({
    patienceMs: 1000,
    async put(state) {
      const reply = left.shift() ?? 200;
      if (reply instanceof Error) throw reply;
      if (reply === 200) heard.push(state);
      return { status: reply, text: 'no' };
    },
  });
  return { teller, heard };
}

const withGroup = (id: string): Plan => ({
  ...structuredClone(plan),
  revision: plan.revision + 1,
  filters: [{ id, origin: [id], domain: 'vpc-1', ingress: [], egress: [], members: [] }],
});

test('the edge is told what is new to it, and nothing twice', async () => {
  const { teller, heard } = edge();
  await teller.tell({ plan, identities });
  await teller.tell({ plan: { ...structuredClone(plan), revision: 7 }, identities });
  await teller.tell({ plan: withGroup('sg-1'), identities });
  const acl = { id: 'acl-1', origin: ['acl-1'], domain: 'vpc-1', ingress: [], egress: [] };
  await teller.tell({ plan: { ...structuredClone(plan), acls: [acl] }, identities });
  assert.equal(heard.length, 1);
  await teller.tell({ plan: { ...plan, machines: [{ id: 'i-1' } as Plan['machines'][number]] }, identities });
  await teller.tell({
    plan,
    identities: {
      grants: {},
      accessKeys: { AKIA: { secret: 's', active: true, principal: { kind: 'root', account: '1' } } },
    },
  });
  assert.equal(heard.length, 3);
});

test('after namespaces came or went it is told all the same', async () => {
  const { teller, heard } = edge();
  await teller.tell({ plan, identities });
  teller.look();
  await teller.tell({ plan, identities });
  assert.equal(heard.length, 2);
});

test('what it did not take is told again', async () => {
  const { teller, heard } = edge(200, 503, 200);
  await teller.tell({ plan, identities });
  const news = { plan: { ...plan, pools: [{ id: 'p' } as Plan['pools'][number]] }, identities };
  await assert.rejects(teller.tell(news), /the edge refused the state: no/);
  await teller.tell({ plan, identities });
  assert.equal(heard.length, 2, 'it may have taken half of what it refused');
});

test('an edge that is being started is waited for; another fault is told at once', async () => {
  const notUp = new Error('no edge', { cause: Object.assign(new Error(), { code: 'ENOENT' }) });
  const { teller, heard } = edge(notUp, notUp, 200, new Error('broken'));
  await teller.tell({ plan, identities });
  assert.equal(heard.length, 1);
  teller.look();
  await assert.rejects(teller.tell({ plan, identities }), /broken/);
});
