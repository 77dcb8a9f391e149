/** Direct Connect: a port at a customer's site, what runs over it, and what joins that to AWS's gateways. */
import type { Deletion } from './remote.ts';
import type { Resource } from './resource.ts';

/** A port at a location, which is a site by its name. `id` has 8 digits. */
export interface DxConnection extends Resource {
  readonly kind: 'dxConnection';
  readonly name: string;
  readonly location: string;
  /** "1Gbps" */
  readonly bandwidth: string;
  readonly changedRevision: number;
  readonly deletion: Deletion | null;
}

/** Global: its region is ''. `id` is a UUID. */
export interface DxGateway extends Resource {
  readonly kind: 'dxGateway';
  readonly name: string;
  readonly asn: number;
  readonly changedRevision: number;
  readonly deletion: Deletion | null;
}

/** Of a Direct Connect gateway with one of a VPC's or a transit gateway, which then has an attachment for it. As global as the first. */
export interface DxAssociation extends Resource {
  readonly kind: 'dxAssociation';
  readonly gatewayId: string;
  readonly target: { readonly kind: 'vpnGateway' | 'transitGateway'; readonly id: string; readonly region: string };
  /** What the far side may hear. Of a VPC's: as far as a block of the VPC is within one, all of them where there is none. */
  readonly allowed: readonly string[];
  readonly madeRevision: number;
  readonly changedRevision: number;
  readonly deletion: Deletion | null;
}

/** A virtual interface. `id` has 8 digits. */
export interface DxInterface extends Resource {
  readonly kind: 'dxInterface';
  readonly type: 'private' | 'transit';
  readonly connectionId: string;
  readonly name: string;
  readonly vlan: number;
  readonly asn: number;
  readonly amazonAddress: string;
  readonly customerAddress: string;
  readonly authKey: string;
  readonly mtu: number;
  /** Where it ends at AWS. */
  readonly end: { readonly kind: 'vpnGateway' | 'dxGateway'; readonly id: string };
  readonly changedRevision: number;
  readonly deletion: Deletion | null;
}
