/**
 * Target groups that a listener forwards to become pools: what is checked, from where, and how targets are spoken to. Here
 * also: how each target does, which the balancers' stage shares out to the nodes. A group that nothing forwards to is absent,
 * and so is a target that is not used (its zone is off, its instance does not run).
 */
import {
  type GroupSettings,
  groupSettings,
  isCrossZone,
  targetGroupAttributes,
} from '../../model/balancer-attributes.ts';
import type { Facts } from '../../model/facts.ts';
import type { Intent } from '../../model/intent.ts';
import type { HealthCheck, LoadBalancer, NetworkInterface, Target, TargetGroup } from '../../model/resources.ts';
import { ALL_ZONES, balancerOf, type TargetHealth, targetHealth, targetUse } from '../../model/targets.ts';
import { remember } from '../memo.ts';
import { compareAddresses, compareText, sortById } from '../order.ts';
import type { Pool, PoolAddress } from '../plan.ts';

/** A target group in use, with its targets that are. */
export interface FoundGroup {
  readonly group: TargetGroup;
  readonly balancer: LoadBalancer;
  readonly crossZone: boolean;
  readonly settings: GroupSettings;
  /** Who writes Proxy Protocol headers over TCP to them. */
  readonly writesHeaders: 'kernel' | 'user';
  /** Below these a node's DNS, and its choice of healthy targets only, give way; 0 is never. */
  readonly dnsMinimum: Minimum;
  readonly routingMinimum: Minimum;
  /** Registered ones. */
  readonly members: readonly Member[];
  /** Deregistered ones whose flows are to end. */
  readonly ended: readonly PoolAddress[];
}

/** Of what a node reaches. */
export interface Minimum {
  readonly count: number;
  readonly percentage: number;
}

export interface Member extends PoolAddress {
  readonly target: Target;
  readonly health: TargetHealth;
}

const PROTOCOLS = { TCP: 'tcp', UDP: 'udp', TCP_UDP: 'tcp_udp', TLS: 'tls' } as const;
const CHECKS = { TCP: 'tcp', HTTP: 'http', HTTPS: 'https' } as const;
const DEFAULT_CODES = '200-399';

/** By ARN. */
export function findGroups(intent: Intent, facts: Facts): ReadonlyMap<string, FoundGroup> {
  const found = new Map<string, FoundGroup>();
  for (const group of intent.table('targetGroup').all()) {
    const balancer = balancerOf(intent, group);
    if (balancer !== undefined) found.set(group.id, groupOf(intent, facts, group, balancer));
  }
  return found;
}

function groupOf(intent: Intent, facts: Facts, group: TargetGroup, balancer: LoadBalancer): FoundGroup {
  const settings = groupSettings(group);
  const members: Member[] = [];
  const ended: PoolAddress[] = [];
  for (const target of intent.table('target').by('targetGroupId', group.id)) {
    const use = targetUse(intent, group, target);
    if (use.kind === 'unused' || use.kind === 'draining') continue;
    const at = { address: use.address, port: target.port };
    if (use.kind === 'cut') ended.push(at);
    else members.push({ target, ...at, health: targetHealth(settings, facts.targets.get(target.id), facts.now) });
  }
  return {
    group,
    balancer,
    crossZone: isCrossZone(balancer, group),
    settings,
    writesHeaders: settings.proxyProtocol && facts.kernelHeaders ? 'kernel' : 'user',
    ...minimaOf(group),
    members,
    ended,
  };
}

const minimaOf = remember((group: TargetGroup): Pick<FoundGroup, 'dnsMinimum' | 'routingMinimum'> => {
  const values = targetGroupAttributes(group);
  const value = (key: string) => Number(values[`target_group_health.${key}`]) || 0;
  const minimum = (action: string) => ({
    count: value(`${action}.minimum_healthy_targets.count`),
    percentage: value(`${action}.minimum_healthy_targets.percentage`),
  });
  return { dnsMinimum: minimum('dns_failover'), routingMinimum: minimum('unhealthy_state_routing') };
});

