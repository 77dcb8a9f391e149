/**
 * The DNS names of a network load balancer: one for the region and one for each of its zones. Both follow from its ARN, which
 * ends in "loadbalancer/net/<name>/<16 digits>". Used for describing and by the plan compiler.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html#dns-name
 */
import type { LoadBalancer } from './resources.ts';
import { zoneName } from './zones.ts';

/** "shop-50dc6c495c0c9188.elb.ap-south-1.amazonaws.com"; answers the addresses of all healthy zones. */
export function balancerName({ id, region }: Pick<LoadBalancer, 'id' | 'region'>): string {
  const [digits, name] = id.split('/').reverse();
  return `${name?.toLowerCase()}-${digits}.${balancerNamesZone(region)}`;
}

/** "ap-south-1a.shop-50dc….elb.ap-south-1.amazonaws.com"; the zone by the name that the balancer's owner has for it. */
export function balancerZonalName(balancer: Pick<LoadBalancer, 'id' | 'region' | 'account'>, zoneId: string): string {
  return `${zoneName(balancer.account, zoneId)}.${balancerName(balancer)}`;
}

/** The public DNS zone of all such names in a region. */
export function balancerNamesZone(region: string): string {
  return `elb.${region}.amazonaws.com`;
}
