/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateSubnetCidrBlock.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { ownBy } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { viewIpv6Block } from './ipv6-block.ts';

export const disassociateSubnetCidrBlock = ec2Action<'DisassociateSubnetCidrBlock'>(
  { AssociationId: true },
  ({ AssociationId: id }, context) => {
    const [subnet] = ownBy(context, 'subnet', 'blockAssociationIds', id);
    const block = subnet?.ipv6Cidr ?? null;
    if (subnet === undefined || block === null) {
      refuse(
        'InvalidSubnetCidrBlockAssociationID.NotFound',
        `The subnet CIDR block association ID '${id}' does not exist`,
      );
    }
    if (subnet.cidr === null) {
      refuse(
        'OperationNotPermitted',
        `The IPv6 CIDR block of the IPv6-only subnet '${subnet.id}' may not be disassociated.`,
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
