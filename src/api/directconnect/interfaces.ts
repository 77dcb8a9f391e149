/**
 * Virtual interfaces: private ones to a VPC's gateway or a Direct Connect gateway, transit ones to a Direct Connect gateway. Up while
 * a site is at the connection's location. Public ones are refused by name.
 * https://docs.aws.amazon.com/directconnect/latest/UserGuide/WorkingWithVirtualInterfaces.html
 */
import type { NewPrivateVirtualInterface, VirtualInterface as Shown } from '@aws-sdk/client-direct-connect';
import { dxAssociationsOf, dxSiteOf } from '../../model/direct-connect.ts';
import { put } from '../../model/edit.ts';
import { isLive } from '../../model/remote.ts';
import type { DxInterface } from '../../model/resources.ts';
import { type Cidr, formatCidr, parseCidr } from '../../net/cidr.ts';
import { type Context, reply } from '../action.ts';
import { selectShown, stateOf } from '../ec2/life.ts';
import { dxAction } from './action.ts';
import { nameOf } from './connections.ts';
import { buried, dxState, findLive, newDx, paged, refuseCall, selectOwn, viewTags, withTags } from './find.ts';

const USUAL_MTU = 1500;
/** Private ones had 9001 at AWS, and are 8500 now: what is written for either works. */
const MTUS: Readonly<Record<DxInterface['type'], readonly number[]>> = {
  private: [USUAL_MTU, 8500, 9001],
  transit: [USUAL_MTU, 8500],
};
const MAX_VLAN = 4094;
const MAX_ASN = 4_294_967_294;
/** Of the member that is not for long ones. */
const MAX_SHORT_ASN = 2_147_483_646;
const DEFAULT_ASN = 65_000;
const AUTH_KEY = { min: 6, max: 80 } as const;
/** https://docs.aws.amazon.com/directconnect/latest/UserGuide/limits.html */
const MAX_OF_CONNECTION = { private: 50, transit: 4 } as const;

const NEW = {
  virtualInterfaceName: true,
  vlan: true,
  asn: true,
  asnLong: true,
  mtu: true,
  authKey: true,
  amazonAddress: true,
  customerAddress: true,
  addressFamily: ['ipv4'],
  directConnectGatewayId: true,
  tags: true,
  enableSiteLink: [false],
} as const;

export const createPrivateInterface = dxAction<'CreatePrivateVirtualInterface'>(
  { connectionId: true, newPrivateVirtualInterface: { ...NEW, virtualGatewayId: true } },
  (input, context) => {
    const { newPrivateVirtualInterface: asked } = input;
    if ((asked.virtualGatewayId === undefined) === (asked.directConnectGatewayId === undefined)) {
      refuseCall('Exactly one of virtualGatewayId and directConnectGatewayId must be given.');
    }
    const made = create(input.connectionId, 'private', asked, context);
    return { edits: [put(made)], output: viewInterface(made, context) };
  },
);

export const createTransitInterface = dxAction<'CreateTransitVirtualInterface'>(
  { connectionId: true, newTransitVirtualInterface: NEW },
  (input, context) => {
    const made = create(input.connectionId, 'transit', input.newTransitVirtualInterface, context);
    return { edits: [put(made)], output: { virtualInterface: viewInterface(made, context) } };
  },
);

function create(
  connectionId: string,
  type: DxInterface['type'],
  asked: Partial<NewPrivateVirtualInterface>,
  context: Context,
): DxInterface {
  const { intent } = context;
  const connection = findLive(context, 'dxConnection', connectionId);
  const { vlan = 0, mtu = USUAL_MTU, authKey = context.hex(24) } = asked;
  if (vlan < 1 || vlan > MAX_VLAN) refuseCall(`VLAN ${vlan} is invalid: it must be in 1-${MAX_VLAN}.`);
  const asn = asnOf(asked);
  checkMtu(type, mtu);
  if (authKey.length < AUTH_KEY.min || authKey.length > AUTH_KEY.max) {
    refuseCall(`The authentication key must have ${AUTH_KEY.min} to ${AUTH_KEY.max} characters.`);
  }
  const present = intent.table('dxInterface').by('connectionId', connection.id).filter(isLive);
  if (present.some((each) => each.vlan === vlan)) refuseCall(`VLAN ${vlan} is already in use on ${connection.id}.`);
  if (present.filter((each) => each.type === type).length >= MAX_OF_CONNECTION[type]) {
    refuseCall(`Connection ${connection.id} has the maximum number of ${type} virtual interfaces.`);
  }
  return {
    ...newDx(context, 'dxInterface', withTags({}, asked.tags)),
    kind: 'dxInterface',
    type,
    connectionId: connection.id,
    name: nameOf(asked.virtualInterfaceName ?? ''),
    vlan,
    asn,
    ...addressesOf(asked, present),
    authKey,
    mtu,
    end: endOf(type, asked, context),
    changedRevision: context.nextRevision,
    deletion: null,
  };
}

