/**
 * Addresses of interfaces: which of a subnet's are free, and taking one by choice or the lowest. What there is is found by index
 * (src/model/subnet-addresses.ts): the cost does not grow with the subnet's interfaces. The first four addresses and the last are AWS's own.
 * https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
 */

import { refuse } from '../../../model/refusal.ts';
import type { Subnet } from '../../../model/resources.ts';
import { BLOCK_SIZE, byAddress, byBlock, byOtherCount } from '../../../model/subnet-addresses.ts';
import { cidrContains, cidrOf } from '../../../net/cidr.ts';
import { formatIp, parseIp } from '../../../net/ip.ts';
import type { Context } from '../../action.ts';

const RESERVED_AT_START = 4n;
const RESERVED_AT_END = 1n;
const BLOCK = BigInt(BLOCK_SIZE);

/** The addresses of one subnet during one decision: what is taken here is not given out twice. */
export interface SubnetAddresses {
  /** How many are free. */
  readonly free: number;
  /** The lowest free address. */
  take(): string;
  /** This very address. */
  claim(address: string): string;
}

/** Of an IPv6-only subnet: none is free, and whoever wants one is refused. */
export function subnetAddresses(context: Context, subnet: Subnet): SubnetAddresses {
  if (subnet.cidr === null) {
    return { free: 0, take: () => requireIpv4(subnet), claim: () => requireIpv4(subnet) };
  }
  const cidr = cidrOf(subnet.cidr);
  const first = cidr.first + RESERVED_AT_START;
  const last = cidr.last - RESERVED_AT_END;
  const ports = context.intent.table('networkInterface');
  const taken = new Set<string>();
  const isUsed = (address: string) =>
    taken.has(address) || ports.count('subnetAddresses', byAddress(subnet.id, address)) > 0;
  /** Surely: each interface there has one address at least. */
  const isFull = (address: string) => ports.count('subnetAddresses', byBlock(subnet.id, address)) >= BLOCK_SIZE;
  let next = first;
  return {
    get free() {
      const others = ports.by('subnetAddresses', byOtherCount(subnet.id));
      const more = others.reduce((sum, { addresses }) => sum + addresses.length - 1, 0);
      return Number(last - first + 1n) - ports.count('subnetId', subnet.id) - more - taken.size;
    },
    take() {
      for (let step = 1n; next <= last; next += step) {
        const address = formatIp({ version: 4, value: next });
        step = next % BLOCK === 0n && isFull(address) ? BLOCK : 1n;
        if (step !== 1n || isUsed(address)) continue;
        taken.add(address);
        return address;
      }
      refuse(
        'InsufficientFreeAddressesInSubnet',
        'The specified subnet does not have enough free addresses to satisfy the request.',
      );
    },
    claim(text) {
      const ip = parseIp(text);
      if (ip === undefined || ip.version !== 4) {
        refuse('InvalidParameterValue', `Value (${text}) for parameter address is invalid. Invalid IPv4 address.`);
      }
      const address = formatIp(ip);
      if (!cidrContains(cidr, ip)) {
        refuse('InvalidParameterValue', `Address ${address} does not fall within the subnet's address range`);
      }
      if (ip.value < first || ip.value > last) {
        refuse('InvalidParameterValue', `Address ${address} is in subnet's reserved address range`);
      }
      if (isUsed(address)) refuse('InvalidIPAddress.InUse', `Address ${address} is in use.`);
      taken.add(address);
      return address;
    },
  };
}

/** Refuses IPv6-only subnets: what stands there would need an IPv4 address. */
export function refuseIpv6Only(subnet: Subnet): void {
  if (subnet.cidr === null) requireIpv4(subnet);
}

/** Customers' interfaces and instances in IPv6-only subnets, which AWS has. */
export function refuseIpv6OnlyInterface({ id, cidr }: Subnet): void {
  if (cidr !== null) return;
  refuse(
    'UnsupportedOperation',
    `The subnet '${id}' is IPv6 only: instances and network interfaces there are not supported by Culvert.`,
  );
}

function requireIpv4({ id }: Subnet): never {
  refuse('InvalidParameterValue', `The subnet '${id}' does not have an IPv4 CIDR block.`);
}

/** A locally administered unicast address. */
export function newMac(context: Context): string {
  return `0a:${(context.hex(10).match(/../g) ?? []).join(':')}`;
}
