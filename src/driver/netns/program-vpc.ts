/**
 * The packet program of a VPC's router. Order: source → group (egress) → acl → [acl, group (ingress), cross: rewrite | spread]
 * → route → gateway | link | cross | group (ingress) → acl. Each drop is counted under its stage's name; nothing is ever answered, but for a TCP packet
 * of no known connection to an endpoint or a load balancer, which gets a reset.
 *
 * Two gates in different base chains: `accept` in the sender's only leads on to the receiver's. What is on the way in both
 * directions belongs to a tracked connection; a crossing's connection must also still be one (crossing_flows), so that
 * deleting an endpoint cuts it although conntrack remembers. From a crossing nothing new may ever come in, save what an open one
 * of somebody else's sends to a node of ours. Chains of type nat see first packets only, so gates there cost the others nothing.
 * Written once, in the words of table `ip`, for both address families: see family.ts.
 */
import { CROSSING_MTU } from '../../plan/fixed.ts';
import type { Port } from '../../plan/plan.ts';
import { createAcls } from './acls.ts';
import { counting } from './counting.ts';
import { crossingListeners } from './crossing-listeners.ts';
import { type Family, HEADERS, UNREACHABLE_DROP } from './family.ts';
import { forwarding, ownSource } from './forwarding.ts';
import { gatewayEndpoints } from './gateway-endpoints.ts';
import { createGroups } from './groups.ts';
import { linkProgram } from './links.ts';
import { crossingLink, linkLocal, portLink } from './names.ts';
import { base, type Chain, map, type NftSet, plain, quoted, set, type Table } from './nft.ts';
import { frontsByNode, IS_SPREAD, idleRule, SPREAD_BY, spread as spreadProgram } from './spread.ts';
import type { VpcParts } from './vpc-parts.ts';

/** Stages at which a VPC's router drops, each with a counter of its name. */
export const STAGES = [
  'source',
  'invalid',
  'group_out',
  'group_in',
  'acl_out',
  'acl_in',
  'route',
  'gateway',
  'link',
  'cross',
  'spread',
  'router',
] as const;

/** A mark that no routing rule asks for. */
const NO_ROUTE_TABLE = 1;
/** Where links and crossings are known beyond: no customer's packet may name it. */
const RESERVED = { ip: '240.0.0.0 == 240.0.0.0', ip6: 'ffff:: == fdcf::' } as const;
/** Multicast listener and neighbour discovery, in all its messages: 130 to 137, 143. */
const NEIGHBOURLY = ['130', '131', '132', '133', '134', '135', '136', '137', '143'];

const NONE: ReadonlyMap<string, readonly string[]> = new Map();

const drop = (stage: (typeof STAGES)[number]) => `counter name "${stage}" drop`;

