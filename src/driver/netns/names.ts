/**
 * Names and constants of what the driver puts into the kernel. Interface names have 15 characters at most and follow from
 * ids alone, so that a restart finds its own: e-… a port's router end, g-… a gateway's link, x-… a crossing's link, p-… a
 * link between customers' domains or to a hub, o-… the way out of a domain where encrypted tunnels end.
 */
import { createHash } from 'node:crypto';
import { formatIp } from '../../net/ip.ts';

/** Marks our routes and rules among those of the kernel (an unassigned number of /etc/iproute2/rt_protos). */
export const ROUTE_PROTOCOL = 67;
/**
 * Also where crossings lead: it is asked before any customer's table, where nothing can be of 240.0.0.0/4, and a table of their own
 * would be one more question for each packet.
 */
export const TABLE_LOCAL = 255;
export const TABLE_MAIN = 254;
/** What the kernel gives a route of IPv6 that is told none; of IPv4: 0. Of several the lowest is taken. */
export const METRIC_6 = 1024;
/** Where encrypted tunnels' own packets leave: they carry this mark, which is no customer's table. */
export const TABLE_OUTSIDE = 101;
export const PRIORITY_OUTSIDE = 20;
export const PRIORITY_CUSTOMER = 1000;
/** What the router itself sends over IPv6 to whom no other table knows: the last that is asked. */
export const TABLE_ANSWERS = 102;
export const PRIORITY_ANSWERS = 40_000;
const FIRST_CUSTOMER_TABLE = 1000;
/** In machines with several interfaces, by device index: what leaves from whose address. The rule's priority is its table's number. */
export const FIRST_SOURCE_TABLE = 10_000;
/** Above those that programs are known by. */
const FIRST_TUNNEL_PORT = 10_000;
const TUNNEL_PORTS = 50_000;

/** Jumbo frames, as inside a VPC. */
export const MTU = 9001;
/**
 * What targets see of a load balancer's node: 55,000 ports of its address, towards each target.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-troubleshooting.html
 */
export const NODE_PORTS: PortRange = { from: 10_536, to: 65_535 };

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** Segments that a host hands over whole; three times the ordinary limit, beyond which little is won. */
export const SEGMENT_BYTES = 196608;

/** Each veth is a network of two, so the same two MAC addresses and the same next hop serve on all of them. */
export const ROUTER_MAC = '02:cf:00:00:00:01';
export const FAR_MAC = '02:cf:00:00:00:02';
/** The internet domain's ends: no router, so the fast path's programs leave the hashes of what goes there alone (leads_to_router). */
export const INTERNET_MAC = '02:cf:00:00:01:02';
export const NEXT_HOP = '252.0.0.1';
export const NEXT_HOP_6 = 'fe80::1';

/** The address that an interface gives itself (RFC 4291, appendix A). */
export function linkLocal(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(':').map((octet) => Number.parseInt(octet, 16));
  const words = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return formatIp({ version: 6, value: BigInt(`0xfe80000000000000${words.map(hex4).join('')}`) });
}

const hex4 = (word: number) => word.toString(16).padStart(4, '0');

export const INTERNET = 'internet';
export const SERVICES = 'services';

export const portLink = (port: string) => `e-${tail(port)}`;
export const gatewayLink = (gateway: string) => `g-${tail(gateway)}`;
export const linkName = (link: string) => `p-${tail(link)}`;
export const outsideLink = (domain: string) => `o-${digestName([domain]).slice(0, 13)}`;
export const crossingLink = (farDomain: string) => `x-${tail(farDomain)}`;
export const machineLink = (deviceIndex: number) => `eth${deviceIndex}`;

/** The last 13 characters of an id are 52 random bits: enough to be one of its kind in a namespace. */
function tail(id: string): string {
  return id.slice(id.indexOf('-') + 1).slice(-13);
}

/** Numbers of customers' route tables by their ids: from the id alone, save where two ids of one domain collide. */
export function tableNumbers(ids: readonly string[]): Map<string, number> {
  return numbered(ids, (hash) => FIRST_CUSTOMER_TABLE + (hash >>> 2));
}

/** UDP ports of encrypted tunnels by their ids, the same at both ends; as with tables. */
export function tunnelPorts(ids: readonly string[]): Map<string, number> {
  return numbered(ids, (hash) => FIRST_TUNNEL_PORT + (hash % TUNNEL_PORTS));
}

function numbered(ids: readonly string[], numberOf: (hash: number) => number): Map<string, number> {
  const numbers = new Map<string, number>();
  const taken = new Set<number>();
  for (const id of [...ids].sort()) {
    let number = numberOf(createHash('sha1').update(id).digest().readUInt32BE());
    while (taken.has(number)) number++;
    taken.add(number);
    numbers.set(id, number);
  }
  return numbers;
}

/** Name for the chain of a set of filters: one filter's is readable, a combination's is a digest. */
export function filterSetName(filters: readonly string[]): string {
  if (filters.length === 1 && filters[0] !== undefined) return filters[0];
  return digestName(filters);
}

/** A name for what is known by its content alone. */
export function digestName(content: readonly string[]): string {
  return createHash('sha1').update(content.join()).digest('hex').slice(0, 16);
}
