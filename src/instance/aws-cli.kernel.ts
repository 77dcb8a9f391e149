/** The base image's AWS CLI on the host, and the builder's refusals. Needs root and the base image. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../host/exec.ts';
import { hostPaths } from '../host/paths.ts';
import { runAwsCli, spawnAwsCli } from './aws-cli.ts';
import { buildBase } from './build-base.ts';

const folder = mkdtempSync(join(tmpdir(), 'culvert-cli-'));
const env = { AWS_ACCESS_KEY_ID: '111122223333', AWS_SECRET_ACCESS_KEY: 'x', AWS_DEFAULT_REGION: 'ap-south-1' };

before(async () => {
  await buildBase();
});
after(() => rmSync(folder, { recursive: true }));

async function aws(args: readonly string[], cwd = folder, more = {}): Promise<{ code: number; output: string }> {
  const child = spawnAwsCli(args, { env: { ...env, ...more }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

test('it reaches a server on the host’s loopback, with the credentials it was given and a file of the working folder', async () => {
  const seen: string[] = [];
  const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push(request.headers.authorization ?? '', body);
    response.end(
      '<SendMessageResponse><SendMessageResult><MessageId>m-1</MessageId></SendMessageResult></SendMessageResponse>',
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    writeFileSync(join(folder, 'body.txt'), 'from-a-file');
    const { port } = server.address() as AddressInfo;
    const { code, output } = await aws([
      ...['sqs', 'send-message', '--endpoint-url', `http://127.0.0.1:${port}`, '--queue-url', 'http://127.0.0.1/1/q'],
      ...['--message-body', 'file://body.txt'],
    ]);
    assert.equal(code, 0, output);
    assert.match(output, /"MessageId": "m-1"/);
    assert.match(seen[0] ?? '', /Credential=111122223333\/\d+\/ap-south-1\/sqs/);
    assert.match(seen[1] ?? '', /from-a-file/);
  } finally {
    server.close();
  }
});

test('its exit code comes through, and nothing stays: no mount, no file in the image', async () => {
  const root = await buildBase();
  assert.equal(await runAwsCli(['sqs', 'no-such-command'], { env, stdio: 'ignore' }), 252);
  const configured = await aws(['configure', 'set', 'region', 'eu-west-1']);
  assert.equal(configured.code, 0, configured.output);
  assert.equal(existsSync(join(root, 'tmp/home')), false);
  assert.equal(existsSync(join(root, `.${folder}`)), false);
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  assert.deepEqual(
    points.filter((point) => point === '/mnt' || point.startsWith(dirname(root))),
    [],
  );
});

test('the working folder is read-only, wherever it is', async () => {
  for (const cwd of ['/', '/etc']) {
    const { code, output } = await aws(['--version'], cwd);
    assert.equal(code, 0, output);
  }
  const config = { AWS_CONFIG_FILE: join(folder, 'config') };
  const { code, output } = await aws(['configure', 'set', 'region', 'eu-west-1'], folder, config);
  assert.notEqual(code, 0);
  assert.match(output, /Read-only file system/);
  assert.equal(existsSync(config.AWS_CONFIG_FILE), false);
});

test('no space: the builder says so and leaves nothing', async () => {
  const script = fileURLToPath(new URL('./build-base.ts', import.meta.url));
  const small =
    'mount -t tmpfs -o size=10m tmpfs "$CULVERT_CACHE"; "$@"; code=$?; ls -A "$CULVERT_CACHE/base" >&2; exit $code';
  await assert.rejects(
    run('unshare', ['--mount', 'sh', '-c', small, 'sh', process.execPath, script], { env: { CULVERT_CACHE: folder } }),
    /not enough space in .*: 10 MiB free, \d+ MiB needed to build the base image\n\.lock$/,
  );
});

test('an image that is there is used at once', async () => {
  const said: string[] = [];
  assert.ok(existsSync(join(await buildBase({ paths: hostPaths(), say: (line) => said.push(line) }), 'sbin/init')));
  assert.deepEqual(said, []);
});
