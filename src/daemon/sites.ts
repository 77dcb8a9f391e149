/**
 * Sites: customers' own networks beside AWS, made by the command line (`culvert site …`), for there is no AWS call for them. They
 * are Intent as all else is. What is asked is refused with a sentence.
 */
import { dxSiteOf } from '../model/direct-connect.ts';
import { type Edit, put, remove } from '../model/edit.ts';
import type { Intent } from '../model/intent.ts';
import { PUBLIC_ADDRESSES, publicAddress, take } from '../model/pool.ts';
import { isLive, siteBeyond } from '../model/remote.ts';
import type { Site } from '../model/resources.ts';
import { cidrCovers, cidrOf, cidrsOverlap, formatCidr, parseCidr } from '../net/cidr.ts';
import { parseIpv4 } from '../net/ip.ts';

/** As long as names of interfaces can be. Others of Culvert's own are no site's. */
const NAME = /^[a-z][a-z0-9]{0,8}$/;
const TAKEN = ['internet', 'services'];
const DOMAIN = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;
const WIDEST = 8;
const NARROWEST = 28;
/** By hand. */
const MOST_ROUTES = 100;
/** What no customer's network can be here: this host's own, link-local, the world outside, multicast, Culvert's links. */
const RESERVED = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '198.18.0.0/15', '224.0.0.0/3'].map(cidrOf);

export interface Caller {
  readonly intent: Intent;
  readonly account: string;
  readonly now: string;
}

/** Edits, or why not. */
export type Decided = { readonly site: Site; readonly edits: readonly Edit[] } | { readonly refusal: string };

const refused = (refusal: string): Decided => ({ refusal });

export function createSite(
  name: string,
  asked: { readonly cidr?: unknown; readonly dns?: unknown },
  { intent, account, now }: Caller,
): Decided {
  if (!NAME.test(name) || TAKEN.includes(name)) {
    return refused('a site has a name of 1 to 9 lower-case letters and digits, a letter first, which is not taken');
  }
  const id = `site-${name}`;
  if (intent.table('site').get(id) !== undefined) return refused(`there is a site named ${name} already`);
  const block = typeof asked.cidr === 'string' && !asked.cidr.includes(':') ? parseCidr(asked.cidr) : undefined;
  if (block === undefined || block.prefix < WIDEST || block.prefix > NARROWEST) {
    return refused(`a site has an IPv4 block from /${WIDEST} to /${NARROWEST}, such as 192.168.0.0/16`);
  }
  if (RESERVED.some((each) => cidrsOverlap(each, block))) {
    return refused(`${formatCidr(block)} is reserved: no network of a customer's can have it`);
  }
  const { dns = null } = asked;
  if (dns !== null && dns !== 'dnsmasq' && dns !== 'unbound') {
    return refused('the DNS server of a site is dnsmasq or unbound');
  }
  const taken = take(PUBLIC_ADDRESSES, 1, intent, now);
  if (taken === undefined) return refused('there is no public address left');
  const site: Site = {
    ...{ kind: 'site', id, account, region: '', tags: {}, createdAt: now },
    cidr: formatCidr(block),
    publicAddress: publicAddress(taken.values[0] ?? 0),
    dns: dns === null ? null : { software: dns, forwards: [] },
  };
  return { site, edits: [put(site), ...taken.edits] };
}

/** Names at and below `domain` are asked of `servers`; of nobody in particular where there are none. */
export function forwardAtSite(
  name: string,
  asked: { readonly domain?: unknown; readonly servers?: unknown },
  { intent }: Caller,
): Decided {
  return atSite(name, intent, (site) => {
    if (site.dns === null) return refused(`${name} has no DNS server: culvert site create … --dns dnsmasq`);
    const domain = typeof asked.domain === 'string' ? asked.domain.toLowerCase().replace(/\.$/, '') : '';
    if (!DOMAIN.test(domain) || domain.length > 253) return refused(`${asked.domain} is no domain name`);
    const servers = Array.isArray(asked.servers) ? asked.servers.map(String) : [];
    const wrong = servers.find((server) => parseIpv4(server) === undefined);
    if (wrong !== undefined) return refused(`${wrong} is no IPv4 address`);
    const others = site.dns.forwards.filter((each) => each.domain !== domain);
    const forwards = [...others, ...(servers.length === 0 ? [] : [{ domain, servers }])];
    return made({ ...site, dns: { ...site.dns, forwards: forwards.sort((a, b) => (a.domain < b.domain ? -1 : 1)) } });
  });
}

/**
 * What its router sends to `destination` goes by the VPN connection or virtual interface `via`, which is there and leads to the site;
 * without one by none of its own.
 */
export function routeAtSite(
  name: string,
  asked: { readonly destination?: unknown; readonly via?: unknown },
  { intent }: Caller,
): Decided {
  return atSite(name, intent, (site) => {
    const block = typeof asked.destination === 'string' ? parseCidr(asked.destination) : undefined;
    if (block === undefined || block.version !== 4) return refused(`${asked.destination} is no IPv4 block`);
    if (cidrCovers(cidrOf(site.cidr), block)) return refused(`${formatCidr(block)} is in ${name} itself`);
    const destination = formatCidr(block);
    const others = (site.routes ?? []).filter((each) => each.destination !== destination);
    const { via = null } = asked;
    if (via === null) return made({ ...site, routes: others });
    if (!(typeof via === 'string' && /^(?:vpn|dxvif)-[0-9a-z]+$/.test(via))) {
      return refused(`${via} is no id of a VPN connection or a virtual interface`);
    }
    if (siteBehind(intent, via) !== site.id) return refused(`${via} is not there, or does not lead to ${name}`);
    if (others.length >= MOST_ROUTES) return refused(`${name} has ${MOST_ROUTES} routes already`);
    return made({ ...site, routes: [...others, { destination, via }] });
  });
}

export function deleteSite(name: string, { intent }: Caller): Decided {
  return atSite(name, intent, (site) => ({ site, edits: [remove(site)] }));
}

function atSite(name: string, intent: Intent, decide: (site: Site) => Decided): Decided {
  const site = intent.table('site').get(`site-${name}`);
  return site === undefined ? refused(`there is no site named ${name}`) : decide(site);
}

function made(site: Site): Decided {
  return { site, edits: [put(site)] };
}

/** The id of the site at the far end of a VPN connection or a virtual interface. */
function siteBehind(intent: Intent, via: string): string | undefined {
  const vpn = intent.table('vpnConnection').get(via);
  if (vpn !== undefined && isLive(vpn)) return siteBeyond(intent, vpn)?.id;
  const vif = intent.table('dxInterface').get(via);
  return vif !== undefined && isLive(vif) ? dxSiteOf(intent, vif)?.id : undefined;
}
