/**
 * The services that endpoints can be made of: AWS's own, and those of customers that let the caller see them.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServices.html
 */
import type { ServiceDetail } from '@aws-sdk/client-ec2';
import { type AwsService, baseName, serviceId, servicesOf } from '../../../model/catalogue.ts';
import { customerServiceName, serviceBaseName } from '../../../model/endpoint-names.ts';
import { isOfferedIn, remoteServicesOf } from '../../../model/remote-access.ts';
import type { EndpointService } from '../../../model/resources.ts';
import { zonesOf } from '../../../model/zones.ts';
import { type Context, reply } from '../../action.ts';
import { filterResources } from '../../shared/filters.ts';
import { distinct } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { type Tags, viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { isPermitted } from '../endpoint-service/principals.ts';
import { checkRegion } from '../endpoint-service/remote-access.ts';
import { viewZones } from '../endpoint-service/view.ts';
import { AWS_IP_TYPES, GATEWAY_IP_TYPES } from './ip-address-types.ts';
import { customerServiceNamed, refuseAbsent } from './offer.ts';

const AWS = 'amazon';

/** AWS tells a service once for each type of endpoint that it takes. */
interface Listed {
  readonly name: string;
  readonly region: string;
  readonly type: 'Gateway' | 'Interface';
  readonly owner: string;
  readonly tags: Tags;
  readonly ipAddressTypes: EndpointService['ipAddressTypes'];
  view(context: Context): ServiceDetail;
}

export const describeVpcEndpointServices = ec2Action<'DescribeVpcEndpointServices'>(
  { ServiceNames: true, ServiceRegions: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const regions = distinct(input.ServiceRegions?.length ? input.ServiceRegions : [context.region]);
    for (const region of regions) checkRegion(region, 'ServiceRegions');
    const names = distinct(input.ServiceNames ?? []);
    const listed =
      names.length > 0
        ? names.flatMap((name) => named(name, regions, context))
        : regions.flatMap((region) => all(region, context));
    const matching = filterResources(listed, input.Filters, {
      owner: ({ owner }) => (owner === context.account ? [owner, 'self'] : owner),
      'service-name': ({ name }) => name,
      'service-region': ({ region }) => region,
      'service-type': ({ type }) => type,
      'supported-ip-address-types': ({ ipAddressTypes }) => ipAddressTypes,
    });
    const { items, next } = page(matching, input, ({ name, type }) => `${name}/${type}`, { min: 1, max: 1000 });
    return reply({
      ServiceNames: [...distinct(items.map(({ name }) => name))],
      ServiceDetails: items.map((each) => each.view(context)),
      NextToken: next,
    });
  },
);

/** In the first of the regions that has it. */
function named(name: string, regions: readonly string[], context: Context): readonly Listed[] {
  for (const region of regions) {
    const service = awsServices(region, context).find((each) => each.name === name);
    if (service !== undefined) return ofAws(service);
    const customer = customerServiceNamed(context, name, region);
    if (customer !== undefined && isPermitted(customer, context)) return [ofCustomer(customer, context)];
  }
  return refuseAbsent(name);
}

/** Those that the caller's region can use. */
function awsServices(region: string, context: Context): readonly AwsService[] {
  return region === context.region ? servicesOf(region) : remoteServicesOf(region);
}

function all(region: string, context: Context): readonly Listed[] {
  const customers = [...context.intent.table('endpointService').all()].filter(
    (service) =>
      service.deletedRevision === null &&
      service.region === region &&
      isOfferedIn(service, context.region) &&
      isPermitted(service, context),
  );
  const listed = [
    ...awsServices(region, context).flatMap(ofAws),
    ...customers.map((service) => ofCustomer(service, context)),
  ];
  return customers.length === 0 ? listed : listed.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function ofAws(service: AwsService): readonly Listed[] {
  const { name, region, types } = service;
  return types.map((type) => ({
    name,
    region,
    type,
    owner: AWS,
    tags: {},
    ipAddressTypes: awsIpTypes(type),
    view: (context) => viewAws(service, type, context),
  }));
}

/** Tags are the owner's business. */
function ofCustomer(service: EndpointService, { account }: Context): Listed {
  return {
    name: customerServiceName(service.id, service.region),
    region: service.region,
    type: 'Interface',
    owner: service.account,
    tags: service.account === account ? service.tags : {},
    ipAddressTypes: service.ipAddressTypes,
    view: (context) => viewCustomer(service, context),
  };
}

function viewCustomer(service: EndpointService, context: Context): ServiceDetail {
  const { privateDnsName } = service;
  return {
    ServiceName: customerServiceName(service.id, service.region),
    ServiceId: service.id,
    ServiceType: [{ ServiceType: 'Interface' }],
    ServiceRegion: service.region,
    ...viewZones(service, context),
    Owner: service.account,
    BaseEndpointDnsNames: [serviceBaseName(service.id, service.region)],
    ...(privateDnsName !== null && {
      PrivateDnsName: privateDnsName.name,
      PrivateDnsNames: [{ PrivateDnsName: privateDnsName.name }],
      PrivateDnsNameVerificationState: privateDnsName.state,
    }),
    VpcEndpointPolicySupported: false,
    AcceptanceRequired: service.acceptanceRequired,
    ManagesVpcEndpoints: false,
    ...(service.payer === 'serviceOwner' && { PayerResponsibility: 'ServiceOwner' as const }),
    Tags: viewTags(service.account === context.account ? service.tags : {}),
    SupportedIpAddressTypes: [...service.ipAddressTypes],
  };
}

function viewAws(service: AwsService, type: Listed['type'], context: Context): ServiceDetail {
  const zones = zonesOf(context.account, service.region).filter((zone) => service.zoneIds.includes(zone.id));
  const [first] = service.privateNames;
  return {
    ServiceName: service.name,
    ServiceId: serviceId(service, type),
    ServiceType: [{ ServiceType: type }],
    ServiceRegion: service.region,
    AvailabilityZoneIds: zones.map((zone) => zone.id),
    AvailabilityZones: zones.map((zone) => zone.name),
    Owner: AWS,
    BaseEndpointDnsNames: [type === 'Gateway' ? `${service.key}.${service.region}.amazonaws.com` : baseName(service)],
    ...(type === 'Interface' &&
      first !== undefined && {
        PrivateDnsName: first,
        PrivateDnsNames: service.privateNames.map((name) => ({ PrivateDnsName: name })),
        PrivateDnsNameVerificationState: 'verified' as const,
      }),
    VpcEndpointPolicySupported: service.policySupported,
    AcceptanceRequired: false,
    ManagesVpcEndpoints: false,
    Tags: [],
    SupportedIpAddressTypes: [...awsIpTypes(type)],
  };
}

function awsIpTypes(type: Listed['type']): Listed['ipAddressTypes'] {
  return type === 'Interface' ? AWS_IP_TYPES : GATEWAY_IP_TYPES;
}
