/**
 * A VPC's IPv4 blocks beside the first: which may come, and how an association is shown.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
 */
import type { VpcCidrBlockAssociation } from '@aws-sdk/client-ec2';
import { blockAssociationId } from '../../../model/block-associations.ts';
import { farSide, isInForce, peeringsOf } from '../../../model/peerings.ts';
import { isListId } from '../../../model/prefix-lists.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Vpc } from '../../../model/resources.ts';
import { type Cidr, cidrCovers, cidrOf, cidrsOverlap, formatCidr } from '../../../net/cidr.ts';
import type { Context } from '../../action.ts';
import { sizedBlock } from '../blocks.ts';
import { isOutstanding } from '../peering/state.ts';

/** Blocks that no VPC can have: this host, loopback, link-local, multicast and reserved (which Culvert's links use). */
const FORBIDDEN = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'].map(cidrOf);
/** The private ones, and the one that AWS's own services use. */
const RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '198.19.0.0/16'].map(cidrOf);
/** Beside a block of `having`, none of `without` may come. */
const EXCLUDED = [
  { having: cidrOf('10.0.0.0/15'), without: cidrOf('10.0.0.0/16') },
  { having: cidrOf('172.16.0.0/12'), without: cidrOf('172.31.0.0/16') },
];

/** A block of a VPC's, in canonical text: of a size and a range that a VPC may have at all. */
export function vpcBlock(text: string): string {
  const block = sizedBlock(text, 'InvalidVpc.Range');
  const cidr = formatCidr(block);
  if (FORBIDDEN.some((each) => cidrsOverlap(each, block))) refuse('InvalidVpc.Range', `The CIDR '${cidr}' is invalid.`);
  return cidr;
}

/**
 * The VPC with one block more. Size and range, a range that does not go with those it has, one too many, an overlap with one it has,
 * with a route and with a peered VPC are refused in this order.
 */
export function withIpv4Block(context: Context, vpc: Vpc, text: string): { readonly vpc: Vpc; readonly cidr: string } {
  const cidr = vpcBlock(text);
  const block = cidrOf(cidr);
  const present = vpc.cidrs.map(cidrOf);
  if (isRestricted(present, block)) {
    refuse(
      'InvalidVpc.Range',
      `The CIDR '${cidr}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, or use a publicly-routable CIDR. For additional restrictions, see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html`,
    );
  }
  const most = quotaOf(context.intent, 'ipv4BlocksPerVpc', context);
  if (vpc.cidrs.length >= most) {
    refuse('CidrLimitExceeded', `This network '${vpc.id}' has met its maximum number of allowed CIDRs: ${most}`);
  }
  if (present.some((each) => cidrsOverlap(each, block))) {
    refuse('CidrConflict', `The CIDR '${cidr}' conflicts with another CIDR block of the VPC '${vpc.id}'`);
  }
  refuseRoute(context, vpc, block);
  refusePeered(context, vpc, block);
  return { vpc: { ...vpc, cidrs: [...vpc.cidrs, cidr] }, cidr };
}

export function viewIpv4Association(
  vpc: Vpc,
  block: string,
  state: 'associated' | 'disassociated' = 'associated',
): VpcCidrBlockAssociation {
  return {
    AssociationId: blockAssociationId(vpc, block),
    CidrBlock: block,
    CidrBlockState: { State: state },
  };
}

/** By the range of the primary block: what is in none of the ranges goes with all, but none of the ranges with another. */
function isRestricted(present: readonly Cidr[], block: Cidr): boolean {
  const rangeOf = (cidr: Cidr | undefined) => RANGES.find((each) => cidr !== undefined && cidrsOverlap(each, cidr));
  const range = rangeOf(block);
  if (range !== undefined && range !== rangeOf(present[0])) return true;
  return EXCLUDED.some(
    ({ having, without }) => cidrsOverlap(without, block) && present.some((each) => cidrsOverlap(having, each)),
  );
}

/** A destination as large as the block or smaller would lead away from the VPC's own addresses. */
function refuseRoute(context: Context, vpc: Vpc, block: Cidr): void {
  for (const table of context.intent.table('routeTable').by('vpcId', vpc.id)) {
    const inside = table.routes.find(
      ({ destination }) => !isListId(destination) && cidrCovers(block, cidrOf(destination)),
    );
    if (inside === undefined) continue;
    refuse(
      'CidrConflict',
      `The CIDR '${formatCidr(block)}' is the same as or larger than the destination ${inside.destination} of a route in ${table.id}`,
    );
  }
}

/** The requester waits for an answer before it changes; a request that overlaps by what the accepter adds fails when accepted. */
function refusePeered(context: Context, vpc: Vpc, block: Cidr): void {
  for (const peering of peeringsOf(context.intent, vpc.id)) {
    if (isOutstanding(peering, context.facts) && peering.requester.vpcId === vpc.id) {
      refuse(
        'OperationNotPermitted',
        `The VPC '${vpc.id}' has requested the VPC peering connection ${peering.id}, which is pending acceptance: CIDR blocks cannot be added before it is accepted or deleted.`,
      );
    }
    if (!isInForce(peering)) continue;
    const other = context.intent.table('vpc').get(farSide(peering, vpc.id).vpcId);
    if (other?.cidrs.some((each) => cidrsOverlap(cidrOf(each), block))) {
      refuse(
        'CidrConflict',
        `The CIDR '${formatCidr(block)}' overlaps with that of ${other.id}, which ${peering.id} peers with '${vpc.id}'`,
      );
    }
  }
}
