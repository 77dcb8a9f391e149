/**
 * Reads the AWS SDK's runtime schemas into plain shapes, once per structure and on first use. The only file that knows
 * how the SDK stores them: NormalizedSchema and element 6 of a structure's tuple, the number of its required members
 * (which come first). Enums are linked by the generated tables, for the schemas do not carry them.
 */
import { createRequire } from 'node:module';
import type { NormalizedSchema as Schema } from '@smithy/core/schema';
import { isEnumChecked } from './enum-checks.ts';
import { clientOf, type ServiceRow } from './services.ts';
import type { Structure } from './types.ts';

export type TimeFormat = 'default' | 'date-time' | 'http-date' | 'epoch-seconds';

export type Shape =
  | { readonly kind: 'string'; readonly values: readonly string[] | null }
  | { readonly kind: 'number' | 'boolean' | 'blob' | 'stream' }
  | { readonly kind: 'timestamp'; readonly format: TimeFormat }
  | ListShape
  | MapShape
  | StructShape;

export interface ListShape {
  readonly kind: 'list';
  readonly item: Shape;
  /** XML and query name of an item; null: "member". */
  readonly itemName: string | null;
  readonly flat: boolean;
}

export interface MapShape {
  readonly kind: 'map';
  readonly value: Shape;
  readonly keyName: string;
  readonly valueName: string;
  readonly flat: boolean;
}

export interface StructShape {
  readonly kind: 'struct';
  readonly name: string;
  readonly xmlName: string | null;
  readonly xmlNamespace: XmlNamespace | null;
  readonly union: boolean;
  members: readonly Member[];
}

export type XmlNamespace = readonly [prefix: string | null, uri: string];

export interface Member {
  readonly name: string;
  readonly shape: Shape;
  readonly required: boolean;
  readonly idempotencyToken: boolean;
  /** Name in XML and in awsQuery. */
  readonly xmlName: string;
  /** Name in ec2Query. */
  readonly ec2Name: string;
  readonly attribute: boolean;
  /** Where REST puts it; null: in the body. */
  readonly http: HttpBinding | null;
}

export type HttpBinding =
  | { readonly in: 'label' | 'payload' | 'status' | 'queryParams' }
  | { readonly in: 'header' | 'prefixHeaders' | 'query'; readonly name: string };

export interface Operation {
  readonly name: string;
  readonly input: StructShape;
  readonly output: StructShape;
  /** The operation is modelled without any output. */
  readonly noOutput: boolean;
  /** Method, URI pattern and success status, where the service has a REST protocol. */
  readonly http: readonly [method: string, uri: string, status: number] | null;
}

const require = createRequire(import.meta.url);
const { NormalizedSchema } = require('@smithy/core/schema') as typeof import('@smithy/core/schema');

const OPERATION = 9;
const ERROR = -3;

type OperationTuple = readonly [number, string, string, Structure | number, unknown, unknown];

interface Compiler {
  readonly structs: Map<unknown, StructShape>;
  readonly operations: Map<string, Operation>;
  readonly enums: EnumLinks;
  readonly client: Structure;
  readonly service: string;
}

/** Structure and member -> name of the client's enum; for lists of enums the member of the list. */
export type EnumLinks = Readonly<Record<string, Readonly<Record<string, string>>>>;

const compilers = new Map<string, Compiler>();

function compilerOf(row: ServiceRow): Compiler {
  let compiler = compilers.get(row.name);
  if (compiler === undefined) {
    compiler = {
      structs: new Map(),
      operations: new Map(),
      enums: require(`./generated/enums.${row.name}.json`) as EnumLinks,
      client: clientOf(row),
      service: row.name,
    };
    compilers.set(row.name, compiler);
  }
  return compiler;
}

export function operationNames(row: ServiceRow): string[] {
  return Object.values(clientOf(row))
    .filter((value): value is OperationTuple => Array.isArray(value) && value[0] === OPERATION)
    .map((tuple) => tuple[2]);
}

/** Whether AWS has it. */
export function isOperation(row: ServiceRow, name: string): boolean {
  return operationOf(row, name) !== undefined;
}

export function operationOf(row: ServiceRow, name: string): Operation | undefined {
  const compiler = compilerOf(row);
  const known = compiler.operations.get(name);
  if (known !== undefined) return known;
  const key = `${name}$`;
  const tuple = Object.hasOwn(compiler.client, key) ? (compiler.client[key] as OperationTuple) : undefined;
  if (!Array.isArray(tuple) || tuple[0] !== OPERATION) return undefined;
  const traits = typeof tuple[3] === 'object' ? tuple[3] : {};
  const output = NormalizedSchema.of(tuple[5] as never);
  const operation: Operation = {
    name,
    input: structOf(compiler, NormalizedSchema.of(tuple[4] as never)),
    output: structOf(compiler, output),
    noOutput: output.isUnitSchema(),
    http: traits.http ?? null,
  };
  compiler.operations.set(name, operation);
  return operation;
}

/** A service's modelled errors: shape name, and the code that the query protocol has for it. */
export interface ErrorName {
  readonly shape: string;
  readonly namespace: string;
  readonly queryCode: string;
}

const errorNames = new Map<string, ReadonlyMap<string, ErrorName>>();

