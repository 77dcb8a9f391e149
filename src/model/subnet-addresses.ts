/**
 * Under which words the addresses of a subnet's interfaces are found: each by itself, blocks of them by how many interfaces are in them,
 * and interfaces that have more or fewer than one of IPv4. So that whether one is free, and how many are, is told without a walk.
 */
import type { AnyResource } from './resources.ts';

/** Addresses of IPv4 in a block. */
export const BLOCK_SIZE = 64;

/** The interface that has this very address in the subnet; `address`: as it is stored. */
export function byAddress(subnetId: string, address: string): string {
  return `${subnetId} ${address}`;
}

/** The interfaces that have addresses of IPv4 in the block of this one. */
export function byBlock(subnetId: string, address: string): string {
  const end = address.lastIndexOf('.') + 1;
  return `${subnetId} ${address.slice(0, end)}/${Math.floor(Number(address.slice(end)) / BLOCK_SIZE)}`;
}

/** The interfaces that have not exactly one address of IPv4. */
export function byOtherCount(subnetId: string): string {
  return `${subnetId} other`;
}

/** The index of the Intent. */
export function subnetAddresses(resource: AnyResource): readonly string[] {
  if (resource.kind !== 'networkInterface') return [];
  const { subnetId, addresses, ipv6Addresses } = resource;
  const words = [...addresses, ...ipv6Addresses].map((each) => byAddress(subnetId, each));
  const blocks = new Set(addresses.map((each) => byBlock(subnetId, each)));
  return [...words, ...blocks, ...(addresses.length === 1 ? [] : [byOtherCount(subnetId)])];
}
