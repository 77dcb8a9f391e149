/**
 * Form-encoded bodies: ec2Query and awsQuery, read by shape. A body becomes a tree split at the dots, which the shape then
 * reads; the dialects differ in names, in flat lists, and in that EC2 refuses parameters that it does not know.
 *
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
import { Refusal } from '../model/refusal.ts';
import { readScalar, writeScalar } from './scalars.ts';
import type { Member, Shape, StructShape } from './shape.ts';
import type { Structure } from './types.ts';
import { put, type Violations } from './violations.ts';
import { isXmlText } from './xml.ts';

export type Dialect = 'ec2Query' | 'awsQuery';

export interface ParameterNode {
  value: string | null;
  /** Without a prototype, for the names are the sender's. */
  children: Record<string, ParameterNode> | null;
}

/** No operation nests deeper, and a tree this size is far beyond any: bounds on what a hostile body can cost. */
const MAX_DEPTH = 32;
const MAX_PARAMETERS = 50_000;

/** Of the request itself, not of the operation. */
const COMMON = /^(Action|Version|X-Amz-[\w-]+|AWSAccessKeyId|Signature\w*|Timestamp|Expires|SecurityToken)$/i;

export function parseForm(text: string): ParameterNode {
  const root: ParameterNode = { value: null, children: Object.create(null) };
  if (text === '') return root;
  const pairs = text.split('&', MAX_PARAMETERS + 1);
  if (pairs.length > MAX_PARAMETERS) throw new Refusal('RequestEntityTooLarge', 'Too many parameters.', 413);
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodePart(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decodePart(pair.slice(equals + 1));
    if (COMMON.test(name) && name !== 'Action' && name !== 'Version') continue;
    const steps = name.split('.', MAX_DEPTH + 1);
    if (steps.length > MAX_DEPTH) throw new Refusal('MalformedQueryString', 'A parameter name has too many parts.');
    let node = root;
    for (const step of steps) {
      node.children ??= Object.create(null) as Record<string, ParameterNode>;
      let child = node.children[step];
      if (child === undefined) {
        child = { value: null, children: null };
        node.children[step] = child;
      }
      node = child;
    }
    node.value = value;
  }
  return root;
}

function decodePart(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Refusal('MalformedQueryString', 'The query string contains a syntax error');
  }
}

export function readForm(shape: StructShape, root: ParameterNode, dialect: Dialect, violations: Violations): Structure {
  const { Action: _, Version: __, ...children } = root.children ?? {};
  return readStruct(shape, { value: null, children }, dialect, violations);
}

export function wireName(member: Member, dialect: Dialect): string {
  return dialect === 'ec2Query' ? member.ec2Name : member.xmlName;
}

function readStruct(shape: StructShape, node: ParameterNode, dialect: Dialect, violations: Violations): Structure {
  const result: Structure = {};
  const children = node.children ?? {};
  let used = 0;
  for (const member of shape.members) {
    const name = wireName(member, dialect);
    const child = children[name];
    violations.path.push(name);
    if (child !== undefined) {
      used++;
      const value = readNode(member.shape, child, dialect, violations);
      if (value !== undefined) result[member.name] = value;
    } else if (member.required && !member.idempotencyToken) violations.add({ is: 'missing' });
    violations.path.pop();
  }
  if (dialect === 'ec2Query' && used < Object.keys(children).length) {
    const known = new Set(shape.members.map((member) => wireName(member, dialect)));
    for (const name of Object.keys(children)) {
      if (!known.has(name)) violations.at(name, () => violations.add({ is: 'unknown' }));
    }
  }
  return result;
}

