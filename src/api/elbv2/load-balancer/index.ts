import type * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TypedActions } from '../../sdk.ts';
import { createLoadBalancer } from './create-load-balancer.ts';
import { deleteLoadBalancer } from './delete-load-balancer.ts';
import { describeCapacityReservation } from './describe-capacity-reservation.ts';
import { describeLoadBalancers } from './describe-load-balancers.ts';
import { describeLoadBalancerAttributes, modifyLoadBalancerAttributes } from './load-balancer-attributes.ts';
import { setIpAddressType } from './set-ip-address-type.ts';
import { setSecurityGroups } from './set-security-groups.ts';
import { setSubnets } from './set-subnets.ts';

export const loadBalancerActions = {
  CreateLoadBalancer: createLoadBalancer,
  DeleteLoadBalancer: deleteLoadBalancer,
  DescribeCapacityReservation: describeCapacityReservation,
  DescribeLoadBalancerAttributes: describeLoadBalancerAttributes,
  DescribeLoadBalancers: describeLoadBalancers,
  ModifyLoadBalancerAttributes: modifyLoadBalancerAttributes,
  SetIpAddressType: setIpAddressType,
  SetSecurityGroups: setSecurityGroups,
  SetSubnets: setSubnets,
} satisfies TypedActions<typeof ELB>;
