/**
 * The DNS server of all VPCs: a UDP and a TCP socket for each address that a domain's resolver has, in that domain's
 * namespace. The socket tells the view: ranges overlap, so a client's address could not. `apply` opens what a Plan adds,
 * closes what it lacks and leaves the rest alone; answers change under open sockets.
 */
import { statSync } from 'node:fs';
import { type DnsIndex, indexDns } from '../../dns/answer.ts';
import type { Log } from '../../host/log.ts';
import { hostPaths } from '../../host/paths.ts';
import { tcpListener, udpSocket } from '../../host/sockets.ts';
import type { Domain, Plan, Port } from '../../plan/plan.ts';
import { Forwarder, type Upstream } from './forwarder.ts';
import { Limiter, PACKETS_PER_SECOND } from './limiter.ts';
import { hostUpstreams } from './resolv-conf.ts';
import type { Resolver } from './resolver.ts';
import { Responder } from './responder.ts';
import { serveTcp } from './tcp.ts';
import { serveUdp } from './udp.ts';

const DNS_PORT = 53;

export interface DnsServer {
  /** Puts the Plan's resolvers and views in force. Rejects if a socket could not be opened; all others then work. */
  apply(plan: Plan): Promise<void>;
  close(): Promise<void>;
}

export interface DnsServerOptions {
  readonly log: Log;
  /** Who answers for the world; the host's own resolvers by default. Empty: nobody, the world has no names. */
  readonly upstreams?: readonly Upstream[];
  /** Path of a domain's namespace. */
  readonly netnsOf?: (domain: string) => string;
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

interface Site {
  readonly resolver: Resolver;
  /** Which namespace the sockets are in: one made anew under the same name is another. */
  readonly namespace: string;
  /** By address. */
  readonly listeners: Map<string, Listener>;
}

export function createDnsServer(options: DnsServerOptions): DnsServer {
  const { log, netnsOf = hostPaths().netnsOf, packetsPerSecond = PACKETS_PER_SECOND } = options;
  const forwarder = new Forwarder(options.upstreams ?? hostUpstreams());
  const sites = new Map<string, Site>();
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other, in the order asked for. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  }

  async function put(plan: Plan): Promise<void> {
    const index = indexDns(plan);
    const wanted = new Map(
      plan.domains.filter((each) => each.resolverAddresses.length > 0).map((each) => [each.id, each]),
    );
    const ports = Map.groupBy(plan.ports, (port) => port.domain);
    for (const [id, site] of sites) {
      if (!wanted.has(id)) await closeSite(id, site);
    }
    const failures: unknown[] = [];
    for (const domain of wanted.values()) {
      await putDomain(domain, index, ports.get(domain.id) ?? []).catch((error) => failures.push(error));
    }
    if (failures.length > 0) {
      throw new Error(`${failures.length} resolvers could not be opened`, { cause: failures[0] });
    }
  }

  async function putDomain(domain: Domain, index: DnsIndex, ports: readonly Port[]): Promise<void> {
    const path = netnsOf(domain.id);
    const namespace = namespaceAt(path);
    const before = sites.get(domain.id);
    if (before !== undefined && before.namespace !== namespace) await closeSite(domain.id, before);
    const site = sites.get(domain.id) ?? newSite(domain.id, namespace, index);
    site.resolver.responder = new Responder(index, domain.id);
    site.resolver.limiter.learn(ports);
    for (const [address, listener] of site.listeners) {
      if (!domain.resolverAddresses.includes(address)) {
        site.listeners.delete(address);
        await closeListener(listener);
      }
    }
    for (const address of domain.resolverAddresses) {
      if (!site.listeners.has(address)) site.listeners.set(address, await listen(path, address, site.resolver));
    }
  }

  function newSite(id: string, namespace: string, index: DnsIndex): Site {
    const resolver = {
      responder: new Responder(index, id),
      limiter: new Limiter(packetsPerSecond),
      forwarder,
    };
    const site = { resolver, namespace, listeners: new Map<string, Listener>() };
    sites.set(id, site);
    log.debug({ domain: id }, 'resolver opened');
    return site;
  }

  async function closeSite(id: string, site: Site): Promise<void> {
    sites.delete(id);
    for (const listener of site.listeners.values()) await closeListener(listener);
    log.debug({ domain: id }, 'resolver closed');
  }

  return {
    apply: (plan) => inTurn(() => put(plan)),
    close: () =>
      inTurn(async () => {
        for (const [id, site] of sites) await closeSite(id, site);
      }),
  };
}

/** The driver brings the address up; the socket does not wait for it. */
async function listen(path: string, address: string, resolver: Resolver): Promise<Listener> {
  const at = { address, port: DNS_PORT, freebind: true };
  const udp = await serveUdp(udpSocket(path, at), resolver);
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
