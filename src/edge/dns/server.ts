/**
 * The DNS server of all VPCs: a UDP and a TCP socket for each address that a domain's resolver or an inbound endpoint has, in
 * that domain's or that address's namespace. The socket tells the view: ranges overlap, so a client's address could not. `apply`
 * opens what a Plan adds, closes what it lacks and leaves the rest alone; answers change under open sockets.
 */
import { statSync } from 'node:fs';
import { type DnsIndex, indexDns } from '../../dns/answer.ts';
import type { Log } from '../../host/log.ts';
import { hostPaths } from '../../host/paths.ts';
import { tcpListener, udpSocket } from '../../host/sockets.ts';
import { type Cidr, cidrContains, cidrOf } from '../../net/cidr.ts';
import { isIpv6, parseIp } from '../../net/ip.ts';
import { segmentBlocks } from '../../plan/blocks.ts';
import type { Plan, Port, QueryLog, Segment } from '../../plan/plan.ts';
import type { Collector } from './collector.ts';
import { Forwarder, type Upstream } from './forwarder.ts';
import { Limiter, PACKETS_PER_SECOND } from './limiter.ts';
import { Onward } from './onward.ts';
import { hostUpstreams } from './resolv-conf.ts';
import type { Resolver } from './resolver.ts';
import { Responder } from './responder.ts';
import { serveTcp } from './tcp.ts';
import { serveUdp } from './udp.ts';

const DNS_PORT = 53;
/** Without an outside the world has no names. */
const NOBODY = new Forwarder([]);

/** What DNS needs of a Plan. */
export type DnsPlan = Pick<
  Plan,
  'revision' | 'domains' | 'views' | 'publicZones' | 'hostedZones' | 'resolverEndpoints' | 'outside'
> & {
  readonly queryLogs: readonly Pick<QueryLog, 'id' | 'domain'>[];
  readonly ports: readonly Pick<Port, 'domain' | 'addresses'>[];
  readonly segments: readonly Pick<Segment, 'domain' | 'cidr' | 'ipv6Cidr' | 'zone'>[];
};

/** Of ports, those with several addresses: these share an allowance. */
export function selectDns(plan: Plan): DnsPlan {
  const { revision, domains, views, publicZones, hostedZones, resolverEndpoints, outside } = plan;
  const ports = plan.ports.flatMap(({ domain, addresses }) => (addresses.length > 1 ? [{ domain, addresses }] : []));
  const segments = plan.segments.map(({ domain, cidr, ipv6Cidr, zone }) => ({ domain, cidr, ipv6Cidr, zone }));
  const queryLogs = plan.queryLogs.map(({ id, domain }) => ({ id, domain }));
  const zones = { views, publicZones, hostedZones };
  return { revision, domains, ...zones, resolverEndpoints, outside, ports, segments, queryLogs };
}

export interface DnsServer {
  /** Puts the Plan's resolvers and views in force. Rejects if a socket could not be opened; all others then work. */
  apply(plan: DnsPlan): Promise<void>;
  close(): Promise<void>;
}

export interface DnsServerOptions {
  readonly log: Log;
  /** Who answers for the world, where the Plan has an outside; the host's own resolvers by default. */
  readonly upstreams?: readonly Upstream[];
  /** Path of a domain's or an endpoint's address's namespace. */
  readonly netnsOf?: (domain: string) => string;
  /** Takes what is to be logged; without it nothing is. */
  readonly collector?: Collector;
  /** What one interface may send in a second; AWS's limit by default. */
  readonly packetsPerSecond?: number;
}

interface Listener {
  readonly udp: Closable;
  readonly tcp: Closable;
}

/** Sockets that end with their open connections. */
interface Closable {
  close(): Promise<void>;
}

/** Where questions come in. */
interface Place {
  /** Of the namespace: a domain, or an address of an endpoint. */
  readonly id: string;
  readonly addresses: readonly string[];
  /** Whose view answers. */
  readonly domain: string;
  /** An inbound endpoint's: whoever can reach it asks as often as it likes. */
  readonly isInbound: boolean;
  /** Of those who ask here; an interface has one allowance for all its addresses. */
  readonly ports: DnsPlan['ports'];
  /** Where they are. */
  readonly zones: readonly { readonly cidr: Cidr; readonly zone: string }[];
}

interface Site {
  readonly resolver: Resolver;
  /** Which namespace the sockets are in: one made anew under the same name is another. */
  readonly namespace: string;
  /** By address. */
  readonly listeners: Map<string, Listener>;
}

