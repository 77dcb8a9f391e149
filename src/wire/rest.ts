/**
 * restXml: which operation a method, path, query and headers mean, and its input and output bindings.
 *
 * S3's patterns leave the bucket out, because the SDK puts it into the host name or before the path; here it is always the
 * path's first part. Several patterns can match (CopyObject is PutObject with a header): the one that asks for most wins.
 */
import { Refusal } from '../model/refusal.ts';
import { isScalar, readScalar, type ScalarShape, writeScalar } from './scalars.ts';
import type { ServiceRow } from './services.ts';
import { type Member, type Operation, operationNames, operationOf, type Shape } from './shape.ts';
import type { RawRequest, RawResponse, Structure } from './types.ts';
import { put, type Violations } from './violations.ts';
import { parseXml, readMembers, readXmlStruct, writeXmlMembers, type XmlNode, xmlAttributes, xmlns } from './xml.ts';

interface Route {
  readonly operation: Operation;
  readonly method: string;
  /** Literal, or {Label}, or {Label+} for all that is left. */
  readonly segments: readonly string[];
  readonly query: ReadonlyMap<string, string>;
  readonly requiredQuery: readonly string[];
  readonly requiredHeaders: readonly string[];
}

const routes = new Map<string, readonly Route[]>();

function routesOf(row: ServiceRow): readonly Route[] {
  let known = routes.get(row.name);
  if (known === undefined) {
    known = operationNames(row).flatMap((name) => routeOf(row, name));
    routes.set(row.name, known);
  }
  return known;
}

function routeOf(row: ServiceRow, name: string): Route[] {
  const operation = operationOf(row, name);
  if (operation?.http == null) return [];
  const [method, uri] = operation.http;
  const [pattern = '', literals = ''] = uri.split('?');
  const hasBucket =
    row.name === 's3' && operation.input.members.some((m) => m.name === 'Bucket' && m.http?.in === 'label');
  const required = operation.input.members.filter((member) => member.required && member.http !== null);
  return [
    {
      operation,
      method,
      segments: [...(hasBucket ? ['{Bucket}'] : []), ...pattern.split('/').filter((segment) => segment !== '')],
      query: new Map([...new URLSearchParams(literals)]),
      requiredQuery: required.flatMap((member) => (member.http?.in === 'query' ? [member.http.name] : [])),
      requiredHeaders: required.flatMap((member) => (member.http?.in === 'header' ? [member.http.name] : [])),
    },
  ];
}

