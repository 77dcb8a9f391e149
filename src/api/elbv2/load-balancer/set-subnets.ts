/**
 * The subnets replace those that were there: zones are added, and removed where no VPC endpoint uses the load balancer there.
 * A zone that keeps its subnet keeps its node and address.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html
 */
import { put, remove } from '../../../model/edit.ts';
import { withEdits } from '../../../model/intent.ts';
import type { LoadBalancer, LoadBalancerZone } from '../../../model/resources.ts';
import { zoneName } from '../../../model/zones.ts';
import type { Context } from '../../action.ts';
import { elbAction } from '../action.ts';
import { badConfiguration } from '../checks.ts';
import { findBalancer } from '../find.ts';
import { byZone, newNodes, type WantedNode, wantedNodes } from './nodes.ts';
import { interfacesOf } from './set-security-groups.ts';
import { viewZones } from './view.ts';

export const setSubnets = elbAction<'SetSubnets'>(
  {
    LoadBalancerArn: true,
    Subnets: true,
    SubnetMappings: { SubnetId: true, PrivateIPv4Address: true },
    IpAddressType: ['ipv4'],
    EnablePrefixForIpv6SourceNat: ['off'],
  },
  (input, context) => {
    const balancer = findBalancer(context, input.LoadBalancerArn);
    const wanted = wantedNodes(input, balancer.scheme, context);
    if (wanted[0]?.subnet.vpcId !== balancer.vpcId) {
      badConfiguration(`All subnets must belong to the same VPC: '${balancer.vpcId}'`);
    }
    const kept = balancer.zones.filter((zone) => wanted.some((node) => isNode(zone, node, context)));
    const gone = balancer.zones.filter((zone) => !kept.includes(zone));
    for (const zone of gone) checkUnused(balancer, zone, context);
    const added = wanted.filter((node) => !kept.some((zone) => isNode(zone, node, context)));

    const removed = interfacesOf(context, balancer.id)
      .filter((port) => gone.some((zone) => zone.interfaceId === port.id))
      .map(remove);
    const isChanged = gone.length + added.length > 0;
    const changed = { ...balancer, changedRevision: isChanged ? context.nextRevision : balancer.changedRevision };
    const freed = { ...context, intent: withEdits(context.intent, removed) };
    const made = newNodes(changed, added, freed);
    const after: LoadBalancer = { ...changed, zones: byZone([...kept, ...made.zones]) };
    const edits = isChanged ? [put(after), ...removed, ...made.edits] : [];
    const view = { ...context, intent: withEdits(context.intent, edits) };
    return { edits, output: { AvailabilityZones: viewZones(after, view), IpAddressType: 'ipv4' } };
  },
);

function isNode(zone: LoadBalancerZone, { subnet, address }: WantedNode, { intent }: Context): boolean {
  if (zone.subnetId !== subnet.id) return false;
  return address === undefined || intent.table('networkInterface').get(zone.interfaceId)?.addresses[0] === address;
}

/** A VPC endpoint in the zone would lose its way. */
function checkUnused(balancer: LoadBalancer, zone: LoadBalancerZone, { account, intent }: Context): void {
  const endpoints = intent
    .table('endpointService')
    .by('loadBalancerIds', balancer.id)
    .filter((service) => service.deletedRevision === null)
    .flatMap((service) => intent.table('vpcEndpoint').by('serviceId', service.id))
    .filter((endpoint) => endpoint.deletedRevision === null && endpoint.acceptance !== 'rejected');
  const isUsed = endpoints.some((endpoint) =>
    endpoint.subnetIds.some((id) => intent.table('subnet').get(id)?.zoneId === zone.zoneId),
  );
  if (isUsed) {
    badConfiguration(
      `Availability Zone '${zoneName(account, zone.zoneId)}' cannot be removed from load balancer '${balancer.id}' because VPC endpoints are associated with it`,
    );
  }
}
