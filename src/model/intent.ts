/**
 * The Intent: every resource of every account and region at one revision, with the look-ups that deciding needs.
 *
 * A table finds by id and by each indexed field in constant time, so that a call's cost does not grow with the number of
 * resources. The store owns the tables and is the only one to apply edits; everyone else gets the read-only `Intent`.
 */

import { blockAssociationIds } from './block-associations.ts';
import type { Edit } from './edit.ts';
import { progressOf } from './insights.ts';
import { prefixListIds } from './prefix-lists.ts';
import { secondaryPublicAddresses } from './public-addresses.ts';
import type { AnyResource, Kind, ResourceOf } from './resources.ts';
import { subnetAddresses } from './subnet-addresses.ts';

export interface Table<R> {
  get(id: string): R | undefined;
  /** All, in the order of their creation. */
  all(): Iterable<R>;
  /** Those whose indexed field holds (or, for a list, contains) the value, in the order of their creation. */
  by(field: IndexedField<R>, value: string): readonly R[];
  /** How many those are, without a list of them. */
  count(field: IndexedField<R>, value: string): number;
  readonly size: number;
}

type IndexedField<R> = R extends { kind: infer K extends Kind } ? (typeof INDEXES)[K][number] | 'owner' : never;

/**
 * The fields by which each kind can be found. 'owner' (account/region, see `owner()`) is there for every kind.
 * `blockAssociationIds`, `prefixListIds`, `progress`, `secondaryPublicAddresses` and `subnetAddresses` are no fields
 * but follow from them.
 * `peer.groupId` reaches into a group rule's peer, `accepter.account` into a peering's side; a number is found by its decimal text.
 */
const INDEXES = {
  vpc: ['ipv6Cidrs', 'blockAssociationIds', 'dhcpOptionsId'],
  subnet: ['vpcId', 'blockAssociationIds'],
  routeTable: ['vpcId', 'prefixListIds'],
  routeTableAssociation: ['vpcId', 'routeTableId', 'subnetId'],
  internetGateway: ['vpcId'],
  egressOnlyInternetGateway: ['vpcId'],
  natGateway: [],
  securityGroup: ['vpcId'],
  securityGroupRule: ['groupId', 'peer.groupId', 'peer.prefixListId'],
  networkInterface: [
    'vpcId',
    'subnetId',
    'vpcEndpointId',
    'attachment.id',
    'attachment.instanceId',
    'groupIds',
    'publicAddress',
    'secondaryPublicAddresses',
    'subnetAddresses',
    'linkSerial',
    'loadBalancerId',
    'nodeSerial',
    'resolver.endpointId',
    'transitAttachmentId',
    'natGatewayId',
  ],
  networkAcl: ['vpcId'],
  networkAclAssociation: ['vpcId', 'aclId', 'subnetId'],
  flowLog: ['resourceId'],
  prefixList: [],
  prefixListVersion: ['listId'],
  dhcpOptions: [],
  elasticAddress: ['publicIp', 'associationId'],
  vpcEndpoint: ['vpcId', 'serviceName', 'serviceId', 'routeTableIds', 'linkSerial'],
  vpcPeering: ['accepter.account', 'requester.vpcId', 'accepter.vpcId'],
  site: ['publicAddress'],
  transitGateway: [],
  transitAttachment: ['transitGatewayId', 'target.vpcId', 'target.connectionId', 'associatedTableId'],
  transitRouteTable: ['transitGatewayId'],
  customerGateway: ['address'],
  vpnGateway: ['vpcId'],
  vpnConnection: ['customerGatewayId', 'end.id', 'outsideAddress'],
  dxConnection: [],
  dxGateway: [],
  dxAssociation: ['gatewayId', 'target.id'],
  dxInterface: ['connectionId', 'end.id'],
  endpointService: ['loadBalancerIds'],
  servicePermission: ['serviceId'],
  connectionNotification: ['serviceId', 'vpcEndpointId'],
  pendingEvent: ['destination', 'account'],
  eventRule: [],
  loadBalancer: ['name', 'vpcId'],
  listener: ['loadBalancerId', 'targetGroupId', 'certificateIds'],
  targetGroup: ['name', 'vpcId'],
  target: ['targetGroupId', 'targetId'],
  certificate: [],
  hostedZone: ['name'],
  recordSet: ['zoneId', 'name'],
  zoneAssociation: ['zoneId', 'vpcId'],
  zoneAuthorization: ['zoneId', 'vpcId'],
  resolverEndpoint: [],
  resolverRule: ['endpointId'],
  resolverAssociation: ['ruleId', 'vpcId'],
  queryLog: [],
  queryLogAssociation: ['configId', 'vpcId'],
  networkInsightsPath: [],
  networkInsightsAnalysis: ['pathId', 'progress'],
  instance: ['vpcId', 'subnetId', 'reservationId', 'imageId', 'profileId', 'profileAssociationId'],
  image: ['name'],
  keyPair: ['name'],
  role: ['name'],
  user: ['name', 'groupIds'],
  group: ['name'],
  policy: ['name'],
  instanceProfile: ['name', 'roleName'],
  accessKey: ['userName'],
  serviceBackend: [],
  regionUse: [],
  clientTokenUse: [],
  counter: [],
  quota: [],
  quotaRequest: [],
} as const satisfies Record<Kind, readonly string[]>;

