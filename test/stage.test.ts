/** What the audience is told of a play: never a secret, wherever it is said. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createStage, type Line, NotAsTold, type Step, type Table } from '../scenarios/stage.ts';
import { hostPaths } from '../src/host/paths.ts';

it('a secret is masked in calls, results, failures, checks and tables', async () => {
  const told: (Line | Step | Table)[] = [];
  const tell = (what: Line | Step | Table) => void told.push(what);
  const stage = createStage({
    paths: hostPaths({ CULVERT_HOME: '/nonexistent/home', CULVERT_RUN: '/nonexistent/run' }),
    connection: { url: 'http://127.0.0.1:1', credentials: {} },
    region: 'ap-south-1',
    audience: { step: tell, begin: tell, end: tell, stepEnd: tell, table: tell },
    inForce: async () => {},
  });
  const failures: string[] = [];
  const fails = async (play: () => unknown) => {
    await assert.rejects(
      async () => await play(),
      (error) => {
        assert.ok(error instanceof NotAsTold);
        failures.push(error.message);
        return true;
      },
    );
  };
  await stage.step('masked', async () => {
    const key = stage.secret('a+secret/$&key');
    assert.equal(key, 'a+secret/$&key');
    const returned = await stage.js(
      `use(${key})`,
      async () => key,
      (output) => `${output} twice: ${output}`,
    );
    assert.equal(returned, key);
    await fails(() => stage.js(`spend(${key})`, () => Promise.reject(new Error(`no ${key}`))));
    await fails(() => stage.inside({ name: 'i', id: 'i' }, `KEY=${key} true`));
    await fails(() => stage.check(`is ${key}`, false, `saw ${key}`));
    stage.check(`was ${key}`, true);
    stage.table([[key, 'b']]);
  });
  const all = JSON.stringify([told, failures]);
  assert.doesNotMatch(all, /secret/);
  assert.match(all, /use\(\*{4}\)/);
  assert.match(all, /"\*{4} twice: \*{4}"/);
  assert.match(all, /Error: no \*{4}/);
  assert.match(all, /KEY=\*{4} true/);
  assert.match(all, /saw \*{4}/);
});
