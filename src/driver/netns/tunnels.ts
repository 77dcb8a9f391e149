/**
 * Encrypted tunnels (VPN connections): each end is a device of its domain's, routed like any link's end; its ciphertext goes by UDP
 * between public addresses through the internet domain, to which such a domain has one way ('o-…') for all its tunnels. Nothing
 * else passes there: in come the far ends' packets, out go those with the devices' mark. One end calls, as a customer's router
 * does at AWS, and the other learns where it is. See docs/decisions/tunnels.md.
 */
import { sealKey } from '../../host/seal.ts';
import { tunnelKeys } from '../../host/wireguard.ts';
import type { Plan } from '../../plan/plan.ts';
import type { NearLink } from './links.ts';
import { INTERNET, INTERNET_MAC, MTU, outsideLink, PRIORITY_OUTSIDE, ROUTER_MAC, TABLE_OUTSIDE } from './names.ts';
import { type Chain, type NftSet, plain, set } from './nft.ts';
import { nextHops, through, unique } from './render-links.ts';
import type { NamespaceState, TunnelEnd } from './state.ts';

/** As often as AWS asks whether the other side is there. */
const ALIVE_SECONDS = 10;
const MARK = `0x${TABLE_OUTSIDE.toString(16)}`;

type Settings = Pick<NamespaceState, 'interfaces' | 'addresses' | 'neighbours' | 'routes' | 'rules'>;

export interface Outside extends Settings {
  /** What the domain's packet program needs for it. `enter`: where packets come in; then of those to and from the router itself. */
  readonly sets: Readonly<Record<string, NftSet>>;
  readonly chains: Readonly<Record<string, Chain>>;
  readonly enter: readonly string[];
  readonly input: readonly string[];
  readonly output: readonly string[];
}

const NOTHING: Outside = {
  ...{ interfaces: [], addresses: [], neighbours: [], routes: [], rules: [] },
  ...{ sets: {}, chains: {}, enter: [], input: [], output: [] },
};

export function outsideOf(links: readonly NearLink[]): Outside {
  const ends = links.flatMap(({ tunnel }) => tunnel ?? []);
  const domain = links[0]?.near.domain;
  if (ends.length === 0 || domain === undefined) return NOTHING;
  const name = outsideLink(domain);
  return {
    interfaces: [{ name, mac: ROUTER_MAC, mtu: MTU, peer: { namespace: INTERNET, name, mac: INTERNET_MAC } }],
    addresses: unique(ends.map(({ own }) => own)).map((own) => `${own}/32 dev ${name}`),
    neighbours: nextHops(false, INTERNET_MAC, name),
    routes: [`default ${through('0.0.0.0', name)} table ${TABLE_OUTSIDE} onlink`],
    rules: [`fwmark ${MARK} lookup ${TABLE_OUTSIDE} priority ${PRIORITY_OUTSIDE}`],
    sets: {
      outside: set(
        'ipv4_addr . ipv4_addr . inet_service',
        ends.map(({ far, own, port }) => `${far} . ${own} . ${port}`),
      ),
    },
    chains: {
      from_outside: plain([
        'meta l4proto 17 ip saddr . ip daddr . th dport @outside accept',
        'counter name "router" drop',
      ]),
    },
    enter: ['iifname "o-*" goto from_outside'],
    input: ['iifname "o-*" accept'],
    output: [`oifname "o-*" meta mark ${MARK} accept`],
  };
}

/** Ends of tunnels as the internet sees them: who may send from which address, and where it is. */
export function outsideAddresses({ links }: Plan): readonly { readonly address: string; readonly link: string }[] {
  const found = links.flatMap(({ outside, ends }) =>
    (outside ?? []).map((address, at) => ({ address, link: outsideLink(ends[at]?.domain ?? '') })),
  );
  return [...new Map(found.map((each) => [`${each.link} ${each.address}`, each])).values()];
}

/** In wg(8)'s language. */
export function configurationOf(sealKeyFile: string, { link, end, port, far }: TunnelEnd): string {
  const installation = sealKey(sealKeyFile);
  const lines = [
    '[Interface]',
    `PrivateKey = ${tunnelKeys(installation, link, end).privateKey}`,
    `ListenPort = ${port}`,
    `FwMark = ${MARK}`,
    '[Peer]',
    `PublicKey = ${tunnelKeys(installation, link, 1 - end).publicKey}`,
    'AllowedIPs = 0.0.0.0/0',
    ...(end === 0 ? [`Endpoint = ${far}:${port}`, `PersistentKeepalive = ${ALIVE_SECONDS}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
