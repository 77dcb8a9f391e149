/** IPv4 only: other types are refused by name. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetIpAddressType.html */
import { reply } from '../../action.ts';
import { elbAction } from '../action.ts';
import { findBalancer } from '../find.ts';

export const setIpAddressType = elbAction<'SetIpAddressType'>(
  { LoadBalancerArn: true, IpAddressType: ['ipv4'] },
  (input, context) => {
    findBalancer(context, input.LoadBalancerArn);
    return reply({ IpAddressType: 'ipv4' });
  },
);
