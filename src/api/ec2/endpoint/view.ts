/** An endpoint as DescribeVpcEndpoints shows it. */
import type { DnsEntry, VpcEndpoint as VpcEndpointView } from '@aws-sdk/client-ec2';
import { findService } from '../../../model/catalogue.ts';
import { endpointNames } from '../../../model/endpoint-names.ts';
import { isAcrossRegions } from '../../../model/remote-access.ts';
import type { NetworkInterface, VpcEndpoint } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { dateOf } from '../../shared/input.ts';
import { viewTags } from '../../shared/tags.ts';
import { viewGroups } from '../network-interface/view.ts';
import { DEFAULT_GATEWAY_POLICY, DEFAULT_POLICY } from './policy.ts';
import { endpointState, wireState } from './state.ts';

/** AWS's word in place of a hidden zone's id while the zone is being made. */
const ZONE_ID_PENDING = 'ZONEIDPENDING';

/** `interfaces` are the endpoint's own; a reply to its creation knows them before the Intent does. */
export function viewEndpoint(
  endpoint: VpcEndpoint,
  interfaces: readonly NetworkInterface[],
  context: Context,
): VpcEndpointView {
  const state = endpointState(endpoint, context.facts);
  return {
    VpcEndpointId: endpoint.id,
    VpcEndpointType: endpoint.type,
    VpcId: endpoint.vpcId,
    ServiceName: endpoint.serviceName,
    State: wireState(state),
    PolicyDocument: endpoint.policy ?? (endpoint.type === 'Gateway' ? DEFAULT_GATEWAY_POLICY : DEFAULT_POLICY),
    RouteTableIds: [...endpoint.routeTableIds],
    SubnetIds: [...endpoint.subnetIds],
    Groups: viewGroups(endpoint.groupIds, context),
    IpAddressType: endpoint.ipAddressType,
    ...(endpoint.type === 'Interface' && {
      DnsOptions: {
        DnsRecordIpType: endpoint.dnsRecordIpType,
        ...(hasGatewayTwin(endpoint) && { PrivateDnsOnlyForInboundResolverEndpoint: endpoint.inboundOnly }),
      },
    }),
    PrivateDnsEnabled: endpoint.privateDns,
    RequesterManaged: false,
    NetworkInterfaceIds: interfaces.map((port) => port.id),
    DnsEntries: endpoint.type === 'Gateway' ? [] : viewDnsEntries(endpoint, context),
    CreationTimestamp: dateOf(endpoint.createdAt),
    Tags: viewTags(endpoint.tags),
    OwnerId: endpoint.account,
    ServiceRegion: endpoint.serviceRegion,
  };
}

/** With the interfaces that the Intent has. */
export function viewStoredEndpoint(endpoint: VpcEndpoint, context: Context): VpcEndpointView {
  return viewEndpoint(endpoint, context.intent.table('networkInterface').by('vpcEndpointId', endpoint.id), context);
}

/** In AWS's order: regional, zonal, private. */
export function viewDnsEntries(endpoint: VpcEndpoint, { intent, facts }: Context): DnsEntry[] {
  const state = endpointState(endpoint, facts);
  const zoneIds = endpoint.subnetIds.flatMap((id) => intent.table('subnet').get(id)?.zoneId ?? []);
  const names = endpointNames(endpoint, zoneIds);
  const own = [names.regional, ...names.zonal.map(({ name }) => name)];
  const hidden = endpoint.privateDns ? names.privateZones : [];
  return [
    ...own.map((name) => ({ DnsName: name, HostedZoneId: names.hostedZoneId })),
    ...hidden.flatMap((zone) =>
      zone.names.map((name) => ({
        DnsName: name,
        HostedZoneId: state === 'pending' ? ZONE_ID_PENDING : zone.hostedZoneId,
      })),
    ),
  ];
}

function hasGatewayTwin(endpoint: VpcEndpoint): boolean {
  const { serviceName, serviceRegion } = endpoint;
  return !isAcrossRegions(endpoint) && findService(serviceName, serviceRegion)?.types.includes('Gateway') === true;
}
