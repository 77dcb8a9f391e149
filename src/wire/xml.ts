/**
 * XML bodies: read into a plain tree and from there by shape; written by closures that are built once per shape, so that
 * encoding is joining strings. Documents with a DOCTYPE are refused: no AWS client sends one, and entities can explode.
 */
import { XMLParser } from 'fast-xml-parser';
import { Refusal } from '../model/refusal.ts';
import { isScalar, readScalar, writeScalar } from './scalars.ts';
import type { ListShape, MapShape, Member, Shape, StructShape, TimeFormat, XmlNamespace } from './shape.ts';
import type { Structure } from './types.ts';
import { put, type Violations } from './violations.ts';

// ── Reading ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
  readonly text: string;
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // Text is decoded below: the five names and numeric references are all that a document without DOCTYPE can have.
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** All of a document's elements are in memory at once. A list of 10,000 parts, S3's longest document, is a tenth of it. */
const MOST_XML_BYTES = 16 * 1024 * 1024;

/** The root element of a document of one. */
export function parseXml(body: Uint8Array): XmlNode {
  if (body.length > MOST_XML_BYTES) throw new Refusal('MaxMessageLengthExceeded', 'Your request was too large.');
  try {
    const text = new TextDecoder('utf8', { fatal: true }).decode(body);
    if (/<!DOCTYPE/i.test(text)) throw malformed();
    const roots = (parser.parse(text, true) as Structure[]).map(nodeOf).filter((node) => node.name !== '#text');
    const root = roots[0];
    if (root === undefined || roots.length > 1) throw malformed();
    return root;
  } catch {
    throw malformed();
  }
}

