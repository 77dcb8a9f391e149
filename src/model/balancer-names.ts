/**
 * ARNs and DNS names of load balancing, from the name that the customer gave and a hash that stays for life. Used for
 * describing and by the plan compiler, so that DNS answers what DescribeLoadBalancers says. Internal and internet-facing
 * network load balancers are named alike: only the addresses behind the names differ.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html#dns-name
 */
import { fingerprint } from './fingerprint.ts';
import type { Listener, LoadBalancer } from './resources.ts';
import { zoneName } from './zones.ts';

export interface BalancerNames {
  /** Public hosted zone that both names lie in. */
  readonly hostedZoneId: string;
  /** Answers the addresses of all healthy zones. In the letter case of the load balancer's own name. */
  readonly regional: string;
  /** One for each enabled zone, sorted by the zone's name as the owner calls it. */
  readonly zonal: readonly { readonly zoneId: string; readonly name: string }[];
}

interface Owner {
  readonly account: string;
  readonly region: string;
}

/** `hash`: 16 hexadecimal digits, as in the ARN. */
export function loadBalancerArn(owner: Owner, name: string, hash: string): string {
  return `${prefix(owner)}:loadbalancer/net/${name}/${hash}`;
}

export function targetGroupArn(owner: Owner, name: string, hash: string): string {
  return `${prefix(owner)}:targetgroup/${name}/${hash}`;
}

export function listenerArn(balancer: Pick<LoadBalancer, 'id'>, hash: string): string {
  return `${balancer.id.replace(':loadbalancer/', ':listener/')}/${hash}`;
}

/** "net/<name>/<hash>": what AWS writes behind "ELB " in the description of a load balancer's interfaces. */
export function loadBalancerPath(balancer: Pick<LoadBalancer, 'id'>): string {
  return balancer.id.slice(balancer.id.indexOf('loadbalancer/') + 'loadbalancer/'.length);
}

export function balancerNames(balancer: LoadBalancer): BalancerNames {
  const hash = balancer.id.slice(balancer.id.lastIndexOf('/') + 1);
  const regional = `${balancer.name}-${hash}.elb.${balancer.region}.amazonaws.com`;
  const zones = balancer.zones.map(({ zoneId }) => ({ zoneId, zone: zoneName(balancer.account, zoneId) }));
  zones.sort((a, b) => (a.zone < b.zone ? -1 : 1));
  return {
    hostedZoneId: balancerHostedZoneId(balancer.region),
    regional,
    zonal: zones.map(({ zoneId, zone }) => ({ zoneId, name: `${zone}.${regional}` })),
  };
}

/** The protocol of a listener's port as packets know it; a TCP_UDP listener takes both. */
export function transportsOf({ protocol }: Pick<Listener, 'protocol'>): readonly ('tcp' | 'udp')[] {
  if (protocol === 'TCP_UDP') return ['tcp', 'udp'];
  return protocol === 'UDP' ? ['udp'] : ['tcp'];
}

/** https://docs.aws.amazon.com/general/latest/gr/elb.html, the column for network load balancers. */
const HOSTED_ZONES: Readonly<Record<string, string>> = {
  'ap-northeast-1': 'Z31USIVHYNEOWT',
  'ap-northeast-2': 'ZIBE1TIR4HY56',
  'ap-northeast-3': 'Z1GWIQ4HH19I5X',
  'ap-south-1': 'ZVDDRBQ08TROA',
  'ap-southeast-1': 'ZKVM4W9LS7TM',
  'ap-southeast-2': 'ZCT6FZBF4DROD',
  'ca-central-1': 'Z2EPGBW3API2WT',
  'eu-central-1': 'Z3F0SRJ5LGBH90',
  'eu-north-1': 'Z1UDT6IFJ4EJM',
  'eu-west-1': 'Z2IFOLAFXWLO4F',
  'eu-west-2': 'ZD4D7Y8KGAS4G',
  'eu-west-3': 'Z1CMS0P5QUZ6D5',
  'sa-east-1': 'ZTK26PT1VY4CU',
  'us-east-1': 'Z26RNL4JYFTOTI',
  'us-east-2': 'ZLMOA37VPKANP',
  'us-west-1': 'Z24FKFUX50B4VW',
  'us-west-2': 'Z18D5FSROUN65G',
};

/** Regions that need opting in cannot be used here; an id is made up for them rather than none told. */
export function balancerHostedZoneId(region: string): string {
  return HOSTED_ZONES[region] ?? `Z0${fingerprint(`elb/${region}`, 18).toUpperCase()}`;
}

function prefix({ account, region }: Owner): string {
  return `arn:aws:elasticloadbalancing:${region}:${account}`;
}