function readNode(shape: Shape, node: ParameterNode, dialect: Dialect, violations: Violations): unknown {
  switch (shape.kind) {
    case 'struct':
      if (node.value !== null && node.value !== '') return wrongType(shape, node, violations);
      return readStruct(shape, node, dialect, violations);
    case 'list': {
      if (node.value !== null && node.value !== '') return wrongType(shape, node, violations);
      const flat = dialect === 'ec2Query' || shape.flat;
      const holder = flat ? node : node.children?.[shape.itemName ?? 'member'];
      const items: unknown[] = [];
      for (const [index, child] of numbered(holder ?? null, violations)) {
        const value = violations.at(index, () => readNode(shape.item, child, dialect, violations));
        if (value !== undefined) items.push(value);
      }
      return items;
    }
    case 'map': {
      if (node.value !== null && node.value !== '') return wrongType(shape, node, violations);
      const holder = shape.flat ? node : node.children?.entry;
      const entries: Structure = {};
      for (const [index, child] of numbered(holder ?? null, violations)) {
        violations.at(index, () => {
          const key = child.children?.[shape.keyName]?.value;
          const value = child.children?.[shape.valueName];
          if (key === undefined || key === null) violations.at(shape.keyName, () => violations.add({ is: 'missing' }));
          else if (value === undefined) violations.at(shape.valueName, () => violations.add({ is: 'missing' }));
          else if (!isXmlText(key)) violations.at(shape.keyName, () => violations.add({ is: 'text', value: key }));
          else put(entries, key, readNode(shape.value, value, dialect, violations));
        });
      }
      return entries;
    }
    default: {
      if (node.value === null) return wrongType(shape, node, violations);
      const value = readScalar(shape, node.value);
      if (value === undefined) return wrongType(shape, node, violations);
      if (shape.kind === 'string') {
        if (!isXmlText(node.value)) violations.add({ is: 'text', value: node.value });
        violations.checkEnum(shape.values, node.value);
      }
      return value;
    }
  }
}

function wrongType(shape: Shape, node: ParameterNode, violations: Violations): undefined {
  violations.add({ is: 'type', expected: shape.kind, value: node.value ?? '' });
  return undefined;
}

/** Children by ascending position; positions may have gaps. */
function numbered(node: ParameterNode | null, violations: Violations): [string, ParameterNode][] {
  const entries = Object.entries(node?.children ?? {});
  for (const [index] of entries) {
    if (!/^\d{1,6}$/.test(index)) violations.at(index, () => violations.add({ is: 'unknown' }));
  }
  return entries.filter(([index]) => /^\d{1,6}$/.test(index)).sort(([a], [b]) => Number(a) - Number(b));
}

/** The other direction, for calling a backend: `Action=…&Version=…&…`. */
export function writeForm(
  shape: StructShape,
  input: Structure,
  dialect: Dialect,
  head: { action: string; version: string },
): string {
  const parts = [`Action=${encodeURIComponent(head.action)}`, `Version=${encodeURIComponent(head.version)}`];
  const write = (of: Shape, value: unknown, name: string): void => {
    if (value === undefined || value === null) return;
    switch (of.kind) {
      case 'struct':
        for (const member of of.members) {
          const step = wireName(member, dialect);
          write(member.shape, (value as Structure)[member.name], name === '' ? step : `${name}.${step}`);
        }
        return;
      case 'list': {
        const items = value as unknown[];
        const flat = dialect === 'ec2Query' || of.flat;
        const prefix = flat ? name : `${name}.${of.itemName ?? 'member'}`;
        if (items.length === 0 && dialect === 'awsQuery') parts.push(`${encodeURIComponent(name)}=`);
        for (const [index, item] of items.entries()) write(of.item, item, `${prefix}.${index + 1}`);
        return;
      }
      case 'map': {
        const prefix = of.flat ? name : `${name}.entry`;
        for (const [index, [key, item]] of Object.entries(value as Structure).entries()) {
          write({ kind: 'string', values: null }, key, `${prefix}.${index + 1}.${of.keyName}`);
          write(of.value, item, `${prefix}.${index + 1}.${of.valueName}`);
        }
        return;
      }
      default:
        parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(writeScalar(of, value, 'date-time'))}`);
    }
  };
  write(shape, input, '');
  return parts.join('&');
}