function malformed(): Refusal {
  return new Refusal(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

function nodeOf(raw: Structure): XmlNode {
  const name = Object.keys(raw).find((key) => key !== ':@') ?? '#text';
  if (name === '#text') return { name, attributes: {}, children: [], text: unescapeXml(String(raw['#text'] ?? '')) };
  const inner = (raw[name] as Structure[]).map(nodeOf);
  const attributes = Object.entries((raw[':@'] ?? {}) as Record<string, string>);
  return {
    name,
    attributes: Object.fromEntries(attributes.map(([key, value]) => [key, unescapeXml(value)])),
    children: inner.filter((node) => node.name !== '#text'),
    text: inner
      .filter((node) => node.name === '#text')
      .map((node) => node.text)
      .join(''),
  };
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

export function readXmlStruct(shape: StructShape, node: XmlNode, violations: Violations): Structure {
  return readMembers(shape, shape.members, node, violations);
}

/** Only `members`: REST takes the others from elsewhere. */
export function readMembers(
  shape: StructShape,
  members: readonly Member[],
  node: XmlNode,
  violations: Violations,
): Structure {
  const result: Structure = {};
  for (const member of members) {
    violations.path.push(member.xmlName);
    const value = readMember(member, node, violations);
    if (value !== undefined) result[member.name] = value;
    else if (member.required && !member.idempotencyToken) violations.add({ is: 'missing' });
    violations.path.pop();
  }
  if (shape.union && Object.keys(result).length > 1) violations.add({ is: 'type', expected: 'struct', value: '' });
  return result;
}

function readMember(member: Member, node: XmlNode, violations: Violations): unknown {
  const { shape, xmlName } = member;
  if (member.attribute) {
    const text = node.attributes[xmlName];
    return text === undefined || !isScalar(shape) ? undefined : readText(shape, text, violations);
  }
  const found = node.children.filter((child) => child.name === xmlName);
  const first = found[0];
  if (first === undefined) return undefined;
  if (shape.kind === 'list' && shape.flat) {
    return found.map((child, index) =>
      violations.at(String(index + 1), () => readElement(shape.item, child, violations)),
    );
  }
  if (shape.kind === 'map' && shape.flat) return readEntries(shape, found, violations);
  return readElement(shape, first, violations);
}

function readElement(shape: Shape, node: XmlNode, violations: Violations): unknown {
  switch (shape.kind) {
    case 'struct':
      return readXmlStruct(shape, node, violations);
    case 'list': {
      const name = shape.itemName ?? 'member';
      return node.children
        .filter((child) => child.name === name)
        .map((child, index) => violations.at(String(index + 1), () => readElement(shape.item, child, violations)));
    }
    case 'map':
      return readEntries(
        shape,
        node.children.filter((child) => child.name === 'entry'),
        violations,
      );
    default:
      return readText(shape, node.text, violations);
  }
}

function readEntries(shape: MapShape, entries: readonly XmlNode[], violations: Violations): Structure {
  const result: Structure = {};
  for (const entry of entries) {
    const key = entry.children.find((child) => child.name === shape.keyName);
    const value = entry.children.find((child) => child.name === shape.valueName);
    if (key === undefined || value === undefined) violations.add({ is: 'missing' });
    else put(result, key.text, readElement(shape.value, value, violations));
  }
  return result;
}

function readText(shape: Parameters<typeof readScalar>[0], text: string, violations: Violations): unknown {
  const value = readScalar(shape, text);
  if (value === undefined) violations.add({ is: 'type', expected: shape.kind, value: text });
  else if (shape.kind === 'string') violations.checkEnum(shape.values, text);
  return value;
}

// ── Writing ────────────────────────────────────────────────────────────────────────────────────────────────────────

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not stand in a document as they are.
const UNSAFE = /[&<>"\u0000-\u0008\u000b-\u001f\u0085\u2028]/g;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what no document can hold, escaped or not (XML 1.0, 2.2).
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** Whether a document can tell the text: what is answered in XML must not be taken in otherwise. */
export function isXmlText(text: string): boolean {
  return text.search(NOT_XML) < 0;
}

/** For texts that repeat what a caller wrote. */
export function legibleXml(text: string): string {
  return escapeXml(text.replace(NOT_XML, '\ufffd'));
}

export function escapeXml(text: string): string {
  return text.replace(UNSAFE, (char) => ENTITIES[char] ?? `&#x${char.charCodeAt(0).toString(16)};`);
}

/** The inside of an element. */
type Writer = (value: never) => string;

/** Default timestamp format of the body; EC2 writes milliseconds always ('default'), the others only where there are any. */
export type XmlTimes = Extract<TimeFormat, 'default' | 'date-time'>;

const writers: Readonly<Record<XmlTimes, WeakMap<object, Writer>>> = {
  default: new WeakMap(),
  'date-time': new WeakMap(),
};

/** The members of a structure as elements. */
export function writeXmlMembers(shape: StructShape, value: Structure, times: XmlTimes): string {
  return (writerOf(shape, times) as (value: Structure) => string)(value);
}

export function xmlns(namespace: XmlNamespace | null): string {
  if (namespace === null) return '';
  const [prefix, uri] = namespace;
  return ` xmlns${prefix === null ? '' : `:${prefix}`}="${escapeXml(uri)}"`;
}

/** Attributes of a structure's own element. */
export function xmlAttributes(shape: StructShape, value: Structure): string {
  let text = xmlns(shape.xmlNamespace);
  for (const member of shape.members) {
    const item = value[member.name];
    if (!member.attribute || item === undefined || item === null || !isScalar(member.shape)) continue;
    text += ` ${member.xmlName}="${escapeXml(writeScalar(member.shape, item, 'date-time'))}"`;
  }
  return text;
}

function writerOf(shape: Shape, times: XmlTimes): Writer {
  let writer = writers[times].get(shape);
  if (writer !== undefined) return writer;
  if (shape.kind === 'struct') {
    // Known before its members are built: structures may hold themselves.
    let parts: { readonly name: string; readonly write: (value: unknown) => string }[] | null = null;
    writer = (value: Structure) => {
      parts ??= shape.members
        .filter((member) => !member.attribute)
        .map((member) => ({ name: member.name, write: memberWriter(member.xmlName, member.shape, times) }));
      let text = '';
      for (const part of parts) {
        const item = value[part.name];
        if (item !== undefined && item !== null) text += part.write(item);
      }
      return text;
    };
  } else if (shape.kind === 'list') writer = listWriter(shape, shape.itemName ?? 'member', times);
  else if (shape.kind === 'map') writer = mapWriter(shape, 'entry', times);
  else if (shape.kind === 'string') writer = escapeXml;
  else writer = (value: unknown) => writeScalar(shape, value, times);
  writers[times].set(shape, writer);
  return writer;
}

function memberWriter(name: string, shape: Shape, times: XmlTimes): (value: unknown) => string {
  if (shape.kind === 'list' && shape.flat) return listWriter(shape, name, times) as (value: unknown) => string;
  if (shape.kind === 'map' && shape.flat) return mapWriter(shape, name, times) as (value: unknown) => string;
  const inner = writerOf(shape, times) as (value: unknown) => string;
  const close = `</${name}>`;
  const plain = `<${name}>`;
  if (shape.kind !== 'struct') return (value) => plain + inner(value) + close;
  return (value) => {
    const attributes = xmlAttributes(shape, value as Structure);
    return (attributes === '' ? plain : `<${name}${attributes}>`) + inner(value) + close;
  };
}

function listWriter(shape: ListShape, itemName: string, times: XmlTimes): Writer {
  const write = memberWriter(itemName, shape.item, times);
  return (value: readonly unknown[]) => {
    let text = '';
    for (const item of value) if (item !== undefined && item !== null) text += write(item);
    return text;
  };
}

function mapWriter(shape: MapShape, entryName: string, times: XmlTimes): Writer {
  const write = memberWriter(shape.valueName, shape.value, times);
  return (value: Structure) => {
    let text = '';
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined || item === null) continue;
      text += `<${entryName}><${shape.keyName}>${escapeXml(key)}</${shape.keyName}>${write(item)}</${entryName}>`;
    }
    return text;
  };
}
