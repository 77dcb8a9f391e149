/**
 * Where packets meet AWS's services: a TLS listener for each service's address, in the services domain (for crossings and
 * gateway endpoints) and in the internet. The address that was dialled tells the service, so a client cannot choose another by
 * SNI; its certificate has all of the service's names. The address that it was dialled from tells the endpoint, and what the
 * kernel knows of the connection the client's own address behind it.
 */

import type { IncomingMessage } from 'node:http';
import { createServer as createHttpsServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Ends } from '../../host/conntrack.ts';
import { explain } from '../../host/fault.ts';
import type { Log } from '../../host/log.ts';
import type { Plan, Service } from '../../plan/plan.ts';
import { type Listeners, stopServer, trackConnections } from '../listeners.ts';
import type { Ca } from '../tls/ca.ts';
import type { Arrival, Handler } from './handler.ts';
import { SERVER_OPTIONS } from './http.ts';

const RENEW_BEFORE_MS = 30 * 86_400_000;
const TLS: TlsOptions = { minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'], handshakeTimeout: 10_000 };

/** What the service edge reads of a Plan. */
export type ServicesPlan = Pick<Plan, 'services' | 'crossings' | 'serviceGateways' | 'endpointPolicies'>;

export interface Endpoints {
  /** A sentence for each listener that could not be opened. */
  apply(plan: ServicesPlan): string[];
  close(): void;
}

interface Front {
  readonly server: Server;
  readonly names: string;
  readonly renewAt: number;
}

export function createEndpoints(options: {
  readonly log: Log;
  readonly ca: Ca;
  readonly listeners: Listeners;
  readonly handler: Handler;
  /** What a connection that left the domain was before it was translated. */
  readonly untranslated: (domain: string, translated: Ends) => Ends | undefined;
}): Endpoints {
  const { log, ca, listeners, handler, untranslated } = options;
  const fronts = new Map<string, Promise<Front>>();
  const clients = new WeakMap<Socket, string | null>();
  let services: ReadonlyMap<string, Service> = new Map();
  /** By link address. */
  let endpoints: ReadonlyMap<string, NonNullable<Arrival['endpoint']>> = new Map();

  /** Made at a service's first connection: there are hundreds of services, and few are used. */
  async function frontOf(service: Service): Promise<Front> {
    const names = service.names.join(' ');
    const pending = fronts.get(service.id) ?? start(service, names);
    const front = await pending;
    if (front.names === names && Date.now() < front.renewAt) return front;
    const newest = fronts.get(service.id);
    return newest !== undefined && newest !== pending ? newest : start(service, names, front.server);
  }

  function start(service: Service, names: string, server?: Server): Promise<Front> {
    const front = makeFront(service, names, server);
    fronts.set(service.id, front);
    front.catch(() => fronts.delete(service.id));
    return front;
  }

  async function makeFront(service: Service, names: string, server: Server | undefined): Promise<Front> {
    const { chain, key, expiresAt } = await ca.issue(service.names);
    const renewAt = expiresAt.getTime() - RENEW_BEFORE_MS;
    if (server !== undefined) {
      server.setSecureContext({ ...TLS, cert: chain, key });
      return { server, names, renewAt };
    }
    const made = createHttpsServer({ ...SERVER_OPTIONS, ...TLS, cert: chain, key }, (request, response) => {
      const arrival = arrivalOf(service.id, request);
      if (arrival === undefined) response.destroy();
      else void handler.handle(request, response, arrival);
    });
    trackConnections(made);
    made.on('tlsClientError', (error) => log.debug({ err: error, service: service.id }, 'TLS handshake'));
    return { server: made, names, renewAt };
  }

  /** Undefined: the service was taken out of the Plan while the connection was open. */
  function arrivalOf(id: string, { socket }: IncomingMessage): Arrival | undefined {
    const service = services.get(id);
    if (service === undefined) return undefined;
    const endpoint = endpoints.get(socket.remoteAddress ?? '') ?? null;
    const clientAddress = endpoint === null ? (socket.remoteAddress ?? null) : clientBehind(endpoint.vpcId, socket);
    return { service, endpoint, clientAddress };
  }

  /** Asked once a connection: the kernel keeps it for as long as there are packets. */
  function clientBehind(domain: string, socket: Socket): string | null {
    const known = clients.get(socket);
    if (known !== undefined) return known;
    const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = socket;
    const translated = {
      source: remoteAddress,
      sourcePort: remotePort,
      destination: localAddress,
      destinationPort: localPort,
    };
    let client: string | null = null;
    try {
      client = untranslated(domain, translated)?.source ?? null;
    } catch (error) {
      log.warn({ domain, reason: explain(error) }, 'cannot tell whose a connection is');
    }
    clients.set(socket, client);
    return client;
  }

  function accept(service: Service, socket: Socket): void {
    socket.on('error', (error) => log.debug({ err: error, service: service.id }, 'connection'));
    frontOf(service).then(
      ({ server }) => server.emit('connection', socket),
      (error) => {
        log.error({ err: error, service: service.id }, 'cannot make a certificate');
        socket.destroy();
      },
    );
  }

  return {
    apply(plan) {
      services = new Map(plan.services.map((service) => [service.id, service]));
      const policies = new Map(plan.endpointPolicies.map((policy) => [policy.id, policy]));
      const endpointOf = (vpcEndpointId: string, vpcId: string) => ({
        vpcEndpointId,
        vpcId,
        policy: policies.get(vpcEndpointId) ?? null,
      });
      endpoints = new Map([
        ...plan.crossings.map(
          ({ linkAddress, origin, consumer }) => [linkAddress, endpointOf(origin[1] ?? '', consumer)] as const,
        ),
        ...plan.serviceGateways.map(({ linkAddress, id, domain }) => [linkAddress, endpointOf(id, domain)] as const),
      ]);
      const behindGateways = new Set(plan.serviceGateways.map(({ service }) => service));
      for (const [id, front] of fronts) {
        if (services.has(id)) continue;
        fronts.delete(id);
        front.then(({ server }) => stopServer(server)).catch(() => undefined);
      }
      return listeners.apply(
        plan.services.flatMap((service) =>
          [
            ...[service.serviceAddress, service.serviceAddress6 ?? []]
              .flat()
              .map((address) => ({ domain: 'services', address })),
            { domain: 'internet', address: service.internetAddress },
            ...(behindGateways.has(service.id) ? [{ domain: 'services', address: service.internetAddress }] : []),
          ].map((place) => ({ ...place, port: service.port, accept: (socket: Socket) => accept(service, socket) })),
        ),
      );
    },
    close() {
      listeners.close();
      for (const front of fronts.values()) front.then(({ server }) => stopServer(server)).catch(() => undefined);
    },
  };
}
