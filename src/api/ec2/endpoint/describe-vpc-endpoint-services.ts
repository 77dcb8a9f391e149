/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServices.html */
import type { ServiceDetail } from '@aws-sdk/client-ec2';
import { type AwsService, baseName, findService, serviceId, servicesOf } from '../../../model/catalogue.ts';
import { refuse } from '../../../model/refusal.ts';
import { zonesOf } from '../../../model/zones.ts';
import { type Context, reply } from '../../action.ts';
import { filterResources } from '../../shared/filters.ts';
import { distinct } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';

const OWNER = 'amazon';
/** What endpoints can be made with here, for every service alike. */
const IP_ADDRESS_TYPES = ['ipv4'] as const;

/** AWS tells a service once for each type of endpoint that it takes. */
interface Offer {
  readonly service: AwsService;
  readonly type: 'Gateway' | 'Interface';
  readonly tags: Readonly<Record<string, string>>;
}

export const describeVpcEndpointServices = ec2Action<'DescribeVpcEndpointServices'>(
  { ServiceNames: true, ServiceRegions: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    for (const region of input.ServiceRegions ?? []) {
      if (region !== context.region) {
        refuse(
          'UnsupportedOperation',
          `The value '${region}' for parameter ServiceRegions is not supported by Culvert: services of other regions cannot be reached yet.`,
        );
      }
    }
    const names = input.ServiceNames ?? [];
    const services =
      names.length > 0 ? distinct(names).map((name) => named(name, context)) : servicesOf(context.region);
    const offers = services.flatMap((service) => service.types.map((type): Offer => ({ service, type, tags: {} })));
    const matching = filterResources(offers, input.Filters, {
      owner: () => OWNER,
      'service-name': ({ service }) => service.name,
      'service-region': ({ service }) => service.region,
      'service-type': ({ type }) => type,
      'supported-ip-address-types': () => IP_ADDRESS_TYPES,
    });
    const { items, next } = page(matching, input, ({ service, type }) => `${service.name}/${type}`, {
      min: 1,
      max: 1000,
    });
    return reply({
      ServiceNames: [...distinct(items.map(({ service }) => service.name))],
      ServiceDetails: items.map((offer) => viewOffer(offer, context)),
      NextToken: next,
    });
  },
);

function named(name: string, context: Context): AwsService {
  return (
    findService(name, context.region) ??
    refuse('InvalidServiceName', `The Vpc Endpoint Service '${name}' does not exist`)
  );
}

function viewOffer({ service, type }: Offer, context: Context): ServiceDetail {
  const zones = zonesOf(context.account, context.region).filter((zone) => service.zoneIds.includes(zone.id));
  const [first] = service.privateNames;
  return {
    ServiceName: service.name,
    ServiceId: serviceId(service, type),
    ServiceType: [{ ServiceType: type }],
    ServiceRegion: service.region,
    AvailabilityZoneIds: zones.map((zone) => zone.id),
    AvailabilityZones: zones.map((zone) => zone.name),
    Owner: OWNER,
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
    SupportedIpAddressTypes: [...IP_ADDRESS_TYPES],
  };
}
