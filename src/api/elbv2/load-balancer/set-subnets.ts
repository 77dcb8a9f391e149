/**
 * The subnets replace those that were there: zones are added, and removed where no VPC endpoint uses the load balancer there.
 * A zone that keeps its subnet keeps its node and address; another address type is taken by all.
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
import { byZone, MAPPING_READS, newNodes, type WantedNode, wantedNodes } from './nodes.ts';
import { IP_ADDRESS_TYPES, portAfter, typeAfter } from './set-ip-address-type.ts';
import { interfacesOf } from './set-security-groups.ts';
import { viewZones } from './view.ts';

export const setSubnets = elbAction<'SetSubnets'>(
  {
    LoadBalancerArn: true,
    Subnets: true,
    SubnetMappings: MAPPING_READS,
    IpAddressType: IP_ADDRESS_TYPES,
    EnablePrefixForIpv6SourceNat: ['off'],
  },
  (input, context) => {
    const balancer = findBalancer(context, input.LoadBalancerArn);
    const ipAddressType = typeAfter(balancer, input.IpAddressType, context);
    const isRetyped = ipAddressType !== balancer.ipAddressType;
    const wanted = wantedNodes(input, { ...balancer, ipAddressType }, context);
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
    const isChanged = gone.length + added.length > 0 || isRetyped;
    const changed = {
      ...balancer,
      ipAddressType,
      changedRevision: isChanged ? context.nextRevision : balancer.changedRevision,
    };
    const freed = { ...context, intent: withEdits(context.intent, removed) };
    const retyped = interfacesOf(freed, balancer.id)
      .filter(() => isRetyped)
      .map((port) => put(portAfter(port, ipAddressType, freed)));
    const made = newNodes(changed, added, { ...freed, intent: withEdits(freed.intent, retyped) });
    const keptZones = isRetyped ? kept.map((zone) => ({ ...zone, fixedIpv6Address: false })) : kept;
    const after: LoadBalancer = { ...changed, zones: byZone([...keptZones, ...made.zones]) };
    const edits = isChanged ? [put(after), ...removed, ...retyped, ...made.edits] : [];
    const view = { ...context, intent: withEdits(context.intent, edits) };
    return { edits, output: { AvailabilityZones: viewZones(after, view), IpAddressType: ipAddressType } };
  },
);

function isNode(zone: LoadBalancerZone, wanted: WantedNode, { intent }: Context): boolean {
  if (zone.subnetId !== wanted.subnet.id) return false;
  const { addresses = [], ipv6Addresses = [] } = intent.table('networkInterface').get(zone.interfaceId) ?? {};
  const isAsked = (asked: string | undefined, there: readonly string[]) => asked === undefined || there[0] === asked;
  return isAsked(wanted.address, addresses) && isAsked(wanted.ipv6Address, ipv6Addresses);
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
