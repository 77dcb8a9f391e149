/** The process that store.test.ts kills: commits pairs for ever and tells its parent of each one that is durable. */
import { put } from '../../model/edit.ts';
import type { KeyPair } from '../../model/resources.ts';
import { openStore } from './store.ts';

const store = await openStore(process.argv[2] ?? '');
const first = store.intent.table('keyPair').size / 2;
store.follow((edits) => {
  const id = edits.flatMap((edit) => (edit.op === 'put' ? edit.resource.id : [])).join(' ');
  const event = { account: '123456789012', region: 'ap-south-1', source: 'test', detailType: 'Pair', resources: [] };
  store.tell([{ id, at: '2026-01-01T00:00:00Z', ...event, detail: {} }], [{ watched: 'pair', id: 'last', state: id }]);
});
for (let pair = first; ; pair++) {
  store.commit(['left', 'right'].map((side) => put(key(`key-${pair}-${side}`))));
  await store.durable();
  process.send?.(pair);
}

function key(id: string): KeyPair {
  const common = { account: '123456789012', region: 'ap-south-1', tags: {}, createdAt: '2026-01-01T00:00:00Z' };
  return { kind: 'keyPair', id, name: id, type: 'rsa', fingerprint: '', publicKey: '', ...common };
}