/** By shape name and by query code. */
export function errorsOf(row: ServiceRow): ReadonlyMap<string, ErrorName> {
  let names = errorNames.get(row.name);
  if (names === undefined) {
    const found = new Map<string, ErrorName>();
    for (const tuple of Object.values(clientOf(row))) {
      if (!Array.isArray(tuple) || tuple[0] !== ERROR) continue;
      const [, namespace, shape, traits] = tuple as [number, string, string, Structure | number];
      const queryCode = (typeof traits === 'object' ? traits.awsQueryError?.[0] : undefined) ?? shape;
      const name = { shape, namespace, queryCode };
      found.set(shape, name);
      if (!found.has(queryCode)) found.set(queryCode, name);
    }
    names = found;
    errorNames.set(row.name, names);
  }
  return names;
}

const UNIT: StructShape = {
  kind: 'struct',
  name: 'Unit',
  xmlName: null,
  xmlNamespace: null,
  union: false,
  members: [],
};

function structOf(compiler: Compiler, schema: Schema): StructShape {
  if (schema.isUnitSchema()) return UNIT;
  const tuple = schema.getSchema() as unknown as readonly unknown[];
  const known = compiler.structs.get(tuple);
  if (known !== undefined) return known;
  const own = schema.getOwnTraits() as Structure;
  const name = tuple[2] as string;
  const struct: StructShape = {
    kind: 'struct',
    name,
    xmlName: own.xmlName ?? null,
    xmlNamespace: namespaceOf(own.xmlNamespace),
    union: schema.isUnionSchema(),
    members: [],
  };
  // Known before its members are read: structures may hold themselves.
  compiler.structs.set(tuple, struct);
  const required = typeof tuple[6] === 'number' ? tuple[6] : 0;
  struct.members = [...schema.structIterator()].map(([memberName, member], index) =>
    memberOf(compiler, name, memberName, member, index < required),
  );
  return struct;
}

function memberOf(compiler: Compiler, struct: string, name: string, schema: Schema, required: boolean): Member {
  // On a structure, `xmlName` of the target names a document's root, not the member: only the member's own counts.
  const own = (schema.isStructSchema() ? schema.getMemberTraits() : schema.getMergedTraits()) as Structure;
  const xmlName: string = own.xmlName ?? name;
  const enumName = compiler.enums[struct]?.[name];
  const checked = enumName !== undefined && isEnumChecked(compiler.service, struct, name);
  const values = checked ? (Object.values(compiler.client[enumName] ?? {}) as string[]) : null;
  return {
    name,
    shape: shapeOf(compiler, schema, values),
    required,
    idempotencyToken: schema.isIdempotencyToken(),
    xmlName,
    ec2Name: own.ec2QueryName ?? xmlName.charAt(0).toUpperCase() + xmlName.slice(1),
    attribute: Boolean(own.xmlAttribute),
    http: httpBindingOf(schema.getMergedTraits() as Structure),
  };
}

/** `values`: of the enum that a string, or a list's strings, must be of. */
function shapeOf(compiler: Compiler, schema: Schema, values: readonly string[] | null): Shape {
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    const traits = item.getMergedTraits() as Structure;
    return {
      kind: 'list',
      item: shapeOf(compiler, item, values),
      itemName: traits.xmlName ?? null,
      flat: Boolean((schema.getMergedTraits() as Structure).xmlFlattened),
    };
  }
  if (schema.isMapSchema()) {
    const value = schema.getValueSchema();
    return {
      kind: 'map',
      value: shapeOf(compiler, value, null),
      keyName: (schema.getKeySchema().getMergedTraits() as Structure).xmlName ?? 'key',
      valueName: (value.getMergedTraits() as Structure).xmlName ?? 'value',
      flat: Boolean((schema.getMergedTraits() as Structure).xmlFlattened),
    };
  }
  if (schema.isStructSchema() || schema.isUnitSchema()) return structOf(compiler, schema);
  if (schema.isStringSchema()) return { kind: 'string', values };
  if (schema.isBooleanSchema()) return { kind: 'boolean' };
  if (schema.isNumericSchema()) return { kind: 'number' };
  if (schema.isStreaming()) return { kind: 'stream' };
  if (schema.isBlobSchema()) return { kind: 'blob' };
  if (schema.isTimestampSchema())
    return { kind: 'timestamp', format: TIME_FORMATS[schema.getSchema() as number] ?? 'default' };
  throw new Error(`the wire knows no shape for ${schema.getName(true)}: a new kind of schema in ${compiler.service}`);
}

const TIME_FORMATS: Readonly<Record<number, TimeFormat>> = {
  4: 'default',
  5: 'date-time',
  6: 'http-date',
  7: 'epoch-seconds',
};

function namespaceOf(trait: unknown): XmlNamespace | null {
  if (typeof trait === 'string') return [null, trait];
  return Array.isArray(trait) ? [trait[0] ?? null, trait[1] as string] : null;
}

function httpBindingOf(traits: Structure): HttpBinding | null {
  if (traits.httpLabel) return { in: 'label' };
  if (traits.httpPayload) return { in: 'payload' };
  if (traits.httpResponseCode) return { in: 'status' };
  if (traits.httpQueryParams) return { in: 'queryParams' };
  if (typeof traits.httpHeader === 'string') return { in: 'header', name: traits.httpHeader.toLowerCase() };
  if (typeof traits.httpPrefixHeaders === 'string') {
    return { in: 'prefixHeaders', name: traits.httpPrefixHeaders.toLowerCase() };
  }
  return typeof traits.httpQuery === 'string' ? { in: 'query', name: traits.httpQuery } : null;
}
