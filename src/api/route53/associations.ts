/**
 * In which VPCs a private hosted zone answers. The zone's owner and the VPC's may be two accounts: then the VPC's owner
 * associates what the zone's owner has allowed (authorizations.ts).
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_AssociateVPCWithHostedZone.html
 */
import type { VPC, VPCRegion } from '@aws-sdk/client-route-53';
import { put, remove } from '../../model/edit.ts';
import type { Intent } from '../../model/intent.ts';
import { endpointZonesIn, hostedZonesIn } from '../../model/private-dns.ts';
import { refuse } from '../../model/refusal.ts';
import type { HostedZone, Vpc, ZoneAssociation } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { page } from '../shared/pages.ts';
import { route53Action } from './action.ts';
import { changeInfo } from './changes.ts';
import { wireName } from './names.ts';
import { PAGES, pageSize } from './pages.ts';
import { bareId } from './zones.ts';

/** AWS's default quota. */
const MAX_VPCS_PER_ZONE = 300;
/** Who owns the zones of endpoints' private names. */
const ENDPOINT_SERVICE = 'vpce.amazonaws.com';

/** As the wire lets it in: the region is one of the enum's. */
export interface VpcRef {
  readonly VPCId?: string | undefined;
  readonly VPCRegion?: string | undefined;
}

export const associateVpc = route53Action<'AssociateVPCWithHostedZone'>(
  { HostedZoneId: true, VPC: true, Comment: true },
  (input, context) => {
    const { intent } = context;
    const zone = anyZone(context, input.HostedZoneId);
    const vpc = anyVpc(context, input.VPC);
    refusePublic(zone, vpc, 'PublicZoneVPCAssociation');
    const isAllowed =
      zone.account === context.account || intent.table('zoneAuthorization').get(`${zone.id}/${vpc.id}`) !== undefined;
    if (vpc.account !== context.account || !isAllowed) refuseUnauthorized(vpc.id);
    checkNameIsFree(intent, vpc, zone.name);
    if (intent.table('zoneAssociation').count('zoneId', zone.id) >= MAX_VPCS_PER_ZONE) {
      refuse('LimitsExceeded', `A private hosted zone can be associated with at most ${MAX_VPCS_PER_ZONE} VPCs.`);
    }
    return {
      edits: [put(associationOf(zone, vpc, context))],
      output: { ChangeInfo: changeInfo(context, true, input.Comment) },
    };
  },
);

export const disassociateVpc = route53Action<'DisassociateVPCFromHostedZone'>(
  { HostedZoneId: true, VPC: true, Comment: true },
  (input, context) => {
    const { intent } = context;
    const zone = anyZone(context, input.HostedZoneId);
    const vpc = intent.table('vpc').get(input.VPC.VPCId ?? '');
    if (zone.account !== context.account && vpc?.account !== context.account) refuseZone(zone.id);
    const association = intent.table('zoneAssociation').get(`${zone.id}/${input.VPC.VPCId}`);
    if (association === undefined || association.vpcRegion !== input.VPC.VPCRegion) {
      refuse(
        'VPCAssociationNotFound',
        `The VPC: ${input.VPC.VPCId} is not associated with the hosted zone: ${zone.id}`,
        404,
      );
    }
    if (intent.table('zoneAssociation').count('zoneId', zone.id) === 1) {
      refuse('LastVPCAssociation', 'Cannot remove last VPC association for the private zone');
    }
    return {
      edits: [remove(association)],
      output: { ChangeInfo: changeInfo(context, true, input.Comment) },
    };
  },
);

/** Customers' zones first, then those that endpoints hold. */
export const listHostedZonesByVpc = route53Action<'ListHostedZonesByVPC'>(
  { VPCId: true, VPCRegion: true, MaxItems: true, NextToken: true },
  (input, context) => {
    const vpc = ownVpc(context, input, 'InvalidInput');
    const all = [
      ...hostedZonesIn(context.intent, vpc.id).map(({ id, name, account }) => ({
        HostedZoneId: id,
        Name: wireName(name),
        Owner: { OwningAccount: account },
      })),
      ...endpointZonesIn(context.intent, vpc.id).map(({ zone, hostedZoneId }) => ({
        HostedZoneId: hostedZoneId,
        Name: wireName(zone),
        Owner: { OwningService: ENDPOINT_SERVICE },
      })),
    ];
    const count = pageSize(input.MaxItems);
    const { items, next } = page(
      all,
      { MaxResults: count, NextToken: input.NextToken },
      ({ HostedZoneId: id }) => id,
      PAGES,
    );
    return reply({
      HostedZoneSummaries: [...items],
      MaxItems: count,
      ...(next !== undefined && { NextToken: next }),
    });
  },
);

export function viewVpc({ vpcId, vpcRegion }: Pick<ZoneAssociation, 'vpcId' | 'vpcRegion'>): VPC {
  return { VPCRegion: vpcRegion as VPCRegion, VPCId: vpcId };
}

export function associationOf(zone: HostedZone, vpc: Vpc, { now }: Context): ZoneAssociation {
  return {
    kind: 'zoneAssociation',
    id: `${zone.id}/${vpc.id}`,
    account: zone.account,
    region: '',
    tags: {},
    createdAt: now,
    zoneId: zone.id,
    vpcId: vpc.id,
    vpcRegion: vpc.region,
  };
}

/** One name has one holder in a VPC, be it another zone or an endpoint with private DNS. */
export function checkNameIsFree(intent: Intent, vpc: Vpc, name: string): void {
  const holder =
    hostedZonesIn(intent, vpc.id).find((zone) => zone.name === name)?.id ??
    endpointZonesIn(intent, vpc.id).find(({ zone }) => zone === name)?.hostedZoneId;
  if (holder === undefined) return;
  refuse(
    'ConflictingDomainExists',
    `The VPC ${vpc.id} in region ${vpc.region} has already been associated with the hosted zone ${holder} with the same domain name.`,
  );
}

/** Whoever owns it. */
export function anyVpc({ intent }: Context, { VPCId: id, VPCRegion: region }: VpcRef, code?: VpcCode): Vpc {
  const vpc = intent.table('vpc').get(id ?? '');
  if (vpc === undefined || vpc.region !== region) refuseVpc(code);
  return vpc;
}

export function ownVpc(context: Context, ref: VpcRef, code?: VpcCode): Vpc {
  const vpc = anyVpc(context, ref, code);
  if (vpc.account !== context.account) refuseVpc(code);
  return vpc;
}

/** Lists have no code of their own for it. */
type VpcCode = 'InvalidVPCId' | 'InvalidInput';

/** `code`: each action has one of its own for this. */
export function refusePublic(zone: HostedZone, vpc: Vpc, code: 'PublicZoneVPCAssociation' | 'InvalidInput'): void {
  if (!zone.isPrivate) refuse(code, `Attempting to associate public zone: ${zone.id} with vpc: ${vpc.id}`);
}

function anyZone({ intent }: Context, id: string): HostedZone {
  return intent.table('hostedZone').get(bareId(id)) ?? refuseZone(bareId(id));
}

function refuseZone(id: string): never {
  refuse('NoSuchHostedZone', `No hosted zone found with ID: ${id}`, 404);
}

function refuseVpc(code: VpcCode = 'InvalidVPCId'): never {
  refuse(
    code,
    'The VPC ID that you specified either is not a valid ID or the current account is not authorized to access this VPC.',
  );
}

function refuseUnauthorized(vpcId: string): never {
  refuse('NotAuthorizedException', `The VPC: ${vpcId} has not authorized to associate with your hosted zone.`, 401);
}
