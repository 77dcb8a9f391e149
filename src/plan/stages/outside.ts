/**
 * Stage 'outside': what of the world beyond the internet domain may be reached. Closed are special-purpose blocks and all that is
 * the host's, so that no instance reaches the host, its networks or the cloud that it runs in: its metadata is link-local, but for Azure's.
 */
import type { Facts } from '../../model/facts.ts';
import { cidrCovers, cidrOf, formatCidr } from '../../net/cidr.ts';
import { isIpv6 } from '../../net/ip.ts';
import { SPECIAL_BLOCKS } from '../../net/special.ts';
import { compareCidrs } from '../order.ts';
import type { Outside } from '../plan.ts';

/** Azure's, for its machines: a public address that each of them reaches. */
const WIRE_SERVER = '168.63.129.16/32';

export function compileOutside({ outside }: Facts): Outside | null {
  if (outside === null) return null;
  const blocks = [...SPECIAL_BLOCKS, WIRE_SERVER, ...outside.hostBlocks].filter((block) => !isIpv6(block));
  return { origin: [], closed: withoutInner(blocks), echoes: outside.echoes };
}

/** Blocks lie inside one another or do not meet. */
function withoutInner(texts: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const text of texts.toSorted(compareCidrs)) {
    const block = cidrOf(text);
    const last = found.at(-1);
    if (last === undefined || !cidrCovers(cidrOf(last), block)) found.push(formatCidr(block));
  }
  return found;
}
