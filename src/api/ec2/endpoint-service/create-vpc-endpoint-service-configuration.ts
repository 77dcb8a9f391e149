/**
 * A service behind network load balancers. Nobody but its own account sees it until a principal is allowed.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpointServiceConfiguration.html
 */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { EndpointService } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action, type Output } from '../action.ts';
import { findShownService } from './find-service.ts';
import { checkedIpAddressTypes, ipAddressTypesAfter } from './ip-address-types.ts';
import { checkedLoadBalancers, zonesOfLoadBalancers } from './load-balancers.ts';
import { newPrivateName } from './private-name.ts';
import { checkRemoteAccess, supportedRegionsAfter } from './remote-access.ts';
import { viewService } from './view.ts';

export const createVpcEndpointServiceConfiguration = ec2Action<'CreateVpcEndpointServiceConfiguration'>(
  {
    NetworkLoadBalancerArns: true,
    AcceptanceRequired: true,
    PrivateDnsName: true,
    SupportedIpAddressTypes: true,
    SupportedRegions: true,
    TagSpecifications: true,
    ClientToken: true,
  },
  (input, context) => {
    const tags = tagsOnCreate(input.TagSpecifications, 'vpc-endpoint-service');
    const asked = ipAddressTypesAfter([], { added: input.SupportedIpAddressTypes ?? ['ipv4'] });
    const supportedRegions = supportedRegionsAfter([], { added: input.SupportedRegions ?? [] }, context);
    const arns = input.NetworkLoadBalancerArns ?? [];
    if (arns.length === 0) {
      refuse(
        'InvalidParameter',
        'exactly one of network_load_balancer_arn or gateway_load_balancer_arn is a required member',
      );
    }
    const loadBalancerIds = checkedLoadBalancers(context, arns, null);
    const ipAddressTypes = checkedIpAddressTypes(asked, loadBalancerIds, context);
    const zoneIds = zonesOfLoadBalancers(context, loadBalancerIds);
    checkRemoteAccess({ supportedRegions, zoneIds, loadBalancerIds }, context);
    const service: EndpointService = {
      ...newResource(context, 'endpointService', tags),
      kind: 'endpointService',
      acceptanceRequired: input.AcceptanceRequired ?? true,
      loadBalancerIds,
      zoneIds,
      ipAddressTypes,
      supportedRegions,
      privateDnsName: input.PrivateDnsName ? newPrivateName(input.PrivateDnsName, context) : null,
      payer: 'endpointOwner',
      changedRevision: context.nextRevision,
      deletedRevision: null,
      deletedAt: null,
    };
    return {
      edits: [put(service)],
      output: { ServiceConfiguration: viewService(service, context), ClientToken: input.ClientToken },
    };
  },
  again,
);

/** A repeated token is answered with what the service is now. */
function again(
  output: Output<'CreateVpcEndpointServiceConfiguration'>,
  context: Context,
): Output<'CreateVpcEndpointServiceConfiguration'> {
  const service = findShownService(context, output.ServiceConfiguration?.ServiceId ?? '');
  return { ...output, ServiceConfiguration: viewService(service, context) };
}
