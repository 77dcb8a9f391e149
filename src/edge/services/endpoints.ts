/**
 * Where packets meet AWS's services: a TLS listener for each service's address, in the services domain (for crossings) and
 * in the internet. The address that was dialled tells the service, so a client cannot choose another by SNI; its certificate
 * has all of the service's names.
 */

import type { IncomingMessage } from 'node:http';
import { createServer as createHttpsServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Log } from '../../host/log.ts';
import type { Plan, Service } from '../../plan/plan.ts';
import { type Listeners, stopServer, trackConnections } from '../listeners.ts';
import type { Ca } from '../tls/ca.ts';
import type { Arrival, Handler } from './handler.ts';
import { SERVER_OPTIONS } from './http.ts';

const RENEW_BEFORE_MS = 30 * 86_400_000;
const TLS: TlsOptions = { minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'], handshakeTimeout: 10_000 };

export interface Endpoints {
  /** A sentence for each listener that could not be opened. */
  apply(plan: Pick<Plan, 'services' | 'crossings'>): string[];
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
}): Endpoints {
  const { log, ca, listeners, handler } = options;
  const fronts = new Map<string, Promise<Front>>();
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
    return service && { service, endpoint: endpoints.get(socket.remoteAddress ?? '') ?? null };
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
      endpoints = new Map(
        plan.crossings.map(({ linkAddress, origin, consumer }) => [
          linkAddress,
          { vpcEndpointId: origin[1] ?? '', vpcId: consumer },
        ]),
      );
      for (const [id, front] of fronts) {
        if (services.has(id)) continue;
        fronts.delete(id);
        front.then(({ server }) => stopServer(server)).catch(() => undefined);
      }
      return listeners.apply(
        plan.services.flatMap((service) =>
          [
            { domain: 'services', address: service.serviceAddress },
            { domain: 'internet', address: service.internetAddress },
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
