/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html */
import { put } from '../../../model/edit.ts';
import { ipv6AssociationId } from '../../../model/ipv6-associations.ts';
import { refuse } from '../../../model/refusal.ts';
import { cidrCovers, cidrOf } from '../../../net/cidr.ts';
import { findIfThere, ownBy } from '../../shared/find.ts';
import { derivedId } from '../../shared/resource.ts';
import { ec2Action } from '../action.ts';
import { viewIpv6Association } from './ipv6-blocks.ts';
import { blockAssociationId } from './view.ts';

export const disassociateVpcCidrBlock = ec2Action<'DisassociateVpcCidrBlock'>(
  { AssociationId: true },
  ({ AssociationId: id }, context) => {
    const first = findIfThere(context, 'vpc', derivedId('vpc', { id }));
    if (first !== undefined && blockAssociationId(first) === id) {
      refuse(
        'OperationNotPermitted',
        `The vpc CIDR block with association ID ${id} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`,
      );
    }
    const [vpc] = ownBy(context, 'vpc', 'ipv6AssociationIds', id);
    const block = vpc?.ipv6Cidrs.find((each) => ipv6AssociationId(vpc, each) === id);
    if (vpc === undefined || block === undefined) {
      refuse('InvalidVpcCidrBlockAssociationID.NotFound', `The vpc CIDR block association ID '${id}' does not exist`);
    }
    const isUsed = context.intent
      .table('subnet')
      .by('vpcId', vpc.id)
      .some(({ ipv6Cidr }) => ipv6Cidr !== null && cidrCovers(cidrOf(block), cidrOf(ipv6Cidr)));
    if (isUsed) refuse('InvalidCidrBlock.InUse', `The vpc currently has a subnet within CIDR block ${block}`);
    return {
      edits: [put({ ...vpc, ipv6Cidrs: vpc.ipv6Cidrs.filter((each) => each !== block) })],
      output: { VpcId: vpc.id, Ipv6CidrBlockAssociation: viewIpv6Association(vpc, block, 'disassociated') },
    };
  },
);