/** Whom a node in this zone can send to, whatever their health. */
export function reachFrom({ members, crossZone }: FoundGroup, zoneId: string): readonly Member[] {
  return members.filter(({ target }) => crossZone || target.zoneId === ALL_ZONES || target.zoneId === zoneId);
}

/** Sorted, each once. */
export function sortPoolAddresses(addresses: Iterable<PoolAddress>): readonly PoolAddress[] {
  const once = new Map([...addresses].map(({ address, port }) => [`${address}:${port}`, { address, port }]));
  return [...once.values()].sort((a, b) => compareAddresses(a.address, b.address) || a.port - b.port);
}

/** `served`: whom any listener sends to now, as "address:port". */
export function compilePools(
  intent: Intent,
  groups: ReadonlyMap<string, FoundGroup>,
  served: ReadonlyMap<string, ReadonlySet<string>>,
): readonly Pool[] {
  return sortById([...groups.values()].map((found) => poolOf(intent, found, served.get(found.group.id) ?? new Set())));
}

function poolOf(intent: Intent, found: FoundGroup, served: ReadonlySet<string>): Pool {
  const { group, balancer, members, settings } = found;
  const isServed = ({ address, port }: PoolAddress) => served.has(`${address}:${port}`);
  const unhealthy = settings.cutsUnhealthy ? members.filter(({ health }) => health === 'unhealthy') : [];
  return {
    id: group.id,
    origin: [group.id, balancer.id],
    domain: group.vpcId,
    protocol: PROTOCOLS[group.protocol],
    preserveClientAddress: settings.preserveClientAddress,
    proxyProtocol: settings.proxyProtocol,
    stickiness: settings.stickiness,
    check: checkOf(group.healthCheck),
    targets: members
      .map(({ target, address }) => ({
        id: target.id,
        address,
        checkPort: group.healthCheck.port === 'traffic-port' ? target.port : Number(group.healthCheck.port),
        from: nodeFor(intent, found, target),
      }))
      .sort((a, b) => compareText(a.id, b.id)),
    cut: sortPoolAddresses([...found.ended, ...unhealthy].filter((each) => !isServed(each))),
  };
}

/** The node in the target's zone checks it; one outside the VPC is checked by the first node. */
function nodeFor(intent: Intent, { group, balancer }: FoundGroup, { zoneId }: Target): string {
  const zone = balancer.zones.find((each) => each.zoneId === zoneId) ?? balancer.zones[0];
  const eni = zone && intent.table('networkInterface').get(zone.interfaceId);
  if (eni === undefined) throw new Error(`${balancer.id} has no node to check ${zoneId} from`);
  return addressTowards(group, eni);
}

/** A node's address of the family of the group's targets: what they are spoken to from. */
export function addressTowards({ id, ipAddressType }: TargetGroup, eni: NetworkInterface): string {
  const [address] = ipAddressType === 'ipv6' ? eni.ipv6Addresses : eni.addresses;
  if (address === undefined) throw new Error(`${eni.id} has no address to reach the targets of ${id} from`);
  return address;
}

function checkOf(check: HealthCheck): Pool['check'] {
  const { intervalSeconds, timeoutSeconds, healthyThreshold, unhealthyThreshold } = check;
  const isHttp = check.protocol !== 'TCP';
  return {
    protocol: CHECKS[check.protocol],
    path: isHttp ? (check.path ?? '/') : '',
    codes: isHttp ? codesOf(check.matcher ?? DEFAULT_CODES) : [],
    intervalSeconds,
    timeoutSeconds,
    healthyThreshold,
    unhealthyThreshold,
  };
}

/** "200-299,302" as ranges. */
function codesOf(matcher: string): Pool['check']['codes'] {
  return matcher.split(',').map((part) => {
    const [from, to] = part.split('-').map(Number);
    return { from: from ?? 0, to: to ?? from ?? 0 };
  });
}