/** Of two that are given AWS takes the long one. */
function asnOf({ asn, asnLong }: Partial<NewPrivateVirtualInterface>): number {
  const found = asnLong ?? asn ?? DEFAULT_ASN;
  const max = asnLong === undefined ? MAX_SHORT_ASN : MAX_ASN;
  return found >= 1 && found <= max ? found : refuseCall(`ASN ${found} is invalid: it must be in 1-${max}.`);
}

/** The first /30 of AWS's own that is free on the connection where none is given. */
function addressesOf(
  { amazonAddress, customerAddress }: Partial<NewPrivateVirtualInterface>,
  present: readonly DxInterface[],
) {
  if (amazonAddress !== undefined && customerAddress !== undefined) {
    const [own, theirs] = [blockOf(amazonAddress), blockOf(customerAddress)];
    if (formatCidr(own) !== formatCidr(theirs) || amazonAddress === customerAddress) {
      refuseCall(`${amazonAddress} and ${customerAddress} are not two addresses of one block.`);
    }
    return { amazonAddress, customerAddress };
  }
  if (amazonAddress !== undefined || customerAddress !== undefined) {
    refuseCall('amazonAddress and customerAddress must be given together.');
  }
  const taken = new Set(present.map((each) => each.amazonAddress));
  const own = (at: number, host: number) => `169.254.255.${4 * at + host}/30`;
  let at = 0;
  while (taken.has(own(at, 1))) at++;
  return { amazonAddress: own(at, 1), customerAddress: own(at, 2) };
}

function blockOf(address: string): Cidr {
  const block = address.includes(':') ? undefined : parseCidr(address);
  return block === undefined || block.prefix > 31
    ? refuseCall(`The address '${address}' is not an IPv4 address with its block's length, like 169.254.255.1/30.`)
    : block;
}

function endOf(
  type: DxInterface['type'],
  { virtualGatewayId, directConnectGatewayId }: Partial<NewPrivateVirtualInterface>,
  context: Context,
): DxInterface['end'] {
  if (virtualGatewayId !== undefined) {
    const found = selectShown(context, 'vpnGateway', undefined).find(({ id }) => id === virtualGatewayId);
    if (found === undefined || !isLive(found)) refuseCall(`Could not find virtual gateway with ID ${virtualGatewayId}`);
    return { kind: 'vpnGateway', id: virtualGatewayId };
  }
  const { id } = findLive(context, 'dxGateway', directConnectGatewayId);
  const { intent } = context;
  const kind = type === 'private' ? 'vpnGateway' : 'transitGateway';
  const isOther =
    dxAssociationsOf(intent, 'gatewayId', id).some(({ target }) => target.kind !== kind) ||
    intent
      .table('dxInterface')
      .by('end.id', id)
      .some((each) => isLive(each) && each.type !== type);
  if (isOther) refuseCall(`Direct Connect Gateway ${id} is for virtual interfaces of the other type.`);
  return { kind: 'dxGateway', id };
}

function checkMtu(type: DxInterface['type'], mtu: number): void {
  if (!MTUS[type].includes(mtu)) {
    refuseCall(`MTU ${mtu} is invalid: a ${type} virtual interface has ${MTUS[type].join(' or ')}.`);
  }
}

export const describeInterfaces = dxAction<'DescribeVirtualInterfaces'>(
  { connectionId: true, virtualInterfaceId: true, maxResults: true, nextToken: true },
  (input, context) => {
    const all = selectOwn(context, 'dxInterface', input.virtualInterfaceId).filter(
      ({ connectionId }) => connectionId === (input.connectionId ?? connectionId),
    );
    const { items, rest } = paged(all, input, ({ id }) => id);
    return reply({ virtualInterfaces: items.map((each) => viewInterface(each, context)), ...rest });
  },
);

