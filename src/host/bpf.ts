/**
 * BPF programs and maps through libbpf in this process. An object is loaded from its bytes; programs that are attached outlive us,
 * and are found again by the numbers the kernel gave them. Read libbpf's documentation, bpf(2).
 */
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';
import { Fault } from './fault.ts';

/** struct bpf_prog_info and bpf_map_info: how much of them is asked, and where the fields are. */
const PROG_INFO = { bytes: 80, id: 4, mapCount: 52, mapIds: 56 } as const;
const MAP_INFO = { bytes: 40, name: 24 } as const;
const MAPS_AT_MOST = 16;

export interface LoadedObject {
  /** Descriptors by name. */
  readonly programs: Readonly<Record<string, number>>;
  readonly maps: Readonly<Record<string, number>>;
}

/** Throws as `loadObject` would; nothing is left loaded. */
export function tryObject(bytes: Buffer, programs: readonly string[]): void {
  library().close(load(bytes, programs));
}

/** Only these of its programs. Throws where the library or the kernel lacks something. */
export function loadObject(bytes: Buffer, programs: readonly string[], maps: readonly string[]): LoadedObject {
  const bpf = library();
  const object = load(bytes, programs);
  // Not closed: descriptors belong to the object, and stay as long as we do.
  return {
    programs: Object.fromEntries(programs.map((name) => [name, bpf.programFd(bpf.findProgram(object, name))])),
    maps: Object.fromEntries(maps.map((name) => [name, bpf.mapFd(bpf.findMap(object, name))])),
  };
}

function load(bytes: Buffer, programs: readonly string[]): unknown {
  const bpf = library();
  const object = bpf.openMem(bytes, bytes.length, null);
  if (object === null) throw failed('bpf_object__open_mem');
  for (let program = bpf.nextProgram(object, null); program !== null; program = bpf.nextProgram(object, program)) {
    if (!programs.includes(bpf.nameOf(program))) bpf.setAutoload(program, false);
  }
  if (bpf.load(object) === 0) return object;
  const fault = failed('bpf_object__load');
  bpf.close(object);
  throw fault;
}

export function programById(id: number): number {
  return checked('bpf_prog_get_fd_by_id', library().programById(id));
}

/** Descriptors of the maps that a program uses, by name. */
export function mapsOf(program: number): Record<string, number> {
  const bpf = library();
  const ids = Buffer.alloc(4 * MAPS_AT_MOST);
  const info = Buffer.alloc(PROG_INFO.bytes);
  info.writeUInt32LE(MAPS_AT_MOST, PROG_INFO.mapCount);
  info.writeBigUInt64LE(koffi.address(ids), PROG_INFO.mapIds);
  checked('bpf_obj_get_info_by_fd', bpf.info(program, info, [info.length]));
  const count = info.readUInt32LE(PROG_INFO.mapCount);
  const found: Record<string, number> = {};
  for (let at = 0; at < count; at++) {
    const fd = checked('bpf_map_get_fd_by_id', bpf.mapById(ids.readUInt32LE(4 * at)));
    const map = Buffer.alloc(MAP_INFO.bytes);
    checked('bpf_obj_get_info_by_fd', bpf.info(fd, map, [map.length]));
    found[map.subarray(MAP_INFO.name).toString().split('\0')[0] ?? ''] = fd;
  }
  return found;
}

/** The number that the kernel gave a program. */
export function programId(program: number): number {
  const info = Buffer.alloc(8);
  checked('bpf_obj_get_info_by_fd', library().info(program, info, [info.length]));
  return info.readUInt32LE(PROG_INFO.id);
}

export function writeMap(map: number, key: Buffer, value: Buffer): void {
  checked('bpf_map_update_elem', library().update(map, key, value, 0));
}

/** Of a map whose values have four bytes. */
export function hasKey(map: number, key: Buffer): boolean {
  const isThere = library().lookup(map, key, Buffer.alloc(4)) >= 0;
  if (!isThere && getSystemErrorName(-koffi.errno()) !== 'ENOENT') throw failed('bpf_map_lookup_elem');
  return isThere;
}

/** It may not be there. */
export function deleteFromMap(map: number, key: Buffer): void {
  if (library().remove(map, key) < 0 && getSystemErrorName(-koffi.errno()) !== 'ENOENT') {
    throw failed('bpf_map_delete_elem');
  }
}

export interface MapEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Entries that are asked for at once: no bucket of a hash has as many. */
const BATCH = 1024;

/** All of a hash map. */
export function entriesOf(map: number, keyBytes: number, valueBytes: number): MapEntry[] {
  return [...batchesOf(map, keyBytes, valueBytes)].flat();
}

