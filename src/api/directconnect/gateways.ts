/**
 * Direct Connect gateways, and what they are associated with: VPCs' gateways or transit gateways of any region, never both, as their
 * virtual interfaces are private ones or transit ones. To a transit gateway an association is an attachment.
 * https://docs.aws.amazon.com/directconnect/latest/UserGuide/direct-connect-gateways-intro.html
 */
import type {
  RouteFilterPrefix,
  DirectConnectGatewayAssociation as ShownAssociation,
  DirectConnectGateway as ShownGateway,
} from '@aws-sdk/client-direct-connect';
import { dxAssociationsOf } from '../../model/direct-connect.ts';
import { put } from '../../model/edit.ts';
import { isLive } from '../../model/remote.ts';
import type { DxAssociation, DxGateway, TransitGateway, VpnGateway } from '../../model/resources.ts';
import { formatCidr, parseCidr } from '../../net/cidr.ts';
import { type Context, reply } from '../action.ts';
import { stateOf } from '../ec2/life.ts';
import { endAttachment, newAttachment } from '../ec2/transit-gateway/attachments.ts';
import { dxAction } from './action.ts';
import { nameOf } from './connections.ts';
import { buried, dxState, findLive, newDx, ownOf, paged, refuseCall, selectOwn, viewTags, withTags } from './find.ts';

const DEFAULT_ASN = 64_512;
const PRIVATE_ASNS = [
  [64_512, 65_534],
  [4_200_000_000, 4_294_967_294],
] as const;
/** https://docs.aws.amazon.com/directconnect/latest/UserGuide/limits.html */
const MAX_GATEWAYS = 200;
const MAX_ASSOCIATIONS = { vpnGateway: 20, transitGateway: 6 } as const;
const MAX_PREFIXES = 200;

export const createGateway = dxAction<'CreateDirectConnectGateway'>(
  { directConnectGatewayName: true, amazonSideAsn: true, tags: true },
  (input, context) => {
    const asn = input.amazonSideAsn ?? DEFAULT_ASN;
    if (!PRIVATE_ASNS.some(([first, last]) => asn >= first && asn <= last)) {
      refuseCall(`The ASN ${asn} is invalid: it must be a private one, 64512-65534 or 4200000000-4294967294.`);
    }
    if (ownOf(context, 'dxGateway').filter(isLive).length >= MAX_GATEWAYS) {
      refuseCall(`You have reached the maximum number of Direct Connect gateways (${MAX_GATEWAYS}).`);
    }
    const gateway: DxGateway = {
      ...newDx(context, 'dxGateway', withTags({}, input.tags)),
      kind: 'dxGateway',
      name: nameOf(input.directConnectGatewayName),
      asn,
      changedRevision: context.nextRevision,
      deletion: null,
    };
    return { edits: [put(gateway)], output: { directConnectGateway: viewGateway(gateway, context) } };
  },
);

export const describeGateways = dxAction<'DescribeDirectConnectGateways'>(
  { directConnectGatewayId: true, maxResults: true, nextToken: true },
  (input, context) => {
    const all = selectOwn(context, 'dxGateway', input.directConnectGatewayId);
    const { items, rest } = paged(all, input, ({ id }) => id);
    return reply({ directConnectGateways: items.map((each) => viewGateway(each, context)), ...rest });
  },
);

export const updateGateway = dxAction<'UpdateDirectConnectGateway'>(
  { directConnectGatewayId: true, newDirectConnectGatewayName: true },
  (input, context) => {
    const gateway = findLive(context, 'dxGateway', input.directConnectGatewayId);
    const changed = { ...gateway, name: nameOf(input.newDirectConnectGatewayName) };
    return { edits: [put(changed)], output: { directConnectGateway: viewGateway(changed, context) } };
  },
);

export const deleteGateway = dxAction<'DeleteDirectConnectGateway'>(
  { directConnectGatewayId: true },
  (input, context) => {
    const gateway = findLive(context, 'dxGateway', input.directConnectGatewayId);
    const { intent } = context;
    const isUsed =
      dxAssociationsOf(intent, 'gatewayId', gateway.id).length > 0 ||
      intent.table('dxInterface').by('end.id', gateway.id).some(isLive);
    if (isUsed) {
      refuseCall(
        `Direct Connect Gateway ${gateway.id} has virtual interfaces or associations that must be deleted first.`,
      );
    }
    const gone = buried(gateway, context);
    return { edits: [put(gone)], output: { directConnectGateway: viewGateway(gone, context) } };
  },
);

