/**
 * Static routes of a transit gateway's table, and what counts there of these and the propagated ones.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SearchTransitGatewayRoutes.html
 */
import type { TransitGatewayRoute as Shown } from '@aws-sdk/client-ec2';
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { liveAttachment, type TransitRoute, transitRoutes } from '../../../model/remote.ts';
import type { TransitRouteTable } from '../../../model/resources.ts';
import { cidrContains, cidrCovers, cidrOf, formatCidr, parseCidr } from '../../../net/cidr.ts';
import { parseIp } from '../../../net/ip.ts';
import { type Context, reply } from '../../action.ts';
import { filterItems } from '../../shared/filters.ts';
import { required } from '../../shared/input.ts';
import { PAGE_LIMITS, page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { blockOf } from '../blocks.ts';
import { findLive } from '../life.ts';
import { viewAttached } from './route-tables.ts';

/** Filters that ask for routes by more than equality; each once in a call. */
const SEARCHES = ['longest-prefix-match', 'exact-match', 'subnet-of-match', 'supernet-of-match'] as const;
const SEARCH = 'route-search.';
/** https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html */
const MAX_ROUTES = 10_000;

const READS = {
  DestinationCidrBlock: true,
  TransitGatewayRouteTableId: true,
  TransitGatewayAttachmentId: true,
  Blackhole: true,
} as const;

export const createTransitRoute = ec2Action<'CreateTransitGatewayRoute'>(READS, (input, context) => {
  const { table, route } = routeOf(input, context);
  if (table.routes.some(({ destination }) => destination === route.destination)) {
    refuse(
      'RouteAlreadyExists',
      `Route ${route.destination} already exists in Transit Gateway Route Table ${table.id}.`,
    );
  }
  if (table.routes.length >= MAX_ROUTES) {
    refuse('RouteLimitExceeded', 'The maximum number of routes has been reached.');
  }
  return changed(context, table, [...table.routes, route], route.destination);
});

export const replaceTransitRoute = ec2Action<'ReplaceTransitGatewayRoute'>(READS, (input, context) => {
  const { table, route } = routeOf(input, context);
  if (!table.routes.some(({ destination }) => destination === route.destination))
    refuseMissing(table, route.destination);
  const routes = table.routes.map((each) => (each.destination === route.destination ? route : each));
  return changed(context, table, routes, route.destination);
});

export const deleteTransitRoute = ec2Action<'DeleteTransitGatewayRoute'>(
  { DestinationCidrBlock: true, TransitGatewayRouteTableId: true },
  (input, context) => {
    const destination = destinationOf(input.DestinationCidrBlock);
    const table = findLive(context, 'transitRouteTable', input.TransitGatewayRouteTableId);
    const route = table.routes.find((each) => each.destination === destination);
    if (route === undefined) refuseMissing(table, destination);
    const routes = table.routes.filter((each) => each !== route);
    const shown = viewRoute({ ...route, type: 'static' }, context);
    return {
      edits: [put({ ...table, routes, changedRevision: context.nextRevision })],
      output: { Route: { ...shown, State: 'deleted' as const } },
    };
  },
);

export const searchTransitRoutes = ec2Action<'SearchTransitGatewayRoutes'>(
  { TransitGatewayRouteTableId: true, Filters: true, MaxResults: true },
  (input, context) => {
    const table = findLive(context, 'transitRouteTable', input.TransitGatewayRouteTableId);
    if ((input.Filters ?? []).length === 0) {
      refuse('MissingParameter', 'The request must contain the parameter Filters');
    }
    const searches = SEARCHES.map((name) => input.Filters?.find(({ Name }) => Name === `${SEARCH}${name}`));
    const valuesOf = (name: (typeof SEARCHES)[number]) => searches[SEARCHES.indexOf(name)]?.Values ?? [];
    const blocks = (name: (typeof SEARCHES)[number]) =>
      valuesOf(name).map((text) => parseCidr(text) ?? refuse('InvalidParameterValue', `${text} is not a block.`));
    const [longest, exact, within, around] = [
      valuesOf('longest-prefix-match'),
      blocks('exact-match'),
      blocks('subnet-of-match'),
      blocks('supernet-of-match'),
    ];
    const all = transitRoutes(context.intent, table).filter(({ destination }) => {
      const block = cidrOf(destination);
      return (
        (exact.length === 0 || exact.some((each) => formatCidr(each) === destination)) &&
        (within.length === 0 || within.some((each) => cidrCovers(each, block))) &&
        (around.length === 0 || around.some((each) => cidrCovers(block, each)))
      );
    });
    // Searches that AWS does not know, or for a second time, are refused there.
    const others = input.Filters?.filter((each) => !searches.includes(each));
    const found = filterItems(longest.length === 0 ? all : longest.flatMap((text) => bestFor(text, all)), others, {
      'attachment.resource-id': (route) => attachedOf(route, context)?.ResourceId,
      'attachment.resource-type': (route) => attachedOf(route, context)?.ResourceType,
      'attachment.transit-gateway-attachment-id': ({ attachmentId }) => attachmentId,
      state: stateOf,
      type: ({ type }) => type,
    });
    const asked = { MaxResults: input.MaxResults ?? PAGE_LIMITS.max };
    const { items, next } = page(found, asked, ({ destination }) => destination);
    return reply({
      Routes: items.map((route) => viewRoute(route, context)),
      AdditionalRoutesAvailable: next !== undefined,
    });
  },
);

function bestFor(text: string, routes: readonly TransitRoute[]): readonly TransitRoute[] {
  const address = parseIp(text.replace(/\/.*$/, '')) ?? refuse('InvalidParameterValue', `${text} is not an address.`);
  const holding = routes.filter(({ destination }) => cidrContains(cidrOf(destination), address));
  return holding.sort((a, b) => cidrOf(b.destination).prefix - cidrOf(a.destination).prefix).slice(0, 1);
}

function routeOf(
  input: {
    readonly DestinationCidrBlock?: string | undefined;
    readonly TransitGatewayRouteTableId: string | undefined;
    readonly TransitGatewayAttachmentId?: string | undefined;
    readonly Blackhole?: boolean | undefined;
  },
  context: Context,
) {
  const destination = destinationOf(input.DestinationCidrBlock);
  const table = findLive(context, 'transitRouteTable', input.TransitGatewayRouteTableId);
  const isBlackhole = input.Blackhole ?? false;
  // Terraform's provider says an empty one beside a blackhole.
  const id = input.TransitGatewayAttachmentId || undefined;
  if (isBlackhole === (id !== undefined)) {
    const code = isBlackhole ? 'InvalidParameterCombination' : 'MissingParameter';
    refuse(code, 'The request must contain exactly one of transitGatewayAttachmentId or blackhole');
  }
  if (isBlackhole) return { table, route: { destination, attachmentId: null } };
  const attachment = findLive(context, 'transitAttachment', id);
  if (attachment.transitGatewayId !== table.transitGatewayId) {
    refuse('InvalidParameterValue', `${table.id} and ${attachment.id} belong to different transit gateways.`);
  }
  return { table, route: { destination, attachmentId: attachment.id } };
}

function destinationOf(text: string | undefined): string {
  return formatCidr(blockOf(required(text, 'destinationCidrBlock'), 'destinationCidrBlock'));
}

function refuseMissing({ id }: TransitRouteTable, destination: string): never {
  refuse('InvalidRoute.NotFound', `Route ${destination} in Transit Gateway Route Table ${id} does not exist.`);
}

function changed(context: Context, table: TransitRouteTable, routes: TransitRouteTable['routes'], destination: string) {
  const route = routes.find((each) => each.destination === destination);
  const attachmentId = route?.attachmentId ?? null;
  return {
    edits: [put({ ...table, routes, changedRevision: context.nextRevision })],
    output: { Route: viewRoute({ destination, attachmentId, type: 'static' }, context) },
  };
}

function stateOf({ attachmentId }: TransitRoute): 'active' | 'blackhole' {
  return attachmentId === null ? 'blackhole' : 'active';
}

function attachedOf({ attachmentId }: TransitRoute, { intent }: Context) {
  const attachment = attachmentId === null ? undefined : liveAttachment(intent, attachmentId);
  return attachment && viewAttached(attachment);
}

function viewRoute(route: TransitRoute, context: Context): Shown {
  const attached = attachedOf(route, context);
  return {
    DestinationCidrBlock: route.destination,
    Type: route.type,
    State: stateOf(route),
    TransitGatewayAttachments: attached === undefined ? [] : [attached],
  };
}
