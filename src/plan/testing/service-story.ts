/**
 * The second story: a provider's VPC with a web server in each of two zones behind a load balancer, offered as a service; a
 * consumer in another account with the same range and an endpoint in both zones. Each account has its own names for them.
 */
import type {
  EndpointService,
  Instance,
  Listener,
  LoadBalancer,
  NetworkInterface,
  SecurityGroup,
  Target,
  TargetGroup,
  Vpc,
  VpcEndpoint,
} from '../../model/resources.ts';
import { zonesOf } from '../../model/zones.ts';
import {
  addBalancer,
  addListener,
  addService,
  addServiceEndpoint,
  addTarget,
  addTargetGroup,
  type BalancerOptions,
} from './balancing.ts';
import { ACCOUNT, allowAll, allowTcp, REGION, World } from './world.ts';

export const CONSUMER_ACCOUNT = '444455556666';

export interface ServiceStory {
  readonly world: World;
  readonly provider: Vpc;
  readonly consumer: Vpc;
  readonly targetGroup: SecurityGroup;
  readonly endpointGroup: SecurityGroup;
  readonly balancer: LoadBalancer;
  readonly nodes: readonly NetworkInterface[];
  readonly group: TargetGroup;
  readonly listener: Listener;
  readonly servers: readonly { readonly instance: Instance; readonly eni: NetworkInterface }[];
  /** By zone, as `nodes`. */
  readonly targets: readonly [Target, Target];
  readonly service: EndpointService;
  readonly endpoint: VpcEndpoint;
  /** By zone, as `nodes`. */
  readonly interfaces: readonly NetworkInterface[];
  readonly client: NetworkInterface;
}

/** `options` may name groups by a function of the provider's VPC, which does not exist before. */
export function tellServiceStory(
  options: Omit<BalancerOptions, 'groups'> & {
    readonly groups?: (world: World, provider: Vpc) => readonly SecurityGroup[];
  } = {},
): ServiceStory {
  const world = new World();
  const provider = world.vpc('10.0.0.0/16');
  const zoneIds = zonesOf(ACCOUNT, REGION)
    .map(({ id }) => id)
    .sort()
    .slice(0, 2);
  const letter = (account: string, id: string) =>
    zonesOf(account, REGION)
      .find((zone) => zone.id === id)
      ?.name.at(-1);
  const subnetsOf = (vpc: Vpc) =>
    zoneIds.map((id, at) => world.subnet(vpc, `10.0.${10 + at}.0/24`, letter(world.account, id)));

  const providerSubnets = subnetsOf(provider);
  const targetGroup = world.group(provider, 'servers', allowTcp('ingress', 80), allowAll('egress'));
  const servers = providerSubnets.map((subnet) => world.instance(subnet, [targetGroup]));
  const { groups, ...rest } = options;
  const { balancer, nodes } = addBalancer(world, provider, 'shop', providerSubnets, {
    ...rest,
    ...(groups === undefined ? {} : { groups: groups(world, provider) }),
  });
  const group = addTargetGroup(world, provider, 'web');
  const listener = addListener(world, balancer, group);
  const [a, b] = servers.map(({ instance }) => addTarget(world, group, instance)) as [Target, Target];
  const service = addService(world, [balancer], {
    privateDnsName: { name: 'shop.example.com', state: 'verified', txtName: '_x.shop.example.com', txtValue: 'vpce:x' },
  });

  world.account = CONSUMER_ACCOUNT;
  const consumer = world.vpc('10.0.0.0/16');
  const consumerSubnets = subnetsOf(consumer);
  const clients = world.group(consumer, 'clients', allowAll('egress'));
  const endpointGroup = world.group(consumer, 'endpoint', allowTcp('ingress', 80));
  const { endpoint, interfaces } = addServiceEndpoint(world, consumer, service, consumerSubnets, [endpointGroup], {
    privateDns: true,
    privateDnsName: 'shop.example.com',
  });
  const [first] = consumerSubnets;
  if (first === undefined) throw new Error('no zone');
  const { eni: client } = world.instance(first, [clients]);
  world.account = ACCOUNT;
  return {
    world,
    provider,
    consumer,
    targetGroup,
    endpointGroup,
    balancer,
    nodes,
    group,
    listener,
    servers,
    targets: [a, b],
    service,
    endpoint,
    interfaces,
    client,
  };
}
