/**
 * The log: JSON lines by pino, to stderr or appended to a file. Secrets that appear under their usual names are redacted;
 * whoever logs a header or a token under another name defeats this.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { destination, type Logger, pino, stdSerializers } from 'pino';
import { explain } from './fault.ts';

export type Log = Logger;

const SECRETS = [
  'secret',
  'secretKey',
  'secretAccessKey',
  'SecretAccessKey',
  'sessionToken',
  'SessionToken',
  'token',
  'Token',
  'password',
  'authorization',
  'Authorization',
  'userData',
  'UserData',
  'privateKey',
];

/** `name` is the process's ("control", "edge"). Without `file`, stderr. */
export function createLog(name: string, options: { readonly file?: string; readonly level?: string } = {}): Log {
  if (options.file !== undefined) mkdirSync(dirname(options.file), { recursive: true });
  const target = options.file === undefined ? 2 : options.file;
  return pino(
    {
      name,
      level: options.level ?? process.env.CULVERT_LOG ?? 'info',
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRETS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
      serializers: { err: (error: Error) => ({ ...stdSerializers.err(error), message: explain(error) }) },
    },
    destination({ dest: target, sync: true }),
  );
}

/** Says nothing: for tests and pure callers. */
export function silentLog(): Log {
  return pino({ level: 'silent' });
}
