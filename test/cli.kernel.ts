/** The command line where things are not as they should be: what it says, and the exit code that README.md promises. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hostPaths, type Paths, rootsOf } from '../src/host/paths.ts';
import { PLAIN, type TestCulvert, testCulvert } from './culvert.ts';

const CULVERT = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));

describe('culvert', { timeout: 120_000 }, () => {
  const root = mkdtempSync(join(tmpdir(), 'culvert-cli-'));
  let folders = 0;
  let running: TestCulvert;
  let port = '';

  before(async () => {
    running = testCulvert();
    await running.up();
    port = String((await running.status()).listen.port);
  });

  after(async () => {
    assert.deepEqual(await running.close(), []);
    rmSync(root, { recursive: true, force: true });
  });

  function newPaths(home = join(root, `home-${folders}`)): Paths {
    return hostPaths({ ...process.env, CULVERT_HOME: home, CULVERT_RUN: join(root, `run-${folders++}`) });
  }

  function cli(paths: Paths, args: readonly string[]): Promise<{ code: number | null; said: string }> {
    const child = spawn(process.execPath, [CULVERT, ...args], {
      env: { ...process.env, ...rootsOf(paths), ...PLAIN },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 30_000,
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk;
      });
    }
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })));
  }

  for (const { args, code, said } of [
    { args: ['bogus'], code: 2, said: /^culvert: unknown command 'bogus'/ },
    { args: ['up', '--port', 'abc'], code: 2, said: /not a port: abc/ },
    { args: ['up', '--listen', '0.0.0.0', '--auth', 'lenient'], code: 2, said: /lenient would let anyone/ },
    { args: ['demo', 'nosuch'], code: 2, said: /no story is named nosuch; there are: .*sqs/ },
    { args: ['up', '--listen', '203.0.113.7'], code: 1, said: /cannot listen on 203\.0\.113\.7 .* not available/ },
    { args: ['status'], code: 7, said: /not running here/ },
    { args: ['exec', 'i-0', '--', 'true'], code: 7, said: /not running here/ },
    { args: ['aws', 'sts', 'get-caller-identity'], code: 7, said: /not running here/ },
    { args: ['why', 'i-0', 'example.com', '--port', '80'], code: 7, said: /not running here/ },
    { args: ['why', 'i-0', 'example.com', '--port', 'http'], code: 2, said: /--port is 0 to 65535, not http/ },
    {
      args: ['why', 'i-0', 'example.com', '--protocol', 'gre'],
      code: 2,
      said: /tcp, udp, icmp or a number up to 255, not gre/,
    },
    { args: ['down'], code: 0, said: /was not running; nothing is left/ },
  ]) {
    it(`${args.join(' ')}: ${code}`, async () => {
      const answer = await cli(newPaths(), args);
      assert.match(answer.said, said);
      assert.equal(answer.code, code);
    });
  }

  it('up where one runs: 8; on a port that is taken: 5, and by whom', async () => {
    assert.equal((await cli(running.paths, ['up', '--port', '0'])).code, 8);
    for (const detach of [[], ['--detach']]) {
      const { code, said } = await cli(newPaths(), ['up', '--port', port, ...detach]);
      assert.match(
        said,
        new RegExp(`port ${port} of 127\\.0\\.0\\.1 is taken by .+ \\(pid ${running.pid('control')}\\)`),
      );
      assert.equal(code, 5);
    }
  });

  it('why of what is not there: 1, in words', async () => {
    for (const [from, to, said] of [
      ['i-0', 'example.com', /nothing here is i-0/],
      ['10.0.0.4', 'https://example.com', /nothing here is 10\.0\.0\.4/],
    ] as const) {
      const answer = await cli(running.paths, ['why', from, to]);
      assert.match(answer.said, said);
      assert.equal(answer.code, 1);
    }
  });

  it('status while control is started again: 1, and not that Culvert is not running', async () => {
    const control = running.pid('control');
    process.kill(control, 'SIGSTOP');
    rmSync(running.paths.controlSocket);
    const { code, said } = await cli(running.paths, ['status']);
    running.kill('control');
    assert.match(said, /control process is being started, see .*control\.log: try again/);
    assert.equal(code, 1);
    await running.settled();
  });

  it('demo, when Ctrl-C is pressed again and again: 1, and nothing is left', async () => {
    const { home, run, cache } = newPaths();
    const child = spawn(process.execPath, [CULVERT, 'demo'], {
      env: { ...process.env, ...rootsOf({ home, run, cache }), ...PLAIN },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let said = '';
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    // The first ends the story, the second comes while its Culvert is taken down; a third could meet a process that exits.
    let presses = 0;
    const pressing = setInterval(() => {
      if (!/Culvert is up/.test(said)) return;
      process.kill(-(child.pid ?? 0), 'SIGINT');
      if (++presses === 2) clearInterval(pressing);
    }, 150);
    child.once('exit', () => clearInterval(pressing));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk;
      });
    }
    assert.equal(await ended, 1);
    assert.match(said, /nothing is left on the host.*\n.*stopped by the user/);
    assert.doesNotMatch(said, /"level"/);
    assert.deepEqual(
      readdirSync(root).filter((name) => name.includes('-demo-')),
      [],
    );
  });

  it('down where the supervisor was killed: it ends the others, and says so', async () => {
    const alone = testCulvert();
    await alone.up();
    alone.kill('supervisor');
    const { code, said } = await cli(alone.paths, ['down']);
    assert.match(said, /^culvert: stopped/);
    assert.equal(code, 0);
    assert.deepEqual(await alone.close(), []);
  });

  it('up with a store that is none: it says so at once, and leaves it as it is', async () => {
    const paths = newPaths();
    mkdirSync(paths.home);
    writeFileSync(paths.store, 'this is no database, and longer than the head of one would be: '.repeat(20));
    for (const detach of [[], ['--detach']]) {
      const { code, said } = await cli(paths, ['up', '--port', '0', ...detach]);
      assert.match(said, /cannot open .*store\.sqlite: file is not a database/);
      assert.equal(code, 1);
    }
    assert.ok(existsSync(paths.store));
    assert.equal((await cli(paths, ['down', '--purge'])).code, 0);
    assert.ok(!existsSync(paths.store));
  });

  it('with the state of another Culvert that runs: neither up nor down --purge harms it', async () => {
    const paths = newPaths(running.paths.home);
    const up = await cli(paths, ['up', '--detach', '--port', '0']);
    assert.match(up.said, /another process has .*store\.sqlite open/);
    assert.equal(up.code, 1);
    const down = await cli(paths, ['down', '--purge']);
    assert.match(down.said, /another Culvert works with .*: its state is left as it is/);
    assert.equal(down.code, 1);
    for (const file of [running.paths.store, running.paths.sealKey, running.paths.caKey]) assert.ok(existsSync(file));
    assert.match(await running.cli(['aws', 'sts', 'get-caller-identity']), /123456789012/);
  });
});
