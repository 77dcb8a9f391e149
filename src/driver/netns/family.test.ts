/** One description, two tables: what is in table `ip` is in `ip6` too, in its words and with its addresses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Crossing, Filter, Port } from '../../plan/plan.ts';
import { linkLocal, ROUTER_MAC } from './names.ts';
import type { Table } from './nft.ts';
import { vpcProgram } from './vpc-parts.ts';

const port = (id: string, kind: Port['kind'], addresses: readonly string[]): Port => ({
  id,
  origin: [id],
  domain: 'vpc-1',
  segment: 'subnet-1',
  kind,
  addresses,
  mac: '02:00:00:00:00:18',
  filters: ['sg-1'],
  spoofGuard: true,
  machine: null,
  publics: [],
  deniesInternet: false,
});
const crossing = (address: string, linkAddress: string, targetAddress: string): Crossing => ({
  id: `x-${address}`,
  origin: [],
  consumer: 'vpc-1',
  port: 'eni-3',
  address,
  guards: null,
  linkAddress,
  provider: 'services',
  targetAddress,
  listeners: [{ protocol: 'tcp', port: 443, targetPort: 443 }],
  open: true,
  closedBy: null,
});
const rule = (id: string, protocol: string, peer: Filter['ingress'][number]['peer']): Filter['ingress'][number] => ({
  id,
  protocol,
  ports: { from: 8, to: protocol === '1' || protocol === '58' ? -1 : 8 },
  peer,
});
const filter: Filter = {
  id: 'sg-1',
  origin: ['sg-1'],
  domain: 'vpc-1',
  ingress: [
    rule('sgr-1', '6', { cidr: '10.0.0.0/8' }),
    rule('sgr-2', '6', { cidr: '3fff::/56' }),
    rule('sgr-3', '1', { cidr: '0.0.0.0/0' }),
    rule('sgr-4', '58', { cidr: '::/0' }),
    rule('sgr-5', '17', { filter: 'sg-1' }),
  ],
  egress: [],
  members: ['10.0.0.4', '3fff::4'],
};
const { ip, ip6, arp } = vpcProgram({
  filters: new Map([[filter.id, filter]]),
  segments: new Map(),
  acls: new Map(),
  numbers: new Map(),
  hasIpv6: true,
  isLogged: true,
  isNoted: false,
  ports: [port('eni-1', 'machine', ['10.0.0.4', '3fff::4']), port('eni-2', 'machine', ['10.0.0.5'])],
  routed: new Set<string>(),
  crossingPorts: [port('eni-3', 'crossing', ['10.0.0.9', '3fff::9'])],
  crossings: [crossing('10.0.0.9', '240.0.0.1', '248.0.0.1'), crossing('3fff::9', 'fdcf::f000:1', 'fdcf::f800:1')],
  provided: [],
  idleSeconds: () => 350,
  spread: null,
  serviceGateways: [],
  tableOf: new Map([['subnet-1', 1000]]),
  gatewayLinks: [],
  egressOnlyLinks: [],
  links: [],
  resolverAddresses: ['10.0.0.2', 'fd00:ec2::253'],
  metadataAddresses: ['169.254.169.254'],
  timeAddresses: ['169.254.169.123', 'fd00:ec2::123'],
});

const texts = ({ chains, sets }: Table) => [
  ...Object.values(chains).flatMap(({ rules }) => rules),
  ...Object.values(sets).flatMap(({ type, elements }) => [type, ...elements]),
];
const ADDRESS_4 = /\b\d+\.\d+\.\d+\.\d+\b/;
const ADDRESS_6 = /[0-9a-f]*:[0-9a-f]*:/;

test('each table speaks of its own family only', () => {
  for (const text of texts(ip)) {
    assert.doesNotMatch(text, /\bip6\b|ipv6_addr|icmpv6/);
    assert.doesNotMatch(text, ADDRESS_6);
  }
  for (const text of texts(ip6)) {
    assert.doesNotMatch(text, /\bip (saddr|daddr|to|protocol)\b|ipv4_addr|\bicmp\b/);
    assert.doesNotMatch(text, ADDRESS_4);
  }
});

test('what one table has the other has, save what stands in for ARP', () => {
  const beside = (table: Table, other: Table) => Object.keys(table.chains).filter((name) => !other.chains[name]);
  assert.deepEqual([beside(ip, ip6), beside(ip6, ip)], [[], ['neighbour']]);
  for (const name of Object.keys(ip.chains)) assert.equal(ip6.chains[name]?.hook, ip.chains[name]?.hook, name);
  assert.deepEqual(ip.sets.sources?.elements, ['"e-1" . 10.0.0.4 : 1000', '"e-2" . 10.0.0.5 : 1000']);
  assert.deepEqual(ip6.sets.sources?.elements, ['"e-1" . 3fff::4 : 1000']);
  assert.deepEqual(ip.sets['members_sg-1']?.elements, ['10.0.0.4']);
  assert.deepEqual(ip6.sets['members_sg-1']?.elements, ['3fff::4']);
});

test('a group’s rules are those of the table’s family; TCP’s segments leave room for its header', () => {
  assert.deepEqual(ip.chains['in_sg-1']?.rules.slice(0, 2), [
    'ip saddr 10.0.0.0/8 tcp dport 8 accept',
    'ip protocol 1 icmp type 8 accept',
  ]);
  assert.deepEqual(ip6.chains['in_sg-1']?.rules.slice(0, 2), [
    'ip6 saddr 3fff::/56 tcp dport 8 accept',
    'meta l4proto 58 icmpv6 type 8 accept',
  ]);
  const clamped = (table: Table) => texts(table).find((text) => text.includes('maxseg'));
  assert.match(clamped(ip) ?? '', /size set 8460$/);
  assert.match(clamped(ip6) ?? '', /size set 8440$/);
});

test('who asks for the router must be who it says, as with ARP; nobody else may say where anything is', () => {
  assert.equal(linkLocal(ROUTER_MAC), 'fe80::cf:ff:fe00:1');
  assert.deepEqual(ip6.sets.neighbours?.elements, ['"e-1" . fe80::ff:fe00:18', '"e-1" . 3fff::4']);
  assert.deepEqual(ip6.chains.neighbour?.rules.at(-1), 'drop');
  assert.deepEqual(arp.sets.sources?.elements, ['"e-1" . 10.0.0.4', '"e-2" . 10.0.0.5']);
});
