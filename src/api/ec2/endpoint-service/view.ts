/** A service as its provider sees it. */
import type { ServiceConfiguration, ServiceState, SupportedRegionDetail } from '@aws-sdk/client-ec2';
import { customerServiceName, serviceBaseName } from '../../../model/endpoint-names.ts';
import { isOfferedIn } from '../../../model/remote-access.ts';
import type { EndpointService } from '../../../model/resources.ts';
import { zonesOf } from '../../../model/zones.ts';
import type { Context } from '../../action.ts';
import { distinct } from '../../shared/input.ts';
import { viewTags } from '../../shared/tags.ts';

/** It can be used from its first moment: nothing of it alone is in the kernel, only its connections. */
export function serviceState(service: EndpointService): ServiceState {
  return service.deletedRevision === null ? 'Available' : 'Deleting';
}

export function viewService(service: EndpointService, context: Context): ServiceConfiguration {
  const { privateDnsName } = service;
  return {
    ServiceType: [{ ServiceType: 'Interface' }],
    ServiceId: service.id,
    ServiceName: customerServiceName(service.id, service.region),
    ServiceState: serviceState(service),
    ...viewZones(service, context),
    AcceptanceRequired: service.acceptanceRequired,
    ManagesVpcEndpoints: false,
    NetworkLoadBalancerArns: [...service.loadBalancerIds],
    SupportedIpAddressTypes: [...service.ipAddressTypes],
    BaseEndpointDnsNames: [serviceBaseName(service.id, service.region)],
    ...(privateDnsName !== null && {
      PrivateDnsName: privateDnsName.name,
      PrivateDnsNameConfiguration: {
        State: privateDnsName.state,
        Type: 'TXT',
        Value: privateDnsName.txtValue,
        Name: privateDnsName.txtName,
      },
    }),
    ...(service.payer === 'serviceOwner' && { PayerResponsibility: 'ServiceOwner' as const }),
    Tags: viewTags(service.tags),
    SupportedRegions: viewRegions(service, context),
    RemoteAccessEnabled: service.supportedRegions.length > 0,
  };
}

/** Its own first. One that was taken off, but has endpoints yet, is closed to new ones. */
function viewRegions(service: EndpointService, { intent }: Context): SupportedRegionDetail[] {
  const state = serviceState(service);
  const living = intent.table('vpcEndpoint').by('serviceId', service.id);
  const inUse = living.filter(({ deletedRevision }) => deletedRevision === null).map(({ region }) => region);
  const closed = distinct(inUse).filter((region) => !isOfferedIn(service, region));
  return [
    ...[service.region, ...service.supportedRegions].map((Region) => ({ Region, ServiceState: state })),
    ...closed.map((Region) => ({ Region, ServiceState: 'Closed' })),
  ];
}

/** The zones it is offered in, by their ids and as the caller names them. */
export function viewZones(
  service: EndpointService,
  context: Context,
): { readonly AvailabilityZoneIds: string[]; readonly AvailabilityZones: string[] } {
  const zones = zonesOf(context.account, service.region).filter((zone) => service.zoneIds.includes(zone.id));
  return { AvailabilityZoneIds: zones.map((zone) => zone.id), AvailabilityZones: zones.map((zone) => zone.name) };
}
