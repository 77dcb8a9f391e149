import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { silentLog } from '../../host/log.ts';
import { ACCESS } from './test-clients.ts';
import { askPolicy, startServicesThread } from './thread.ts';

const root = mkdtempSync(join(tmpdir(), 'culvert-thread-'));
after(() => rmSync(root, { recursive: true, force: true }));

it('starts the thread again until it stays, then puts the last state in force, and answers', async () => {
  process.env.CULVERT_HOME = join(root, 'home');
  process.env.CULVERT_RUN = join(root, 'run');
  process.env.CULVERT_LOG = 'silent';
  mkdirSync(join(root, 'home', 'ca'), { recursive: true });
  mkdirSync(join(root, 'run'));
  const key = join(root, 'home', 'ca', 'ca.key');
  writeFileSync(key, 'not a key');
  const thread = startServicesThread(silentLog());
  const reached = { services: [], crossings: [], serviceGateways: [], endpointPolicies: [] };
  const state = { ...ACCESS, plan: { ...reached, queryLogs: [], flowLogs: [], askers: [], inbound: [] } };
  try {
    assert.match(
      (await thread.apply(state)).join(),
      /the thread of AWS's services ended; it is being started again: the CA in .* cannot be used/,
    );
    assert.match(thread.faults().join(), /the thread of AWS's services ended/);
    rmSync(key);
    const until = Date.now() + 10_000;
    let faults = await thread.apply(state);
    while (faults.length > 0 && Date.now() < until) faults = await thread.apply(state);
    assert.deepEqual(faults, []);
    assert.deepEqual(thread.faults(), []);
    await thread.ready();
    assert.equal(await askPolicy(thread, 'arn:aws:s3:::nobodys'), null);
  } finally {
    await thread.stop();
  }
});