export const createAssociation = dxAction<'CreateDirectConnectGatewayAssociation'>(
  {
    directConnectGatewayId: true,
    gatewayId: true,
    virtualGatewayId: true,
    addAllowedPrefixesToDirectConnectGateway: true,
  },
  (input, context) => {
    const { intent } = context;
    const gateway = findLive(context, 'dxGateway', input.directConnectGatewayId);
    const other = gatewayOf(context, oneOf(input.gatewayId, input.virtualGatewayId));
    const { kind, id, region } = other;
    const present = dxAssociationsOf(intent, 'gatewayId', gateway.id);
    if (present.some(({ target }) => target.id === id)) {
      refuseCall(`Gateway ${id} is already associated with Direct Connect Gateway ${gateway.id}.`);
    }
    if (kind === 'vpnGateway' && dxAssociationsOf(intent, 'target.id', id).length > 0) {
      refuseCall(`Virtual private gateway ${id} is already associated with a Direct Connect Gateway.`);
    }
    if (present.some(({ target }) => target.kind !== kind) || servesOther(context, gateway, kind)) {
      refuseCall(
        `Direct Connect Gateway ${gateway.id} cannot have both virtual private gateways and transit gateways, nor virtual interfaces of the other type.`,
      );
    }
    if (other.kind === 'transitGateway') refuseSameAsn(context, gateway, other, present);
    if (present.length >= MAX_ASSOCIATIONS[kind]) {
      refuseCall(`Direct Connect Gateway ${gateway.id} has the maximum number of associations.`);
    }
    if (
      stateOf({ ...other, changedRevision: other.kind === 'vpnGateway' ? 0 : other.changedRevision }, context.facts) !==
      'available'
    ) {
      refuseCall(`Gateway ${id} is not available.`);
    }
    const association: DxAssociation = {
      ...newDx(context, 'dxAssociation'),
      kind: 'dxAssociation',
      gatewayId: gateway.id,
      target: { kind, id, region },
      allowed: prefixesOf(input.addAllowedPrefixesToDirectConnectGateway),
      madeRevision: context.nextRevision,
      changedRevision: context.nextRevision,
      deletion: null,
    };
    const attached =
      other.kind === 'transitGateway'
        ? newAttachment(
            { ...context, region },
            other,
            { kind: 'direct-connect-gateway', gatewayId: gateway.id, associationId: association.id },
            {},
          ).edits
        : [];
    return {
      edits: [put(association), ...attached],
      output: { directConnectGatewayAssociation: viewAssociation(association, gateway, context) },
    };
  },
);

export const describeAssociations = dxAction<'DescribeDirectConnectGatewayAssociations'>(
  {
    associationId: true,
    associatedGatewayId: true,
    directConnectGatewayId: true,
    virtualGatewayId: true,
    maxResults: true,
    nextToken: true,
  },
  (input, context) => {
    const other = oneOf(input.associatedGatewayId, input.virtualGatewayId);
    const all = selectOwn(context, 'dxAssociation', input.associationId).filter(
      ({ gatewayId, target }) =>
        gatewayId === (input.directConnectGatewayId ?? gatewayId) && target.id === (other ?? target.id),
    );
    const { items, rest } = paged(all, input, ({ id }) => id);
    const shown = items.map((each) =>
      viewAssociation(each, context.intent.table('dxGateway').get(each.gatewayId), context),
    );
    return reply({ directConnectGatewayAssociations: shown, ...rest });
  },
);

export const updateAssociation = dxAction<'UpdateDirectConnectGatewayAssociation'>(
  {
    associationId: true,
    addAllowedPrefixesToDirectConnectGateway: true,
    removeAllowedPrefixesToDirectConnectGateway: true,
  },
  (input, context) => {
    const association = findLive(context, 'dxAssociation', input.associationId);
    const gone = prefixesOf(input.removeAllowedPrefixesToDirectConnectGateway);
    const unknown = gone.find((each) => !association.allowed.includes(each));
    if (unknown !== undefined) refuseCall(`The prefix ${unknown} is not allowed by ${association.id}.`);
    const kept = association.allowed.filter((each) => !gone.includes(each));
    const come = prefixesOf(input.addAllowedPrefixesToDirectConnectGateway).filter((each) => !kept.includes(each));
    const allowed = [...kept, ...come];
    if (allowed.length > MAX_PREFIXES) refuseCall(`An association has at most ${MAX_PREFIXES} allowed prefixes.`);
    const changed = { ...association, allowed, changedRevision: context.nextRevision };
    const gateway = context.intent.table('dxGateway').get(association.gatewayId);
    return {
      edits: [put(changed)],
      output: { directConnectGatewayAssociation: viewAssociation(changed, gateway, context) },
    };
  },
);

