/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateSubnetCidrBlock.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { checkedIpv6Block, viewIpv6Block } from './ipv6-block.ts';

export const associateSubnetCidrBlock = ec2Action<'AssociateSubnetCidrBlock'>(
  { SubnetId: true, Ipv6CidrBlock: true },
  (input, context) => {
    const subnet = find(context, 'subnet', input.SubnetId);
    const text = required(input.Ipv6CidrBlock, 'ipv6CidrBlock');
    if (subnet.ipv6Cidr !== null) {
      refuse('InvalidSubnet.Conflict', `The subnet '${subnet.id}' already has an IPv6 CIDR block.`);
    }
    const ipv6Cidr = checkedIpv6Block(context, find(context, 'vpc', subnet.vpcId), text);
    return {
      edits: [put({ ...subnet, ipv6Cidr })],
      output: { SubnetId: subnet.id, Ipv6CidrBlockAssociation: viewIpv6Block(subnet, ipv6Cidr) },
    };
  },
);
