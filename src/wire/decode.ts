/**
 * A request to a typed call. Protocol by the request itself, never by the service; service by the credential's scope, else by
 * target prefix, API version, host name. Whatever the bytes are, the answer is a call or a refusal that can be encoded.
 *
 * Signatures are not looked at here: authenticate.ts takes the same frame, so that a bad signature is told before a bad
 * parameter, as AWS does.
 */
import { Refusal } from '../model/refusal.ts';
import { isChunked, parseChunked } from './chunked.ts';
import { complain } from './complain.ts';
import { credentialOf, pathOf, queryOf } from './credential.ts';
import { type Dialect, parseForm, readForm } from './query.ts';
import { encodeOutput, encodeRefusal } from './replies.ts';
import { readRest, route } from './rest.ts';
import { SERVICES, type ServiceRow } from './services.ts';
import { type Operation, operationOf } from './shape.ts';
import { parseTree, readTree } from './tree.ts';
import type { CallFrame, DecodedCall, Protocol, RawRequest, RefusedCall, Structure } from './types.ts';
import { Violations } from './violations.ts';

export interface DecodeLimits {
  /** Largest body for services whose row leaves it to the server (S3). */
  readonly bodyBytes: number;
}

/** A single PUT to S3 may be 5 GB; bodies are held in memory here, so the default is far lower. */
export const DEFAULT_LIMITS: DecodeLimits = { bodyBytes: 256 * 1024 * 1024 };

/** Where no service is recognised there is nothing to do with a long body. */
const UNKNOWN_BODY_BYTES = 1024 * 1024;

const LARGEST_FORM_BYTES = Math.max(...SERVICES.map((row) => row.bodyBytes ?? 0));

const DEFAULT_REGION = 'us-east-1';

/** How much of a body to read before giving up, from the head of the request alone. */
export function bodyLimit(head: Omit<RawRequest, 'body'>, limits: DecodeLimits = DEFAULT_LIMITS): number {
  const row = serviceOf({ ...head, body: new Uint8Array() }, '');
  return row === null ? UNKNOWN_BODY_BYTES : (row.bodyBytes ?? limits.bodyBytes);
}

/** The service that a request is for, from its head alone: a row's name, or what its credential says; '' when unknown. */
export function serviceNameOf(head: Omit<RawRequest, 'body'>): string {
  const raw = { ...head, body: new Uint8Array() };
  return serviceOf(raw, queryOf(raw))?.name ?? credentialOf(raw)?.service ?? '';
}

export function decodeRequest(raw: RawRequest, limits: DecodeLimits = DEFAULT_LIMITS): DecodedCall | RefusedCall {
  const kind = kindOf(raw);
  // A form's action and version stand in its body; one that no service takes is not even looked into for those.
  const form = kind === 'form' && raw.body.length <= LARGEST_FORM_BYTES ? formText(raw) : '';
  const row = serviceOf(raw, form);
  const protocol = protocolOf(raw, kind, row);
  const name = operationName(raw, kind, form);
  const frame = frameOf(raw, row, protocol, name);
  try {
    const allowed = row === null ? UNKNOWN_BODY_BYTES : (row.bodyBytes ?? limits.bodyBytes);
    if (raw.body.length > allowed) {
      throw new Refusal('RequestEntityTooLarge', `The request body is longer than ${allowed} bytes.`, 413);
    }
    if (row === null) {
      throw new Refusal(
        'UnknownOperationException',
        frame.service === ''
          ? 'The request does not say which AWS service it is for.'
          : `The AWS service "${frame.service}" is not served here.`,
        404,
      );
    }
    const { operation, input, violations } = readCall(row, raw, protocol, name, form);
    const refusal = complain(violations.list, row.wording, protocol);
    const known = { ...frame, operation: operation.name };
    if (refusal !== null) return { ...known, kind: 'refused', refusal };
    return {
      ...known,
      kind: 'call',
      input,
      encode: (output, requestId) => encodeOutput(row, operation, protocol, output, requestId),
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...frame, kind: 'refused', refusal: error };
  }
}

type RequestKind = 'cbor' | 'json' | 'form' | 'rest';

function kindOf(raw: RawRequest): RequestKind {
  if (raw.headers['smithy-protocol'] === 'rpc-v2-cbor') return 'cbor';
  if (raw.headers['x-amz-target'] !== undefined) return 'json';
  if (raw.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    return credentialOf(raw)?.service === 's3' ? 'rest' : 'form';
  }
  return /(^|&)Action=/.test(queryOf(raw)) ? 'form' : 'rest';
}

function formText(raw: RawRequest): string {
  return [queryOf(raw), Buffer.from(raw.body).toString('utf8').trim()].filter((part) => part !== '').join('&');
}

function parameter(form: string, name: string): string {
  return new RegExp(`(?:^|&)${name}=([^&]*)`).exec(form)?.[1] ?? '';
}