/** Every kind there is. */
export const KINDS = Object.keys(INDEXES) as readonly Kind[];

export interface Intent {
  /** Counts commits, from 0 (empty). */
  readonly revision: number;
  table<K extends Kind>(kind: K): Table<ResourceOf<K>>;
}

/** The value of the 'owner' index: resources of one account in one region. */
export function owner(account: string, region: string): string {
  return `${account}/${region}`;
}

/** The owner's side of the Intent: a store (or a test) makes one, applies edits, and hands it out as `Intent`. */
export interface MutableIntent extends Intent {
  revision: number;
  apply(edits: readonly Edit[]): void;
}

export function createIntent(resources: Iterable<AnyResource> = [], revision = 0): MutableIntent {
  const tables = Object.fromEntries(KINDS.map((kind) => [kind, createTable(INDEXES[kind])])) as unknown as Record<
    Kind,
    MutableTable
  >;
  for (const resource of resources) tables[resource.kind].put(resource);
  return {
    revision,
    table: (kind) => tables[kind] as never,
    apply(edits) {
      for (const edit of edits) {
        if (edit.op === 'put') tables[edit.resource.kind].put(edit.resource);
        else tables[edit.kind].delete(edit.id);
      }
    },
  };
}

interface MutableTable {
  get(id: string): AnyResource | undefined;
  all(): Iterable<AnyResource>;
  by(field: string, value: string): readonly AnyResource[];
  count(field: string, value: string): number;
  readonly size: number;
  put(resource: AnyResource): void;
  delete(id: string): void;
}

