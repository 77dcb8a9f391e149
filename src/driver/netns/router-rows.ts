/** Rows of a BPF map whose keys end with a router's number: which ones a router has is known without asking the kernel for all. */
import { deleteFromMap, keysOf, readMap, writeMap } from '../../host/bpf.ts';

const NUMBER_BYTES = 4;

export class RouterRows {
  readonly #map: number;
  readonly #keyBytes: number;
  /** Keys in hexadecimal digits. */
  readonly #keys = new Map<number, Set<string>>();

  /** Takes up what an earlier process wrote. */
  constructor(map: number, keyBytes: number) {
    this.#map = map;
    this.#keyBytes = keyBytes;
    for (const key of keysOf(map, keyBytes)) this.#of(key).add(key.toString('hex'));
  }

  /** A key of the map's size, the number at its end. */
  key(number: number): Buffer {
    const key = Buffer.alloc(this.#keyBytes);
    key.writeUInt32LE(number, this.#keyBytes - NUMBER_BYTES);
    return key;
  }

  keysOf(number: number): ReadonlySet<string> {
    return this.#keys.get(number) ?? new Set();
  }

  write(key: Buffer, value: Buffer): void {
    writeMap(this.#map, key, value);
    this.#of(key).add(key.toString('hex'));
  }

  delete(digits: string): void {
    const key = Buffer.from(digits, 'hex');
    if (this.#of(key).delete(digits)) deleteFromMap(this.#map, key);
  }

  /** `value` is asked only where there is such a key; what cannot be told is not held. */
  holds(digits: string, value: () => Buffer): boolean {
    const key = Buffer.from(digits, 'hex');
    if (!this.#of(key).has(digits)) return false;
    try {
      const wanted = value();
      return readMap(this.#map, key, Buffer.alloc(wanted.length)).equals(wanted);
    } catch {
      return false;
    }
  }

  /** The router is gone. */
  drop(number: number): void {
    for (const digits of this.keysOf(number)) deleteFromMap(this.#map, Buffer.from(digits, 'hex'));
    this.#keys.delete(number);
  }

  #of(key: Buffer): Set<string> {
    const number = key.readUInt32LE(key.length - NUMBER_BYTES);
    const known = this.#keys.get(number);
    if (known !== undefined) return known;
    const keys = new Set<string>();
    this.#keys.set(number, keys);
    return keys;
  }
}