function serviceOf(raw: RawRequest, form: string): ServiceRow | null {
  const target = raw.headers['x-amz-target'];
  const version = parameter(form, 'Version');
  const scope = credentialOf(raw)?.service;
  if (scope !== undefined) {
    const rows = SERVICES.filter((row) => row.signingName === scope);
    return rows.find((row) => version === '' || row.version === version) ?? rows[0] ?? null;
  }
  const prefix = target?.slice(0, target.lastIndexOf('.'));
  const byTarget = SERVICES.find((row) => row.targetPrefix !== null && row.targetPrefix === prefix);
  if (byTarget !== undefined) return byTarget;
  const byVersion = version === '' ? undefined : SERVICES.find((row) => row.version === version);
  if (byVersion !== undefined) return byVersion;
  const host = raw.headers.host ?? '';
  return SERVICES.find((row) => hostNames(row, host)) ?? null;
}

/** "sqs.ap-south-1.amazonaws.com", "bucket.s3.amazonaws.com", "vpce-….sqs.ap-south-1.vpce.amazonaws.com". */
function hostNames(row: ServiceRow, host: string): boolean {
  return /\.amazonaws\.com(:\d+)?$/.test(host) && host.split('.').includes(row.signingName);
}

function protocolOf(raw: RawRequest, kind: RequestKind, row: ServiceRow | null): Protocol {
  switch (kind) {
    case 'cbor':
      return 'rpcv2Cbor';
    case 'json':
      return raw.headers['content-type']?.includes('1.1') ? 'awsJson1.1' : 'awsJson1.0';
    case 'form':
      return row?.form ?? 'awsQuery';
    case 'rest':
      // A service without a REST protocol answers even a stray GET in its own.
      return row === null || row.rest ? 'restXml' : (row.form ?? 'restXml');
  }
}

function operationName(raw: RawRequest, kind: RequestKind, form: string): string {
  switch (kind) {
    case 'cbor':
      return /\/operation\/(\w+)$/.exec(pathOf(raw))?.[1] ?? '';
    case 'json': {
      const target = raw.headers['x-amz-target'] ?? '';
      return target.slice(target.lastIndexOf('.') + 1);
    }
    case 'form':
      return parameter(form, 'Action');
    case 'rest':
      return '';
  }
}

function frameOf(raw: RawRequest, row: ServiceRow | null, protocol: Protocol, operation: string): CallFrame {
  const credential = credentialOf(raw);
  return {
    service: row?.name ?? credential?.service ?? '',
    operation,
    protocol,
    region: credential?.region ?? /\.([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(raw.headers.host ?? '')?.[1] ?? DEFAULT_REGION,
    accessKeyId: credential?.accessKeyId ?? null,
    encodeError: (refusal, requestId) => encodeRefusal(row, protocol, refusal, requestId),
  };
}

interface ReadCall {
  readonly operation: Operation;
  readonly input: Structure;
  readonly violations: Violations;
}

function readCall(row: ServiceRow, raw: RawRequest, protocol: Protocol, name: string, form: string): ReadCall {
  const violations = new Violations();
  switch (protocol) {
    case 'ec2Query':
    case 'awsQuery': {
      if (row.form === null) throw unknownOperation(protocol, name, '');
      if (name === '') throw new Refusal('MissingAction', 'The request must contain the parameter Action');
      const root = parseForm(form);
      const version = root.children?.Version?.value ?? '';
      const operation = operationOf(row, name);
      if (operation === undefined || version !== row.version) throw unknownOperation(protocol, name, version);
      fillFromPath(row, raw, root);
      const input = readForm(operation.input, root, protocol as Dialect, violations);
      return { operation, input, violations };
    }
    case 'restXml': {
      if (!row.rest) throw unknownOperation(protocol, name, '');
      const match = route(row, raw);
      const body = isChunked(raw.headers) ? parseChunked(raw.body).payload : raw.body;
      return { operation: match.operation, input: readRest(match, raw, body, violations), violations };
    }
    default: {
      const offered = protocol === 'rpcv2Cbor' ? row.cbor : row.targetPrefix !== null;
      const operation = offered ? operationOf(row, name) : undefined;
      if (operation === undefined) throw unknownOperation(protocol, name, '');
      const encoding = protocol === 'rpcv2Cbor' ? 'cbor' : 'json';
      const tree = parseTree(raw.body, encoding);
      const input = readTree(operation.input, tree, encoding, violations);
      return { operation, input, violations };
    }
  }
}

/** SQS's older clients post to the queue's URL and may leave QueueUrl out of the form. */
function fillFromPath(row: ServiceRow, raw: RawRequest, root: { children: Structure | null }): void {
  const path = pathOf(raw);
  if (row.pathMember === null || root.children === null || root.children[row.pathMember] !== undefined) return;
  if (!/^\/\d{12}\/[\w.-]+$/.test(path)) return;
  root.children[row.pathMember] = { value: `https://${raw.headers.host ?? ''}${path}`, children: null };
}

function unknownOperation(protocol: Protocol, name: string, version: string): Refusal {
  switch (protocol) {
    case 'ec2Query':
      return new Refusal('InvalidAction', `The action ${name} is not valid for this web service.`);
    case 'awsQuery':
      return new Refusal('InvalidAction', `Could not find operation ${name} for version ${version}`);
    case 'restXml':
      return new Refusal('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
    default:
      return new Refusal('UnknownOperationException', `The operation ${name} is not known.`);
  }
}
