/** `culvert env`: lines for a shell, so that AWS tools find this Culvert: eval "$(culvert env)". */
import { readFileSync } from 'node:fs';
import { credentialsFile } from '../daemon/keys.ts';
import type { Status } from '../daemon/status.ts';
import type { Paths } from '../host/paths.ts';
import { askStatus } from './control.ts';

export async function environment(paths: Paths, { region }: { region: string }): Promise<void> {
  const { url, credentials } = connection(paths, await askStatus(paths));
  const variables = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...credentials,
  };
  for (const [name, value] of Object.entries(variables)) process.stdout.write(`export ${name}='${value}'\n`);
}

export interface Connection {
  readonly url: string;
  /** The default account's root key. The file it stands in is root's alone, so that a shell gets it as variables. */
  readonly credentials: { readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string };
}

export function connection(
  paths: Paths,
  { listen, defaultAccount }: Pick<Status, 'listen' | 'defaultAccount'>,
): Connection {
  const any = listen.host === '0.0.0.0' || listen.host === '::';
  const host = any ? '127.0.0.1' : listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  const text = readFileSync(credentialsFile(paths.home, defaultAccount), 'utf8');
  const value = (name: string) => new RegExp(`^${name} = (.*)$`, 'm').exec(text)?.[1] ?? '';
  return {
    url: `http://${host}:${listen.port}`,
    credentials: {
      AWS_ACCESS_KEY_ID: value('aws_access_key_id'),
      AWS_SECRET_ACCESS_KEY: value('aws_secret_access_key'),
    },
  };
}
