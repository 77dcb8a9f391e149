/**
 * The packet program of a VPC's router. Order: source → group (egress) → [cross: group (ingress), rewrite] → route →
 * gateway | cross | group (ingress). Each drop is counted under its stage's name; nothing is ever answered.
 *
 * Two gates in different base chains: `accept` in the sender's only leads on to the receiver's. What is on the way in both
 * directions belongs to a tracked connection; a crossing's connection must also still be one (crossing_flows), so that
 * deleting an endpoint cuts it although conntrack remembers. Nothing new may ever come in from a crossing.
 */
import type { Crossing, Port } from '../../plan/plan.ts';
import type { Groups } from './groups.ts';
import { portLink } from './names.ts';
import { base, type Chain, map, type NftSet, type Program, plain, quoted, set } from './nft.ts';

/** Stages at which a VPC's router drops, each with a counter of its name. */
export const STAGES = ['source', 'invalid', 'group_out', 'group_in', 'route', 'gateway', 'cross', 'router'] as const;

/** What one VPC's program is made of. */
export interface VpcParts {
  /** Plugged into a running machine. */
  readonly ports: readonly Port[];
  readonly crossingPorts: readonly Port[];
  readonly crossings: readonly Crossing[];
  /** Route table number by segment. */
  readonly tableOf: ReadonlyMap<string, number>;
  readonly gatewayLinks: readonly string[];
  readonly crossingLinks: readonly string[];
  readonly resolverAddresses: readonly string[];
  readonly metadataAddresses: readonly string[];
}

export const PROTOCOLS = { tcp: 6, udp: 17 } as const;

/** A mark that no routing rule asks for. */
const NO_TABLE = 1;

const drop = (stage: (typeof STAGES)[number]) => `counter name "${stage}" drop`;

