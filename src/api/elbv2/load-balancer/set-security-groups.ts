/** Only where the load balancer was created with groups. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSecurityGroups.html */
import { put } from '../../../model/edit.ts';
import type { NetworkInterface } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { elbAction } from '../action.ts';
import { badConfiguration } from '../checks.ts';
import { findBalancer } from '../find.ts';
import { checkedGroups } from './groups.ts';

export const setSecurityGroups = elbAction<'SetSecurityGroups'>(
  { LoadBalancerArn: true, SecurityGroups: true, EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: true },
  (input, context) => {
    const balancer = findBalancer(context, input.LoadBalancerArn);
    if (balancer.groupIds === null) {
      badConfiguration(
        "You can't perform this operation on a Network Load Balancer unless you specified a security group for the load balancer when you created it",
      );
    }
    const groupIds = checkedGroups(input.SecurityGroups, balancer.vpcId, context);
    if (groupIds.length === 0) badConfiguration('At least one security group must be specified');
    const asked = input.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic;
    const guardPrivateLink = asked === undefined ? balancer.guardPrivateLink : asked === 'on';
    return {
      edits: [
        put({ ...balancer, groupIds, guardPrivateLink }),
        ...interfacesOf(context, balancer.id).map((port) => put({ ...port, groupIds })),
      ],
      output: {
        SecurityGroupIds: [...groupIds],
        EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: guardPrivateLink ? 'on' : 'off',
      },
    };
  },
);

export function interfacesOf({ intent }: Pick<Context, 'intent'>, balancerId: string): readonly NetworkInterface[] {
  return intent.table('networkInterface').by('loadBalancerId', balancerId);
}
