/** Whether what the analyser said of a packet or a name is what happened. Pure. */
import type { Resolution } from '../../analyse/names.ts';
import { parseIp } from '../../net/ip.ts';
import type { Sighting } from './live.ts';
import type { Told } from './told.ts';

/** `difference`: what the one says and the other does not; null: they agree. `words`: what is worth saying either way. */
export function differenceOfPackets(
  analyser: Told,
  kernel: Told,
  seen: readonly Sighting[],
): { readonly difference: string | null; readonly words: string } {
  const predicted = analyser.kind === 'dropped' ? `dropped at ${analyser.stages.join(' or ')}` : analyser.kind;
  const last = seen.findLast(({ sent }) => sent !== null)?.place;
  const differs = (what: string) => ({ difference: `predicted ${predicted}, but ${what}`, words: what });
  const agree = (words: string) => ({ difference: null, words });
  switch (kernel.kind) {
    case 'delivered':
    case 'refused': {
      const what = kernel.kind === 'delivered' ? 'it was answered' : 'it arrived: nobody listens on that port';
      return analyser.kind === 'dropped' ? differs(what) : agree(what);
    }
    case 'dropped': {
      const isPredicted =
        analyser.kind !== 'delivered' && kernel.stages.some((stage) => analyser.stages.includes(stage));
      const what = `it was dropped at ${kernel.words}`;
      return isPredicted ? agree(what) : differs(what);
    }
    case 'lost': {
      const arrived = analyser.to.find((place) => place === last);
      if (analyser.kind !== 'dropped' && arrived !== undefined) {
        return agree(`it arrived at ${arrived}, which did not answer: what runs there is its own affair`);
      }
      return differs(
        `it was lost${last === undefined ? ' where it was sent' : ` after ${last}`}, and no stage counted it`,
      );
    }
    default: {
      const what = `the sender's own system refused it (${kernel.words})`;
      return analyser.kind === 'dropped' ? agree(what) : differs(what);
    }
  }
}

/** Where nobody here can tell the answer, whatever is answered is right. */
export function differenceOfNames(
  { outcome, addresses, varies }: Resolution,
  answers: readonly string[],
): string | null {
  if (varies && answers.every((each) => parseIp(each) !== undefined)) return null;
  if (outcome === 'ownServers' || outcome === 'forwarded' || outcome === 'world') return null;
  const told = outcome === 'addresses' ? addresses.toSorted() : outcome === 'resolverOff' ? ['SILENT'] : [outcome];
  if (told.join(' ') === answers.toSorted().join(' ')) return null;
  return `predicted ${told.join(' ')}, but it was answered ${answers.join(' ')}`;
}