export function vpcProgram(parts: VpcParts, groups: Groups): Program {
  const { ports, crossings, gatewayLinks, crossingLinks } = parts;
  const open = crossings.filter((crossing) => crossing.open);
  const publics = gatewayLinks.length === 0 ? [] : ports.filter((port) => port.publicAddress !== null);
  const guarded = ports.filter((port) => port.spoofGuard);
  const unguarded = ports.filter((port) => !port.spoofGuard);
  const tableOf = (port: Port) => parts.tableOf.get(port.segment) ?? NO_TABLE;
  const listeners = open.flatMap((crossing) =>
    crossing.listeners.map((listener) => ({ ...crossing, ...listener, number: PROTOCOLS[listener.protocol] })),
  );

  const sets: Record<string, NftSet> = {
    // Who may come in with which source, and the route table that then holds: one look-up for both.
    sources: map(
      'ifname . ipv4_addr : mark',
      guarded.flatMap((port) =>
        port.addresses.map((address) => `"${portLink(port.id)}" . ${address} : ${tableOf(port)}`),
      ),
    ),
    any_source: map(
      'ifname : mark',
      unguarded.map((port) => `"${portLink(port.id)}" : ${tableOf(port)}`),
    ),
    own: set('ipv4_addr . inet_proto . inet_service', [
      ...parts.resolverAddresses.flatMap((address) => [`${address} . 17 . 53`, `${address} . 6 . 53`]),
      ...parts.metadataAddresses.map((address) => `${address} . 6 . 80`),
    ]),
    // Ports alone are a bitmap: cheaper than `own`, and few packets have one of these.
    own_ports: set('inet_service', ['53', '80']),
    entry: map('ifname : verdict', [
      ...gatewayLinks.map((link) => `"${link}" : goto from_gateway`),
      ...crossingLinks.map((link) => `"${link}" : goto from_crossing`),
    ]),
    group_out: map(
      'ifname : verdict',
      ports.map((port) => `"${portLink(port.id)}" : goto ${groups.gate('out', port.filters)}`),
    ),
    group_in: map(
      'ifname : verdict',
      ports.map((port) => `"${portLink(port.id)}" : goto ${groups.gate('in', port.filters)}`),
    ),
    crossing_group_in: map(
      'ipv4_addr : verdict',
      parts.crossingPorts.flatMap((port) => {
        const gate = groups.gate('in', port.filters);
        return port.addresses.map((address) => `${address} : goto ${gate}`);
      }),
    ),
    crossing_target: map(
      'ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service',
      listeners.map((at) => `${at.address} . ${at.number} . ${at.port} : ${at.targetAddress} . ${at.targetPort}`),
    ),
    crossing_source: map(
      'ipv4_addr : ipv4_addr',
      open.map((crossing) => `${crossing.address} : ${crossing.linkAddress}`),
    ),
    crossing_flows: set(
      'ipv4_addr . ipv4_addr',
      open.map((crossing) => `${crossing.address} . ${crossing.linkAddress}`),
    ),
    crossing_address: set(
      'ipv4_addr',
      parts.crossingPorts.flatMap((port) => port.addresses),
    ),
    exit: map('ifname : verdict', [
      '"lo" : goto no_route',
      ...gatewayLinks.map((link) => `"${link}" : goto to_gateway`),
      ...crossingLinks.map((link) => `"${link}" : goto to_crossing`),
    ]),
    gateway_links: set('ifname', quoted(gatewayLinks)),
    crossing_links: set('ifname', quoted(crossingLinks)),
    publics: set(
      'ipv4_addr',
      publics.map((port) => port.publicAddress ?? ''),
    ),
    with_public: set(
      'ipv4_addr',
      publics.map((port) => port.addresses[0] ?? ''),
    ),
    public_to_private: map(
      'ipv4_addr : ipv4_addr',
      publics.map((port) => `${port.publicAddress} : ${port.addresses[0]}`),
    ),
    private_to_public: map(
      'ipv4_addr : ipv4_addr',
      publics.map((port) => `${port.addresses[0]} : ${port.publicAddress}`),
    ),
  };

  const chains: Record<string, Chain> = {
    // Before connection tracking: a forged packet must not touch a connection's state. From here on a mark is a machine's.
    source: base('filter hook prerouting priority raw; policy accept;', [
      'meta mark set iifname . ip saddr map @sources',
      'meta mark != 0 goto source_own',
      'iifname "e-*" goto source_unlisted',
    ]),
    source_unlisted: plain(['meta mark set iifname map @any_source', 'meta mark != 0 goto source_own', drop('source')]),
    source_own: plain(['th dport @own_ports ip daddr . meta l4proto . th dport @own notrack']),
    answer_own: base('filter hook output priority raw; policy accept;', [
      'ip saddr . meta l4proto . th sport @own notrack',
    ]),

    group_out: base('filter hook prerouting priority mangle; policy drop;', [
      'meta mark != 0 goto from_machine',
      'iifname vmap @entry',
      drop('source'),
    ]),
    from_machine: plain([
      'ct state established,related accept',
      `ct state invalid ${drop('invalid')}`,
      'ip daddr . meta l4proto . th dport @own accept',
      'iifname vmap @group_out',
      drop('group_out'),
    ]),
    from_gateway: plain([
      'ct state established,related accept',
      `ct state invalid ${drop('invalid')}`,
      'ip daddr @publics accept',
      drop('gateway'),
    ]),
    from_crossing: plain([
      'ct state established,related ct original ip daddr . ct reply ip daddr @crossing_flows accept',
      drop('cross'),
    ]),
    crossing_in: base('filter hook prerouting priority -110; policy accept;', [
      'ct state new ip daddr vmap @crossing_group_in',
    ]),
    rewrite_destination: base('nat hook prerouting priority dstnat; policy accept;', [
      'iifname @gateway_links dnat ip to ip daddr map @public_to_private',
      'dnat ip to ip daddr . meta l4proto . th dport map @crossing_target',
    ]),

    forward: base('filter hook forward priority filter; policy drop;', [
      // What answers was judged at its entry; only a way must be there.
      'ct direction reply ct state established,related oifname != "lo" accept',
      'oifname vmap @exit',
      'ct state established,related accept',
      'oifname vmap @group_in',
      drop('route'),
    ]),
    no_route: plain([drop('route')]),
    to_gateway: plain(['ct state established,related accept', 'ip saddr @with_public accept', drop('gateway')]),
    to_crossing: plain([
      'ct state established,related ct original ip daddr . ct reply ip daddr @crossing_flows accept',
      'ct state new ct original ip daddr @crossing_address accept',
      drop('cross'),
    ]),
    rewrite_source: base('nat hook postrouting priority srcnat; policy accept;', [
      'oifname @gateway_links snat ip to ip saddr map @private_to_public',
      'oifname @crossing_links snat ip to ct original ip daddr map @crossing_source',
    ]),

    router: base('filter hook input priority filter; policy drop;', [
      'ip daddr . meta l4proto . th dport @own accept',
      `ip daddr @crossing_address ${drop('cross')}`,
      drop('router'),
    ]),
    answer: base('filter hook output priority filter; policy drop;', [
      'ip saddr . meta l4proto . th sport @own accept',
    ]),
  };
  return {
    ip: { counters: STAGES, sets: { ...sets, ...groups.sets }, chains: { ...chains, ...groups.chains } },
    // Who claims another's address in an ARP request would fill the neighbour table, which all namespaces share.
    arp: {
      counters: [],
      sets: {
        sources: set(
          'ifname . ipv4_addr',
          guarded.flatMap((port) => port.addresses.map((address) => `"${portLink(port.id)}" . ${address}`)),
        ),
        any_source: set('ifname', quoted(unguarded.map((port) => portLink(port.id)))),
      },
      chains: {
        input: base('filter hook input priority 0; policy drop;', [
          'iifname . arp saddr ip @sources accept',
          'iifname @any_source accept',
        ]),
      },
    },
  };
}
