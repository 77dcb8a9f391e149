/**
 * What a Plan tells of where a flow was seen: which flows AWS does not log, the way that a packet takes out of an interface, and
 * whose addresses are AWS's own. https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-limitations.html
 */
import { indexPlan, type PlanIndex } from '../../analyse/plan-index.ts';
import type { CountedFlow } from '../../driver/netns/flows.ts';
import { isIpv6 } from '../../net/ip.ts';
import type { FlowLog, Plan, Port, Segment } from '../../plan/plan.ts';

export interface Places {
  /** Of the ports that logs cover; undefined: none of theirs. */
  placeOf(port: string): Place | undefined;
  /** null: no AWS service stands there. */
  serviceAt(address: string): string | null;
  /** AWS's number of the way by which a packet to that address leaves; null: of none that has a number. */
  pathTo(place: Place, address: string): number | null;
  isLogged(flow: CountedFlow): boolean;
}

export interface Place {
  readonly port: Port;
  readonly segment: Segment;
  /** The instance that has it; null: it is nobody's, or AWS's. */
  readonly instance: string | null;
  readonly logs: readonly FlowLog[];
}

/** Between an endpoint's interface and a load balancer's, packets have addresses that no tenant can use: 240.0.0.0/4, fdcf::/16. */
const OF_CROSSINGS = /^(2[45]\d\.|fdcf:)/;
/** AWS's instances tell names, time and themselves at these in every VPC, whether they are answered or not. */
const OF_AWS = [
  '169.254.169.123',
  '169.254.169.253',
  '169.254.169.254',
  'fd00:ec2::123',
  'fd00:ec2::253',
  'fd00:ec2::254',
];
const DHCP_PORTS = [67, 68, 546, 547];
const UDP = 17;

/** By their names in our Plan; all others are of AMAZON alone. */
const SERVICES: Readonly<Record<string, string>> = { s3: 'S3', dynamodb: 'DYNAMODB', 'execute-api': 'API_GATEWAY' };

export function placesOf(plan: Plan): Places {
  const index = indexPlan(plan);
  const logs = Map.groupBy(plan.flowLogs, ({ covers }) => covers);
  const names = new Map(plan.services.map(({ id, service }) => [id, service]));
  const unlogged = new Set([
    ...OF_AWS,
    ...plan.domains.flatMap((each) => [...each.metadataAddresses, ...each.timeAddresses]),
  ]);
  const places = new Map<string, Place | undefined>();
  const paths = new Map<string, number | null>();

  function find(id: string): Place | undefined {
    const port = index.ports.get(id);
    const segment = port && index.segments.get(port.segment);
    if (port === undefined || segment === undefined) return undefined;
    const ofPort = [port.domain, segment.id, port.id].flatMap((each) => logs.get(each) ?? []);
    const machine = port.machine?.id ?? '';
    return ofPort.length === 0
      ? undefined
      : { port, segment, instance: machine.startsWith('i-') ? machine : null, logs: ofPort };
  }

  function placeOf(id: string): Place | undefined {
    if (!places.has(id)) places.set(id, find(id));
    return places.get(id);
  }

  return {
    placeOf,
    serviceAt(address) {
      const place = index.publicPlaces.get(address);
      if (place?.kind === 'service') return SERVICES[names.get(place.id) ?? ''] ?? 'AMAZON';
      return !isIpv6(address) && index.publicPort(address) !== undefined ? 'EC2' : null;
    },
    pathTo(place, address) {
      const key = `${place.segment.id} ${place.instance !== null} ${address}`;
      const known = paths.get(key);
      if (known !== undefined) return known;
      const path = pathOf(index, place, address);
      paths.set(key, path);
      return path;
    },
    isLogged({ port, packetSource, packetDestination, protocol, sourcePort, destinationPort }) {
      if (protocol === UDP && DHCP_PORTS.includes(sourcePort) && DHCP_PORTS.includes(destinationPort)) return false;
      const place = placeOf(port);
      if (place === undefined) return false;
      const resolvers = index.domains.get(place.port.domain)?.resolverAddresses ?? [];
      return [packetSource, packetDestination].every(
        (address) =>
          !unlogged.has(address) &&
          !resolvers.includes(address) &&
          address !== place.segment.routerAddress &&
          !OF_CROSSINGS.test(address),
      );
    },
  };
}

/** https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html, "traffic-path"; instances are all of the Nitro kind. */
function pathOf(index: PlanIndex, { port, segment, instance }: Place, address: string): number | null {
  const domain = index.domains.get(port.domain);
  if (domain !== undefined && index.isWithin(domain.cidrs, address)) return 1;
  const via = index.route(segment.routeTable, address)?.via;
  switch (via?.kind) {
    case 'local':
    case 'port':
      return 1;
    case 'gateway':
      if (index.gateways.get(via.gateway)?.kind !== 'internet') return null;
      return instance === null ? 2 : 8;
    case 'serviceGateway':
      return instance === null ? 2 : 7;
    case 'link': {
      const link = index.links.get(via.link);
      const far = link?.ends.find((end) => end.domain !== port.domain)?.domain ?? '';
      if (link?.kind === 'peering') return regionOf(index, far) === zoneRegion(segment.zone) ? 4 : 5;
      return far.startsWith('vgw-') ? 3 : null;
    }
    default:
      return null;
  }
}

/** As ids of zones begin: "aps1"; null: it has no subnet. */
function regionOf(index: PlanIndex, domain: string): string | null {
  for (const { domain: of, zone } of index.segments.values()) if (of === domain) return zoneRegion(zone);
  return null;
}

function zoneRegion(zone: string): string {
  return zone.slice(0, zone.lastIndexOf('-'));
}
