/**
 * Console output from conmon's log: each line is `time stream F|P text`, P meaning that the line goes on. At most the last 64 KiB,
 * as GetConsoleOutput keeps: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export const CONSOLE_OUTPUT_BYTES = 64 * 1024;
/** conmon adds about 45 bytes to each line; short lines fill up to this much of its log with one output. */
const LOG_BYTES = 8 * CONSOLE_OUTPUT_BYTES;

export function consoleText(logFile: string): string {
  return lastBytes(parseConsoleLog(readEnd(logFile)), CONSOLE_OUTPUT_BYTES);
}

/** A cut-off first line, which has no time, is left out. */
export function parseConsoleLog(log: string): string {
  let text = '';
  for (const line of log.split('\n')) {
    const match = /^\d{4}-\d\d-\d\dT\S+ std(?:out|err) ([FP]) (.*)$/s.exec(line);
    if (match === null) continue;
    text += match[1] === 'F' ? `${(match[2] ?? '').replace(/\r$/, '')}\n` : match[2];
  }
  return text;
}

function lastBytes(text: string, count: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= count ? text : bytes.subarray(-count).toString();
}

function readEnd(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, LOG_BYTES));
    const length = readSync(file, bytes, 0, bytes.length, Math.max(0, size - LOG_BYTES));
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
