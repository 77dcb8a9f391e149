/**
 * A subnet's IPv6 block: of one of the VPC's, /64 or larger by fours, apart from other subnets'.
 * https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
 */
import type { SubnetIpv6CidrBlockAssociation } from '@aws-sdk/client-ec2';
import { blockAssociationId } from '../../../model/block-associations.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Subnet, Vpc } from '../../../model/resources.ts';
import { cidrCovers, cidrOf, cidrsOverlap, formatCidr } from '../../../net/cidr.ts';
import type { Context } from '../../action.ts';
import { ipv6BlockOf } from '../blocks.ts';

const PREFIXES = [44, 48, 52, 56, 60, 64];

export function checkedIpv6Block(context: Context, vpc: Vpc, text: string): string {
  const block = ipv6BlockOf(text, 'ipv6CidrBlock');
  const cidr = formatCidr(block);
  const isInside = vpc.ipv6Cidrs.some((each) => cidrCovers(cidrOf(each), block));
  if (!PREFIXES.includes(block.prefix) || !isInside) refuse('InvalidSubnet.Range', `The CIDR '${cidr}' is invalid.`);
  const others = context.intent.table('subnet').by('vpcId', vpc.id);
  if (others.some(({ ipv6Cidr }) => ipv6Cidr !== null && cidrsOverlap(cidrOf(ipv6Cidr), block))) {
    refuse('InvalidSubnet.Conflict', `The CIDR '${cidr}' conflicts with another subnet`);
  }
  return cidr;
}

export function viewIpv6Block(
  subnet: Subnet,
  block: string,
  state: 'associated' | 'disassociated' = 'associated',
): SubnetIpv6CidrBlockAssociation {
  return {
    AssociationId: blockAssociationId(subnet, block),
    Ipv6CidrBlock: block,
    Ipv6CidrBlockState: { State: state },
    Ipv6AddressAttribute: 'public',
    IpSource: 'amazon',
  };
}
