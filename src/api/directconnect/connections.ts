/**
 * Connections: ports at locations. A location is a customer's site (`culvert site create`), by its name. What takes AWS and a
 * provider days is there as soon as the network is.
 * https://docs.aws.amazon.com/directconnect/latest/APIReference/API_CreateConnection.html
 */
import type { Connection as Shown } from '@aws-sdk/client-direct-connect';
import { put } from '../../model/edit.ts';
import { isLive } from '../../model/remote.ts';
import type { DxConnection, Site } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { dxAction } from './action.ts';
import { buried, dxState, findLive, newDx, ownOf, paged, refuseCall, selectOwn, viewTags, withTags } from './find.ts';

const SPEEDS = ['1Gbps', '10Gbps', '100Gbps', '400Gbps'];
/** https://docs.aws.amazon.com/directconnect/latest/UserGuide/limits.html */
const MAX_CONNECTIONS = 10;
const MAX_NAME = 100;

export const describeLocations = dxAction<'DescribeLocations'>({}, (_, { intent, region }) =>
  reply({
    locations: [...intent.table('site').all()].map((site) => ({
      locationCode: codeOf(site),
      locationName: `${codeOf(site)}, a site of Culvert's`,
      region,
      availablePortSpeeds: SPEEDS,
      availableProviders: [],
      availableMacSecPortSpeeds: [],
    })),
  }),
);

export const createConnection = dxAction<'CreateConnection'>(
  { location: true, bandwidth: true, connectionName: true, tags: true, requestMACSec: [false] },
  (input, context) => {
    if (context.intent.table('site').get(`site-${input.location}`) === undefined) {
      refuseCall(`Location ${input.location} is invalid: no site has that name.`);
    }
    if (!SPEEDS.includes(input.bandwidth)) {
      refuseCall(`Bandwidth ${input.bandwidth} is invalid: it must be one of ${SPEEDS.join(', ')}.`);
    }
    if (ownOf(context, 'dxConnection').filter(isLive).length >= MAX_CONNECTIONS) {
      refuseCall(`You have reached the maximum number of connections (${MAX_CONNECTIONS}) in this region.`);
    }
    const connection: DxConnection = {
      ...newDx(context, 'dxConnection', withTags({}, input.tags)),
      kind: 'dxConnection',
      name: nameOf(input.connectionName),
      location: input.location,
      bandwidth: input.bandwidth,
      changedRevision: context.nextRevision,
      deletion: null,
    };
    return { edits: [put(connection)], output: viewConnection(connection, context) };
  },
);

export const describeConnections = dxAction<'DescribeConnections'>(
  { connectionId: true, maxResults: true, nextToken: true },
  (input, context) => {
    const all = selectOwn(context, 'dxConnection', input.connectionId);
    if (input.connectionId !== undefined && all.length === 0) {
      refuseCall(`Could not find Connection with ID ${input.connectionId}`);
    }
    const { items, rest } = paged(all, input, ({ id }) => id);
    return reply({ connections: items.map((each) => viewConnection(each, context)), ...rest });
  },
);

export const updateConnection = dxAction<'UpdateConnection'>(
  { connectionId: true, connectionName: true },
  (input, context) => {
    const connection = findLive(context, 'dxConnection', input.connectionId);
    const changed =
      input.connectionName === undefined ? connection : { ...connection, name: nameOf(input.connectionName) };
    return { edits: [put(changed)], output: viewConnection(changed, context) };
  },
);

export const deleteConnection = dxAction<'DeleteConnection'>({ connectionId: true }, (input, context) => {
  const connection = findLive(context, 'dxConnection', input.connectionId);
  if (context.intent.table('dxInterface').by('connectionId', connection.id).some(isLive)) {
    refuseCall(`Connection ${connection.id} has virtual interfaces that must be deleted first.`);
  }
  const gone = buried(connection, context);
  return { edits: [put(gone)], output: viewConnection(gone, context) };
});

export function nameOf(text: string): string {
  if (text === '' || text.length > MAX_NAME || !/^[\w .,:/()[\]+*=@-]+$/.test(text)) {
    refuseCall(`The name must have 1 to ${MAX_NAME} letters, digits, blanks or punctuation.`);
  }
  return text;
}

function codeOf({ id }: Site): string {
  return id.slice('site-'.length);
}

/** Down: nobody is at its location any more. */
function viewConnection(connection: DxConnection, { intent, facts }: Context): Shown {
  const state = dxState(connection, facts);
  const isThere = intent.table('site').get(`site-${connection.location}`) !== undefined;
  return {
    ownerAccount: connection.account,
    connectionId: connection.id,
    connectionName: connection.name,
    connectionState: state === 'pending' ? 'requested' : state === 'available' && !isThere ? 'down' : state,
    region: connection.region,
    location: connection.location,
    bandwidth: connection.bandwidth,
    jumboFrameCapable: true,
    hasLogicalRedundancy: 'no',
    macSecCapable: false,
    tags: viewTags(connection.tags),
  };
}
