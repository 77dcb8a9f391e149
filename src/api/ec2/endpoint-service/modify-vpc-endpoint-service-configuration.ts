/**
 * Changes a service in place. Every call, one that asks for nothing too, takes the zones anew from the load balancers: what
 * these were given since the last call is not offered before.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpointServiceConfiguration.html
 */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { EndpointService, PrivateDnsName } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { distinct, isSame } from '../../shared/input.ts';
import { ec2Action, type Input } from '../action.ts';
import { findService, refuseLiveConnections } from './find-service.ts';
import { checkedIpAddressTypes, ipAddressTypesAfter, refuseUsedTypes } from './ip-address-types.ts';
import { checkedLoadBalancers, zonesOfLoadBalancers } from './load-balancers.ts';
import { newPrivateName } from './private-name.ts';
import { checkRemoteAccess, supportedRegionsAfter } from './remote-access.ts';

type Wish = Input<'ModifyVpcEndpointServiceConfiguration'>;

export const modifyVpcEndpointServiceConfiguration = ec2Action<'ModifyVpcEndpointServiceConfiguration'>(
  {
    ServiceId: true,
    AcceptanceRequired: true,
    PrivateDnsName: true,
    RemovePrivateDnsName: true,
    AddNetworkLoadBalancerArns: true,
    RemoveNetworkLoadBalancerArns: true,
    AddSupportedIpAddressTypes: true,
    RemoveSupportedIpAddressTypes: true,
    AddSupportedRegions: true,
    RemoveSupportedRegions: true,
  },
  (input, context) => {
    const service = findService(context, input.ServiceId);
    const asked = ipAddressTypesAfter(service.ipAddressTypes, {
      added: input.AddSupportedIpAddressTypes ?? [],
      removed: input.RemoveSupportedIpAddressTypes ?? [],
    });
    const regions = { added: input.AddSupportedRegions ?? [], removed: input.RemoveSupportedRegions ?? [] };
    const supportedRegions = supportedRegionsAfter(service.supportedRegions, regions, context);
    const loadBalancerIds = loadBalancersAfter(input, service, context);
    const ipAddressTypes = checkedIpAddressTypes(asked, loadBalancerIds, context);
    refuseUsedTypes(service, ipAddressTypes, context);
    const zoneIds = zonesOfLoadBalancers(context, loadBalancerIds);
    checkRemoteAccess({ supportedRegions, zoneIds, loadBalancerIds }, context);
    const privateDnsName = privateNameAfter(input, service, context);
    const acceptanceRequired = input.AcceptanceRequired ?? service.acceptanceRequired;
    const isNetworkChanged = !isSame(loadBalancerIds, service.loadBalancerIds) || !isSame(zoneIds, service.zoneIds);
    const isChanged =
      isNetworkChanged ||
      !isSame(supportedRegions, service.supportedRegions) ||
      !isSame(ipAddressTypes, service.ipAddressTypes) ||
      privateDnsName !== service.privateDnsName ||
      acceptanceRequired !== service.acceptanceRequired;
    if (!isChanged) return reply({ Return: true });
    const changed: EndpointService = {
      ...service,
      acceptanceRequired,
      loadBalancerIds,
      zoneIds,
      ipAddressTypes,
      supportedRegions,
      privateDnsName,
      changedRevision: isNetworkChanged ? context.nextRevision : service.changedRevision,
    };
    return { edits: [put(changed)], output: { Return: true } };
  },
);

/** Endpoints hold on to the load balancers they found: none goes while one of them lives. */
function loadBalancersAfter(input: Wish, service: EndpointService, context: Context): readonly string[] {
  const removed = distinct(input.RemoveNetworkLoadBalancerArns ?? []);
  for (const arn of removed) {
    if (!service.loadBalancerIds.includes(arn)) {
      refuse(
        'InvalidParameter',
        `The load balancer ${arn} is not associated with the VPC endpoint service ${service.id}.`,
      );
    }
  }
  if (removed.length > 0) refuseLiveConnections(service, context);
  const added = checkedLoadBalancers(context, input.AddNetworkLoadBalancerArns ?? [], service.id);
  const after = distinct([...service.loadBalancerIds.filter((arn) => !removed.includes(arn)), ...added]);
  if (after.length === 0) {
    refuse('InvalidParameter', `The VPC endpoint service ${service.id} must have at least one load balancer.`);
  }
  return after;
}

function privateNameAfter(input: Wish, service: EndpointService, context: Context): PrivateDnsName | null {
  const before = service.privateDnsName;
  if (input.RemovePrivateDnsName === true) {
    if (input.PrivateDnsName !== undefined) {
      refuse(
        'InvalidParameterCombination',
        'The parameter removePrivateDnsName cannot be used with the parameter privateDnsName.',
      );
    }
    if (before !== null) refuseLiveConnections(service, context);
    return null;
  }
  if (input.PrivateDnsName === undefined || input.PrivateDnsName === before?.name) return before;
  return newPrivateName(input.PrivateDnsName, context);
}
