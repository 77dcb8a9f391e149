/** Which programs are at links, and others in their place: for tests. */
import { programById } from '../../../host/bpf.ts';
import { type Attachment, attachments, attachPrograms } from '../../../host/traffic-control.ts';

const PRIORITIES = { fast: 2, header: 1 } as const;
type Pair = keyof typeof PRIORITIES;

/** By link. */
export function attached(path: string, links: readonly string[], pair: Pair): Map<string, Attachment> {
  return attachments(path, links, PRIORITIES[pair]);
}

/** The same programs, said to be of another version. */
export function age(path: string, link: string, pair: Pair): void {
  const { ingress = -1, egress = -1 } = attached(path, [link], pair).get(link)?.programs ?? {};
  const programs = { ingress: programById(ingress), egress: programById(egress) };
  attachPrograms(path, [link], PRIORITIES[pair], { programs, name: 'culvert-0123456789abcdef', number: 1 });
}
