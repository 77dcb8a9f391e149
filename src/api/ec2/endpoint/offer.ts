/**
 * What endpoints can be made of: AWS's services, and customers' endpoint services. One that the caller is not allowed to see
 * does not exist.
 */
import { type AwsService, findService } from '../../../model/catalogue.ts';
import { customerServiceName, type PrivateZone, privateZoneOf, privateZonesOf } from '../../../model/endpoint-names.ts';
import { refuse } from '../../../model/refusal.ts';
import type { EndpointService, VpcEndpoint } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { isPermitted } from '../endpoint-service/principals.ts';

export interface Offer {
  readonly name: string;
  readonly types: AwsService['types'];
  readonly zoneIds: readonly string[];
  readonly policySupported: boolean;
  /** What an endpoint with private DNS holds; empty: there is no private DNS. */
  readonly privateZones: readonly Pick<PrivateZone, 'zone' | 'names'>[];
  /** null: an AWS service. */
  readonly customer: EndpointService | null;
}

/** Of the name, as the caller may use it in the region. */
export function offerNamed(context: Context, name: string): Offer {
  const service = findService(name, context.region);
  if (service !== undefined) return awsOffer(service);
  const customer = customerServiceNamed(context, name);
  if (customer === undefined || !isPermitted(customer, context)) refuseAbsent(name);
  return customerOffer(customer);
}

/** Of the service that an endpoint was made of, whoever may see it today. */
export function offerOf(context: Context, endpoint: VpcEndpoint): Offer {
  if (endpoint.serviceId !== null) {
    const customer = context.intent.table('endpointService').get(endpoint.serviceId);
    return customer === undefined ? refuseAbsent(endpoint.serviceName) : customerOffer(customer);
  }
  const service = findService(endpoint.serviceName, endpoint.region);
  if (service === undefined) throw new Error(`${endpoint.id} is of a service that does not exist`);
  return awsOffer(service);
}

export function refuseAbsent(name: string): never {
  refuse('InvalidServiceName', `The Vpc Endpoint Service '${name}' does not exist`);
}

/** A living service by the name that consumers use; permissions are not looked at. */
export function customerServiceNamed(context: Context, name: string): EndpointService | undefined {
  const service = context.intent.table('endpointService').get(name.slice(name.lastIndexOf('.') + 1));
  const isIt =
    service?.deletedRevision === null &&
    service.region === context.region &&
    customerServiceName(service.id, service.region) === name;
  return isIt ? service : undefined;
}

function awsOffer(service: AwsService): Offer {
  return { ...service, privateZones: privateZonesOf(service), customer: null };
}

function customerOffer(service: EndpointService): Offer {
  const { privateDnsName } = service;
  return {
    name: customerServiceName(service.id, service.region),
    types: ['Interface'],
    zoneIds: service.zoneIds,
    policySupported: false,
    privateZones: privateDnsName?.state === 'verified' ? [privateZoneOf(privateDnsName.name)] : [],
    customer: service,
  };
}

/** The name that an endpoint with private DNS holds from now on (VpcEndpoint.privateDnsName). */
export function privateNameOf(offer: Offer): string | null {
  return offer.customer?.privateDnsName?.name ?? null;
}
