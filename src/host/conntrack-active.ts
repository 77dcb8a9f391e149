/** How many connections to each address are tracked now: a look at all of them, with others' work in between. */
import { CT_GET, dumpInPieces, endsIn } from './conntrack.ts';
import { attributesOf } from './netlink.ts';
import { inSlices } from './slices.ts';

const CTA_PROTOINFO = 4;
const CTA_PROTOINFO_TCP = 1;
const CTA_PROTOINFO_TCP_STATE = 1;
const CTA_MARK = 8;
/** SYN_SENT, SYN_RECV, ESTABLISHED. */
const ALIVE = new Set([1, 2, 3]);
/** Of marks: both sides have said their last, see fast-path.bpf.c. */
const ENDED = 0xc0000000;

/** By the address that its first packet was sent to. */
export async function activeConnections(path: string): Promise<Map<string, number>> {
  const active = new Map<string, number>();
  for (const family of ['0.0.0.0', '::']) {
    const pieces = dumpInPieces(path, CT_GET, family, (connection) => {
      const attributes = attributesOf(connection);
      const mark = attributes.get(CTA_MARK)?.readUInt32BE() ?? 0;
      if ((mark & ENDED) >>> 0 === ENDED) return;
      const tcp = attributesOf(attributesOf(attributes.get(CTA_PROTOINFO)).get(CTA_PROTOINFO_TCP));
      const state = tcp.get(CTA_PROTOINFO_TCP_STATE)?.[0];
      if (state !== undefined && !ALIVE.has(state)) return;
      const destination = endsIn(connection)?.destination;
      if (destination !== undefined) active.set(destination, (active.get(destination) ?? 0) + 1);
    });
    await inSlices(pieces);
  }
  return active;
}
