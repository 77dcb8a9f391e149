/** Customers' own networks, and what joins them and VPCs to one another: transit gateways, VPN. */
import type { Resource } from './resource.ts';

/** A customer's network outside of AWS: a router, a host, and a DNS server where one is wanted. `id` is "site-NAME"; its region is ''. */
export interface Site extends Resource {
  readonly kind: 'site';
  readonly cidr: string;
  /** Of its router: what a customer gateway names. */
  readonly publicAddress: string;
  /** null: it has no DNS server. */
  readonly dns: {
    readonly software: 'dnsmasq' | 'unbound';
    /** Who is asked for names at and below a domain. Sorted by domain. */
    readonly forwards: readonly { readonly domain: string; readonly servers: readonly string[] }[];
  } | null;
  /**
   * What its router sends by hand, whatever the far ends tell it: by the id of a VPN connection or a virtual interface, while that is there.
   * Each destination once. Absent: nothing.
   */
  readonly routes?: readonly { readonly destination: string; readonly via: string }[];
}

/** When it was given up; what was is shown for a while. */
export interface Deletion {
  readonly at: string;
  readonly revision: number;
}

export interface TransitGateway extends Resource {
  readonly kind: 'transitGateway';
  readonly description: string;
  readonly asn: number;
  readonly autoAccepts: boolean;
  /** The table that new attachments are associated with, and the one that they propagate to; null: with none, to none. */
  readonly associationTableId: string | null;
  readonly propagationTableId: string | null;
  readonly sharesNames: boolean;
  readonly vpnEcmp: boolean;
  readonly changedRevision: number;
  readonly deletion: Deletion | null;
}

export interface TransitAttachment extends Resource {
  readonly kind: 'transitAttachment';
  readonly transitGatewayId: string;
  /** What is attached. Of a VPC: one subnet a zone, each with an interface of the attachment's (`NetworkInterface.transitAttachmentId`). */
  readonly target:
    | { readonly kind: 'vpc'; readonly vpcId: string; readonly sharesNames: boolean }
    | { readonly kind: 'vpn'; readonly connectionId: string }
    | { readonly kind: 'direct-connect-gateway'; readonly gatewayId: string; readonly associationId: string };
  /** Whose table takes what comes from it; null: nobody's, and it is dropped. */
  readonly associatedTableId: string | null;
  readonly madeRevision: number;
  readonly changedRevision: number;
  readonly deletion: Deletion | null;
}

export interface TransitRouteTable extends Resource {
  readonly kind: 'transitRouteTable';
  readonly transitGatewayId: string;
  /** Static routes; `attachmentId` null: a blackhole. */
  readonly routes: readonly { readonly destination: string; readonly attachmentId: string | null }[];
  /** Attachments that propagate to it, in the order in which they began to: of two equal blocks the first one's counts. */
  readonly propagations: readonly string[];
  readonly changedRevision: number;
  readonly deletion: Deletion | null;
}

export interface CustomerGateway extends Resource {
  readonly kind: 'customerGateway';
  readonly address: string;
  readonly asn: number;
  readonly deviceName: string | null;
  readonly deletion: Deletion | null;
}

export interface VpnGateway extends Resource {
  readonly kind: 'vpnGateway';
  readonly asn: number;
  /** null: detached. */
  readonly vpcId: string | null;
  readonly changedRevision: number;
  readonly deletion: Deletion | null;
}

export interface VpnConnection extends Resource {
  readonly kind: 'vpnConnection';
  readonly customerGatewayId: string;
  /** Where it ends at AWS; with a transit gateway it has an attachment there. */
  readonly end: { readonly kind: 'vpnGateway' | 'transitGateway'; readonly id: string };
  /** true: only what `routes` names is beyond it; false: all that the site has, as BGP would tell. */
  readonly staticOnly: boolean;
  /** AWS's own end of its tunnel on the internet; absent on connections of before tunnels had one: theirs are plain links. */
  readonly outsideAddress?: string;
  readonly routes: readonly string[];
  readonly changedRevision: number;
  readonly deletion: Deletion | null;
}
