/** Intervals decide as asking the entries one by one does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cidrContains, cidrOf } from '../../net/cidr.ts';
import { parseIp } from '../../net/ip.ts';
import type { AclEntry } from '../../plan/plan.ts';
import { addressIntervals, type Policy, type Verdict } from './first-match.ts';

interface Packet {
  readonly address: string;
  readonly protocol: string;
  readonly port: number;
  readonly code: number;
}

/** Few distinct values, so that entries overlap. */
const octet = fc.constantFrom(0, 1, 2, 127, 128, 255);
const address = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
const block = fc
  .tuple(address, fc.constantFrom(0, 1, 8, 16, 24, 31, 32))
  .map(([text, prefix]) => `${text}/${prefix}`)
  .filter((text) => cidrOf(text).prefix >= 0);
const port = fc.constantFrom(0, 1, 22, 80, 81, 443, 65_535);
const range = fc.tuple(port, port).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));
const icmp = fc.record({ from: fc.constantFrom(-1, 0, 1, 22), to: fc.constantFrom(-1, 0, 1) });
const entry = fc.oneof(
  fc.record({ protocol: fc.constantFrom('6', '17'), ports: fc.option(range, { nil: null }), cidr: block }),
  fc.record({ protocol: fc.constant('1'), ports: fc.option(icmp, { nil: null }), cidr: block }),
  fc.record({ protocol: fc.constantFrom('any', '47'), ports: fc.constant(null), cidr: block }),
);
const action = fc.constantFrom<Verdict>('allow', 'deny');
const entries = fc
  .array(fc.tuple(entry, action), { maxLength: 12 })
  .map((list) => list.map(([each, verdict], number): AclEntry => ({ ...each, number, action: verdict })));
const packet = fc.record({
  address,
  protocol: fc.constantFrom('6', '17', '1', '47', '50'),
  port,
  code: fc.constantFrom(0, 1, 2),
});

function oneByOne(list: readonly AclEntry[], { address: text, protocol, port: number, code }: Packet): Verdict {
  const ip = parseIp(text);
  assert.ok(ip);
  const found = list.find((each) => {
    if (!cidrContains(cidrOf(each.cidr), ip)) return false;
    if (each.protocol !== 'any' && each.protocol !== protocol) return false;
    if (each.ports === null || each.protocol === 'any') return true;
    const { from, to } = each.ports;
    if (protocol === '1') return (from === -1 || from === number) && (to === -1 || to === code);
    return number >= from && number <= to;
  });
  return found?.action ?? 'deny';
}

function byPolicy({ rest, ports, icmp: types, others }: Policy, { protocol, port: number, code }: Packet): Verdict {
  const interval = ports
    .find((each) => each.protocol === protocol)
    ?.intervals.find(({ from, to }) => number >= from && number <= to);
  if (interval !== undefined) return interval.action;
  const message =
    protocol === '1' &&
    types.find((each) => (each.type === -1 || each.type === number) && (each.code === -1 || each.code === code));
  if (message) return message.action;
  return others.find((each) => each.protocol === protocol)?.action ?? rest;
}

test('any packet fares as the first entry that matches says', () => {
  fc.assert(
    fc.property(entries, fc.array(packet, { minLength: 1, maxLength: 20 }), (list, packets) => {
      const intervals = addressIntervals('ip', list);
      for (const each of packets) {
        const value = parseIp(each.address)?.value ?? 0n;
        const found = intervals.filter(({ first, last }) => value >= first && value <= last);
        assert.equal(found.length, 1);
        assert.equal(byPolicy(found[0]?.policy as Policy, each), oneByOne(list, each));
      }
    }),
    { numRuns: 500 },
  );
});

test('without a gap from the lowest address to the highest, and no two neighbours alike', () => {
  fc.assert(
    fc.property(entries, (list) => {
      const intervals = addressIntervals('ip', list);
      let next = 0n;
      for (const { first, last } of intervals) {
        assert.equal(first, next);
        next = last + 1n;
      }
      assert.equal(next, 1n << 32n);
      for (const [at, { policy }] of intervals.slice(1).entries()) {
        assert.notDeepEqual(policy, intervals[at]?.policy);
      }
    }),
  );
});

test('entries of the other family are not there', () => {
  const all = { number: 1, action: 'allow', protocol: 'any', ports: null } as const;
  assert.equal(addressIntervals('ip', [{ ...all, cidr: '::/0' }])[0]?.policy.rest, 'deny');
  assert.equal(addressIntervals('ip6', [{ ...all, cidr: '::/0' }])[0]?.policy.rest, 'allow');
});

test('ten thousand entries are intervals in seconds, not minutes', () => {
  const many = Array.from({ length: 10_000 }, (_, number): AclEntry => {
    const cidr = `10.${number >> 8}.${number & 255}.0/24`;
    return { number, action: 'allow', protocol: '6', ports: { from: number, to: number }, cidr };
  });
  const started = performance.now();
  assert.equal(addressIntervals('ip', many).length, 10_002);
  const oneBlock = many.map((each) => ({
    ...each,
    ports: { from: each.number * 2, to: each.number * 2 },
    cidr: '0.0.0.0/0',
  }));
  assert.equal(addressIntervals('ip', oneBlock)[0]?.policy.ports[0]?.intervals.length, 10_000);
  assert.ok(performance.now() - started < 15_000);
});
