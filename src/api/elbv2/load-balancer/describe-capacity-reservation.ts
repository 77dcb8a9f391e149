/** Capacity cannot be reserved, so none is. Terraform asks at each read. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeCapacityReservation.html */
import { reply } from '../../action.ts';
import { elbAction } from '../action.ts';
import { findBalancer } from '../find.ts';

export const describeCapacityReservation = elbAction<'DescribeCapacityReservation'>(
  { LoadBalancerArn: true },
  (input, context) => {
    findBalancer(context, input.LoadBalancerArn);
    return reply({ CapacityReservationState: [] });
  },
);
