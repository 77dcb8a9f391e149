/**
 * Whether a CBOR body is safe to hand to a decoder that believes it: every length is there in bytes, nothing nests deeply, and no numbers
 * are of any size, which take ever longer to read. Looks at each item's head once and decodes nothing. RFC 8949, 3.
 */

/** No operation nests deeper. */
const MOST_LEVELS = 128;
/** The only tag that AWS's shapes have: seconds since 1970. */
const EPOCH = 1;
const BREAK = 0xff;
const UNTIL_BREAK = -1;

/** Of the upper three bits of an item's first byte. */
const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const MAP = 5;
const TAG = 6;

export function isBounded(body: Uint8Array): boolean {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  /** Of each list, map or tag around this place: how many items are still to come. */
  const open: number[] = [];
  let at = 0;
  do {
    if (at >= body.length || open.length > MOST_LEVELS) return false;
    const first = view.getUint8(at++);
    const major = first >> 5;
    const minor = first & 31;
    if (first === BREAK) {
      if (open.pop() !== UNTIL_BREAK) return false;
    } else if (minor === 31) {
      if (major < BYTES || major > MAP) return false;
      open.push(UNTIL_BREAK);
      continue;
    } else {
      const size = minor < 24 ? 0 : 2 ** (minor - 24);
      if (size > 8 || at + size > body.length) return false;
      const count = size === 0 ? minor : numberAt(view, at, size);
      at += size;
      const items = { [LIST]: count, [MAP]: 2 * count, [TAG]: 1 }[major] ?? 0;
      if (items > body.length - at || (major === TAG && count !== EPOCH)) return false;
      if (major === BYTES || major === TEXT) at += count;
      if (at > body.length) return false;
      if (items > 0) {
        open.push(items);
        continue;
      }
    }
    complete(open);
  } while (open.length > 0);
  return at === body.length;
}

/** An item is whole, and with it what it was the last of. */
function complete(open: number[]): void {
  for (let left = open.pop(); left !== undefined; left = open.pop()) {
    if (left === UNTIL_BREAK) open.push(left);
    else if (left > 1) open.push(left - 1);
    else continue;
    return;
  }
}

function numberAt(view: DataView, at: number, size: number): number {
  switch (size) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at);
    case 4:
      return view.getUint32(at);
    default:
      return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
  }
}
