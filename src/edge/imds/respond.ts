/**
 * One request of an instance to its metadata service, answered: pure but for the clock and randomness it is given. Who asks
 * is known already. Read "How Instance Metadata Service Version 2 works" in the EC2 user guide for the codes.
 */
import type { Machine } from '../../plan/plan.ts';
import { type CredentialSource, credentialsDocument } from './credentials.ts';
import { TOKEN_MAX_SECONDS, type Tokens } from './token.ts';
import { find, listing, metadataTree } from './tree.ts';

export interface MetadataRequest {
  readonly method: string;
  /** As sent, query and all. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface MetadataResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** How many hops the answer may travel; null: as far as any. */
  readonly hopLimit: number | null;
}

export interface Responder {
  readonly tokens: Tokens;
  readonly credentials: CredentialSource;
  readonly architecture: 'x86_64' | 'arm64';
  readonly nowMs: () => number;
}

const TOKEN_PATH = /^\/(?:latest|\d{4}-\d\d-\d\d)\/api\/token$/;
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';

export function respond(machine: Machine, request: MetadataRequest, responder: Responder): MetadataResponse {
  const { metadata } = machine;
  if (!metadata.enabled) return problem(403);
  const path = pathOf(request.url);
  if (path === undefined) return problem(400);
  if (TOKEN_PATH.test(path)) {
    return request.method === 'PUT' ? issueToken(machine, request, responder) : problem(405, { Allow: 'OPTIONS, PUT' });
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return problem(405, { Allow: 'GET, HEAD' });

  const token = request.headers[TOKEN_HEADER];
  if (token === undefined) {
    if (metadata.httpTokens === 'required') return problem(401);
    return read(machine, path, responder, {});
  }
  const left = typeof token === 'string' ? responder.tokens.verify(machine.id, token, responder.nowMs()) : undefined;
  if (left === undefined) return problem(401);
  return read(machine, path, responder, { 'X-Aws-Ec2-Metadata-Token-Ttl-Seconds': String(left) });
}

/** A proxy that forwards for somebody else adds X-Forwarded-For: it must not get a token. */
function issueToken(machine: Machine, request: MetadataRequest, responder: Responder): MetadataResponse {
  if (request.headers['x-forwarded-for'] !== undefined) return problem(403);
  const given = request.headers[TTL_HEADER];
  if (typeof given !== 'string' || !/^\d{1,5}$/.test(given)) return problem(400);
  const seconds = Number(given);
  if (seconds < 1 || seconds > TOKEN_MAX_SECONDS) return problem(400);
  return {
    status: 200,
    headers: { 'Content-Type': 'text/plain', 'X-Aws-Ec2-Metadata-Token-Ttl-Seconds': String(seconds) },
    body: responder.tokens.issue(machine.id, seconds, responder.nowMs()),
    hopLimit: machine.metadata.hopLimit,
  };
}

function read(
  machine: Machine,
  path: string,
  responder: Responder,
  headers: Readonly<Record<string, string>>,
): MetadataResponse {
  const tree = metadataTree({
    machine,
    architecture: responder.architecture,
    credentials: () => credentialsDocument(responder.credentials(machine, responder.nowMs())),
  });
  const node = find(tree, path.slice(1));
  if (node === undefined) return problem(404);
  const body = node.kind === 'directory' ? listing(node) : node.read();
  const type = node.kind === 'directory' ? 'text/plain' : node.type;
  return {
    status: 200,
    headers: {
      'Content-Type': type,
      'Accept-Ranges': 'none',
      'Last-Modified': new Date(machine.metadata.launchedAt).toUTCString(),
      ...headers,
    },
    body,
    hopLimit: null,
  };
}

/** The decoded path; undefined where the escapes are broken. */
function pathOf(url: string): string | undefined {
  const [path = ''] = url.split('?');
  if (!path.startsWith('/')) return undefined;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Not Allowed',
  413: 'Request Entity Too Large',
  503: 'Service Unavailable',
};

/** AWS's page for a code. */
export function problem(status: number, headers: Readonly<Record<string, string>> = {}): MetadataResponse {
  const title = `${status} - ${REASONS[status]}`;
  const body = `<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
	"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>${title}</title>
 </head>
 <body>
  <h1>${title}</h1>
 </body>
</html>
`;
  return { status, headers: { 'Content-Type': 'text/html', ...headers }, body, hopLimit: null };
}
