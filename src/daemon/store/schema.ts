/**
 * The store's tables and how they came to be. Resources are whole JSON documents: the columns beside `body` are what one would
 * select by from outside; look-ups of the running program are in memory (src/model/intent.ts).
 * Only what SQLite and PostgreSQL share is used, through Kysely's builder.
 */
import type { Kysely, Transaction } from 'kysely';
import { Fault } from '../../host/fault.ts';

export interface Schema {
  resources: {
    kind: string;
    id: string;
    account: string;
    region: string;
    /** Order of creation, over all kinds. */
    seq: number;
    body: string;
  };
  /** The stream of events, a row each (events.ts). */
  events: {
    seq: number;
    id: string;
    at: string;
    account: string;
    region: string;
    source: string;
    detail_type: string;
    body: string;
  };
  /** The last state that was told, of all that is watched. */
  told: { watched: string; id: string; state: string };
  meta: { key: 'revision' | 'format'; value: string };
}

/** Migration n brings format n to n + 1; the list only ever grows. */
const MIGRATIONS: readonly ((db: Transaction<Schema>) => Promise<void>)[] = [
  async (db) => {
    await db.schema
      .createTable('resources')
      .addColumn('kind', 'varchar(64)', (column) => column.notNull())
      .addColumn('id', 'varchar(512)', (column) => column.notNull())
      .addColumn('account', 'varchar(12)', (column) => column.notNull())
      .addColumn('region', 'varchar(32)', (column) => column.notNull())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('resources_key', ['kind', 'id'])
      .execute();
    await db
      .insertInto('meta')
      .values([{ key: 'revision', value: '0' }])
      .execute();
  },
  // Endpoints may be gateways since; what was there is none.
  (db) =>
    eachOfKind(db, 'vpcEndpoint', (body) => ({ routeTableIds: [], linkSerial: null, inboundOnly: false, ...body })),
  // Network ACLs get their entries: until then there were only those that allow all.
  (db) => {
    const entry = { number: 100, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0', ports: null };
    const entries = [true, false].map((egress) => ({ ...entry, egress }));
    return eachOfKind(db, 'networkAcl', (body) => ({ entries, ...body }));
  },
  // IPv6: what was made before has none.
  async (db) => {
    await eachOfKind(db, 'vpc', (body) => ({ ipv6Cidrs: [], ...body }));
    await eachOfKind(db, 'subnet', (body) => ({ ipv6Cidr: null, assignIpv6OnCreation: false, ...body }));
    await eachOfKind(db, 'networkInterface', (body) => ({ ipv6Addresses: [], ...body }));
  },
  // Services are reached across regions: what was made before stays within its own.
  async (db) => {
    await eachOfKind(db, 'vpcEndpoint', (body) => ({ serviceRegion: body.region, ...body }));
    await eachOfKind(db, 'endpointService', (body) => ({ supportedRegions: [], ...body }));
  },
  // Load balancers, target groups and endpoint services may be of IPv6: those of before are not.
  async (db) => {
    await eachOfKind(db, 'loadBalancer', (body) => ({
      ipAddressType: 'ipv4',
      ...body,
      zones: (body.zones as readonly object[]).map((zone) => ({ fixedIpv6Address: false, ...zone })),
    }));
    await eachOfKind(db, 'targetGroup', (body) => ({ ipAddressType: 'ipv4', ...body }));
    await eachOfKind(db, 'endpointService', (body) => ({ ipAddressTypes: ['ipv4'], ...body }));
  },
  // The stream of events.
  async (db) => {
    await db.schema
      .createTable('events')
      .ifNotExists()
      .addColumn('seq', 'bigint', (column) => column.primaryKey())
      .addColumn('id', 'varchar(64)', (column) => column.notNull())
      .addColumn('at', 'varchar(32)', (column) => column.notNull())
      .addColumn('account', 'varchar(12)', (column) => column.notNull())
      .addColumn('region', 'varchar(32)', (column) => column.notNull())
      .addColumn('source', 'varchar(256)', (column) => column.notNull())
      .addColumn('detail_type', 'varchar(128)', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('told')
      .ifNotExists()
      .addColumn('watched', 'varchar(64)', (column) => column.notNull())
      .addColumn('id', 'varchar(512)', (column) => column.notNull())
      .addColumn('state', 'varchar(64)', (column) => column.notNull())
      .addPrimaryKeyConstraint('told_key', ['watched', 'id'])
      .execute();
  },
  // Events go to queues and log groups too.
  (db) =>
    eachOfKind(db, 'pendingEvent', ({ topicArn, ...body }) => ({
      destination: topicArn,
      messageGroupId: null,
      ...body,
    })),
];

async function eachOfKind(
  db: Transaction<Schema>,
  kind: string,
  change: (body: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const rows = await db.selectFrom('resources').select(['id', 'body']).where('kind', '=', kind).execute();
  for (const { id, body } of rows) {
    await db
      .updateTable('resources')
      .set({ body: JSON.stringify(change(JSON.parse(body))) })
      .where('kind', '=', kind)
      .where('id', '=', id)
      .execute();
  }
}

/** The format this program writes. */
export const FORMAT = MIGRATIONS.length;

/** Brings the database to FORMAT, each step in a transaction of its own. Refuses what a newer program wrote. */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('meta')
    .ifNotExists()
    .addColumn('key', 'varchar(32)', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
  const row = await db.selectFrom('meta').select('value').where('key', '=', 'format').executeTakeFirst();
  const found = row === undefined ? 0 : Number(row.value);
  if (found > FORMAT) {
    throw new Fault(
      `the store has format ${found}, written by a newer Culvert; this one reads formats up to ${FORMAT}. Nothing was changed`,
    );
  }
  for (let format = found; format < FORMAT; format++) {
    await db.transaction().execute(async (step) => {
      await MIGRATIONS[format]?.(step);
      await step
        .insertInto('meta')
        .values({ key: 'format', value: String(format + 1) })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: String(format + 1) }))
        .execute();
    });
  }
}
