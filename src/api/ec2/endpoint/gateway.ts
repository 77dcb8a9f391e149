/**
 * Gateway endpoints: no interface, no name; a route to the service's prefix list in each of their route tables. A table has
 * one for each service, several endpoints of one service may share a VPC.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
 */
import { awsPrefixListNamed } from '../../../model/aws-prefix-lists.ts';
import type { Edit } from '../../../model/edit.ts';
import { put } from '../../../model/edit.ts';
import { type Intent, owner } from '../../../model/intent.ts';
import { LINK_SERIALS, take } from '../../../model/pool.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { RouteTable, Vpc, VpcEndpoint } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { distinct } from '../../shared/input.ts';
import { endpointsOfTable } from './routes.ts';

/** AWS's default quotas. https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html */
const MAX_PER_VPC = 255;

/** Living ones; of one service where `serviceName` is given. */
export function gatewayEndpointsOf(intent: Intent, vpcId: string, serviceName?: string): readonly VpcEndpoint[] {
  return intent
    .table('vpcEndpoint')
    .by('vpcId', vpcId)
    .filter(
      (each) =>
        each.type === 'Gateway' &&
        each.deletedRevision === null &&
        (serviceName === undefined || each.serviceName === serviceName),
    );
}

/** The tables, each of the VPC and without a route to the service's list yet. */
export function checkedRouteTables(
  context: Context,
  vpc: Vpc,
  serviceName: string,
  ids: readonly string[] | undefined,
): readonly RouteTable[] {
  return distinct(ids ?? []).map((id) => {
    const table = find(context, 'routeTable', id);
    if (table.vpcId !== vpc.id) {
      refuse('InvalidParameter', `The route table ${id} does not belong to the VPC ${vpc.id}.`);
    }
    if (endpointsOfTable(context.intent, table).some((each) => each.serviceName === serviceName)) {
      const list = awsPrefixListNamed(serviceName, context.region)?.id;
      refuse('RouteAlreadyExists', `route table ${id} already has a route with destination-prefix-list-id ${list}`);
    }
    return table;
  });
}

export function checkGatewayQuotas({ intent, account, region }: Context, vpc: Vpc): void {
  const inRegion = intent
    .table('vpcEndpoint')
    .by('owner', owner(account, region))
    .filter((each) => each.type === 'Gateway' && each.deletedRevision === null);
  const most = quotaOf(intent, 'gatewayEndpointsPerRegion', { account, region });
  if (inRegion.length >= most || gatewayEndpointsOf(intent, vpc.id).length >= MAX_PER_VPC) {
    refuse('VpcEndpointLimitExceeded', 'The maximum number of VPC endpoints has been reached.');
  }
}

/** What its link is known by in the services domain. */
export function linkSerial(context: Context): { readonly serial: number; readonly edits: readonly Edit[] } {
  const taken = take(LINK_SERIALS, 1, context.intent, context.now);
  const [serial] = taken?.values ?? [];
  if (taken === undefined || serial === undefined) throw new Error('there are no link serials left');
  return { serial, edits: taken.edits };
}

/** Edits that take a table that is to go out of the endpoints that have a route in it. */
export function leaveTable(intent: Intent, table: RouteTable): readonly Edit[] {
  return endpointsOfTable(intent, table).map((each) =>
    put({ ...each, routeTableIds: each.routeTableIds.filter((id) => id !== table.id) }),
  );
}
