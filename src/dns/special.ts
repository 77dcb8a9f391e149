/**
 * Names that no resolver may ask the world for, as zones: special-use names (RFC 6761, RFC 8375, .internal by ICANN's
 * resolution of 2024), and the reverse names of addresses that nobody owns (RFC 6303, RFC 7793). Empty, so that they do not
 * exist, but for localhost. A view's or public zone below one of them is more specific and comes first.
 */
import type { Zone } from '../plan/plan.ts';

const LOCALHOST_TTL_SECONDS = 86_400;

const NAMES = ['internal', 'invalid', 'local', 'onion', 'test', 'home.arpa'];
const REVERSE = [
  '0',
  '10',
  '127',
  ...range(16, 31).map((octet) => `${octet}.172`),
  ...range(64, 127).map((octet) => `${octet}.100`),
  '168.192',
  '254.169',
  '18.198',
  '19.198',
  '2.0.192',
  '100.51.198',
  '113.0.203',
  ...range(240, 255).map(String),
];
const REVERSE_6 = ['d.f', ...['8', '9', 'a', 'b'].map((digit) => `${digit}.e.f`)];

/** Names that have no place in the world's DNS: only a rule or zone for one of them, or for all names, can lead to it. */
export const UNASKED_ZONES: readonly Zone[] = NAMES.map(empty);

/** Names for which AWS makes rules itself: a customer's rule for all names does not lead them away. */
export const AUTODEFINED_ZONES: readonly Zone[] = [
  ...REVERSE.map((name) => empty(`${name}.in-addr.arpa`)),
  ...REVERSE_6.map((name) => empty(`${name}.ip6.arpa`)),
  {
    name: 'localhost',
    origin: [],
    records: ['*.localhost', 'localhost'].flatMap((name) => [
      { name, type: 'A' as const, ttlSeconds: LOCALHOST_TTL_SECONDS, values: ['127.0.0.1'], origin: [] },
      { name, type: 'AAAA' as const, ttlSeconds: LOCALHOST_TTL_SECONDS, values: ['::1'], origin: [] },
    ]),
  },
];

function empty(name: string): Zone {
  return { name, origin: [], records: [] };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