/** The same, some at a time; `taken`: and they are no longer in it. */
export function* batchesOf(
  map: number,
  keyBytes: number,
  valueBytes: number,
  { taken = false }: { readonly taken?: boolean } = {},
): Generator<MapEntry[], void> {
  const bpf = library();
  const token = Buffer.alloc(4);
  for (let isFirst = true; ; isFirst = false) {
    const keys = Buffer.alloc(keyBytes * BATCH);
    const values = Buffer.alloc(valueBytes * BATCH);
    const count = [BATCH];
    const ask = taken ? bpf.takeBatch : bpf.lookupBatch;
    const result = ask(map, isFirst ? null : token, token, keys, values, count, null);
    const error = result < 0 ? getSystemErrorName(-koffi.errno()) : '';
    // It was the last of them.
    if (error !== '' && error !== 'ENOENT') throw failed('bpf_map_lookup_batch');
    yield Array.from({ length: count[0] ?? 0 }, (_, at) => ({
      key: keys.subarray(at * keyBytes, (at + 1) * keyBytes),
      value: values.subarray(at * valueBytes, (at + 1) * valueBytes),
    }));
    if (error === 'ENOENT') return;
  }
}

export function* keysOf(map: number, keyBytes: number): Iterable<Buffer> {
  const bpf = library();
  let key: Buffer | null = null;
  for (;;) {
    const next = Buffer.alloc(keyBytes);
    if (bpf.nextKey(map, key, next) !== 0) return;
    yield next;
    key = next;
  }
}

/** Into `value`, which is as large as the kernel's: for maps that have one a CPU, all of them. */
export function readMap(map: number, key: Buffer, value: Buffer): Buffer {
  checked('bpf_map_lookup_elem', library().lookup(map, key, value));
  return value;
}

/** CPUs that a map has values for. */
export function possibleCpus(): number {
  return checked('libbpf_num_possible_cpus', library().cpus());
}

type AskBatch = (
  map: number,
  from: Buffer | null,
  to: Buffer,
  keys: Buffer,
  values: Buffer,
  count: number[],
  options: null,
) => number;

interface Library {
  openMem(bytes: Buffer, length: number, options: null): unknown;
  nextProgram(object: unknown, program: unknown): unknown;
  nameOf(program: unknown): string;
  setAutoload(program: unknown, isWanted: boolean): number;
  load(object: unknown): number;
  close(object: unknown): void;
  findProgram(object: unknown, name: string): unknown;
  programFd(program: unknown): number;
  findMap(object: unknown, name: string): unknown;
  mapFd(map: unknown): number;
  programById(id: number): number;
  mapById(id: number): number;
  info(fd: number, info: Buffer, length: number[]): number;
  update(map: number, key: Buffer, value: Buffer, flags: number): number;
  lookup(map: number, key: Buffer, value: Buffer): number;
  remove(map: number, key: Buffer): number;
  nextKey(map: number, key: Buffer | null, next: Buffer): number;
  lookupBatch: AskBatch;
  takeBatch: AskBatch;
  cpus(): number;
}

let loaded: Library | undefined;

function library(): Library {
  if (loaded !== undefined) return loaded;
  const bpf = koffi.load('libbpf.so.1');
  // Else it writes to our standard error.
  bpf.func('void *libbpf_set_print(void *print)')(null);
  loaded = {
    openMem: bpf.func('void *bpf_object__open_mem(const void *bytes, size_t length, const void *options)'),
    nextProgram: bpf.func('void *bpf_object__next_program(const void *object, void *program)'),
    nameOf: bpf.func('const char *bpf_program__name(const void *program)'),
    setAutoload: bpf.func('int bpf_program__set_autoload(void *program, bool autoload)'),
    load: bpf.func('int bpf_object__load(void *object)'),
    close: bpf.func('void bpf_object__close(void *object)'),
    findProgram: bpf.func('void *bpf_object__find_program_by_name(void *object, const char *name)'),
    programFd: bpf.func('int bpf_program__fd(void *program)'),
    findMap: bpf.func('void *bpf_object__find_map_by_name(void *object, const char *name)'),
    mapFd: bpf.func('int bpf_map__fd(void *map)'),
    programById: bpf.func('int bpf_prog_get_fd_by_id(uint32_t id)'),
    mapById: bpf.func('int bpf_map_get_fd_by_id(uint32_t id)'),
    info: bpf.func('int bpf_obj_get_info_by_fd(int fd, _Inout_ uint8_t *info, _Inout_ uint32_t *length)'),
    update: bpf.func('int bpf_map_update_elem(int map, const void *key, const void *value, uint64_t flags)'),
    lookup: bpf.func('int bpf_map_lookup_elem(int map, const void *key, _Out_ uint8_t *value)'),
    remove: bpf.func('int bpf_map_delete_elem(int map, const void *key)'),
    nextKey: bpf.func('int bpf_map_get_next_key(int map, const void *key, _Out_ uint8_t *next)'),
    lookupBatch: bpf.func(
      'int bpf_map_lookup_batch(int map, const void *from, _Out_ uint8_t *to, _Out_ uint8_t *keys, _Out_ uint8_t *values, _Inout_ uint32_t *count, const void *options)',
    ),
    takeBatch: bpf.func(
      'int bpf_map_lookup_and_delete_batch(int map, const void *from, _Out_ uint8_t *to, _Out_ uint8_t *keys, _Out_ uint8_t *values, _Inout_ uint32_t *count, const void *options)',
    ),
    cpus: bpf.func('int libbpf_num_possible_cpus()'),
  };
  return loaded;
}

function checked(name: string, result: number): number {
  if (result < 0) throw failed(name);
  return result;
}

function failed(name: string): Fault {
  return new Fault(`${name}: ${getSystemErrorName(-koffi.errno())}`);
}
