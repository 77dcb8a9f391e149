/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { cidrCovers, cidrOf } from '../../../net/cidr.ts';
import { own } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { ipv6AssociationId, viewIpv6Association } from './ipv6-blocks.ts';
import { blockAssociationId } from './view.ts';

export const disassociateVpcCidrBlock = ec2Action<'DisassociateVpcCidrBlock'>(
  { AssociationId: true },
  ({ AssociationId: id }, context) => {
    const vpcs = own(context, 'vpc');
    if (vpcs.some((vpc) => blockAssociationId(vpc) === id)) {
      refuse(
        'OperationNotPermitted',
        `The vpc CIDR block with association ID ${id} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`,
      );
    }
    const found = vpcs
      .flatMap((vpc) => vpc.ipv6Cidrs.map((block) => ({ vpc, block })))
      .find(({ vpc, block }) => ipv6AssociationId(vpc, block) === id);
    if (found === undefined) {
      refuse('InvalidVpcCidrBlockAssociationID.NotFound', `The vpc CIDR block association ID '${id}' does not exist`);
    }
    const { vpc, block } = found;
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