export const updateInterface = dxAction<'UpdateVirtualInterfaceAttributes'>(
  { virtualInterfaceId: true, mtu: true, virtualInterfaceName: true, enableSiteLink: [false] },
  (input, context) => {
    const found = findLive(context, 'dxInterface', input.virtualInterfaceId);
    const { mtu = found.mtu, virtualInterfaceName: name = found.name } = input;
    checkMtu(found.type, mtu);
    const changedRevision = mtu === found.mtu ? found.changedRevision : context.nextRevision;
    const changed = { ...found, mtu, name: nameOf(name), changedRevision };
    return { edits: [put(changed)], output: viewInterface(changed, context) };
  },
);

export const deleteInterface = dxAction<'DeleteVirtualInterface'>({ virtualInterfaceId: true }, (input, context) => {
  const gone = buried(findLive(context, 'dxInterface', input.virtualInterfaceId), context);
  return { edits: [put(gone)], output: { virtualInterfaceState: stateOfInterface(gone, context) } };
});

export const describeVirtualGateways = dxAction<'DescribeVirtualGateways'>({}, (_, context) =>
  reply({
    virtualGateways: selectShown(context, 'vpnGateway', undefined).map((gateway) => ({
      virtualGatewayId: gateway.id,
      virtualGatewayState: gateway.deletion === null ? 'available' : stateOf(gateway, context.facts),
    })),
  }),
);

const ATTACHED = {
  pending: 'attaching',
  available: 'attached',
  down: 'attached',
  deleting: 'detaching',
  deleted: 'detached',
} as const;

export const describeAttachments = dxAction<'DescribeDirectConnectGatewayAttachments'>(
  { directConnectGatewayId: true, virtualInterfaceId: true, maxResults: true, nextToken: true },
  (input, context) => {
    const all = selectOwn(context, 'dxInterface', input.virtualInterfaceId).filter(
      ({ end }) => end.kind === 'dxGateway' && end.id === (input.directConnectGatewayId ?? end.id),
    );
    const { items, rest } = paged(all, input, ({ id }) => id);
    const directConnectGatewayAttachments = items.map((each) => ({
      directConnectGatewayId: each.end.id,
      virtualInterfaceId: each.id,
      virtualInterfaceRegion: each.region,
      virtualInterfaceOwnerAccount: each.account,
      attachmentState: ATTACHED[stateOfInterface(each, context)],
      attachmentType:
        each.type === 'private' ? ('PrivateVirtualInterface' as const) : ('TransitVirtualInterface' as const),
    }));
    return reply({ directConnectGatewayAttachments, ...rest });
  },
);

/** Down: nobody is at the connection's location. */
function stateOfInterface(each: DxInterface, { intent, facts }: Context): keyof typeof ATTACHED {
  const state = dxState(each, facts);
  return state === 'available' && dxSiteOf(intent, each) === undefined ? 'down' : state;
}

function viewInterface(each: DxInterface, context: Context): Shown {
  const { intent } = context;
  const connection = intent.table('dxConnection').get(each.connectionId);
  const state = stateOfInterface(each, context);
  const { asn, authKey, amazonAddress, customerAddress, end } = each;
  const gateway = intent.table(end.kind).get(end.id);
  const peer = { asn, authKey, addressFamily: 'ipv4' as const, amazonAddress, customerAddress };
  return {
    ownerAccount: each.account,
    virtualInterfaceId: each.id,
    ...(connection !== undefined && { location: connection.location }),
    connectionId: each.connectionId,
    virtualInterfaceType: each.type,
    virtualInterfaceName: each.name,
    vlan: each.vlan,
    ...peer,
    ...(gateway !== undefined && { amazonSideAsn: gateway.asn }),
    virtualInterfaceState: state,
    mtu: each.mtu,
    jumboFrameCapable: true,
    ...(end.kind === 'vpnGateway' ? { virtualGatewayId: end.id } : { directConnectGatewayId: end.id }),
    routeFilterPrefixes: [],
    bgpPeers: [
      {
        ...{ ...peer, bgpPeerId: `dxpeer-${each.id.slice('dxvif-'.length)}` },
        bgpPeerState: state === 'down' ? 'available' : state,
        bgpStatus: state === 'available' ? 'up' : 'down',
      },
    ],
    region: each.region,
    siteLinkEnabled: false,
    tags: viewTags(each.tags),
  };
}
