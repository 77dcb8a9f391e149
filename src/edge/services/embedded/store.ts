/**
 * The embedded services of one account in one region: SQS, SNS and S3 in one SQLite file, DynamoDB beside it. What a reply
 * confirms is on disk: the library writes through in WAL mode, and SQLite's default (synchronous = FULL) waits for the disk at each commit.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openTables, type Tables } from './dynamodb.ts';
import { type App, type Library, loadLibrary, type S3Store, type SnsStore, type SqsStore } from './library.ts';
import { createS3Router, type S3Router } from './s3Router.ts';

export interface Store {
  readonly account: string;
  readonly region: string;
  /** SQS (JSON) and SNS (Query). */
  readonly app: App;
  readonly sqs: SqsStore;
  readonly sns: SnsStore;
  readonly s3: S3Store;
  readonly s3Router: S3Router;
  /** DynamoDB's, opened when it is first asked for. */
  tables(): Promise<Tables>;
  /** null: it has none. */
  bucketPolicy(bucket: string): string | null;
  setBucketPolicy(bucket: string, policy: string | null): void;
  /** JSON; null: it has none. */
  bucketTags(bucket: string): string | null;
  setBucketTags(bucket: string, tags: string | null): void;
  /** A multipart upload that is under way. */
  upload(id: string): { readonly bucket: string; readonly key: string; readonly bytes: number } | undefined;
  /** Of an object, without quotes; undefined: there is none. */
  etag(bucket: string, key: string): string | undefined;
  close(): Promise<void>;
}

type Upload = Parameters<S3Store['restoreMultipartUpload']>[0];

export function queueUrl(account: string, region: string, name: string): string {
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}

export async function openStore(directory: string, account: string, region: string): Promise<Store> {
  const library = await loadLibrary(account);
  const place = join(directory, account, region);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  chmodSync(place, 0o700);

  const sqs = createQueues(library, account, region);
  const sns = new library.SnsStore();
  const s3 = new library.S3Store();
  const disk = createDisk(library, place);
  // Loading writes; so the stores learn where to write only afterwards.
  disk.load(sqs, sns, s3);
  sqs.persistence = disk;
  sns.persistence = disk;
  s3.persistence = disk;
  for (const queue of sqs.allQueues()) queue.persistence = disk;

  const app = library.buildApp({
    logger: false,
    defaultRegion: region,
    stores: { sqsStore: sqs, snsStore: sns, s3Store: s3 },
  });
  await app.ready();
  let tables: Promise<Tables> | undefined;
  return {
    account,
    region,
    app,
    sqs,
    sns,
    ...bucketParts((disk as unknown as { db: DatabaseSync }).db),
    s3,
    s3Router: createS3Router(library, s3),
    tables() {
      if (tables === undefined) {
        tables = openTables(place, account, region);
        tables.catch(() => {
          tables = undefined;
        });
      }
      return tables;
    },
    upload(id) {
      const upload = (s3 as unknown as { multipartUploads: Map<string, Upload> }).multipartUploads.get(id);
      if (upload === undefined) return undefined;
      const bytes = [...upload.parts.values()].reduce((sum, part) => sum + part.body.length, 0);
      return { bucket: upload.bucket, key: upload.key, bytes };
    },
    etag(bucket, key) {
      const { buckets } = s3 as unknown as { buckets: Map<string, Map<string, { etag: string }>> };
      return buckets.get(bucket)?.get(key)?.etag.replaceAll('"', '');
    },
    async close() {
      await app.close();
      await (await tables?.catch(() => undefined))?.close();
      disk.close();
    },
  };
}

/** Tables of ours in the library's file. */
function bucketParts(
  db: DatabaseSync,
): Pick<Store, 'bucketPolicy' | 'setBucketPolicy' | 'bucketTags' | 'setBucketTags'> {
  const policies = textByBucket(db, 'culvert_bucket_policies', 'policy');
  const tags = textByBucket(db, 'culvert_bucket_tags', 'tags');
  return {
    bucketPolicy: policies.read,
    setBucketPolicy: policies.write,
    bucketTags: tags.read,
    setBucketTags: tags.write,
  };
}

function textByBucket(db: DatabaseSync, table: string, column: string) {
  db.exec(`CREATE TABLE IF NOT EXISTS ${table} (bucket TEXT PRIMARY KEY, ${column} TEXT NOT NULL)`);
  const found = db.prepare(`SELECT ${column} AS text FROM ${table} WHERE bucket = ?`);
  return {
    read: (bucket: string) => (found.get(bucket)?.text as string | undefined) ?? null,
    write(bucket: string, text: string | null) {
      if (text === null) db.prepare(`DELETE FROM ${table} WHERE bucket = ?`).run(bucket);
      else db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`).run(bucket, text);
    },
  };
}

function createQueues(library: Library, account: string, region: string): SqsStore {
  class Queues extends library.SqsStore {
    override buildQueueUrl(name: string): string {
      return queueUrl(account, region, name);
    }
    /** A store is one account's in one region, so the name decides, whatever host the client reached us by. */
    override getQueue(url: string): ReturnType<SqsStore['getQueue']> {
      return this.getQueueByName(url.slice(url.lastIndexOf('/') + 1));
    }
  }
  return new Queues();
}

/** The library's SQLite writer, with two of its habits mended. */
function createDisk(library: Library, place: string) {
  class Disk extends library.PersistenceManager {
    #lastRead: { readonly name: string; readonly body: WeakRef<Buffer> } | undefined;

    /** It sets the receive count to null, which its own schema forbids: ChangeMessageVisibility to 0 lost the message. */
    override updateMessageReady(messageId: string): void {
      const { db } = this as unknown as { db: DatabaseSync };
      db.prepare('UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?').run(
        messageId,
      );
    }

    /** It reads the whole object for each range that is asked for: ranges in flight together share one copy. */
    override readBody(bucket: string, key: string): Buffer {
      const name = `${bucket}/${key}`;
      const shared = this.#lastRead?.name === name ? this.#lastRead.body.deref() : undefined;
      const body = shared ?? super.readBody(bucket, key);
      this.#lastRead = { name, body: new WeakRef(body) };
      return body;
    }

    override upsertObject(...object: Parameters<Writer['upsertObject']>): void {
      this.#lastRead = undefined;
      super.upsertObject(...object);
    }
  }
  return new Disk(place);
}

type Writer = InstanceType<Library['PersistenceManager']>;
