/**
 * `culvert aws …`: the unchanged AWS CLI of the base image, with endpoint, region and credentials of the running Culvert where
 * neither the arguments nor the environment say otherwise.
 */
import type { Paths } from '../host/paths.ts';
import { runAwsCli } from '../instance/aws-cli.ts';
import { needRoot } from './checks.ts';
import { askStatus } from './control.ts';
import { connection } from './env.ts';

export async function aws(paths: Paths, args: readonly string[]): Promise<void> {
  needRoot('culvert aws');
  const { url, credentials } = connection(paths, await askStatus(paths));
  const own = Object.fromEntries(
    Object.entries(process.env).filter(
      (pair): pair is [string, string] => pair[0].startsWith('AWS_') && pair[1] !== undefined,
    ),
  );
  const signs = own.AWS_ACCESS_KEY_ID === undefined ? credentials : {};
  const env = { AWS_DEFAULT_REGION: process.env.AWS_REGION ?? 'ap-south-1', ...signs, ...own };
  const endpoint = args.includes('--endpoint-url') ? [] : ['--endpoint-url', url];
  process.exitCode = await runAwsCli([...args, ...endpoint], { paths, env });
}
