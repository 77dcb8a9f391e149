/**
 * For tests: the service edge on loopback instead of in namespaces, and clients of the AWS SDK that reach it by AWS's own
 * names over TLS.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { Agent } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../host/log.ts';
import type { Service } from '../../plan/plan.ts';
import type { Listeners } from '../listeners.ts';
import { type Ca, ensureCa } from '../tls/ca.ts';
import { policyOfArn, type ResourcePolicy } from './embedded/resource-policies.ts';
import { createStores, type Stores } from './embedded/stores.ts';
import { createEndpoints, type Endpoints } from './endpoints.ts';
import { type Access, createHandler, type Handler } from './handler.ts';
import { SERVER_OPTIONS } from './http.ts';

export const REGION = 'ap-south-1';
export const ACCOUNT = '111122223333';
export const KEY = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
export const OTHER_ACCOUNT = '444455556666';
export const OTHER_KEY = { accessKeyId: 'AKIAOTHER', secretAccessKey: 'other' };

const EVERYTHING = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';

/** AROAEXAMPLE is a role that may do everything. */
export const ACCESS: Access = {
  authMode: 'strict',
  defaultAccount: ACCOUNT,
  identities: {
    grants: {
      AROAEXAMPLE: { policies: [EVERYTHING], boundary: null, tags: {} },
    },
    accessKeys: {
      [KEY.accessKeyId]: { secret: KEY.secretAccessKey, active: true, principal: { kind: 'root', account: ACCOUNT } },
      [OTHER_KEY.accessKeyId]: {
        secret: OTHER_KEY.secretAccessKey,
        active: true,
        principal: { kind: 'root', account: OTHER_ACCOUNT },
      },
    },
  },
};

export function service(
  name: string,
  backend: Service['backend'] = { kind: 'embedded' },
  more: string[] = [],
): Service {
  return {
    id: `com.amazonaws.${REGION}.${name}`,
    origin: [],
    service: name,
    region: REGION,
    serviceAddress: '127.0.0.1',
    serviceAddress6: null,
    internetAddress: '127.0.0.1',
    port: 443,
    names: [`${name}.${REGION}.amazonaws.com`, `*.${name}.${REGION}.vpce.amazonaws.com`, ...more],
    backend,
  };
}

export interface TestEdge {
  readonly ca: Ca;
  readonly home: string;
  readonly sealKey: Buffer;
  readonly controlSocket: string;
  readonly handler: Handler;
  /** Of an HTTP server that takes requests as edge.sock does. */
  readonly plainPort: number;
  portOf(service: string): number;
  put(services: readonly Service[]): Promise<void>;
  /** Ends all but the files, and starts anew. */
  restart(): Promise<void>;
  /** As control asks for it. */
  policyOf(arn: string): Promise<ResourcePolicy | null>;
  /** What an SDK client needs to reach the service by its name. */
  client(name: string, credentials?: object): ClientOptions;
  stop(): Promise<void>;
}

export interface ClientOptions {
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  endpoint: string;
  maxAttempts: number;
  requestHandler: { httpsAgent: Agent };
}

export async function startTestEdge(): Promise<TestEdge> {
  const home = mkdtempSync(join(tmpdir(), 'culvert-edge-'));
  const ca = await ensureCa({ caCert: join(home, 'ca', 'ca.pem'), caKey: join(home, 'ca', 'ca.key') });
  const sealKey = randomBytes(32);
  const controlSocket = join(home, 'control.sock');
  const agents: Agent[] = [];
  let running = await start();

  async function start(): Promise<Running> {
    const stores = createStores(join(home, 'backends'));
    const handler = createHandler({ log: silentLog(), stores, sealKey, controlSocket });
    handler.allow(ACCESS);
    const listeners = loopbackListeners();
    const endpoints = createEndpoints({ log: silentLog(), ca, listeners, handler, untranslated: () => undefined });
    const plain = createHttpServer(SERVER_OPTIONS, (request, response) => {
      void handler.handle(request, response, { service: null, endpoint: null, clientAddress: null });
    }).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    return { stores, handler, listeners, endpoints, plain };
  }

  async function end(): Promise<void> {
    running.endpoints.close();
    running.plain.closeAllConnections();
    running.plain.close();
    await running.stores.close();
  }

  let services: readonly Service[] = [];
  const edge: TestEdge = {
    ca,
    home,
    sealKey,
    controlSocket,
    get handler() {
      return running.handler;
    },
    get plainPort() {
      return (running.plain.address() as AddressInfo).port;
    },
    portOf: (name) => running.listeners.ports.get(`com.amazonaws.${REGION}.${name}`) ?? 0,
    async put(next) {
      services = next;
      running.listeners.order = next.map((each) => each.id);
      running.endpoints.apply({ services: next, crossings: [], serviceGateways: [], endpointPolicies: [] });
      await running.listeners.ready();
    },
    async restart() {
      await end();
      running = await start();
      await edge.put(services);
    },
    policyOf: (arn) => policyOfArn(running.stores, arn),
    client(name, credentials = KEY) {
      const httpsAgent = new Agent({
        keepAlive: true,
        ca: ca.certificate,
        lookup: (_name, options, done) =>
          options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
      });
      agents.push(httpsAgent);
      return {
        region: REGION,
        credentials: credentials as ClientOptions['credentials'],
        endpoint: `https://${name}.${REGION}.amazonaws.com:${edge.portOf(name)}`,
        maxAttempts: 1,
        requestHandler: { httpsAgent },
      };
    },
    async stop() {
      for (const agent of agents) agent.destroy();
      await end();
      rmSync(home, { recursive: true, force: true });
    },
  };
  return edge;
}

interface Running {
  stores: Stores;
  handler: Handler;
  listeners: ReturnType<typeof loopbackListeners>;
  endpoints: Endpoints;
  plain: ReturnType<typeof createHttpServer>;
}

/** Two sockets are wanted for each service, in the services' order; both are one on loopback. */
function loopbackListeners(): Listeners & { order: string[]; ports: Map<string, number>; ready(): Promise<void> } {
  const servers: Server[] = [];
  const ports = new Map<string, number>();
  const self = {
    order: [] as string[],
    ports,
    apply(wanted: Parameters<Listeners['apply']>[0]) {
      for (const server of servers.splice(0)) server.close();
      ports.clear();
      wanted.forEach(({ accept }, at) => {
        if (at % 2 === 1) return;
        const server = createServer((socket: Socket) => accept(socket)).listen(0, '127.0.0.1');
        server.once('listening', () => ports.set(self.order[at / 2] ?? '', (server.address() as AddressInfo).port));
        servers.push(server);
      });
      return [];
    },
    close() {
      for (const server of servers.splice(0)) server.close();
    },
    async ready() {
      await Promise.all(servers.map((server) => server.listening || once(server, 'listening')));
    },
  };
  return self;
}