export interface Match {
  readonly operation: Operation;
  readonly labels: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** Throws a Refusal where no operation matches. */
export function route(row: ServiceRow, raw: RawRequest): Match {
  const question = raw.path.indexOf('?');
  const path = bucketPath(row, question < 0 ? raw.path : raw.path.slice(0, question), raw.headers.host ?? '');
  const query = new URLSearchParams(question < 0 ? '' : raw.path.slice(question + 1));
  let best: (Match & { score: number }) | null = null;
  for (const candidate of routesOf(row)) {
    if (candidate.method !== raw.method) continue;
    const labels = matchPath(candidate.segments, path);
    if (labels === null) continue;
    const score = scoreOf(candidate, query, raw.headers);
    if (score !== null && (best === null || score > best.score)) {
      best = { operation: candidate.operation, labels, query, score };
    }
  }
  if (best === null) {
    throw new Refusal('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  }
  return best;
}

/** null: does not match. `x-id` only names the operation: many clients leave it out. */
function scoreOf(candidate: Route, query: URLSearchParams, headers: RawRequest['headers']): number | null {
  let score = 0;
  for (const [name, value] of candidate.query) {
    if (name === 'x-id') {
      if (query.get('x-id') === value) score += 0.5;
      continue;
    }
    if (!query.has(name) || (value !== '' && query.get(name) !== value)) return null;
    score++;
  }
  for (const name of candidate.requiredQuery) {
    if (!query.has(name)) return null;
    score++;
  }
  for (const name of candidate.requiredHeaders) {
    if (headers[name] === undefined) return null;
    score++;
  }
  return score;
}

/** What stands between a bucket's name, if any, and ".s3": the endpoint's own name. */
const ENDPOINT_LABELS = /(?:^|\.)(?:bucket\.)?vpce-[0-9a-z-]+$/;

/**
 * The path with the bucket in front, if the host name carries it: "parcels.s3.ap-south-1.amazonaws.com", and through an endpoint
 * "parcels.bucket.vpce-0a1b-2c3d.s3.ap-south-1.vpce.amazonaws.com".
 */
function bucketPath(row: ServiceRow, path: string, host: string): string {
  if (row.name !== 's3') return path;
  const bucket = /^(.+)\.s3[.-](?:[a-z0-9-]+\.)*?amazonaws\.com(?::\d+)?$/
    .exec(host)?.[1]
    ?.replace(ENDPOINT_LABELS, '');
  return bucket === undefined || bucket === '' ? path : `/${bucket}${path}`;
}

function matchPath(segments: readonly string[], path: string): Record<string, string> | null {
  const parts = path.replace(/^\//, '').split('/');
  const labels: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const greedy = /^\{(\w+)\+\}$/.exec(segment)?.[1];
    if (greedy !== undefined) {
      const rest = parts.slice(index).join('/');
      if (rest === '') return null;
      labels[greedy] = decode(rest);
      return labels;
    }
    const part = parts[index];
    if (part === undefined || part === '') return null;
    const label = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (label !== undefined) labels[label] = decode(part);
    else if (decode(part) !== segment) return null;
  }
  return parts.slice(segments.length).every((part) => part === '') ? labels : null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal('InvalidURI', "Couldn't parse the specified URI.");
  }
}

export function readRest(match: Match, raw: RawRequest, body: Uint8Array, violations: Violations): Structure {
  const input: Structure = {};
  const shape = match.operation.input;
  for (const member of shape.members) {
    if (member.http === null) continue;
    violations.path.push(member.xmlName);
    const value = readBinding(member, match, raw, body, violations);
    if (value !== undefined) input[member.name] = value;
    else if (member.required && !member.idempotencyToken) violations.add({ is: 'missing' });
    violations.path.pop();
  }
  const inBody = shape.members.filter((member) => member.http === null);
  const hasPayload = shape.members.some((member) => member.http?.in === 'payload');
  if (inBody.length > 0 && !hasPayload) {
    const root: XmlNode = body.length === 0 ? { name: '', attributes: {}, children: [], text: '' } : parseXml(body);
    Object.assign(input, readMembers(shape, inBody, root, violations));
  }
  return input;
}

function readBinding(member: Member, match: Match, raw: RawRequest, body: Uint8Array, violations: Violations): unknown {
  const { shape, http } = member;
  switch (http?.in) {
    case 'label': {
      const value = match.labels[member.name];
      return value === undefined ? undefined : readBound(shape, value, violations);
    }
    case 'query': {
      if (!match.query.has(http.name)) return undefined;
      if (shape.kind !== 'list') return readBound(shape, match.query.get(http.name) ?? '', violations);
      return match.query.getAll(http.name).map((value) => readBound(shape.item, value, violations));
    }
    case 'header': {
      const value = raw.headers[http.name];
      if (value === undefined) return undefined;
      if (shape.kind !== 'list') return readBound(shape, value, violations);
      return splitHeader(value).map((part) => readBound(shape.item, part, violations));
    }
    case 'prefixHeaders': {
      const found: Structure = {};
      for (const [name, value] of Object.entries(raw.headers)) {
        if (name.startsWith(http.name)) put(found, name.slice(http.name.length), value);
      }
      return Object.keys(found).length === 0 ? undefined : found;
    }
    case 'queryParams':
      return Object.fromEntries(match.query);
    case 'payload':
      return readPayload(shape, body, violations);
    default:
      return undefined;
  }
}

function readPayload(shape: Shape, body: Uint8Array, violations: Violations): unknown {
  if (shape.kind === 'blob' || shape.kind === 'stream') return body;
  if (shape.kind === 'string') return new TextDecoder().decode(body);
  if (body.length === 0) return undefined;
  if (shape.kind === 'struct') return readXmlStruct(shape, parseXml(body), violations);
  throw new Error(`no restXml payload of kind ${shape.kind}`);
}

function readBound(shape: Shape, value: string, violations: Violations): unknown {
  if (!isScalar(shape)) throw new Error(`no HTTP binding of kind ${shape.kind}`);
  const read = readScalar(shape, value);
  if (read === undefined) violations.add({ is: 'type', expected: shape.kind, value });
  else if (shape.kind === 'string') violations.checkEnum(shape.values, value);
  return read;
}

/** Values in a header's list; quoted ones may hold commas. */
function splitHeader(value: string): string[] {
  return [...value.matchAll(/\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)/g)]
    .map(([, quoted, plain]) => (quoted === undefined ? (plain ?? '').trim() : quoted.replace(/\\(.)/g, '$1')))
    .filter((part, index, all) => part !== '' || index < all.length - 1);
}

export function encodeRest(row: ServiceRow, operation: Operation, output: Structure, requestId: string): RawResponse {
  const headers: Record<string, string> = { 'x-amz-request-id': requestId };
  let status = operation.http?.[2] ?? 200;
  let body: string | Uint8Array | null = null;
  for (const member of operation.output.members) {
    const value = output[member.name];
    if (value === undefined || value === null || member.http === null) continue;
    switch (member.http.in) {
      case 'header':
        headers[member.http.name] = headerText(member.shape, value);
        break;
      case 'prefixHeaders':
        for (const [name, text] of Object.entries(value as Record<string, string>))
          headers[member.http.name + name] = text;
        break;
      case 'status':
        status = value as number;
        break;
      default:
        body = payload(row, member, value);
    }
  }
  const inBody = operation.output.members.filter((member) => member.http === null);
  const hasPayload = operation.output.members.some((member) => member.http?.in === 'payload');
  if (inBody.length > 0 && !hasPayload) {
    const root = operation.output.xmlName ?? operation.output.name;
    const inner = writeXmlMembers({ ...operation.output, members: inBody }, output, 'date-time');
    body = `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${row.xmlNamespace}">${inner}</${root}>`;
  }
  if (typeof body === 'string' && headers['content-type'] === undefined) headers['content-type'] = 'application/xml';
  return { status, headers, body: body ?? '' };
}

function payload(row: ServiceRow, member: Member, value: unknown): string | Uint8Array {
  const { shape } = member;
  if (shape.kind === 'blob' || shape.kind === 'stream') return value as Uint8Array;
  if (shape.kind === 'string') return value as string;
  if (shape.kind !== 'struct') throw new Error(`no restXml payload of kind ${shape.kind}`);
  const root = member.xmlName === member.name ? (shape.xmlName ?? shape.name) : member.xmlName;
  const attributes =
    shape.xmlNamespace === null ? xmlns([null, row.xmlNamespace]) : xmlAttributes(shape, value as Structure);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attributes}>${writeXmlMembers(shape, value as Structure, 'date-time')}</${root}>`;
}

function headerText(shape: Shape, value: unknown): string {
  if (shape.kind === 'list') {
    return (value as unknown[])
      .map((item) => headerText(shape.item, item))
      .map((item) => (/[",]/.test(item) ? `"${item.replace(/["\\]/g, '\\$&')}"` : item))
      .join(', ');
  }
  return writeScalar(shape as ScalarShape, value, 'http-date');
}
