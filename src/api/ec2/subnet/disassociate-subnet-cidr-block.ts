/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateSubnetCidrBlock.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { own } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { ipv6AssociationId } from '../vpc/ipv6-blocks.ts';
import { viewIpv6Block } from './ipv6-block.ts';

export const disassociateSubnetCidrBlock = ec2Action<'DisassociateSubnetCidrBlock'>(
  { AssociationId: true },
  ({ AssociationId: id }, context) => {
    const subnet = own(context, 'subnet').find(
      (each) => each.ipv6Cidr !== null && ipv6AssociationId(each, each.ipv6Cidr) === id,
    );
    const block = subnet?.ipv6Cidr ?? null;
    if (subnet === undefined || block === null) {
      refuse(
        'InvalidSubnetCidrBlockAssociationID.NotFound',
        `The subnet CIDR block association ID '${id}' does not exist`,
      );
    }
    const ports = context.intent.table('networkInterface').by('subnetId', subnet.id);
    if (ports.some(({ ipv6Addresses }) => ipv6Addresses.length > 0)) {
      refuse('InvalidCidrBlock.InUse', `The subnet currently has addresses within CIDR block ${block}`);
    }
    return {
      edits: [put({ ...subnet, ipv6Cidr: null, assignIpv6OnCreation: false })],
      output: { SubnetId: subnet.id, Ipv6CidrBlockAssociation: viewIpv6Block(subnet, block, 'disassociated') },
    };
  },
);
