/** How scenario files are played and told of. Those of scenarios/ are played in scenarios-*.kernel.ts. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findingText } from '../src/scenario/finding.ts';
import { rewrite } from '../src/scenario/golden.ts';
import { playFile } from '../src/scenario/play.ts';
import { PLAIN } from './culvert.ts';
import { SHARES, scenarioFiles } from './scenarios.ts';

const ROOT = join(import.meta.dirname, '..');

test('there are scenarios, and all are played', () => {
  assert.ok(scenarioFiles().length > 100);
  const played = globSync('scenarios-*.kernel.ts', { cwd: import.meta.dirname }).sort();
  assert.deepEqual(
    played,
    Array.from({ length: SHARES }, (_, at) => `scenarios-${at + 1}.kernel.ts`),
  );
});

const WRONG = `# Nothing here is as it says

\`\`\`console
include PARTS/consumer.md
consumer$ aws ec2 describe-vpcs --vpc-ids $consumer_vpc
  Vpcs[0].State: pending
  Vpcs[0].CidrBlock: 10.0.0.0/16
consumer$ aws ec2 delete-vpc --vpc-id $consumer_vpc
  error NoSuchThing
client -> 10.0.10.99:80 tcp: delivered
client -> 10.0.10.99:80 tcp: dropped at group_in
client -> 10.0.10.99:80 tcp: dropped at route (NO_ROUTE_TO_DESTINATION)
client serves tcp/80
call = client -> client:80 tcp: delivered to client
call is reset
client dig nowhere.example.com: 10.0.0.1
for n in 1 to 2
  consumer$ aws ec2 describe-vpcs --vpc-ids $consumer_vpc
    Vpcs[0].CidrBlock: 10.$n.0.0/16
consumer$ aws ec2 delete-vpc --vpc-id vpc-00000000000000000
hold
\`\`\`
`;

test('what is not as a scenario says is told with its line, and written anew where it can be', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'culvert-wrong-'));
  const file = join(folder, 'wrong.md');
  writeFileSync(file, WRONG.replace('PARTS', join(ROOT, 'scenarios', 'parts')));
  const { findings, stopped, played } = await playFile(file);
  assert.deepEqual(
    findings.map((finding) => findingText({ ...finding, file: 'wrong.md' }).replace(/vpc-\w+|sg-\w+|eni-\w+/g, 'X')),
    [
      'wrong.md:6: Vpcs[0].State:\n  expected  pending\n  got       available',
      "wrong.md:9: the call\n  expected  error NoSuchThing\n  got       error DependencyViolation: The vpc 'X' has dependencies and cannot be deleted.",
      ...['delivered', 'dropped at group_in', 'dropped at route (NO_ROUTE_TO_DESTINATION)'].map(
        (expected, at) =>
          `wrong.md:${10 + at}: client -> 10.0.10.99:80 tcp:\n  expected  ${expected}\n  analyser  dropped at route or router or spread (CULVERT_ADDRESS_NOT_IN_USE: no network interface has 10.0.10.99)\n  kernel    dropped at route (route of X)`,
      ),
      'wrong.md:15: call\n  expected  is reset\n  kernel    answers',
      'wrong.md:16: client dig nowhere.example.com:\n  expected  10.0.0.1\n  resolver  NXDOMAIN',
      ...[1, 2].map(
        (n) => `wrong.md:19: Vpcs[0].CidrBlock:  (n is ${n})\n  expected  10.${n}.0.0/16\n  got       10.0.0.0/16`,
      ),
    ],
  );
  assert.match(stopped ?? '', /^consumer\$ aws ec2 delete-vpc .*\n {2}ended with InvalidVpcID.NotFound: /);
  assert.ok(played.every(({ text }) => text !== 'hold'));
  rewrite(findings);
  const again = readFileSync(file, 'utf8');
  assert.match(again, /State: available\n/);
  assert.match(again, /tcp: dropped at route\n/);
  assert.match(again, /\ncall answers\n/);
  const rounds = (await playFile(file)).findings.map(({ line, before }) => `${line}: ${before.trim()}`);
  assert.deepEqual(rounds, ['19: Vpcs[0].CidrBlock:  (n is 1)', '19: Vpcs[0].CidrBlock:  (n is 2)']);
  rmSync(folder, { recursive: true });
});

test('an interrupted scenario leaves nothing behind', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'culvert-interrupted-'));
  const file = join(folder, 'long.md');
  const packet = 'client -> 10.0.10.99:80 tcp: dropped at route\n'.repeat(1_000);
  const consumer = join(ROOT, 'scenarios', 'parts', 'consumer.md');
  writeFileSync(file, `# Long\n\n\`\`\`console\ninclude ${consumer}\n${packet}\`\`\`\n`);
  const child = spawn(process.execPath, [join(ROOT, 'src/cli/main.ts'), 'scenario', file], {
    env: { ...process.env, ...PLAIN, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const part of child.stdout) {
    // Its namespaces are there.
    if (!text.includes('dropped at route') && `${text}${part}`.includes('dropped at route')) {
      assert.match(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(folder));
      child.kill('SIGINT');
    }
    text += part;
  }
  if (child.exitCode === null) await once(child, 'exit');
  assert.equal(child.exitCode, 130, text);
  assert.match(text, /\ninterrupted\n/);
  assert.deepEqual(readdirSync(folder), ['long.md']);
  assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(folder));
  rmSync(folder, { recursive: true });
});
