/**
 * What `culvert up` was asked for, as the supervisor hands it to its children: by environment variables, which the edge reads
 * too (docs/processes.md). Refuses what would open the API to others without verified signatures.
 */
import { Fault } from '../host/fault.ts';

export interface Settings {
  readonly host: string;
  readonly port: number;
  /** lenient: keys that Culvert did not issue are let in (src/wire/authenticate.ts). Only on loopback. */
  readonly auth: 'lenient' | 'strict';
  readonly defaultAccount: string;
  /** Whether instances reach the real world through this host. */
  readonly internet: boolean;
}

export const DEFAULTS: Settings = {
  host: '127.0.0.1',
  port: 4566,
  auth: 'lenient',
  defaultAccount: '123456789012',
  internet: false,
};

export interface Asked {
  readonly port?: string | undefined;
  readonly listen?: string | undefined;
  readonly auth?: string | undefined;
  readonly account?: string | undefined;
  readonly internet?: boolean | undefined;
}

/** Complete and checked settings. Beyond loopback the default turns strict, and lenient is refused. */
export function settle(asked: Asked): Settings {
  const host = asked.listen ?? DEFAULTS.host;
  const port = asked.port === undefined ? DEFAULTS.port : Number(asked.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Fault(`not a port: ${asked.port}`);
  const auth = asked.auth ?? (isLoopback(host) ? DEFAULTS.auth : 'strict');
  if (auth !== 'lenient' && auth !== 'strict') throw new Fault(`--auth is lenient or strict, not ${auth}`);
  if (auth === 'lenient' && !isLoopback(host)) {
    throw new Fault(
      `--auth lenient would let anyone who reaches ${host} act as any account: listen on loopback, or use strict`,
    );
  }
  const defaultAccount = asked.account ?? DEFAULTS.defaultAccount;
  if (!/^\d{12}$/.test(defaultAccount)) throw new Fault(`an account has 12 digits: ${defaultAccount}`);
  return { host, port, auth, defaultAccount, internet: asked.internet ?? DEFAULTS.internet };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

export function toEnvironment(settings: Settings): Record<string, string> {
  return {
    CULVERT_LISTEN: settings.host,
    CULVERT_PORT: String(settings.port),
    CULVERT_AUTH: settings.auth,
    CULVERT_ACCOUNT: settings.defaultAccount,
    CULVERT_INTERNET: settings.internet ? 'yes' : 'no',
  };
}

export function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Settings {
  return settle({
    listen: env.CULVERT_LISTEN,
    port: env.CULVERT_PORT,
    auth: env.CULVERT_AUTH,
    account: env.CULVERT_ACCOUNT,
    internet: env.CULVERT_INTERNET === 'yes',
  });
}
