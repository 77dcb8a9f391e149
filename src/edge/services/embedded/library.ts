/**
 * Loads fauxqs (SQS, SNS and S3 on SQLite) once for each account. The library knows one account, a constant in its source;
 * a resolver hook gives each account a copy of its modules with the constant replaced, so that every ARN is right where it
 * is made, message bodies included. Its stores are reached by file, because the package exports only a server that binds
 * all addresses. Version pinned exactly; docs/decisions/embedded-services.md.
 */
import { registerHooks } from 'node:module';
import type { buildApp } from 'fauxqs';

const ROOT = new URL('.', import.meta.resolve('fauxqs')).href;
const THEIR_ACCOUNT = '000000000000';
const TAG = /\?account=(\d{12})$/;

type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>['stores']>;
export type SqsStore = Stores['sqsStore'];
export type SnsStore = Stores['snsStore'];
export type S3Store = Stores['s3Store'];
export type App = ReturnType<typeof buildApp>;
type Persistence = NonNullable<SqsStore['persistence']>;

export interface Library {
  readonly buildApp: typeof buildApp;
  readonly SqsStore: new () => SqsStore;
  readonly SnsStore: new () => SnsStore;
  readonly S3Store: new () => S3Store;
  readonly PersistenceManager: new (directory: string) => Persistence;
  readonly registerS3Routes: (app: RouteSink, store: S3Store) => void;
}

/** What the library's S3 router asks of the server it registers with. */
export interface RouteSink {
  route(options: { method: string; url: string; handler: Handler }): void;
  put(url: string, handler: Handler): void;
  post(url: string, handler: Handler): void;
  head(url: string, handler: Handler): void;
  delete(url: string, handler: Handler): void;
}

export type Handler = (request: S3Call, reply: S3Reply) => Promise<void>;

export interface S3Call {
  readonly params: { readonly bucket: string; readonly '*': string };
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface S3Reply {
  status(code: number): this;
  header(name: string, value: string | number): this;
  send(body?: string | Buffer): void;
}

const loaded = new Map<string, Promise<Library>>();

export function loadLibrary(account: string): Promise<Library> {
  if (!/^\d{12}$/.test(account)) throw new Error(`not an account id: ${account}`);
  if (loaded.size === 0) hook();
  const library = loaded.get(account) ?? load(account);
  loaded.set(account, library);
  return library;
}

async function load(account: string): Promise<Library> {
  const part = (file: string) => import(`${ROOT}${file}?account=${account}`);
  const [app, sqs, sns, s3, persistence, router] = await Promise.all([
    part('app.js'),
    part('sqs/sqsStore.js'),
    part('sns/snsStore.js'),
    part('s3/s3Store.js'),
    part('persistence.js'),
    part('s3/s3Router.js'),
  ]);
  return { ...app, ...sqs, ...sns, ...s3, ...persistence, ...router };
}

function hook(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const account = TAG.exec(context.parentURL ?? '')?.[1];
      const within = specifier.startsWith('.') && found.url.startsWith(ROOT);
      return account === undefined || !within ? found : { ...found, url: `${found.url}?account=${account}` };
    },
    load(url, context, next) {
      const found = next(url, context);
      const account = TAG.exec(url)?.[1];
      if (account === undefined || !url.startsWith(ROOT)) return found;
      return { ...found, source: String(found.source).replaceAll(THEIR_ACCOUNT, account) };
    },
  });
}
