/**
 * The client's side, for the edge: a decoded call is put to a backend that speaks one protocol only, and its answer is read
 * back by schema, to be encoded in whatever protocol the caller chose.
 */
import { Refusal } from '../model/refusal.ts';
import { writeForm } from './query.ts';
import { type ServiceName, type ServiceRow, serviceRow } from './services.ts';
import { type Operation, operationOf } from './shape.ts';
import { parseTree, printTree, readTree, writeTree } from './tree.ts';
import type { RawResponse, Structure } from './types.ts';
import { Violations } from './violations.ts';
import { parseXml, readXmlStruct } from './xml.ts';

function known(service: ServiceName, name: string): { row: ServiceRow; operation: Operation } {
  const row = serviceRow(service);
  const operation = row === undefined ? undefined : operationOf(row, name);
  if (row === undefined || operation === undefined) throw new Error(`${service} has no operation ${name}`);
  return { row, operation };
}

export interface BackendRequest {
  /** To be sent with the body, which is for `POST /`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function jsonBody(service: ServiceName, name: string, input: Structure): BackendRequest {
  const { row, operation } = known(service, name);
  return {
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `${row.targetPrefix}.${name}` },
    body: printTree(writeTree(operation.input, input, 'json'), 'json') as string,
  };
}

/** Throws the backend's error as a Refusal. What its answer lacks, or has in a wrong type, is left out. */
export function parseJsonOutput(service: ServiceName, name: string, response: RawResponse): Structure {
  const { operation } = known(service, name);
  const tree = parseTree(bytes(response.body), 'json');
  if (response.status >= 300) throw jsonError(tree, response);
  return readTree(operation.output, tree, 'json', new Violations());
}

function jsonError(tree: unknown, response: RawResponse): Refusal {
  const error = (typeof tree === 'object' && tree !== null ? tree : {}) as Structure;
  const type = String(error.__type ?? error.code ?? 'InternalFailure')
    .replace(/^.*#/, '')
    .replace(/:.*$/, '');
  return new Refusal(type, String(error.message ?? error.Message ?? type), response.status);
}

export function queryBody(service: ServiceName, name: string, input: Structure): BackendRequest {
  const { row, operation } = known(service, name);
  return {
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: writeForm(operation.input, input, row.form ?? 'awsQuery', { action: name, version: row.version }),
  };
}

/** Throws the backend's error as a Refusal. */
export function parseQueryOutput(service: ServiceName, name: string, response: RawResponse): Structure {
  const { row, operation } = known(service, name);
  const root = parseXml(bytes(response.body));
  if (response.status >= 300) {
    const errors = root.children.find((child) => child.name === 'Errors') ?? root;
    const error = errors.children.find((child) => child.name === 'Error');
    const part = (tag: string) => error?.children.find((child) => child.name === tag)?.text;
    throw new Refusal(part('Code') ?? 'InternalFailure', part('Message') ?? '', response.status);
  }
  const result = row.form === 'ec2Query' ? root : root.children.find((child) => child.name === `${name}Result`);
  return result === undefined ? {} : readXmlStruct(operation.output, result, new Violations());
}

function bytes(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}
