/**
 * What a VPC's packet program is made of, and how it becomes tables: one for each address family that is in use there, from one
 * description (program-vpc.ts), and one for ARP.
 */
import type { Acl, Crossing, Filter, Port, Segment, ServiceGateway } from '../../plan/plan.ts';
import { crossingsOf, type Family, familyOf, ofFamily, portsOf, spelled } from './family.ts';
import type { NearLink } from './links.ts';
import { portLink } from './names.ts';
import { base, NO_TABLE, type Program, quoted, set, type Table } from './nft.ts';
import { vpcTable } from './program-vpc.ts';
import type { SpreadParts } from './spread.ts';

/** What one VPC's program is made of. */
export interface VpcParts {
  /** By id: the domain's own, those that guard crossings from here, and those beyond links that its rules name. */
  readonly filters: ReadonlyMap<string, Filter>;
  /** By id. */
  readonly segments: ReadonlyMap<string, Segment>;
  readonly acls: ReadonlyMap<string, Acl>;
  /** Whether packets of IPv6 are anybody's here. */
  readonly hasIpv6: boolean;
  /** Plugged into a running machine. */
  readonly ports: readonly Port[];
  /** Ids of those that routes lead to. */
  readonly routed: ReadonlySet<string>;
  readonly crossingPorts: readonly Port[];
  /** That start here. */
  readonly crossings: readonly Crossing[];
  /** That end here and start elsewhere. */
  readonly provided: readonly Crossing[];
  /** How long a connection to a crossing's listener may be silent, in seconds. */
  readonly idleSeconds: (crossing: Crossing, listener: Crossing['listeners'][number]) => number;
  /** null: no load balancer is here. */
  readonly spread: SpreadParts | null;
  /** Ways to AWS services, each with the numbers of the route tables that lead into it. */
  readonly serviceGateways: readonly {
    readonly gateway: ServiceGateway;
    readonly tables: readonly number[];
  }[];
  /** Route table number by segment. */
  readonly tableOf: ReadonlyMap<string, number>;
  /** To internet gateways, and to those that let nothing new in. */
  readonly gatewayLinks: readonly string[];
  readonly egressOnlyLinks: readonly string[];
  readonly links: readonly NearLink[];
  /** Of route tables, by id. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Whether flows are counted. */
  readonly isLogged: boolean;
  /** Flows that programs at links take note of are counted by them. */
  readonly isNoted: boolean;
  readonly resolverAddresses: readonly string[];
  readonly metadataAddresses: readonly string[];
  readonly timeAddresses: readonly string[];
}

export function vpcProgram(parts: VpcParts): Program {
  const table = (family: Family) => spelled(family, vpcTable(family, partsOf(family, parts)));
  return {
    ip: table('ip'),
    ip6: parts.hasIpv6 ? table('ip6') : NO_TABLE,
    arp: arpTable(portsOf('ip', parts.ports)),
  };
}

/** The parts with the addresses of one family. */
function partsOf(family: Family, parts: VpcParts): VpcParts {
  const ports = portsOf(family, parts.ports);
  return {
    ...parts,
    ports,
    crossingPorts: portsOf(family, parts.crossingPorts),
    crossings: crossingsOf(family, parts.crossings),
    provided: crossingsOf(family, parts.provided),
    gatewayLinks: family === 'ip' ? parts.gatewayLinks : [...parts.gatewayLinks, ...parts.egressOnlyLinks],
    serviceGateways: parts.serviceGateways.filter(({ gateway }) => familyOf(gateway.address) === family),
    spread: parts.spread === null ? null : { ...parts.spread, ports, inner: crossingsOf(family, parts.spread.inner) },
    resolverAddresses: ofFamily(family, parts.resolverAddresses),
    metadataAddresses: ofFamily(family, parts.metadataAddresses),
    timeAddresses: ofFamily(family, parts.timeAddresses),
  };
}

/** Who claims another's address in an ARP request would fill the neighbour table, which all namespaces share. */
function arpTable(ports: readonly Port[]): Table {
  const guarded = ports.filter((port) => port.spoofGuard);
  return {
    counters: [],
    timeouts: {},
    sets: {
      sources: set(
        'ifname . ipv4_addr',
        guarded.flatMap((port) => port.addresses.map((address) => `"${portLink(port.id)}" . ${address}`)),
      ),
      any_source: set('ifname', quoted(ports.filter((port) => !port.spoofGuard).map((port) => portLink(port.id)))),
    },
    chains: {
      input: base('filter hook input priority 0; policy drop;', [
        'iifname . arp saddr ip @sources accept',
        'iifname @any_source accept',
      ]),
    },
  };
}
