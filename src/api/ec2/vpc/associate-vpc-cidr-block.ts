/** IPv6 blocks of Culvert's pool; others are refused by name. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateVpcCidrBlock.html */
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { viewIpv6Association, withIpv6Block } from './ipv6-blocks.ts';

export const associateVpcCidrBlock = ec2Action<'AssociateVpcCidrBlock'>(
  { VpcId: true, AmazonProvidedIpv6CidrBlock: true },
  (input, context) => {
    const before = find(context, 'vpc', input.VpcId);
    if (input.AmazonProvidedIpv6CidrBlock !== true) {
      refuse(
        'MissingParameter',
        "Either 'cidrBlock', 'amazonProvidedIpv6CidrBlock', 'ipv6Pool', 'ipv4IpamPoolId' or 'ipv6IpamPoolId' must be provided.",
      );
    }
    const { vpc, edits } = withIpv6Block(context, before);
    const block = vpc.ipv6Cidrs.at(-1) ?? '';
    return { edits, output: { VpcId: vpc.id, Ipv6CidrBlockAssociation: viewIpv6Association(vpc, block) } };
  },
);
