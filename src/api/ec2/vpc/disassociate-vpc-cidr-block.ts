/**
 * With the block go its local routes, whatever they lead to.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html
 */
import { blockAssociationId } from '../../../model/block-associations.ts';
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Route } from '../../../model/resources.ts';
import { blocksOf } from '../../../model/vpc-blocks.ts';
import { cidrCovers, cidrOf } from '../../../net/cidr.ts';
import { isIpv6 } from '../../../net/ip.ts';
import { ownBy } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { viewIpv4Association } from './ipv4-blocks.ts';
import { viewIpv6Association } from './ipv6-blocks.ts';

export const disassociateVpcCidrBlock = ec2Action<'DisassociateVpcCidrBlock'>(
  { AssociationId: true },
  ({ AssociationId: id }, context) => {
    const [vpc] = ownBy(context, 'vpc', 'blockAssociationIds', id);
    const block = blocksOf(vpc).find((each) => vpc !== undefined && blockAssociationId(vpc, each) === id);
    if (vpc === undefined || block === undefined) {
      refuse('InvalidVpcCidrBlockAssociationID.NotFound', `The vpc CIDR block association ID '${id}' does not exist`);
    }
    if (block === vpc.cidrs[0]) {
      refuse(
        'OperationNotPermitted',
        `The vpc CIDR block with association ID ${id} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`,
      );
    }
    const isUsed = context.intent
      .table('subnet')
      .by('vpcId', vpc.id)
      .some(({ cidr, ipv6Cidr }) =>
        [cidr, ipv6Cidr].some((each) => each !== null && cidrCovers(cidrOf(block), cidrOf(each))),
      );
    if (isUsed) refuse('InvalidCidrBlock.InUse', `The vpc currently has a subnet within CIDR block ${block}`);
    const without = (blocks: readonly string[]) => blocks.filter((each) => each !== block);
    const isOfBlock = ({ destination }: Route) => destination === block;
    const tables = context.intent.table('routeTable').by('vpcId', vpc.id);
    return {
      edits: [
        put({ ...vpc, cidrs: without(vpc.cidrs), ipv6Cidrs: without(vpc.ipv6Cidrs) }),
        ...tables
          .filter(({ routes }) => routes.some(isOfBlock))
          .map((table) => put({ ...table, routes: table.routes.filter((route) => !isOfBlock(route)) })),
      ],
      output: {
        VpcId: vpc.id,
        ...(isIpv6(block)
          ? { Ipv6CidrBlockAssociation: viewIpv6Association(vpc, block, 'disassociated') }
          : { CidrBlockAssociation: viewIpv4Association(vpc, block, 'disassociated') }),
      },
    };
  },
);
