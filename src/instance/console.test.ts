import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CONSOLE_OUTPUT_BYTES, consoleText, parseConsoleLog } from './console.ts';

const at = '2026-01-02T03:04:05.123456789+00:00';

test('times are taken off, parts of a line joined, carriage returns dropped', () => {
  const log = `${at} stdout F Welcome\r\n${at} stdout P half a \n${at} stdout P li\n${at} stdout F ne\n${at} stderr F \n`;
  assert.equal(parseConsoleLog(log), 'Welcome\nhalf a line\n\n');
});

test('a first line that was cut off is left out', () => {
  assert.equal(parseConsoleLog(`:05.123+00:00 stdout F lost\n${at} stdout F kept\n`), 'kept\n');
});

test('a log that is not there is no output; of a long one only the end', () => {
  const folder = mkdtempSync(join(tmpdir(), 'culvert-console-'));
  const path = join(folder, 'log');
  try {
    assert.equal(consoleText(path), '');
    writeFileSync(path, Array.from({ length: 20_000 }, (_, i) => `${at} stdout F line ${i}\n`).join(''));
    const text = consoleText(path);
    assert.equal(Buffer.byteLength(text), CONSOLE_OUTPUT_BYTES);
    assert.ok(text.endsWith('line 19999\n'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