/** In the words of table `ip`, for parts that hold the addresses of one family. */
export function vpcTable(family: Family, parts: VpcParts): Table {
  const { ports, crossings, provided, serviceGateways, gatewayLinks } = parts;
  const fronts = parts.spread === null ? NONE : frontsByNode(parts.spread);
  const groups = createGroups(family, parts.filters, fronts);
  const spread = parts.spread === null ? null : spreadProgram(family, parts.spread, groups);
  const forwards = forwarding(ports, parts.routed);
  const services = gatewayEndpoints(serviceGateways, ports, forwards);
  const links = linkProgram(family, parts.links, parts.numbers, spread !== null);
  const isLinked = parts.links.length > 0;
  const isIpv6 = family === 'ip6';
  const clamp = `ip protocol 6 tcp flags & syn == syn tcp option maxseg size set ${CROSSING_MTU - HEADERS[family]}`;
  const when = (condition: boolean, ...rules: readonly string[]) => (condition ? rules : []);
  const open = crossings.filter((crossing) => crossing.open);
  /** Through a link; the others lead to a load balancer right here. */
  const outward = open.filter(({ consumer, provider }) => consumer !== provider);
  // IPv6 addresses are public as they are.
  const withPublic = ports.flatMap(({ publics, addresses }) =>
    isIpv6
      ? addresses.map((address) => ({ public: address, private: address }))
      : publics.map(({ address, publicAddress }) => ({ public: publicAddress, private: address })),
  );
  const publics = gatewayLinks.length === 0 ? [] : [...withPublic, ...(spread?.publics ?? [])];
  const translated = publics.filter((each) => each.public !== each.private);
  /** What comes from inside leaves by the gateway first, whoever has that public address. */
  const hasPublicNode = (spread?.publics.length ?? 0) > 0;
  const outsideOnly = when(!isIpv6 && hasPublicNode, 'iifname != @gateway_links ip daddr @publics return');
  const held = [...parts.crossingPorts, ...(spread?.held ?? [])];
  const acls = createAcls(family, { ...parts, held, kept: spread?.kept ?? [], outsideOnly });
  /** Who is answered may be outside: the way there is that of the address which answers, wherever the target is. */
  const hasOutside = isLinked || hasPublicNode;
  const guarded = ports.filter((port) => port.spoofGuard);
  const unguarded = ports.filter((port) => !port.spoofGuard);
  const tableOf = (port: Port) => parts.tableOf.get(port.segment) ?? NO_ROUTE_TABLE;
  const listeners = crossingListeners(open, parts.idleSeconds);

  const sets: Record<string, NftSet> = {
    // Who may come in with which source, and the route table that then holds: one look-up for both.
    sources: map(
      'ifname . ipv4_addr : mark',
      guarded.flatMap((port) =>
        port.addresses.map((address) => `"${portLink(port.id)}" . ${address} : ${tableOf(port)}`),
      ),
    ),
    ...(isIpv6
      ? {
          egress_only_links: set('ifname', quoted(parts.egressOnlyLinks)),
          neighbourly: set('icmpv6_type', NEIGHBOURLY),
          // ARP's `sources`, with the address that every interface gives itself.
          neighbours: set(
            'ifname . ipv4_addr',
            ports.flatMap((port) =>
              [linkLocal(port.mac), ...port.addresses].map((address) => `"${portLink(port.id)}" . ${address}`),
            ),
          ),
        }
      : {}),
    any_source: map(
      'ifname : mark',
      unguarded.map((port) => `"${portLink(port.id)}" : ${tableOf(port)}`),
    ),
    own: set('ipv4_addr . inet_proto . inet_service', [
      ...parts.resolverAddresses.flatMap((address) => [`${address} . 17 . 53`, `${address} . 6 . 53`]),
      ...parts.metadataAddresses.map((address) => `${address} . 6 . 80`),
      ...parts.timeAddresses.map((address) => `${address} . 17 . 123`),
    ]),
    // Ports alone are a bitmap: cheaper than `own`, and few packets have one of these.
    own_ports: set('inet_service', ['53', '80', '123']),
    group_out: map(
      'ifname : verdict',
      ports.map((port) => `"${portLink(port.id)}" : ${groups.gate('out', port.filters)}`),
    ),
    group_in: map(
      'ifname : verdict',
      ports.map((port) => `"${portLink(port.id)}" : ${groups.gate('in', port.filters)}`),
    ),
    router_group_in: map('ipv4_addr : verdict', [
      ...parts.crossingPorts.flatMap((port) => {
        const gate = groups.gate('in', port.filters);
        return port.addresses.map((address) => `${address} : ${gate}`);
      }),
      ...(spread?.gates ?? []),
    ]),
    // Of a load balancer beyond: its groups judge the client's own address, which only here is still there.
    crossing_guard: map(
      'ipv4_addr : verdict',
      open.flatMap(({ address, guards }) => (guards === null ? [] : [`${address} : ${groups.gate('guard', guards)}`])),
    ),
    crossing_source: map(
      'ipv4_addr : ipv4_addr',
      outward.map((crossing) => `${crossing.address} : ${crossing.linkAddress}`),
    ),
    crossing_flows: set(
      'ipv4_addr . ipv4_addr',
      [...outward, ...serviceGateways.map(({ gateway }) => gateway)].map((at) => `${at.address} . ${at.linkAddress}`),
    ),
    incoming: set(
      'ifname . ipv4_addr . ipv4_addr',
      provided
        .filter((crossing) => crossing.open)
        .map((at) => `"${crossingLink(at.consumer)}" . ${at.linkAddress} . ${at.targetAddress}`),
    ),
    resets: set('ipv4_addr', [...open.map(({ address }) => address), ...(spread?.resets ?? [])]),
    crossing_address: set(
      'ipv4_addr',
      parts.crossingPorts.flatMap((port) => port.addresses),
    ),
    reply_table: map('ipv4_addr : mark', [
      ...when(hasOutside, ...(spread?.ways ?? [])),
      ...when(
        isLinked,
        ...parts.crossingPorts.flatMap((port) => port.addresses.map((address) => `${address} : ${tableOf(port)}`)),
      ),
    ]),
    gateway_links: set('ifname', quoted(gatewayLinks)),
    publics: set(
      'ipv4_addr',
      publics.map((each) => each.public),
    ),
    with_public: set(
      'ipv4_addr',
      publics.map((each) => each.private),
    ),
    public_to_private: map(
      'ipv4_addr : ipv4_addr',
      translated.map((each) => `${each.public} : ${each.private}`),
    ),
    private_to_public: map(
      'ipv4_addr : ipv4_addr',
      translated.map((each) => `${each.private} : ${each.public}`),
    ),
  };

  const counts = counting(family, {
    addresses: [...crossings.map(({ address }) => address), ...(spread?.metered ?? [])],
    hasEdge: spread?.hasEdge ?? false,
    isLogged: parts.isLogged,
    isNoted: parts.isNoted,
    drops: STAGES,
  });
  const all = {
    ...sets,
    ...forwards.sets,
    ...listeners.sets,
    ...services.sets,
    ...links.sets,
    ...spread?.sets,
    ...groups.sets,
    ...acls.sets,
  };
  const asked = (name: string, ...rules: readonly string[]) => when((all[name]?.elements.length ?? 0) > 0, ...rules);
  const judge = (name: 'router_group_in' | 'crossing_guard', priority: number) => {
    const rules = asked(name, ...outsideOnly, `ip daddr vmap @${name}`);
    return rules.length > 0 && { [name]: base(`nat hook prerouting priority ${priority}; policy accept;`, rules) };
  };

  const chains: Record<string, Chain> = {
    // Before connection tracking and before fragments are put together: a forged packet must not touch the state of either.
    // From here on a mark is a machine's.
    source: base('filter hook prerouting priority -450; policy accept;', [
      ...when(isIpv6, 'icmpv6 type @neighbourly goto neighbour'),
      'iifname != "e-*" accept',
      'meta mark set iifname . ip saddr map @sources goto source_own',
      'meta mark set iifname map @any_source goto source_own',
      drop('source'),
    ]),
    source_own: plain([
      'th dport @own_ports ip daddr . ip protocol . th dport @own notrack',
      // TCP's is a bundle of segments mostly; a single one that is too large does not fit the link.
      ...when(
        open.length > 0,
        `ip protocol != 6 meta length > ${CROSSING_MTU} ip daddr @crossing_address ${drop('cross')}`,
      ),
      ...links.large,
    ]),
    ...(isIpv6
      ? {
          // Advertisements and redirects are nobody's to send but the router's; who asks for it must say who it is.
          neighbour: plain(['icmpv6 type nd-neighbor-solicit iifname . ip saddr @neighbours accept', 'drop']),
        }
      : {}),
    answer_own: base('filter hook output priority raw; policy accept;', [
      'ip saddr . meta l4proto . th sport @own notrack',
    ]),

    group_out: base('filter hook prerouting priority mangle; policy drop;', [
      ...when(isIpv6, 'icmpv6 type nd-neighbor-solicit accept'),
      'meta mark != 0 goto from_machine',
      'iifname "x-*" goto from_crossing',
      'iifname "g-*" goto from_gateway',
      ...links.enter,
      drop('source'),
    ]),
    from_machine: plain([
      ...when(hasOutside && spread !== null, 'ct direction reply meta mark set ct original ip daddr map @reply_table'),
      'ct state != new goto from_known',
      `ip daddr & ${RESERVED[family]} ${drop('route')}`,
      'iifname vmap @group_out',
      drop('group_out'),
    ]),
    // What source_own left untracked; the kernel itself leaves more so, neighbour discovery, which is nobody's to send past here.
    from_known: plain([
      'ct state established,related accept',
      'ct state untracked ip daddr . ip protocol . th dport @own accept',
      'goto stray',
    ]),
    stray: plain([...acls.first, 'ip daddr @resets meta l4proto 6 reject with tcp reset', drop('invalid')]),
    from_gateway: plain([
      'ct state established,related accept',
      'ct state invalid goto stray',
      ...when(isIpv6, `iifname @egress_only_links ${drop('gateway')}`),
      'ip daddr @publics accept',
      drop('gateway'),
    ]),
    from_crossing: plain([
      // First: few others come this way.
      ...when(provided.length > 0, 'ct state == new iifname . ip saddr . ip daddr @incoming accept'),
      ...when(provided.length > 0, 'ct state established,related ct direction original accept'),
      ...when(
        outward.length + serviceGateways.length > 0,
        clamp,
        ...when(isLinked, 'ct direction reply meta mark set ct original ip daddr map @reply_table'),
        'ct direction reply ct original ip daddr . ct reply ip daddr @crossing_flows accept',
      ),
      ...when(
        provided.length > 0,
        'ct state invalid iifname . ip saddr . ip daddr @incoming meta l4proto 6 reject with tcp reset',
      ),
      drop('cross'),
    ]),
    ...judge('router_group_in', -110),
    ...judge('crossing_guard', -105),
    rewrite_destination: base('nat hook prerouting priority dstnat; policy accept;', [
      ...outsideOnly,
      ...asked('listeners', 'ip daddr . ip protocol . th dport vmap @listeners'),
      ...asked('public_to_private', 'iifname @gateway_links dnat ip to ip daddr map @public_to_private'),
      ...asked('inner_idle', 'ip daddr . ip protocol . th dport vmap @inner_idle'),
      ...asked('crossing_target', 'dnat ip to ip daddr . ip protocol . th dport map @crossing_target'),
    ]),

    forward: base('filter hook forward priority filter; policy drop;', [
      ...forwards.first,
      ...links.back,
      // What answers was judged at its entry; only a way must be there.
      'ct direction reply oif != 1 accept',
      'oifname "x-*" goto to_crossing',
      'ct state established,related oifname "e-*" accept',
      ...asked('gateway_links', 'oifname "g-*" goto to_gateway'),
      ...when(isLinked, 'oifname "p-*" goto to_link'),
      `oif 1 ${drop('route')}`,
      ...asked('spread_out', `${SPREAD_BY} vmap @spread_out`),
      // What a load balancer without groups has spread. Only first packets get here.
      ...when(spread !== null, `${IS_SPREAD} accept`),
      'oifname vmap @group_in',
      drop('route'),
    ]),
    to_gateway: plain([
      'ct state established,related accept',
      // A target that is not here is nowhere.
      ...when(spread !== null, `ct mark != 0 ${drop('route')}`),
      ...when(!isIpv6, ...forwards.untranslated('gateway')),
      'ip saddr @with_public accept',
      drop('gateway'),
    ]),
    to_crossing: plain([
      'ct state == new goto begin_crossing',
      'ct state established,related ct original ip daddr . ct reply ip daddr @crossing_flows accept',
      drop('cross'),
    ]),
    begin_crossing: plain([
      clamp,
      ...asked('crossing_idle', 'ct original ip daddr . ip protocol . th dport vmap @crossing_idle'),
      ...when(serviceGateways.length > 0, 'ip saddr @machine_address goto to_service_gateway'),
      drop('cross'),
    ]),
    rewrite_source: base('nat hook postrouting priority srcnat; policy accept;', [
      ...asked('private_to_public', 'oifname @gateway_links snat ip to ip saddr map @private_to_public'),
      ...asked('crossing_source', 'snat ip to ct original ip daddr map @crossing_source'),
      ...when(serviceGateways.length > 0, 'snat ip to meta mark . ip daddr map @service_gateway_source'),
      ...(spread?.sourceRules ?? []),
    ]),
    ...ownSource(translated.length > 0),

    router: base('filter hook input priority filter; policy drop;', [
      ...when(isIpv6, 'icmpv6 type nd-neighbor-solicit accept'),
      ...when(spread !== null, `${IS_SPREAD} goto spread_held`),
      'ip daddr . ip protocol . th dport @own accept',
      ...links.input,
      ...when(
        spread !== null,
        'ct state established,related ip daddr @balancer_address accept',
        ...(spread?.edgeIdle ? [`ip daddr @balancer_address ${idleRule(spread.edgeIdle)}`] : []),
        'ip daddr . ip protocol . th dport @edge_listeners accept',
        `ip daddr @balancer_address ${drop('spread')}`,
      ),
      `ip daddr @crossing_address ${drop('cross')}`,
      drop('router'),
    ]),
    answer: base('filter hook output priority filter; policy drop;', [
      'ip saddr . meta l4proto . th sport @own accept',
      ...when(spread !== null, 'ct state established,related ip saddr @balancer_address accept'),
      'tcp flags & rst == rst ip saddr @resets accept',
      ...when(
        spread !== null,
        'tcp flags & rst == rst ip saddr @balancer_address accept',
        'ct state new ip saddr . ip daddr . ip protocol . th dport @node_speaks goto node_out',
        `ip saddr @balancer_address ${drop('router')}`,
      ),
      // Of a packet too large for an endpoint or a link: nobody is told. Before: what tunnels have encrypted.
      ...links.answers,
      ...(isIpv6
        ? ['icmpv6 type nd-neighbor-advert accept', `icmpv6 type packet-too-big ${drop('cross')}`, UNREACHABLE_DROP]
        : [`icmp type destination-unreachable ${drop('cross')}`]),
    ]),
    ...(spread !== null && {
      inner_source: base('nat hook input priority 100; policy accept;', [
        'snat ip to ct original ip daddr map @inner_source',
      ]),
      spread_in: base('filter hook postrouting priority 150; policy accept;', [
        'ct state != new accept',
        `${IS_SPREAD} goto spread_target`,
        // What the edge opens.
        'ip saddr @node_address goto node_target',
      ]),
    }),
    ...(hasOutside && {
      reply_route: base('route hook output priority mangle; policy accept;', [
        'meta mark set ip saddr map @reply_table',
        // What the edge answers an endpoint's client here leaves from the node's address beyond crossings.
        ...when(isLinked, 'ct direction reply meta mark set ct original ip daddr map @reply_table'),
      ]),
    }),
  };
  return {
    counters: STAGES,
    timeouts: { ...listeners.timeouts, ...spread?.timeouts },
    sets: { ...all, ...counts.sets },
    chains: {
      ...counts.through({
        ...{ ...chains, ...listeners.chains, ...services.chains, ...links.chains },
        ...{ ...spread?.chains, ...groups.chains, ...acls.chains },
      }),
      ...counts.chains,
    },
  };
}
