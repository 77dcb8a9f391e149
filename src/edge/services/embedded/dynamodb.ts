/**
 * DynamoDB on dynalite, whose actions and checks are called in this process: its server, which would bind a port and knows no
 * signatures, is left out. One LevelDB for each account and region. What it does not know is refused by name.
 */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { notImplemented, Refusal } from '../../../model/refusal.ts';
import { type DecodedCall, jsonBody, parseJsonOutput, type Structure } from '../../../wire/index.ts';
import type { Stores } from './stores.ts';

const require = createRequire(import.meta.url);

export const SUPPORTED: ReadonlySet<string> = new Set([
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeContinuousBackups',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
]);

type Answer = (error: Failure | null, data?: unknown) => void;
type Action = (library: LibraryStore, data: unknown, answer: Answer) => void;
interface Failure extends Error {
  readonly statusCode?: number;
  readonly body?: object;
}
interface Rules {
  /** By member of the input. */
  readonly types: Readonly<Record<string, unknown>>;
  readonly custom?: unknown;
}
interface Table {
  TableStatus: string;
  GlobalSecondaryIndexes?: { IndexStatus: string }[];
}
interface LibraryStore {
  readonly db: Level & { close(): Promise<void> };
  readonly tableDb: {
    awsAccountId: string;
    awsRegion: string;
    get(key: string, answer: (error: Failure | null, table: Table) => void): void;
    put(key: string, table: Table, answer: (error: Failure | null) => void): void;
  };
}
/** What abstract-level asks of an implementation. */
type Level = Record<'_put' | '_del' | '_batch', (...args: [...unknown[], object]) => Promise<void>>;
interface Library {
  create(options: object): LibraryStore;
}
interface Checks {
  checkTypes(data: unknown, types: Rules['types']): unknown;
  checkValidations(data: unknown, types: Rules['types'], custom: unknown, store: LibraryStore): void;
}

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

const MOST_TAGS = 50;

export interface Tables {
  call(operation: string, input: Structure): Promise<Structure>;
  close(): Promise<void>;
}

/** Members of an operation's input that are read. */
export function membersOf(operation: string): readonly string[] {
  if (operation === 'DescribeContinuousBackups') return ['TableName'];
  const members = Object.keys(rulesOf(operation).types);
  return operation === 'CreateTable' ? [...members, 'Tags'] : members;
}

export async function callDynamodb(stores: Stores, call: DecodedCall, account: string): Promise<Structure> {
  const { operation, input, region } = call;
  if (!SUPPORTED.has(operation)) throw notImplemented(operation);
  for (const member of Object.keys(input)) {
    if (!membersOf(operation).includes(member)) {
      throw new Refusal(
        'NotImplemented',
        `Culvert's embedded DynamoDB does not implement ${operation} with ${member}.`,
        501,
      );
    }
  }
  const arn = input.ResourceArn;
  if (typeof arn === 'string' && !arn.startsWith(`arn:aws:dynamodb:${region}:${account}:`)) {
    throw new Refusal('AccessDeniedException', `You are not authorized to perform dynamodb:${operation} on ${arn}.`);
  }
  if (input.Tags !== undefined) checkTags(input.Tags as readonly Tag[]);
  const store = await stores.get(account, region);
  const tables = await store.tables();
  if (operation === 'DescribeContinuousBackups') return noBackups(tables, input);
  if (operation === 'CreateTable') return createTable(tables, input);
  return tables.call(operation, input);
}

/** The library takes any. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html */
function checkTags(tags: readonly Tag[]): void {
  const invalid = (what: string) =>
    new Refusal('ValidationException', `One or more parameter values were invalid: ${what}`);
  if (tags.length > MOST_TAGS) throw invalid(`A table can have at most ${MOST_TAGS} tags`);
  for (const { Key, Value } of tags) {
    if (Key === '' || Key.length > 128 || Value.length > 256 || /^aws:/i.test(Key)) {
      throw invalid(`The tag ${Key} is not valid`);
    }
  }
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) throw invalid('Tag keys must be unique');
}

