/** Which programs are at links, and others in their place: for tests, on kernels with tcx and without. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindMap, loadObject, programById, writeMap } from '../../../host/bpf.ts';
import { attachTcx, detachTcx, hasTcx, tcxAttachments, VERSION_BYTES, VERSION_MAP } from '../../../host/tcx.ts';
import { type Attachment, attachments, attachPrograms } from '../../../host/traffic-control.ts';

const PAIRS = {
  fast: { object: 'fast-path.bpf.o', names: { ingress: 'fast_in', egress: 'fast_out' }, priority: 2 },
  header: { object: 'proxy-header.bpf.o', names: { ingress: 'header_in', egress: 'header_out' }, priority: 1 },
} as const;
type Pair = keyof typeof PAIRS;

const OTHER_VERSION = 'culvert-0123456789abcdef';

/** By link. */
export function attached(path: string, links: readonly string[], pair: Pair): Map<string, Attachment> {
  const { names, priority } = PAIRS[pair];
  return hasTcx() ? tcxAttachments(path, links, names) : attachments(path, links, priority);
}

/** Where this kernel's are not. */
export function attachedElsewhere(path: string, links: readonly string[], pair: Pair): Map<string, Attachment> {
  const { names, priority } = PAIRS[pair];
  return hasTcx() ? attachments(path, links, priority) : tcxAttachments(path, links, names);
}

/** The same programs, said to be of another version; by tcx they are loaded anew, with maps of their own. */
export function age(path: string, link: string, pair: Pair): void {
  const { object, names, priority } = PAIRS[pair];
  if (!hasTcx()) {
    byClass(path, link, priority, attached(path, [link], pair).get(link));
    return;
  }
  const file = join(import.meta.dirname, '..', object);
  const { programs, maps } = loadObject(readFileSync(file), Object.values(names), [VERSION_MAP]);
  const version = Buffer.alloc(VERSION_BYTES);
  version.write(OTHER_VERSION);
  writeMap(maps[VERSION_MAP] ?? -1, Buffer.alloc(4), version);
  const descriptors = { ingress: programs[names.ingress] ?? -1, egress: programs[names.egress] ?? -1 };
  for (const each of Object.values(descriptors)) bindMap(each, maps[VERSION_MAP] ?? -1);
  attachTcx(path, [link], names, { programs: descriptors, isFirst: pair === 'header' });
}

/** By clsact alone, as a version before ours left them. */
export function ageToClass(path: string, link: string, pair: Pair): void {
  const { names, priority } = PAIRS[pair];
  byClass(path, link, priority, attached(path, [link], pair).get(link));
  detachTcx(path, [link], names);
}

function byClass(path: string, link: string, priority: number, there: Attachment | undefined): void {
  const { ingress = -1, egress = -1 } = there?.programs ?? {};
  const programs = { ingress: programById(ingress), egress: programById(egress) };
  attachPrograms(path, [link], priority, { programs, name: OTHER_VERSION, number: 1 });
}
