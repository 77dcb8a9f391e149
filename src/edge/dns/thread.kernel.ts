/** The DNS server on its thread: answers while the thread that started it is busy. Needs root. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '../../host/exec.ts';
import { silentLog } from '../../host/log.ts';
import { createNetns, inNetns, removePins } from '../../host/netns.ts';
import { hostPaths } from '../../host/paths.ts';
import { NO_FACTS } from '../../model/facts.ts';
import { compile } from '../../plan/compile.ts';
import { tellStory } from '../../plan/testing/story.ts';
import { startDnsThread } from './thread.ts';

const LOAD = join(import.meta.dirname, '../../../bench/dns-load.ts');
const root = mkdtempSync(join(tmpdir(), 'culvert-dns-'));
// The thread finds namespaces by the environment, as its process does.
process.env.CULVERT_RUN = join(root, 'run');
const { netnsOf } = hostPaths();

const story = tellStory();
const plan = compile(story.world.intent(), NO_FACTS);
const domains = [story.vpc.id, story.twin.id];
const thread = startDnsThread(silentLog());

before(async () => {
  for (const domain of domains) {
    createNetns(netnsOf(domain));
    const input = 'link set lo up\naddress add 10.0.0.2/32 dev lo';
    await run('ip', ['-batch', '-'], { netns: netnsOf(domain), input });
  }
  assert.deepEqual(await thread.apply(plan), []);
});

after(async () => {
  await thread.stop();
  removePins(join(root, 'run', 'netns'));
  rmSync(root, { recursive: true, force: true });
});

test('questions are answered while this thread waits for something else', () => {
  const names = join(root, 'names');
  writeFileSync(names, 'sqs.ap-south-1.amazonaws.com A\n');
  // This thread stands still until the load is over.
  const { stdout, stderr } = inNetns(netnsOf(story.vpc.id), () =>
    spawnSync(process.execPath, [LOAD, '10.0.0.2', names, '0.2', '1'], { encoding: 'utf8' }),
  );
  assert.equal(stderr, '');
  assert.ok((JSON.parse(stdout) as { perSecond: number }).perSecond > 0);
});

test('a namespace that is missing is told by name', async () => {
  const lost = story.world.vpc('10.5.0.0/16');
  const [fault] = await thread.apply(compile(story.world.intent(), NO_FACTS));
  assert.match(fault ?? '', /1 resolvers could not be opened/);
  story.world.remove(lost);
});
