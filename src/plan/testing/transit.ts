/** Transit gateways for tests: one with a route table to which every attachment is associated and propagates. */
import type {
  NetworkInterface,
  Subnet,
  TransitAttachment,
  TransitGateway,
  TransitRouteTable,
} from '../../model/resources.ts';
import type { World } from './world.ts';

export interface Transit {
  readonly gateway: TransitGateway;
  readonly table: TransitRouteTable;
}

/** Without routes or attachments yet. */
export function addTransit(world: World): Transit {
  const gateway = world.put<TransitGateway>({
    ...{ ...world.resource('tgw'), kind: 'transitGateway', description: '', asn: 64_512, autoAccepts: false },
    ...{ associationTableId: null, propagationTableId: null, sharesNames: true, vpnEcmp: true },
    ...{ changedRevision: 0, deletion: null },
  });
  const table = world.put<TransitRouteTable>({
    ...{ ...world.resource('tgw-rtb'), kind: 'transitRouteTable', transitGatewayId: gateway.id, routes: [] },
    ...{ propagations: [], changedRevision: 0, deletion: null },
  });
  return { gateway, table };
}

/** `isRouted`: associated with the gateway's table, to which it propagates. */
export function attach(
  world: World,
  { gateway, table }: Transit,
  target: TransitAttachment['target'],
  isRouted = true,
): TransitAttachment {
  const attachment = world.put<TransitAttachment>({
    ...{ ...world.resource('tgw-attach'), kind: 'transitAttachment', transitGatewayId: gateway.id, target },
    ...{ associatedTableId: isRouted ? table.id : null, madeRevision: 0, changedRevision: 0, deletion: null },
  });
  const now = world.intent().table('transitRouteTable').get(table.id) ?? table;
  if (isRouted) world.put({ ...now, propagations: [...now.propagations, attachment.id] });
  return attachment;
}

/** In a subnet of each zone. */
export function attachVpc(
  world: World,
  transit: Transit,
  subnets: readonly [Subnet, ...Subnet[]],
  isRouted = true,
): { readonly attachment: TransitAttachment; readonly interfaces: readonly NetworkInterface[] } {
  const target = { kind: 'vpc', vpcId: subnets[0].vpcId, sharesNames: true } as const;
  const attachment = attach(world, transit, target, isRouted);
  const interfaces = subnets.map((subnet) =>
    world.interface(subnet, [], { type: 'transitGateway', transitAttachmentId: attachment.id }),
  );
  return { attachment, interfaces };
}