export function createDnsServer(options: DnsServerOptions): DnsServer {
  const { log, netnsOf = hostPaths().netnsOf, packetsPerSecond = PACKETS_PER_SECOND } = options;
  const world = new Forwarder(options.upstreams ?? hostUpstreams());
  const onward = new Onward({ netnsOf });
  const sites = new Map<string, Site>();
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other, in the order asked for. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  }

  async function put(plan: DnsPlan): Promise<void> {
    const index = indexDns(plan);
    const wanted = new Map(placesOf(plan).map((place) => [place.id, place]));
    const exits = new Map(plan.resolverEndpoints.map(({ id, addresses }) => [id, addresses]));
    onward.learn(exits, plan.outside === null ? NOBODY : world);
    for (const [id, site] of sites) {
      if (!wanted.has(id)) await closeSite(id, site);
    }
    const failures: unknown[] = [];
    const logs = Map.groupBy(plan.queryLogs, ({ domain }) => domain);
    for (const place of wanted.values()) {
      await putPlace(
        place,
        index,
        (logs.get(place.domain) ?? []).map(({ id }) => id),
      ).catch((error) => failures.push(error));
    }
    if (failures.length > 0) {
      throw new Error(`${failures.length} resolvers could not be opened`, { cause: failures[0] });
    }
  }

  async function putPlace(place: Place, index: DnsIndex, logs: readonly string[]): Promise<void> {
    const path = netnsOf(place.id);
    const namespace = namespaceAt(path);
    const before = sites.get(place.id);
    if (before !== undefined && before.namespace !== namespace) await closeSite(place.id, before);
    const site = sites.get(place.id) ?? newSite(place, namespace, index);
    site.resolver.responder = newResponder(index, place);
    const inbound = place.isInbound ? place.id : null;
    site.resolver.log = (logs.length > 0 && options.collector?.of(logs, place.domain, inbound)) || null;
    site.resolver.limiter.learn(place.ports);
    for (const [address, listener] of site.listeners) {
      if (!place.addresses.includes(address)) {
        site.listeners.delete(address);
        await closeListener(listener);
      }
    }
    for (const address of place.addresses) {
      if (!site.listeners.has(address)) site.listeners.set(address, await listen(path, address, site.resolver));
    }
  }

  function newSite(place: Place, namespace: string, index: DnsIndex): Site {
    const { id, isInbound } = place;
    const resolver: Resolver = {
      responder: newResponder(index, place),
      limiter: new Limiter(isInbound ? Number.POSITIVE_INFINITY : packetsPerSecond),
      ask: (...question) => onward.ask(...question),
      log: null,
    };
    const site = { resolver, namespace, listeners: new Map<string, Listener>() };
    sites.set(id, site);
    log.debug({ place: id }, 'resolver opened');
    return site;
  }

  async function closeSite(id: string, site: Site): Promise<void> {
    sites.delete(id);
    for (const listener of site.listeners.values()) await closeListener(listener);
    log.debug({ place: id }, 'resolver closed');
  }

  return {
    apply: (plan) => inTurn(() => put(plan)),
    close: () =>
      inTurn(async () => {
        for (const [id, site] of sites) await closeSite(id, site);
      }),
  };
}

/** Whoever asks by an inbound endpoint is elsewhere. */
function newResponder(index: DnsIndex, { domain, isInbound, zones }: Place): Responder {
  return new Responder(index, domain, isInbound, (address) => {
    const ip = parseIp(address);
    return ip && zones.find(({ cidr }) => cidrContains(cidr, ip))?.zone;
  });
}

/** Resolvers of domains, and addresses of inbound endpoints whose domain has one. */
function placesOf(plan: DnsPlan): readonly Place[] {
  const ports = Map.groupBy(plan.ports, (port) => port.domain);
  const zones = Map.groupBy(
    plan.segments.flatMap(({ domain, zone, ...blocks }) =>
      segmentBlocks(blocks).map((cidr) => ({ domain, cidr: cidrOf(cidr), zone })),
    ),
    (segment) => segment.domain,
  );
  const domains = plan.domains.filter(({ resolverAddresses }) => resolverAddresses.length > 0);
  const resolved = new Set(domains.map(({ id }) => id));
  const inbound = plan.resolverEndpoints.filter(
    ({ direction, domain }) => direction === 'inbound' && resolved.has(domain),
  );
  return [
    ...domains.map(({ id, resolverAddresses }) => ({
      id,
      addresses: resolverAddresses,
      domain: id,
      isInbound: false,
      ports: ports.get(id) ?? [],
      zones: zones.get(id) ?? [],
    })),
    ...inbound.flatMap(({ domain, addresses }) =>
      addresses.map(({ id, address }) => ({ id, addresses: [address], domain, isInbound: true, ports: [], zones: [] })),
    ),
  ];
}

/** The driver brings the address up; the socket does not wait for it. */
async function listen(path: string, address: string, resolver: Resolver): Promise<Listener> {
  const at = { address, port: DNS_PORT, freebind: true };
  const udp = await serveUdp(udpSocket(path, at), resolver, isIpv6(address));
  try {
    return { udp, tcp: await serveTcp(tcpListener(path, at), resolver) };
  } catch (error) {
    await udp.close();
    throw error;
  }
}

async function closeListener({ udp, tcp }: Listener): Promise<void> {
  await Promise.all([udp.close(), tcp.close()]);
}

function namespaceAt(path: string): string {
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}
