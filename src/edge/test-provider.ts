/**
 * A provider and a consumer made by hand, with one address for both the client and a target: what the driver makes of a Plan,
 * as far as the edge meets it. Namespaces: vpc-a (consumer's router) with i-c, vpc-b (provider's router) with t-1 and t-2.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNetns, removePins } from '../host/netns.ts';
import { hostPaths, type Paths } from '../host/paths.ts';
import type { BalancerListener, Crossing, Plan, Pool } from '../plan/plan.ts';
import { EMPTY_PLAN } from '../plan/testing/empty-plan.ts';

export const CLIENT = '10.0.2.10';
export const ENDPOINT = '10.0.1.50';
export const LINK = '240.0.0.7';
export const NODE = '10.0.2.5';
export const CROSSED = '249.0.0.1';
export const TARGETS = { 't-1': '10.0.2.10', 't-2': '10.0.2.11' } as const;
export const VPCE = 'vpce-08d2bf15fac5001c9';

export interface Provider {
  readonly root: string;
  readonly paths: Paths;
  readonly env: Record<string, string>;
  inside(name: string, ...command: string[]): void;
  close(): void;
}

export function makeProvider(): Provider {
  const root = mkdtempSync(join(tmpdir(), 'culvert-provider-'));
  const env = { CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run'), CULVERT_LOG: 'silent' };
  const paths = hostPaths(env);
  const inside = (name: string, ...command: string[]) =>
    void execFileSync('nsenter', [`--net=${paths.netnsOf(name)}`, ...command], { stdio: 'pipe' });
  const ip = (name: string, ...lines: string[]) =>
    execFileSync('nsenter', [`--net=${paths.netnsOf(name)}`, 'ip', '-batch', '-'], { input: lines.join('\n') });

  for (const name of ['vpc-a', 'vpc-b', 'i-c', ...Object.keys(TARGETS)]) {
    createNetns(paths.netnsOf(name));
    ip(name, 'link set lo up');
  }
  for (const router of ['vpc-a', 'vpc-b']) inside(router, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  const plug = (router: string, machine: string, address: string) => {
    ip(
      router,
      `link add e-${machine} type veth peer name eth0 netns ${paths.netnsOf(machine)}`,
      `link set e-${machine} up`,
      `address add 252.0.0.1/32 dev e-${machine}`,
      `route add ${address} dev e-${machine}`,
    );
    ip(
      machine,
      `address add ${address}/32 dev eth0`,
      'link set eth0 up',
      'route add 252.0.0.1 dev eth0',
      'route add default via 252.0.0.1',
    );
  };
  plug('vpc-a', 'i-c', CLIENT);
  for (const [name, address] of Object.entries(TARGETS)) plug('vpc-b', name, address);
  ip('vpc-a', `link add x type veth peer name x netns ${paths.netnsOf('vpc-b')}`, 'link set x up');
  ip(
    'vpc-a',
    'address add 252.0.0.2/31 dev x',
    `route add ${CROSSED} via 252.0.0.3`,
    `route add local ${ENDPOINT} dev lo`,
  );
  ip('vpc-b', 'link set x up', 'address add 252.0.0.3/31 dev x', 'route add 240.0.0.0/5 via 252.0.0.2');
  ip('vpc-b', `route add local ${NODE} dev lo`, `route add local ${CROSSED} dev lo`);
  inside(
    'vpc-a',
    'nft',
    `add table ip t
     add chain ip t in { type nat hook prerouting priority dstnat; }
     add rule ip t in ip daddr ${ENDPOINT} dnat to ${CROSSED}
     add chain ip t out { type nat hook postrouting priority srcnat; }
     add rule ip t out oifname "x" snat to ${LINK}`,
  );
  return {
    root,
    paths,
    env,
    inside,
    close() {
      removePins(paths.netns);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export function pool(other: Partial<Pool> = {}): Pool {
  return {
    id: 'tg',
    origin: ['tg'],
    domain: 'vpc-b',
    protocol: 'tcp',
    preserveClientAddress: false,
    proxyProtocol: false,
    stickiness: 'none',
    check: {
      protocol: 'tcp',
      path: '/',
      codes: [{ from: 200, to: 399 }],
      intervalSeconds: 0.2,
      timeoutSeconds: 0.5,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
    },
    targets: Object.entries(TARGETS).map(([id, address]) => ({ id, address, checkPort: 8080, from: NODE })),
    cut: [],
    ...other,
  };
}

export function listener(other: Partial<BalancerListener> = {}): BalancerListener {
  return {
    id: 'listener',
    protocol: 'tcp',
    port: 80,
    pool: 'tg',
    engine: 'user',
    from: NODE,
    certificates: [],
    tls: null,
    idleSeconds: 350,
    targets: [{ address: TARGETS['t-1'], port: 8080 }],
    ...other,
  };
}

export function providerPlan(listeners: readonly BalancerListener[], pools: readonly Pool[]): Plan {
  const domain = (id: string): Plan['domains'][number] => ({
    id,
    kind: 'vpc',
    origin: [id],
    cidrs: ['10.0.0.0/16'],
    resolverAddresses: [],
    dhcp: { domainNames: [], nameServers: [] },
    metadataAddresses: [],
    timeAddresses: [],
  });
  const node = {
    port: 'eni-n',
    zone: 'use1-az1',
    address: NODE,
    crossingAddress: CROSSED,
    publicAddress: null,
    listeners,
  };
  const crossing: Crossing = {
    id: 'eni-e',
    origin: ['eni-e', VPCE, 'com.amazonaws.vpce.us-east-1.vpce-svc-1'],
    consumer: 'vpc-a',
    port: 'eni-e',
    address: ENDPOINT,
    guards: null,
    linkAddress: LINK,
    provider: 'vpc-b',
    targetAddress: CROSSED,
    listeners: listeners.map(({ protocol, port }) => ({
      protocol: protocol === 'udp' ? 'udp' : 'tcp',
      port,
      targetPort: port,
    })),
    open: true,
    closedBy: null,
  };
  return {
    ...EMPTY_PLAN,
    domains: [domain('vpc-a'), domain('vpc-b')],
    crossings: [crossing],
    balancers: [{ id: 'nlb', origin: ['nlb'], domain: 'vpc-b', filters: null, nodes: [node] }],
    pools,
  };
}
