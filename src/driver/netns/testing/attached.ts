/** Which programs are at links, and others in their place: for tests. */
import { programById } from '../../../host/bpf.ts';
import {
  type Attachment,
  attachments,
  attachPrograms,
  detachPrograms,
  type Place,
} from '../../../host/traffic-control.ts';

const PLACES = { fast: { priority: 2, packets: 'all' }, header: { priority: 1, packets: 'ip' } } as const;
type Pair = keyof typeof PLACES;

/** By link. */
export function attached(path: string, links: readonly string[], pair: Pair): Map<string, Attachment> {
  return attachments(path, links, PLACES[pair]);
}

/** The same programs, said to be of another version; `packets`: that saw such alone. */
export function age(path: string, link: string, pair: Pair, packets: Place['packets'] = PLACES[pair].packets): void {
  const { ingress = -1, egress = -1 } = attached(path, [link], pair).get(link)?.programs ?? {};
  const programs = { ingress: programById(ingress), egress: programById(egress) };
  if (packets !== PLACES[pair].packets) detachPrograms(path, [link], PLACES[pair]);
  attachPrograms(path, [link], { ...PLACES[pair], packets }, { programs, name: 'culvert-0123456789abcdef', number: 1 });
}
