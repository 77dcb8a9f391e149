/**
 * IPv6 addresses of interfaces: chosen by the caller, or any of the subnet's block. What there is is found by index.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-ip-addressing.html
 */
import { refuse } from '../../../model/refusal.ts';
import type { NetworkInterface, Subnet } from '../../../model/resources.ts';
import { byAddress } from '../../../model/subnet-addresses.ts';
import { type Cidr, cidrContains, cidrOf } from '../../../net/cidr.ts';
import { formatIp, parseIp } from '../../../net/ip.ts';
import type { Context } from '../../action.ts';
import { invalidValue, required } from '../../shared/input.ts';

/** More than any instance type takes, as with IPv4. */
const MAX_ADDRESSES = 50;
const RESERVED_AT_START = 4n;

/** What a caller asks for; both absent: as the subnet has it. */
export interface Ipv6Wish {
  readonly count: number | undefined;
  readonly addresses: readonly string[] | undefined;
}

export function ipv6WishOf(asked: {
  readonly Ipv6AddressCount?: number | undefined;
  readonly Ipv6Addresses?: readonly { readonly Ipv6Address?: string | undefined }[] | undefined;
}): Ipv6Wish {
  const { Ipv6AddressCount: count, Ipv6Addresses: addresses } = asked;
  return { count, addresses: addresses?.map((each) => required(each.Ipv6Address, 'ipv6Address')) };
}

/** Of an interface with these addresses whose first one is to be its primary one: for as long as it lives. */
export function primaryPart(
  enabled: boolean | undefined,
  addresses: readonly string[],
): Pick<NetworkInterface, 'primaryIpv6'> {
  if (enabled !== true) return {};
  if (addresses.length === 0) {
    refuse('InvalidParameterValue', 'A primary IPv6 address cannot be enabled: there is no IPv6 address.');
  }
  return { primaryIpv6: true };
}

/** The one that a caller names, or any. */
export function oneIpv6Address(context: Context, subnet: Subnet, asked: string | undefined): string {
  const wish = asked === undefined ? { count: 1, addresses: undefined } : { count: undefined, addresses: [asked] };
  const [address] = subnetIpv6Addresses(context, subnet).take(wish, false);
  if (address === undefined) throw new Error(`${subnet.id} gave no IPv6 address`);
  return address;
}

/** The IPv6 addresses of one subnet during one decision: what is taken here is not given out twice. */
export interface SubnetIpv6Addresses {
  /** Those asked for; on creation, and if nothing is asked for, one where the subnet says so. */
  take(wish: Ipv6Wish, onCreation: boolean): readonly string[];
}

export function subnetIpv6Addresses(context: Context, subnet: Subnet): SubnetIpv6Addresses {
  const taken = new Set<string>();
  const isUsed = (address: string) =>
    taken.has(address) ||
    context.intent.table('networkInterface').count('subnetAddresses', byAddress(subnet.id, address)) > 0;

  function block(): Cidr {
    if (subnet.ipv6Cidr === null) {
      refuse('InvalidParameterValue', `The subnet '${subnet.id}' does not have an IPv6 CIDR block.`);
    }
    return cidrOf(subnet.ipv6Cidr);
  }

  function isReserved({ first, last }: Cidr, value: bigint): boolean {
    return value < first + RESERVED_AT_START || value === last;
  }

  function any(): string {
    const cidr = block();
    for (;;) {
      const host = BigInt(`0x${context.hex(32)}`) & (cidr.last - cidr.first);
      const address = formatIp({ version: 6, value: cidr.first + host });
      if (isUsed(address) || isReserved(cidr, cidr.first + host)) continue;
      taken.add(address);
      return address;
    }
  }

  function claim(text: string): string {
    const cidr = block();
    const ip = parseIp(text);
    if (ip === undefined || ip.version !== 6) {
      refuse('InvalidParameterValue', `Value (${text}) for parameter ipv6Address is invalid. Invalid IPv6 address.`);
    }
    const address = formatIp(ip);
    if (!cidrContains(cidr, ip)) {
      refuse('InvalidParameterValue', `Address ${address} does not fall within the subnet's address range`);
    }
    if (isReserved(cidr, ip.value)) {
      refuse('InvalidParameterValue', `Address ${address} is in subnet's reserved address range`);
    }
    if (isUsed(address)) refuse('InvalidIPAddress.InUse', `Address ${address} is in use.`);
    taken.add(address);
    return address;
  }

  return {
    take({ count, addresses }, onCreation) {
      if (count !== undefined && addresses !== undefined && addresses.length > 0) {
        refuse(
          'InvalidParameterCombination',
          'The parameter ipv6Addresses may not be used in combination with ipv6AddressCount',
        );
      }
      if (count !== undefined && (count < 0 || count > MAX_ADDRESSES)) {
        invalidValue(count, 'ipv6AddressCount', `Expecting a value between 0 and ${MAX_ADDRESSES}.`);
      }
      if (addresses !== undefined && addresses.length > 0) return addresses.map(claim);
      const wanted = count ?? (onCreation && subnet.assignIpv6OnCreation ? 1 : 0);
      return Array.from({ length: wanted }, any);
    },
  };
}