/** The library tags tables that are there. */
async function createTable(tables: Tables, { Tags = [], ...input }: Structure): Promise<Structure> {
  const made = await tables.call('CreateTable', input);
  const { TableArn: ResourceArn } = made.TableDescription as Structure;
  if ((Tags as readonly object[]).length > 0) await tables.call('TagResource', { ResourceArn, Tags });
  return made;
}

/** None can be asked for: the library knows nothing of them. Terraform asks with each table that it reads. */
async function noBackups(tables: Tables, { TableName }: Structure): Promise<Structure> {
  try {
    await tables.call('DescribeTable', { TableName });
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'ResourceNotFoundException') throw error;
    throw new Refusal('TableNotFoundException', `Table not found: ${TableName}`);
  }
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
    },
  };
}

export async function openTables(place: string, account: string, region: string): Promise<Tables> {
  const path = join(place, 'dynamodb');
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { create } = require('dynalite/db') as Library;
  const library = create({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  library.tableDb.awsAccountId = account;
  library.tableDb.awsRegion = region;
  writeThrough(library.db);
  await mend(library);
  return {
    async call(operation, input) {
      const body = JSON.parse(jsonBody('dynamodb', operation, input).body) as unknown;
      const answer = await invoke(library, operation, body);
      return parseJsonOutput('dynamodb', operation, {
        status: answer.status,
        headers: {},
        body: JSON.stringify(answer.data),
      });
    },
    close: () => library.db.close(),
  };
}

async function invoke(
  library: LibraryStore,
  operation: string,
  input: unknown,
): Promise<{ readonly status: number; readonly data: unknown }> {
  const { checkTypes, checkValidations } = require('dynalite/validations') as Checks;
  const { types, custom } = rulesOf(operation);
  const act = require(`dynalite/actions/${fileOf(operation)}`) as Action;
  try {
    const data = checkTypes(input, types);
    checkValidations(data, types, custom, library);
    return await new Promise((resolve, reject) => {
      act(library, data, (error, output) => (error ? reject(error) : resolve({ status: 200, data: output })));
    });
  } catch (error) {
    const { statusCode, body } = error as Failure;
    if (statusCode === undefined) throw error;
    return { status: statusCode, data: body };
  }
}

function rulesOf(operation: string): Rules {
  return require(`dynalite/validations/${fileOf(operation)}`) as Rules;
}

function fileOf(operation: string): string {
  return operation.charAt(0).toLowerCase() + operation.slice(1);
}

/** On the disk before it is answered: the library leaves that to the system. */
function writeThrough(db: Level): void {
  for (const name of ['_put', '_del', '_batch'] as const) {
    const write = db[name] as (...args: unknown[]) => Promise<void>;
    db[name] = (...args: unknown[]) => {
      const options = args.pop() as object;
      return write.call(db, ...args, { ...options, sync: true });
    };
  }
}

/** A table whose making, change or deletion a crash cut short would stay as it was then: the step is done here. */
async function mend(library: LibraryStore): Promise<void> {
  const { tableDb } = library;
  let start: string | undefined;
  do {
    const { data } = await invoke(library, 'ListTables', start === undefined ? {} : { ExclusiveStartTableName: start });
    const page = data as { readonly TableNames: readonly string[]; readonly LastEvaluatedTableName?: string };
    for (const name of page.TableNames) {
      const table = await new Promise<Table>((resolve, reject) => {
        tableDb.get(name, (error, found) => (error ? reject(error) : resolve(found)));
      });
      if (table.TableStatus === 'ACTIVE') continue;
      const wasDeleting = table.TableStatus === 'DELETING';
      table.TableStatus = 'ACTIVE';
      for (const index of table.GlobalSecondaryIndexes ?? []) index.IndexStatus = 'ACTIVE';
      await new Promise<void>((resolve, reject) => {
        tableDb.put(name, table, (error) => (error ? reject(error) : resolve()));
      });
      if (wasDeleting) await invoke(library, 'DeleteTable', { TableName: name });
    }
    start = page.LastEvaluatedTableName;
  } while (start !== undefined);
}
