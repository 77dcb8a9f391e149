/** A load balancer as DescribeLoadBalancers shows it. Its state is computed: active once its nodes are in force. */
import type {
  AvailabilityZone,
  LoadBalancerStateEnum,
  LoadBalancer as Shown,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { balancerNames } from '../../../model/balancer-names.ts';
import type { Facts } from '../../../model/facts.ts';
import type { LoadBalancer } from '../../../model/resources.ts';
import { zoneName } from '../../../model/zones.ts';
import type { Context } from '../../action.ts';
import { dateOf } from '../../shared/input.ts';

export function balancerState(balancer: LoadBalancer, facts: Facts): LoadBalancerStateEnum {
  return facts.appliedRevision >= balancer.changedRevision ? 'active' : 'provisioning';
}

export function viewBalancer(balancer: LoadBalancer, context: Context): Shown {
  const names = balancerNames(balancer);
  return {
    LoadBalancerArn: balancer.id,
    DNSName: names.regional,
    CanonicalHostedZoneId: names.hostedZoneId,
    CreatedTime: dateOf(balancer.createdAt),
    LoadBalancerName: balancer.name,
    Scheme: balancer.scheme,
    VpcId: balancer.vpcId,
    State: { Code: balancerState(balancer, context.facts) },
    Type: 'network',
    AvailabilityZones: viewZones(balancer, context),
    ...(balancer.groupIds !== null && {
      SecurityGroups: [...balancer.groupIds],
      EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: balancer.guardPrivateLink ? 'on' : 'off',
    }),
    IpAddressType: balancer.ipAddressType,
    ...(balancer.ipAddressType === 'dualstack' && { EnablePrefixForIpv6SourceNat: 'off' }),
  };
}

/** Addresses are told only where the customer chose them, as at AWS. */
export function viewZones(balancer: LoadBalancer, { account, intent }: Context): AvailabilityZone[] {
  return balancer.zones.map(({ zoneId, subnetId, interfaceId, fixedAddress, fixedIpv6Address }) => {
    const port = intent.table('networkInterface').get(interfaceId);
    const chosen = {
      ...(fixedAddress && { PrivateIPv4Address: port?.addresses[0] }),
      ...(fixedIpv6Address && { IPv6Address: port?.ipv6Addresses[0] }),
    };
    return {
      ZoneName: zoneName(account, zoneId),
      SubnetId: subnetId,
      LoadBalancerAddresses: fixedAddress || fixedIpv6Address ? [chosen] : [],
    };
  });
}