export const deleteAssociation = dxAction<'DeleteDirectConnectGatewayAssociation'>(
  { associationId: true, directConnectGatewayId: true, virtualGatewayId: true },
  (input, context) => {
    const { intent } = context;
    const { associationId, directConnectGatewayId, virtualGatewayId } = input;
    if (associationId !== undefined && (directConnectGatewayId ?? virtualGatewayId) !== undefined) {
      refuseCall('An association is named by its ID or by its two gateways, not by both.');
    }
    const named = ownOf(context, 'dxAssociation').find(
      ({ gatewayId, target, deletion }) =>
        gatewayId === directConnectGatewayId && target.id === virtualGatewayId && deletion === null,
    );
    const association = findLive(context, 'dxAssociation', associationId ?? named?.id);
    const attachments = intent
      .table('transitAttachment')
      .by('transitGatewayId', association.target.id)
      .filter(
        (each) =>
          isLive(each) && each.target.kind === 'direct-connect-gateway' && each.target.associationId === association.id,
      );
    const gone = buried(association, context);
    const gateway = intent.table('dxGateway').get(association.gatewayId);
    return {
      edits: [put(gone), ...attachments.flatMap((each) => endAttachment(context, each))],
      output: { directConnectGatewayAssociation: viewAssociation(gone, gateway, context) },
    };
  },
);

/** A gateway has one id, under the member's present name or its former one. */
function oneOf(id: string | undefined, former: string | undefined): string | undefined {
  if (id !== undefined && former !== undefined && id !== former) {
    refuseCall(`Both ${id} and ${former} are given: a gateway has one ID.`);
  }
  return id ?? former;
}

/** The caller's own, of any region. */
function gatewayOf({ intent, account }: Context, id: string | undefined): VpnGateway | TransitGateway {
  const found = intent.table('vpnGateway').get(id ?? '') ?? intent.table('transitGateway').get(id ?? '');
  return found !== undefined && isLive(found) && found.account === account
    ? found
    : refuseCall(`Could not find gateway with ID ${id}`);
}

/**
 * A transit gateway's ASN is neither the gateway's nor that of a transit gateway beside it: routes would come back to their origin.
 * https://docs.aws.amazon.com/directconnect/latest/UserGuide/direct-connect-transit-gateways.html
 */
function refuseSameAsn(
  { intent }: Context,
  gateway: DxGateway,
  { id, asn }: TransitGateway,
  present: readonly DxAssociation[],
): void {
  if (asn === gateway.asn) {
    refuseCall(
      `Transit gateway ${id} and Direct Connect Gateway ${gateway.id} must have different ASNs: both have ${asn}.`,
    );
  }
  const twin = present.find(({ target }) => intent.table('transitGateway').get(target.id)?.asn === asn);
  if (twin !== undefined) {
    refuseCall(`Transit gateways ${id} and ${twin.target.id} must have different ASNs: both have ${asn}.`);
  }
}

/** Private interfaces are for VPCs' gateways, transit ones for transit gateways. */
function servesOther(
  { intent }: Context,
  { id }: DxGateway,
  kind: VpnGateway['kind'] | TransitGateway['kind'],
): boolean {
  const wanted = kind === 'vpnGateway' ? 'private' : 'transit';
  return intent
    .table('dxInterface')
    .by('end.id', id)
    .some((each) => isLive(each) && each.type !== wanted);
}

function prefixesOf(given: readonly RouteFilterPrefix[] | undefined): readonly string[] {
  const found = (given ?? []).map(({ cidr = '' }) => {
    const block = cidr.includes(':') ? undefined : parseCidr(cidr);
    return block === undefined ? refuseCall(`The prefix '${cidr}' is not an IPv4 CIDR block.`) : formatCidr(block);
  });
  if (found.length > MAX_PREFIXES) refuseCall(`An association has at most ${MAX_PREFIXES} allowed prefixes.`);
  return [...new Set(found)];
}

function viewGateway(gateway: DxGateway, { facts }: Context): ShownGateway {
  return {
    directConnectGatewayId: gateway.id,
    directConnectGatewayName: gateway.name,
    amazonSideAsn: gateway.asn,
    ownerAccount: gateway.account,
    directConnectGatewayState: dxState(gateway, facts),
    tags: viewTags(gateway.tags),
  };
}

const STATES = {
  pending: 'associating',
  available: 'associated',
  deleting: 'disassociating',
  deleted: 'disassociated',
} as const;

function viewAssociation(
  association: DxAssociation,
  gateway: DxGateway | undefined,
  { facts }: Context,
): ShownAssociation {
  const { id, account, target, madeRevision, changedRevision } = association;
  const state = dxState(association, facts);
  const isUpdate = state === 'pending' && madeRevision < changedRevision;
  const isVpn = target.kind === 'vpnGateway';
  return {
    directConnectGatewayId: association.gatewayId,
    directConnectGatewayOwnerAccount: gateway?.account ?? account,
    associationState: isUpdate ? 'updating' : STATES[state],
    associatedGateway: {
      id: target.id,
      type: isVpn ? 'virtualPrivateGateway' : 'transitGateway',
      ownerAccount: account,
      region: target.region,
    },
    associationId: id,
    allowedPrefixesToDirectConnectGateway: association.allowed.map((cidr) => ({ cidr })),
    ...(isVpn && {
      virtualGatewayId: target.id,
      virtualGatewayRegion: target.region,
      virtualGatewayOwnerAccount: account,
    }),
  };
}
