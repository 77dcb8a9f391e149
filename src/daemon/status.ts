/** What `culvert status` shows: a picture of the Intent and of how far the world follows it. Computed when asked. */
import { endpointState } from '../api/ec2/endpoint/state.ts';
import { stateOf } from '../api/ec2/instance/state.ts';
import type { FastPathStatus } from '../driver/netns/fast-path.ts';
import { dxSiteOf } from '../model/direct-connect.ts';
import type { Facts } from '../model/facts.ts';
import { type Intent, KINDS } from '../model/intent.ts';
import { isLive, siteBeyond, tunnelKind } from '../model/remote.ts';
import type { Kind } from '../model/resources.ts';
import { primaryInterface } from '../model/targets.ts';
import type { Plan } from '../plan/plan.ts';
import type { Loop, Trouble } from './loop.ts';
import type { PortTrouble } from './node-ports.ts';
import type { Settings } from './settings.ts';

export interface Status {
  readonly version: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly auth: Settings['auth'];
  /** The account of keys that Culvert did not issue. */
  readonly defaultAccount: string;
  readonly startedAt: string;
  /** What the driver's fast path carried, or why there is none; null before the first round. */
  readonly fastPath: FastPathStatus | null;
  /** What of the real world is closed to instances, as the Plan in force has it; null: there is none. */
  readonly outside: Plan['outside'];
  readonly revision: number;
  readonly appliedRevision: number;
  /** What the newest round that went through had to change in the kernel; null before the first. */
  readonly lastRound: { readonly changes: number; readonly milliseconds: number } | null;
  /** How many of each kind, without kinds that there are none of. */
  readonly resources: Readonly<Partial<Record<Kind, number>>>;
  readonly endpoints: readonly EndpointStatus[];
  readonly instances: readonly InstanceStatus[];
  readonly sites: readonly SiteStatus[];
  readonly services: readonly { readonly name: string; readonly backend: string }[];
  /** Load balancers whose nodes ran out of ports towards a target, by VPC. */
  readonly outOfPorts: readonly PortTrouble[];
  readonly troubles: readonly Trouble[];
}

export interface EndpointStatus {
  readonly id: string;
  readonly serviceName: string;
  readonly vpcId: string;
  readonly state: string;
  readonly addresses: readonly string[];
}

export interface InstanceStatus {
  readonly id: string;
  readonly name: string;
  readonly vpcId: string;
  readonly state: string;
  readonly address: string;
  readonly publicAddress: string | null;
  readonly fault: string | null;
}

export interface SiteStatus {
  readonly name: string;
  readonly cidr: string;
  readonly publicAddress: string;
  /** null: no DNS server. */
  readonly dns: string | null;
  /** VPN connections in force that end there, with what they are made of. */
  readonly tunnels: readonly { readonly id: string; readonly end: string; readonly made: 'plain' | 'encrypted' }[];
  /** Virtual interfaces of Direct Connect in force that begin there. */
  readonly interfaces: readonly { readonly id: string; readonly end: string }[];
}

/** Culvert's own book-keeping. */
const INTERNAL: ReadonlySet<Kind> = new Set(['regionUse', 'clientTokenUse', 'counter', 'quota', 'quotaRequest']);

export function statusOf(
  intent: Intent,
  facts: Facts,
  loop: Pick<Loop, 'trouble' | 'round'>,
  about: Pick<Status, 'version' | 'listen' | 'auth' | 'defaultAccount' | 'startedAt' | 'fastPath' | 'outOfPorts'>,
): Status {
  const connections = [...intent.table('vpnConnection').all()].filter(isLive);
  const interfaces = Map.groupBy(
    [...intent.table('dxInterface').all()].filter(isLive),
    (each) => dxSiteOf(intent, each)?.id,
  );
  const tunnels = Map.groupBy(connections, (each) => siteBeyond(intent, each)?.id);
  return {
    ...about,
    outside: loop.round?.plan.outside ?? null,
    revision: intent.revision,
    appliedRevision: facts.appliedRevision,
    lastRound: loop.round === null ? null : { changes: loop.round.changes, milliseconds: loop.round.milliseconds },
    resources: Object.fromEntries(
      KINDS.filter((kind) => !INTERNAL.has(kind) && intent.table(kind).size > 0).map((kind) => [
        kind,
        intent.table(kind).size,
      ]),
    ),
    endpoints: [...intent.table('vpcEndpoint').all()].map((endpoint) => ({
      id: endpoint.id,
      serviceName: endpoint.serviceName,
      vpcId: endpoint.vpcId,
      state: endpointState(endpoint, facts),
      addresses: intent
        .table('networkInterface')
        .by('vpcEndpointId', endpoint.id)
        .flatMap((port) => [...port.addresses, ...port.ipv6Addresses]),
    })),
    instances: [...intent.table('instance').all()].map((instance) => {
      const port = primaryInterface(intent, instance);
      return {
        id: instance.id,
        name: instance.tags.Name ?? '',
        vpcId: instance.vpcId,
        state: stateOf(instance, facts),
        address: port?.addresses[0] ?? '',
        publicAddress: port?.publicAddress ?? null,
        fault: facts.machines.get(instance.id)?.fault ?? null,
      };
    }),
    sites: [...intent.table('site').all()].map(({ id, cidr, publicAddress, dns }) => ({
      name: id.slice('site-'.length),
      cidr,
      publicAddress,
      dns: dns?.software ?? null,
      tunnels: (tunnels.get(id) ?? []).map((each) => ({
        ...{ id: each.id, end: each.end.id },
        made: tunnelKind(facts, each),
      })),
      interfaces: (interfaces.get(id) ?? []).map((each) => ({ id: each.id, end: each.end.id })),
    })),
    services: [...intent.table('serviceBackend').all()].map(({ id, url }) => ({ name: id, backend: url })),
    troubles: loop.trouble === null ? [] : [loop.trouble],
  };
}
