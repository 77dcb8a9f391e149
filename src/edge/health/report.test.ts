import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLog } from '../../host/log.ts';
import { createReporter, type TargetsReport } from './report.ts';

const root = mkdtempSync(join(tmpdir(), 'culvert-report-'));
after(() => rmSync(root, { recursive: true }));
const healthy = { check: 'x', state: 'healthy', reason: null, status: null, ageMs: 0 } as const;

/** A control process that writes down what it hears. */
function control(socket: string, heard: string[]): Promise<Server> {
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    heard.push(`${request.method} ${request.url} ${text}`);
    response.end('{}');
  });
  return new Promise((resolve) => server.listen(socket, () => resolve(server)));
}

async function until(check: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 5_000; !check(); ) {
    assert.ok(Date.now() < end, what);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('tells at once of a change, again every so often, and tries on while nobody listens', async () => {
  const socket = join(root, 'control.sock');
  let report: TargetsReport = {};
  const reporter = createReporter({
    log: silentLog(),
    controlSocket: socket,
    report: () => report,
    everyMs: 100,
  });
  report = { a: healthy };
  reporter.changed();
  const heard: string[] = [];
  const first = await control(socket, heard);
  await until(() => heard.length >= 2, 'the first, and again');
  assert.equal(heard[0], `PUT /culvert/targets ${JSON.stringify({ targets: report })}`);
  first.closeAllConnections();
  await new Promise((resolve) => first.close(resolve));

  report = { a: { ...healthy, state: 'unhealthy', reason: 'Target.Timeout' } };
  reporter.changed();
  const again: string[] = [];
  const second = await control(socket, again);
  await until(() => again.length > 0, 'heard by the next one');
  assert.match(again[0] ?? '', /Target\.Timeout/);
  reporter.close();
  second.closeAllConnections();
  second.close();
});

test('says nothing while there is nothing to say', async () => {
  const socket = join(root, 'quiet.sock');
  const heard: string[] = [];
  const server = await control(socket, heard);
  let report: TargetsReport = {};
  let asked = 0;
  const reporter = createReporter({
    log: silentLog(),
    controlSocket: socket,
    everyMs: 20,
    report() {
      asked++;
      return report;
    },
  });
  await until(() => asked > 3, 'turns');
  assert.deepEqual(heard, []);
  report = { a: healthy };
  await until(() => heard.length > 0, 'something to say');
  reporter.close();
  server.closeAllConnections();
  server.close();
});
