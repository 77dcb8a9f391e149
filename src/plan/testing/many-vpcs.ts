/**
 * Many consumers of one service, all with the provider's own range and in two of their subnets: every second one's instance and
 * endpoint have the very addresses of all the others like it, so that whoever reaches somebody else's would not notice by address.
 */
import type { Facts } from '../../model/facts.ts';
import type { SecurityGroup, Subnet, Vpc } from '../../model/resources.ts';
import {
  addBalancer,
  addListener,
  addService,
  addServiceEndpoint,
  addTarget,
  addTargetGroup,
  healthOf,
} from './balancing.ts';
import { allowAll, World } from './world.ts';

export const RANGE = '10.0.0.0/16';
export const SERVICE_PORT = 80;
const SUBNETS = ['10.0.10.0/24', '10.0.11.0/24'] as const;

export interface Consumer {
  readonly vpc: Vpc;
  readonly subnet: Subnet;
  readonly group: SecurityGroup;
  /** Of its client: instance, interface, address. */
  readonly machine: string;
  readonly port: string;
  readonly client: string;
  /** Of its endpoint: id and address. */
  readonly endpoint: string;
  readonly address: string;
}

export interface ManyVpcs {
  readonly world: World;
  readonly facts: Facts;
  readonly target: { readonly machine: string; readonly address: string };
  readonly node: string;
  readonly consumers: readonly Consumer[];
  /** One more, as the others. */
  add(): Consumer;
}

export function manyVpcs(count: number): ManyVpcs {
  const world = new World();
  const provider = world.vpc(RANGE);
  const subnet = world.subnet(provider, SUBNETS[0]);
  const open = world.group(provider, 'open', allowAll('ingress'), allowAll('egress'));
  const server = world.instance(subnet, [open]);
  const { balancer, nodes } = addBalancer(world, provider, 'shared', [subnet]);
  const group = addTargetGroup(world, provider, 'shared', { port: SERVICE_PORT });
  addListener(world, balancer, group, SERVICE_PORT);
  const target = addTarget(world, group, server.instance);
  const service = addService(world, [balancer]);
  const consumers: Consumer[] = [];

  function add(): Consumer {
    const vpc = world.vpc(RANGE);
    const own = world.subnet(vpc, SUBNETS[consumers.length % 2] ?? SUBNETS[0]);
    const all = world.group(vpc, 'all', allowAll('ingress'), allowAll('egress'));
    const { instance, eni } = world.instance(own, [all]);
    const { endpoint, interfaces } = addServiceEndpoint(world, vpc, service, [own], [all]);
    const consumer = {
      vpc,
      subnet: own,
      group: all,
      machine: instance.id,
      port: eni.id,
      client: eni.addresses[0] ?? '',
      endpoint: endpoint.id,
      address: interfaces[0]?.addresses[0] ?? '',
    };
    consumers.push(consumer);
    return consumer;
  }
  for (let at = 0; at < count; at++) add();
  return {
    world,
    facts: healthOf([target]),
    target: { machine: server.instance.id, address: server.eni.addresses[0] ?? '' },
    node: nodes[0]?.addresses[0] ?? '',
    consumers,
    add,
  };
}
