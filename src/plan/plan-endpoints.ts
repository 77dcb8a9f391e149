/** The Plan's types that concern endpoints to AWS services by route, and what any endpoint to them lets through. */
import type { Origin } from './plan.ts';

/**
 * A gateway endpoint (its id): the way from a VPC to the public address of an AWS service without the internet, for what a route leads
 * into it. TCP and ICMP echo from addresses of the domain's own ports enter it; the source becomes `linkAddress` (240.0.0.0/4),
 * the destination stays. Like a crossing, it is entered from one side only.
 */
export interface ServiceGateway {
  readonly id: string;
  /** [vpce, service name]. */
  readonly origin: Origin;
  readonly domain: string;
  /** Id of the Service. */
  readonly service: string;
  /** The service's `internetAddress`, which in the services domain is it too. */
  readonly address: string;
  /** TCP. */
  readonly port: number;
  readonly linkAddress: string;
}

/** What may be asked for through an endpoint (its id) to an AWS service. JSON. An endpoint without one allows all. */
export interface EndpointPolicy {
  readonly id: string;
  readonly origin: Origin;
  /** An account that a gateway endpoint's policy names as principal is that account's root only. */
  readonly kind: 'interface' | 'gateway';
  readonly document: string;
}
