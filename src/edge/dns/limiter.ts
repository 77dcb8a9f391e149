/**
 * AWS's limit on what an interface may ask of its resolver: 1,024 packets a second, the rest dropped without an answer. All
 * addresses of an interface count together. Counts DNS only; at AWS metadata and time share the allowance.
 * https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html#vpc-dns-limits
 */
import { isIpv6 } from '../../net/ip.ts';
import type { Port } from '../../plan/plan.ts';

export const PACKETS_PER_SECOND = 1024;

/** An address: an IPv4 one as a number, as batches have it, an IPv6 one as its canonical text. */
export type Sender = number | string;

export class Limiter {
  readonly #limit: number;
  /** The address that stands for the interface, of each of its other addresses. */
  #primaries: ReadonlyMap<Sender, Sender> = new Map();
  readonly #counts = new Map<Sender, number>();
  #second = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes the interfaces of one domain. */
  learn(ports: readonly Pick<Port, 'addresses'>[]): void {
    this.#primaries = new Map(
      ports.flatMap(({ addresses: [primary, ...others] }) =>
        primary === undefined ? [] : others.map((each) => [senderOf(each), senderOf(primary)] as const),
      ),
    );
  }

  /** Whether one more packet of this sender is taken now. */
  allows(sender: Sender, nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#counts.clear();
    }
    const key = this.#primaries.get(sender) ?? sender;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count <= this.#limit;
  }
}

export function senderOf(address: string): Sender {
  if (isIpv6(address)) return address;
  return address.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
}
