/**
 * The load balancers behind a service: the caller's own, of type network, each behind one service only; and the zones that
 * they give it at this moment.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
 */
import { refuse } from '../../../model/refusal.ts';
import type { LoadBalancer } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { distinct } from '../../shared/input.ts';

const NETWORK_ARN =
  /^arn:aws:elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer\/net\/[A-Za-z0-9-]{1,32}\/[0-9a-f]{16}$/;

/** `serviceId`: the service that may have them already; null: it is not made yet. */
export function checkedLoadBalancers(
  context: Context,
  arns: readonly string[],
  serviceId: string | null,
): readonly string[] {
  return distinct(arns).map((arn) => {
    findLoadBalancer(context, arn);
    const services = context.intent.table('endpointService').by('loadBalancerIds', arn);
    if (services.some((service) => service.id !== serviceId && service.deletedRevision === null)) {
      refuse('InvalidParameter', `The load balancer ${arn} is already associated with another VPC endpoint service.`);
    }
    return arn;
  });
}

function findLoadBalancer(context: Context, arn: string): LoadBalancer {
  if (!NETWORK_ARN.test(arn)) {
    refuse('InvalidNetworkLoadBalancerArn.Malformed', `The Network Load Balancer ARN '${arn}' is malformed.`);
  }
  const found = context.intent.table('loadBalancer').get(arn);
  if (found === undefined || found.account !== context.account || found.region !== context.region) {
    refuse('InvalidNetworkLoadBalancerArn.NotFound', `The Network Load Balancer ARN '${arn}' does not exist.`);
  }
  return found;
}

/** Ids of the zones that any of them is enabled in, sorted. */
export function zonesOfLoadBalancers(context: Context, arns: readonly string[]): readonly string[] {
  const table = context.intent.table('loadBalancer');
  return [...distinct(arns.flatMap((arn) => table.get(arn)?.zones.map(({ zoneId }) => zoneId) ?? []))].sort();
}
