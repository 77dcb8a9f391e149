/**
 * Calls the library's S3 handlers directly. Its own server refuses bodies over 11 MiB and copies them; this only finds the
 * route. Path-style only: whoever calls has put the bucket into the path.
 */
import type { Handler, Library, RouteSink, S3Store } from './library.ts';

export interface S3Result {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** `bucket` and `key` are decoded; '' where there is none. */
export interface S3Request {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type S3Router = (request: S3Request) => Promise<S3Result | undefined>;

/** The result is undefined where no handler is for that method. */
export function createS3Router(library: Library, store: S3Store): S3Router {
  const routes = new Map<string, Handler>();
  const add = (method: string) => (url: string, handler: Handler) => void routes.set(`${method} ${url}`, handler);
  const sink: RouteSink = {
    put: add('PUT'),
    post: add('POST'),
    head: add('HEAD'),
    delete: add('DELETE'),
    route: ({ method, url, handler }) => add(method)(url, handler),
  };
  library.registerS3Routes(sink, store);

  return async (request) => {
    const path = request.bucket === '' ? '/' : request.key === '' ? '/:bucket' : '/:bucket/*';
    const handler = routes.get(`${request.method} ${path}`);
    if (handler === undefined) return undefined;
    const result: { status: number; headers: Record<string, string>; body: Buffer } = {
      status: 200,
      headers: {},
      body: Buffer.alloc(0),
    };
    const reply = {
      status(code: number) {
        result.status = code;
        return reply;
      },
      header(name: string, value: string | number) {
        result.headers[name.toLowerCase()] = String(value);
        return reply;
      },
      send(body?: string | Buffer) {
        if (body !== undefined) result.body = typeof body === 'string' ? Buffer.from(body) : body;
      },
    };
    await handler(
      {
        params: { bucket: request.bucket, '*': request.key },
        query: request.query,
        headers: request.headers,
        body: request.body,
      },
      reply,
    );
    return result;
  };
}
