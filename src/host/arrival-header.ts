/** What the edge tells control of a call that it passes on, beside the call itself: JSON in one header. */
export const ARRIVAL_HEADER = 'x-culvert-arrival';

export interface ArrivalHeader {
  /** null: by the service's public name. */
  readonly vpcEndpointId: string | null;
  /** Private if it crossed an endpoint, else public; null: it cannot be told. */
  readonly clientAddress: string | null;
}
