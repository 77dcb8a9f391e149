/**
 * IP address types of interface endpoints, and the records that their names have. AWS's services take both families here,
 * a customer's what its provider says.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html (IP address type, DNS record IP type)
 */
import { refuse } from '../../../model/refusal.ts';
import type { EndpointService, Subnet, VpcEndpoint } from '../../../model/resources.ts';
import type { Offer } from './offer.ts';

export type IpTypes = Pick<VpcEndpoint, 'ipAddressType' | 'dnsRecordIpType'>;

/** What a service says of itself. */
export const AWS_IP_TYPES = ['ipv4', 'ipv6'] as const;
/** Of gateway endpoints. */
export const GATEWAY_IP_TYPES = ['ipv4'] as const;

/** What a service must take for an endpoint of a type. */
const NEEDS: Readonly<Record<IpTypes['ipAddressType'], EndpointService['ipAddressTypes']>> = {
  ipv4: ['ipv4'],
  dualstack: ['ipv4', 'ipv6'],
  ipv6: ['ipv6'],
};
const TYPES = ['ipv4', 'dualstack', 'ipv6'] as const satisfies readonly IpTypes['ipAddressType'][];

const RECORDS: Readonly<Record<IpTypes['ipAddressType'], readonly IpTypes['dnsRecordIpType'][]>> = {
  ipv4: ['ipv4'],
  dualstack: ['dualstack', 'ipv4', 'ipv6', 'service-defined'],
  ipv6: ['ipv6'],
};

/** What each of its subnets must be. */
const FITS: Readonly<Record<IpTypes['ipAddressType'], (subnet: Subnet) => boolean>> = {
  ipv4: ({ cidr }) => cidr !== null,
  dualstack: ({ cidr, ipv6Cidr }) => cidr !== null && ipv6Cidr !== null,
  ipv6: ({ cidr }) => cidr === null,
};

interface Wish {
  readonly IpAddressType?: string | undefined;
  readonly DnsOptions?: { readonly DnsRecordIpType?: string | undefined } | undefined;
}

/** `before`: what the endpoint has now. Another address type brings its own records with it unless others are asked for. */
export function checkedIpTypes(
  wish: Wish,
  service: Offer,
  subnets: readonly Subnet[],
  before: IpTypes = { ipAddressType: 'ipv4', dnsRecordIpType: 'ipv4' },
): IpTypes {
  const ipAddressType = addressTypeOf(wish.IpAddressType ?? before.ipAddressType, service, subnets);
  const known = RECORDS[ipAddressType];
  const kept = ipAddressType === before.ipAddressType ? before.dnsRecordIpType : ipAddressType;
  const asked = wish.DnsOptions?.DnsRecordIpType ?? kept;
  const dnsRecordIpType = known.find((each) => each === asked);
  if (dnsRecordIpType === undefined) {
    refuse(
      'InvalidParameter',
      `The DNS record IP type ${asked} is not supported for the IP address type ${ipAddressType}.`,
    );
  }
  return { ipAddressType, dnsRecordIpType };
}

function addressTypeOf(asked: string, service: Offer, subnets: readonly Subnet[]): IpTypes['ipAddressType'] {
  const type = TYPES.find((each) => each === asked);
  if (type === undefined || !NEEDS[type].every((each) => service.ipAddressTypes.includes(each))) {
    refuse(
      'InvalidParameter',
      `The VPC endpoint service ${service.name} does not support the IP address type ${asked}.`,
    );
  }
  const unfit = subnets.find((subnet) => !FITS[type](subnet));
  if (unfit !== undefined) {
    refuse('InvalidParameter', `The subnet ${unfit.id} does not support the IP address type ${asked}.`);
  }
  return type;
}

/** Gateway endpoints are of IPv4 here. */
export function refuseGatewayIpType(asked: string | undefined): void {
  if (asked === undefined || asked === 'ipv4') return;
  refuse('UnsupportedOperation', `The value '${asked}' for parameter IpAddressType is not supported by Culvert.`);
}
