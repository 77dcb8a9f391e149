import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './exec.ts';
import { explain, Fault } from './fault.ts';
import { hostPaths } from './paths.ts';
import { hex, pick } from './random.ts';

test('input goes in, output comes out', async () => {
  assert.deepEqual(await run('cat', [], { input: 'x' }), { stdout: 'x', stderr: '' });
});

test('arguments are not a shell line', async () => {
  assert.equal((await run('echo', ['$HOME; id'])).stdout, '$HOME; id\n');
});

test('failures are Faults that say what stderr said', async () => {
  await assert.rejects(run('sh', ['-c', 'echo sorry >&2; exit 3']), (error) => {
    assert.ok(error instanceof Fault);
    assert.match(error.message, /sh ended with 3: sorry/);
    return true;
  });
  await assert.rejects(run('no-such-program', []), (error) => /cannot start .*ENOENT/.test(explain(error)));
  await assert.rejects(run('sleep', ['60'], { timeoutMs: 50 }), /did not end within 50 ms/);
  await assert.rejects(run('false', [], { input: 'x'.repeat(1 << 20) }), /ended with 1/);
});

test('paths follow the three variables', () => {
  assert.equal(hostPaths({}).netnsOf('vpc-1'), '/run/culvert/netns/vpc-1');
  assert.equal(hostPaths({ CULVERT_RUN: '/r' }).edgeSocket, '/r/edge.sock');
  assert.equal(hostPaths({ CULVERT_HOME: '/h' }).sealKey, '/h/keys/seal.key');
});

test('random text has the length and alphabet asked for', () => {
  assert.match(hex(17), /^[0-9a-f]{17}$/);
  assert.match(pick(40, 'AB'), /^[AB]{40}$/);
  assert.notEqual(hex(16), hex(16));
});
