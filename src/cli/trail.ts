/** `culvert trail`: API calls, the oldest first: when, who, what, on what, from where, and what came of it. `--follow`: those to come too. */
import type { Paths } from '../host/paths.ts';
import type { TrailEvent } from '../model/trail.ts';
import { ask } from './control.ts';
import { follow as goOn } from './follow.ts';
import { letters, type Pen, penFor } from './text.ts';

export interface TrailWishes {
  readonly follow?: boolean;
  readonly json?: boolean;
}

export async function trail(paths: Paths, { follow = false, json = false }: TrailWishes): Promise<void> {
  const pen = penFor(process.stdout);
  let last = 0;
  await goOn(follow, async () => {
    const events = await ask<TrailEvent[]>(paths, 'GET', `/culvert/trail/${last}`);
    for (const event of events) process.stdout.write(`${json ? JSON.stringify(event) : eventLine(event, pen)}\n`);
    last = events.at(-1)?.serial ?? last;
    return events.length > 0;
  });
}

export function eventLine(event: TrailEvent, pen: Pen): string {
  const { at, account, region, username, source, name, clientAddress, error, isReadOnly } = event;
  const resources = letters(event.resources.map((each) => each.name).join(' '));
  const call = letters(`${source.split('.')[0]}:${name}`);
  return [
    at,
    letters(region),
    `${account}/${letters(username)}`,
    clientAddress ?? '-',
    isReadOnly ? call : pen('bold', call),
    ...(resources === '' ? [] : [resources]),
    ...(error === null ? [] : [pen('red', letters(`${error.code}: ${error.message}`))]),
  ].join('  ');
}
