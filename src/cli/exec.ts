/** `culvert exec` and `culvert shell`: a command in an instance or at a site, on this terminal, with its exit code. */
import { findProcess, PROCESS_NAMES } from '../daemon/processes.ts';
import type { Paths } from '../host/paths.ts';
import { runInImage } from '../instance/aws-cli.ts';
import { execInstance } from '../instance/exec.ts';
import type { Site } from '../model/resources.ts';
import { cidrAddress, cidrOf } from '../net/cidr.ts';
import { SITE_DNS } from '../plan/stages/sites.ts';
import { needRoot } from './checks.ts';
import { ask, notRunning } from './control.ts';
import { Exit } from './exits.ts';

export async function exec(paths: Paths, instance: string, command: readonly string[]): Promise<void> {
  needRoot('culvert exec');
  // Commander passes the dashes on where they stand between the arguments.
  const words = command[0] === '--' ? command.slice(1) : command;
  if (!instance.startsWith('i-')) {
    process.exitCode = await atSite(paths, instance, words);
    return;
  }
  try {
    process.exitCode = await execInstance(paths, instance, words);
  } catch (error) {
    // It is the instance that counts: with it, a Culvert whose processes were killed is as good as any.
    if (PROCESS_NAMES.every((name) => findProcess(paths, name) === undefined)) throw notRunning(paths);
    throw error;
  }
}

/** With the programs of the base image; names are asked of the site's own server. */
async function atSite(paths: Paths, name: string, words: readonly string[]): Promise<number> {
  const sites = await ask<readonly Site[]>(paths, 'GET', '/culvert/sites');
  const site = sites.find(({ id }) => id === `site-${name}`);
  if (site === undefined) throw new Exit('usage', `nothing here is ${name}: an instance or a site`);
  const resolver = site.dns === null ? null : cidrAddress(cidrOf(site.cidr), SITE_DNS);
  const place = { netns: paths.netnsOf(name), resolver, caCert: paths.caCert };
  return runInImage(words, { paths, place, cwd: '/' });
}
