/**
 * Leave for another account's VPC to be associated with a private zone. Taking it back cuts no association that was made.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateVPCAssociationAuthorization.html
 */
import { put, remove } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import { reply } from '../action.ts';
import { page } from '../shared/pages.ts';
import { route53Action } from './action.ts';
import { anyVpc, associationOf, refusePublic, viewVpc } from './associations.ts';
import { PAGES, pageSize } from './pages.ts';
import { findZone } from './zones.ts';

/** AWS's quota. */
const MAX_AUTHORIZATIONS = 1000;
const MAX_PAGE = 50;

/** A second one for the same VPC changes nothing. */
export const createAuthorization = route53Action<'CreateVPCAssociationAuthorization'>(
  { HostedZoneId: true, VPC: true },
  (input, context) => {
    const table = context.intent.table('zoneAuthorization');
    const vpc = anyVpc(context, input.VPC);
    const zone = findZone(context, input.HostedZoneId);
    refusePublic(zone, vpc, 'InvalidInput');
    const output = { HostedZoneId: zone.id, VPC: input.VPC };
    const authorization = { ...associationOf(zone, vpc, context), kind: 'zoneAuthorization' as const };
    if (table.get(authorization.id) !== undefined) return reply(output);
    if (table.count('zoneId', zone.id) >= MAX_AUTHORIZATIONS) {
      refuse(
        'TooManyVPCAssociationAuthorizations',
        `The hosted zone ${zone.id} has ${MAX_AUTHORIZATIONS} authorizations, the most that it can have.`,
      );
    }
    return { edits: [put(authorization)], output };
  },
);

export const deleteAuthorization = route53Action<'DeleteVPCAssociationAuthorization'>(
  { HostedZoneId: true, VPC: true },
  (input, context) => {
    const zone = findZone(context, input.HostedZoneId);
    const found = context.intent.table('zoneAuthorization').get(`${zone.id}/${input.VPC.VPCId}`);
    if (found === undefined || found.vpcRegion !== input.VPC.VPCRegion) {
      refuse(
        'VPCAssociationAuthorizationNotFound',
        `The VPC: ${input.VPC.VPCId} is not authorized to be associated with the hosted zone: ${zone.id}`,
        404,
      );
    }
    return { edits: [remove(found)], output: {} };
  },
);

export const listAuthorizations = route53Action<'ListVPCAssociationAuthorizations'>(
  { HostedZoneId: true, NextToken: true, MaxResults: true },
  (input, context) => {
    const zone = findZone(context, input.HostedZoneId);
    const all = context.intent.table('zoneAuthorization').by('zoneId', zone.id);
    const limits = { MaxResults: pageSize(input.MaxResults, MAX_PAGE, 'MaxResults'), NextToken: input.NextToken };
    const { items, next } = page(all, limits, ({ vpcId }) => vpcId, PAGES);
    return reply({
      HostedZoneId: zone.id,
      VPCs: items.map(viewVpc),
      ...(next !== undefined && { NextToken: next }),
    });
  },
);
