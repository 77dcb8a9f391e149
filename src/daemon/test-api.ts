/** For tests of the API as clients see it, the SDK's among them: a store and its handler behind a port, and nothing beneath. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { now } from '../host/clock.ts';
import { silentLog } from '../host/log.ts';
import { sealKey } from '../host/seal.ts';
import { type Facts, NO_FACTS } from '../model/facts.ts';
import type { Door } from './arrival.ts';
import { createAwsHandler } from './aws.ts';
import { createTeller } from './events/teller.ts';
import { createHttpServer } from './http.ts';
import { ensureRootKey } from './keys.ts';
import { openMeterStore } from './meters/meter-store.ts';
import { DEFAULTS, type Settings } from './settings.ts';
import { openStore } from './store/store.ts';
import { createTrail } from './trail/trail.ts';

/** A folder for the homes of APIs, which are closed when the file's tests are over. */
export interface ApiFolder {
  readonly path: string;
  readonly closing: Set<() => Promise<void>>;
}

export function apiFolder(): ApiFolder {
  const folder = { path: mkdtempSync(join(tmpdir(), 'culvert-api-')), closing: new Set<() => Promise<void>>() };
  after(async () => {
    for (const close of folder.closing) await close();
    rmSync(folder.path, { recursive: true, force: true });
  });
  return folder;
}

interface Options {
  readonly auth: Settings['auth'];
  readonly door?: Door;
  /** What the host measures; the test's to change. */
  readonly facts?: Facts;
}

/** The same name in the same folder is the same store. */
export async function startApi(folder: ApiFolder, name: string, { auth, door = 'api', facts = NO_FACTS }: Options) {
  const home = join(folder.path, name);
  const store = await openStore(join(home, 'store.sqlite'));
  ensureRootKey(store, home, DEFAULTS.defaultAccount, '2026-01-01T00:00:00Z');
  let changes = 0;
  const trail = createTrail({ folder: join(home, 'trail'), log: silentLog() });
  const metrics = openMeterStore(join(home, 'meters.sqlite'));
  const handler = createAwsHandler({
    store,
    settings: { ...DEFAULTS, auth },
    facts,
    sealKey: sealKey(join(home, 'seal.key')),
    servicesSocket: join(home, 'no-edge.sock'),
    log: silentLog(),
    trail,
    events: createTeller({ store, facts, log: silentLog(), now, dispatched: () => {} }),
    metrics,
    now,
    consoleOutput: () => null,
    changed: () => changes++,
  });
  const server = createHttpServer((request, response) => void handler(request, response, door));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    folder.closing.delete(close);
    server.closeAllConnections();
    server.close();
    await trail.close();
    metrics.close();
    await store.close();
  };
  folder.closing.add(close);
  const root = [...store.intent.table('accessKey').all()].find((key) => key.userName === null);
  const client = (accessKeyId: string, secretAccessKey: string, sessionToken?: string) => ({
    endpoint,
    region: 'ap-south-1',
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  });
  const rootClient = client(root?.id ?? '', root?.secret ?? '');
  return { store, metrics, endpoint, client, rootClient, changes: () => changes, close };
}

/** The ARN of an internal network load balancer, "front". */
export async function balancerIn(elb: ElasticLoadBalancingV2, subnet: string): Promise<string> {
  const wish = { Name: 'front', Type: 'network', Scheme: 'internal' } as const;
  return (await elb.createLoadBalancer({ ...wish, Subnets: [subnet] })).LoadBalancers?.[0]?.LoadBalancerArn ?? '';
}