function createTable(fields: readonly string[]): MutableTable {
  const rows = new Map<string, AnyResource>();
  const indexes = new Map<string, Map<string, Map<string, AnyResource>>>(
    ['owner', ...fields].map((field) => [field, new Map()]),
  );

  function remove(resource: AnyResource): void {
    for (const [field, index] of indexes) {
      for (const value of valuesOf(resource, field)) {
        const bucket = index.get(value);
        bucket?.delete(resource.id);
        if (bucket?.size === 0) index.delete(value);
      }
    }
  }

  function bucketOf(field: string, value: string): ReadonlyMap<string, AnyResource> | undefined {
    const index = indexes.get(field);
    if (index === undefined) throw new Error(`no index on ${field}`);
    return index.get(value);
  }

  return {
    get: (id) => rows.get(id),
    all: () => rows.values(),
    by: (field, value) => [...(bucketOf(field, value)?.values() ?? [])],
    count: (field, value) => bucketOf(field, value)?.size ?? 0,
    get size() {
      return rows.size;
    },
    put(resource) {
      const before = rows.get(resource.id);
      rows.set(resource.id, resource);
      for (const [field, index] of indexes) {
        const now = valuesOf(resource, field);
        for (const value of before === undefined ? [] : valuesOf(before, field)) {
          if (now.includes(value)) continue;
          const bucket = index.get(value);
          bucket?.delete(resource.id);
          if (bucket?.size === 0) index.delete(value);
        }
        for (const value of now) {
          const bucket = index.get(value) ?? new Map<string, AnyResource>();
          bucket.set(resource.id, resource);
          index.set(value, bucket);
        }
      }
    },
    delete(id) {
      const before = rows.get(id);
      if (before === undefined) return;
      remove(before);
      rows.delete(id);
    },
  };
}

/** The Intent as it will be once the edits are applied, for deciding in several steps. Costs as much as there are edits. */
export function withEdits(intent: Intent, edits: readonly Edit[]): Intent {
  if (edits.length === 0) return intent;
  const changed = new Map<Kind, Map<string, AnyResource | undefined>>();
  for (const edit of edits) {
    const [kind, id, resource] =
      edit.op === 'put' ? [edit.resource.kind, edit.resource.id, edit.resource] : [edit.kind, edit.id, undefined];
    const ofKind = changed.get(kind) ?? new Map<string, AnyResource | undefined>();
    ofKind.set(id, resource);
    changed.set(kind, ofKind);
  }
  return {
    revision: intent.revision,
    table: (kind) => {
      const below = intent.table(kind) as unknown as ReadTable;
      const ofKind = changed.get(kind);
      return (ofKind === undefined ? below : overlay(below, ofKind)) as never;
    },
  };
}

type ReadTable = Pick<MutableTable, 'get' | 'all' | 'by' | 'count' | 'size'>;

function overlay(below: ReadTable, changed: ReadonlyMap<string, AnyResource | undefined>): ReadTable {
  function* merged(rows: Iterable<AnyResource>): Iterable<AnyResource> {
    const seen = new Set<string>();
    for (const row of rows) {
      seen.add(row.id);
      const now = changed.has(row.id) ? changed.get(row.id) : row;
      if (now !== undefined) yield now;
    }
    for (const [id, row] of changed) if (row !== undefined && !seen.has(id)) yield row;
  }
  return {
    get: (id) => (changed.has(id) ? changed.get(id) : below.get(id)),
    all: () => merged(below.all()),
    by: (field, value) => [...merged(below.by(field, value))].filter((row) => valuesOf(row, field).includes(value)),
    count(field, value) {
      const holds = (row: AnyResource | undefined) => row !== undefined && valuesOf(row, field).includes(value);
      let count = below.count(field, value);
      for (const [id, row] of changed) count += Number(holds(row)) - Number(holds(below.get(id)));
      return count;
    },
    get size() {
      let size = below.size;
      for (const [id, row] of changed) size += Number(row !== undefined) - Number(below.get(id) !== undefined);
      return size;
    },
  };
}

function valuesOf(resource: AnyResource, field: string): readonly string[] {
  if (field === 'owner') return [owner(resource.account, resource.region)];
  if (field === 'blockAssociationIds') return blockAssociationIds(resource);
  if (field === 'prefixListIds') return prefixListIds(resource);
  if (field === 'progress') return progressOf(resource);
  if (field === 'subnetAddresses') return subnetAddresses(resource);
  if (field === 'secondaryPublicAddresses') return secondaryPublicAddresses(resource);
  let value: unknown = resource;
  for (const part of field.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[part];
  if (Array.isArray(value)) return value as string[];
  if (typeof value === 'number') return [String(value)];
  return typeof value === 'string' ? [value] : [];
}
