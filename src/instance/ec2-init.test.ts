/** How long an instance waits for its metadata before it gives up on user data: the program of the image, with programs of ours beneath. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const PROGRAM = join(import.meta.dirname, '..', '..', 'image/files/usr/lib/culvert/ec2-init');

/** Begun so many seconds ago; `curl`: what stands in its place, a shell's words, of which $CALLS counts the calls. */
function runAfter(seconds: number, curl: string) {
  const home = mkdtempSync(join(tmpdir(), 'culvert-ec2-init-'));
  try {
    const [log, console] = [join(home, 'log'), join(home, 'console')];
    const text = readFileSync(PROGRAM, 'utf8').replaceAll('/var/log/cloud-init-output.log', log);
    writeFileSync(join(home, 'ec2-init'), text.replaceAll('/dev/console', console));
    writeFileSync(join(home, 'calls'), '');
    const counted = `#!/bin/sh\necho x >> ${home}/calls\nCALLS=$(wc -l < ${home}/calls)\n${curl}\n`;
    writeFileSync(join(home, 'curl'), counted, { mode: 0o755 });
    const env = { PATH: `${home}:${process.env.PATH}`, SECONDS: String(seconds) };
    const { status } = spawnSync('bash', [join(home, 'ec2-init')], { env, timeout: 60_000 });
    const calls = readFileSync(join(home, 'calls'), 'utf8').split('\n').length - 1;
    return { status, calls, said: readFileSync(console, { encoding: 'utf8', flag: 'a+' }) };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

test('when 120 seconds are over, metadata that does not answer is asked no more', () => {
  const said = 'ec2-init: no answer from the instance metadata service: no user data\n';
  assert.deepEqual(runAfter(121, 'exit 7'), { status: 1, calls: 1, said });
});

test('before that it is asked again', () => {
  // The token at the third call; then an instance id that is none, which ends the program.
  const { status, calls, said } = runAfter(100, '[ $CALLS -lt 3 ] && exit 7; echo answer');
  assert.deepEqual([status, calls, said], [1, 4, '']);
});
