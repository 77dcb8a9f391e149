/**
 * What costs by the hour for being there: pure, from the Intent. Since when is the time of its creation; until when is not told here, as
 * the Intent forgets what was deleted: whoever keeps the list takes note of what is not in it any more (src/daemon/meters).
 */
import type { Intent } from '../model/intent.ts';
import type { NetworkInterface, VpcEndpoint } from '../model/resources.ts';

/** Prices by the hour, as prices.json names them. */
export type HourlyRate =
  | 'endpointHour'
  | 'loadBalancerHour'
  | 'natGatewayHour'
  | 'publicAddressHour'
  | 'attachmentHour'
  | 'vpnHour';

export interface BilledThing {
  /** "endpointHour/vpce-…/eni-…": constant while the thing is there. */
  readonly key: string;
  /** The resource as customers know it. */
  readonly id: string;
  readonly rate: HourlyRate;
  /** Who pays. */
  readonly account: string;
  readonly region: string;
  /** ISO 8601. */
  readonly since: string;
}

/** A thing as it was kept note of; milliseconds since 1970. `until` null: it is still there. */
export interface Recorded {
  readonly thing: BilledThing;
  readonly since: number;
  readonly until: number | null;
}

export function billedThings(intent: Intent): readonly BilledThing[] {
  return [
    ...endpoints(intent),
    ...[...intent.table('loadBalancer').all()].map((each) => thing('loadBalancerHour', each, each.id)),
    ...[...intent.table('natGateway').all()]
      .filter(({ deletion, failure }) => deletion === null && failure === null)
      .map((each) => thing('natGatewayHour', each, each.id)),
    ...publicAddresses(intent),
    ...attachments(intent),
    ...[...intent.table('vpnConnection').all()]
      .filter(({ deletion }) => deletion === null)
      .map((each) => thing('vpnHour', each, each.id)),
  ];
}

interface Owned {
  readonly account: string;
  readonly region: string;
  readonly createdAt: string;
}

function thing(rate: HourlyRate, { account, region, createdAt }: Owned, id: string, part?: string): BilledThing {
  return {
    key: [rate, id, ...(part === undefined ? [] : [part])].join('/'),
    id,
    rate,
    account,
    region,
    since: createdAt,
  };
}

/** Each interface of an endpoint is one in one zone. */
function endpoints(intent: Intent): readonly BilledThing[] {
  return [...intent.table('vpcEndpoint').all()]
    .filter((endpoint) => endpoint.type === 'Interface' && !isUnusable(intent, endpoint))
    .flatMap((endpoint) => {
      const service = endpoint.serviceId === null ? undefined : intent.table('endpointService').get(endpoint.serviceId);
      const account = service?.payer === 'serviceOwner' ? service.account : endpoint.account;
      return intent
        .table('networkInterface')
        .by('vpcEndpointId', endpoint.id)
        .map((each) => thing('endpointHour', { ...each, account }, endpoint.id, each.id));
    });
}

/** Rejected by its provider, whose service is then deleted: AWS ends the bill, not the endpoint. */
function isUnusable(intent: Intent, { acceptance, serviceId }: VpcEndpoint): boolean {
  if (acceptance !== 'rejected' || serviceId === null) return false;
  const service = intent.table('endpointService').get(serviceId);
  return service === undefined || service.deletedAt !== null;
}

/** Elastic ones whether in use or not, and those that interfaces were given for as long as they have them. */
function publicAddresses(intent: Intent): readonly BilledThing[] {
  const elastic = [...intent.table('elasticAddress').all()];
  const known = new Set(elastic.map(({ publicIp }) => publicIp));
  const given = [...intent.table('networkInterface').all()].filter(
    (each): each is NetworkInterface & { publicAddress: string } =>
      each.publicAddress !== null && !known.has(each.publicAddress),
  );
  return [
    ...elastic.map((each) => thing('publicAddressHour', each, each.id)),
    ...given.map((each) => thing('publicAddressHour', each, each.id, each.publicAddress)),
  ];
}

/** A VPC's owner pays for its attachment, the gateway's owner for those of VPN and Direct Connect. */
function attachments(intent: Intent): readonly BilledThing[] {
  return [...intent.table('transitAttachment').all()]
    .filter(({ deletion }) => deletion === null)
    .map((each) => thing('attachmentHour', each, each.id));
}
