/** Blocks decide as asking the entries one by one does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cidrContains, cidrOf } from '../../net/cidr.ts';
import { parseIp } from '../../net/ip.ts';
import type { AclEntry } from '../../plan/plan.ts';
import type { Family } from './family.ts';
import { addressBlocks, type Policy, type Verdict } from './first-match.ts';

const blocksOf = (family: Family, list: readonly AclEntry[]) => addressBlocks(family, list).flat();

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
      const blocks = blocksOf('ip', list);
      for (const each of packets) {
        const found = blocks.find((at) => covers(at, each.address));
        assert.equal(byPolicy(found?.policy as Policy, each), oneByOne(list, each));
      }
    }),
    { numRuns: 500, seed: 1 },
  );
});

function covers({ address: first, prefix }: { readonly address: string; readonly prefix: number }, text: string) {
  const ip = parseIp(text);
  return ip !== undefined && cidrContains(cidrOf(`${first}/${prefix}`), ip);
}

test('longest first, each once, the last is all addresses, and none decides as the block around it', () => {
  fc.assert(
    fc.property(entries, (list) => {
      const blocks = blocksOf('ip', list);
      assert.deepEqual({ ...blocks.at(-1), policy: null }, { address: '0.0.0.0', prefix: 0, policy: null });
      assert.equal(new Set(blocks.map(({ address: first, prefix }) => `${first}/${prefix}`)).size, blocks.length);
      for (const [at, { address: first, prefix, policy }] of blocks.entries()) {
        assert.ok(at === 0 || prefix <= (blocks[at - 1]?.prefix ?? 0));
        const around = blocks.slice(at + 1).find((other) => other.prefix < prefix && covers(other, first));
        assert.notDeepEqual(around?.policy, policy);
      }
    }),
    { seed: 1 },
  );
});

test('what was asked of the same entries before changes no answer, however many they are', () => {
  const listOf = (minLength: number) =>
    fc
      .array(fc.tuple(entry, action), { minLength, maxLength: minLength + 60 })
      .map((list) => list.map(([each, verdict], number): AclEntry => ({ ...each, number, action: verdict })));
  const changed = fc.array(fc.tuple(fc.nat(), fc.boolean(), action), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(listOf(2), listOf(100)), changed, (all, steps) => {
      let list: readonly AclEntry[] = all;
      for (const [which, isGone, verdict] of [[0, false, 'deny'] as const, ...steps]) {
        const at = which % list.length;
        const other = { ...(list[at] as AclEntry), action: verdict };
        if (!isGone) list = list.with(at, other);
        else if (list.length > 1) list = list.toSpliced(at, 1);
        const anew = list.map((each) => ({ ...each }));
        assert.deepEqual(blocksOf('ip', list), blocksOf('ip', anew));
      }
    }),
    { seed: 1 },
  );
});

test('an entry more changes its own block alone', () => {
  const many = Array.from({ length: 100 }, (_, number): AclEntry => {
    const all = { protocol: 'any', ports: null } as const;
    return { ...all, number, action: number % 2 ? 'allow' : 'deny', cidr: `10.0.${number}.0/24` };
  });
  const text = (list: readonly AclEntry[]) => blocksOf('ip', list).map((each) => JSON.stringify(each));
  assert.deepEqual(text(many), text(many.slice(1)), 'to deny again what is denied anyway');
  const [without, all] = [text(many.slice(2)), text(many)];
  assert.equal(all.length, without.length + 1);
  assert.deepEqual(
    without.filter((each) => !all.includes(each)),
    [],
  );
});

test('entries of the other family are not there', () => {
  const all = { number: 1, action: 'allow', protocol: 'any', ports: null } as const;
  assert.equal(blocksOf('ip', [{ ...all, cidr: '::/0' }])[0]?.policy.rest, 'deny');
  assert.equal(blocksOf('ip6', [{ ...all, cidr: '::/0' }])[0]?.policy.rest, 'allow');
});

test('ten thousand entries are blocks in seconds, not minutes', () => {
  const many = Array.from({ length: 10_000 }, (_, number): AclEntry => {
    const cidr = `10.${number >> 8}.${number & 255}.0/24`;
    return { number, action: 'allow', protocol: '6', ports: { from: number, to: number }, cidr };
  });
  const started = performance.now();
  assert.equal(blocksOf('ip', many).length, 10_001);
  const oneBlock = many.map((each) => ({
    ...each,
    ports: { from: each.number * 2, to: each.number * 2 },
    cidr: '0.0.0.0/0',
  }));
  assert.equal(blocksOf('ip', oneBlock)[0]?.policy.ports[0]?.intervals.length, 10_000);
  assert.ok(performance.now() - started < 15_000);
});
