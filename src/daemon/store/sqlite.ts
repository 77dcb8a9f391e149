/**
 * Lets Kysely's SqliteDialect run on Node's own SQLite (node:sqlite), which differs from better-sqlite3 in how parameters
 * are passed and in not telling whether a statement returns rows. No native module, no download.
 *
 * WAL with synchronous=FULL: a commit is on the disk before it returns. locking_mode=EXCLUSIVE: one process at a time, and
 * the lock goes with the process, however it ends. https://www.sqlite.org/wal.html#noshm
 */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { Fault } from '../../host/fault.ts';

/** Statements kept prepared; the store has fewer texts than this. */
const KEPT_STATEMENTS = 64;

/** As openDatabase, for Kysely: a commit is on the disk before it returns. */
export function openSqlite<S>(path: string): Kysely<S> {
  return new Kysely<S>({ dialect: new SqliteDialect({ database: adapt(openDatabase(path, 'full')) }) });
}

/**
 * Opens (or makes, mode 0600: it holds secret keys) the file and takes the lock; throws where another process has it. `normal`: what
 * was committed last may be gone after a power cut, though not after the process's own end.
 */
export function openDatabase(path: string, synchronous: 'full' | 'normal'): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Never open an existing file here: closing it would drop the locks that this process may hold on it (POSIX).
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600));
  const database = new DatabaseSync(path);
  try {
    database.exec('pragma locking_mode = exclusive');
    database.exec('pragma journal_mode = wal');
    database.exec(`pragma synchronous = ${synchronous}`);
    database.exec('begin exclusive; commit');
  } catch (cause) {
    database.close();
    throw new Fault(isBusy(cause) ? `another process has ${path} open` : `cannot open ${path}`, cause);
  }
  return database;
}

/** Whether another process has the file open. Do not ask in a process that has it open itself: see above. */
export function isInUse(path: string): boolean {
  if (!existsSync(path)) return false;
  const database = new DatabaseSync(path);
  try {
    database.exec('begin exclusive; rollback');
    return false;
  } catch (error) {
    return isBusy(error);
  } finally {
    database.close();
  }
}

/** SQLITE_BUSY. */
function isBusy(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === 5;
}

function adapt(database: DatabaseSync) {
  const kept = new Map<string, StatementSync>();
  function prepare(sql: string): StatementSync {
    const known = kept.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    if (kept.size === KEPT_STATEMENTS) kept.delete(kept.keys().next().value as string);
    kept.set(sql, statement);
    return statement;
  }
  return {
    close: () => database.close(),
    prepare(sql: string) {
      const statement = prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
        run(parameters: readonly unknown[]) {
          // SQLite has rolled back by itself where the disk was full; saying it again would be an error that hides that one.
          if (sql === 'rollback' && !database.isTransaction) return { changes: 0, lastInsertRowid: 0 };
          return statement.run(...(parameters as SQLInputValue[]));
        },
        iterate: (parameters: readonly unknown[]) => statement.iterate(...(parameters as SQLInputValue[])),
      };
    },
  };
}
