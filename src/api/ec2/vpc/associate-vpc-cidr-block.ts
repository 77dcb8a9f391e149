/**
 * Blocks of IPv4 as the caller chooses, and of IPv6 of Culvert's pool; other IPv6 is refused by name.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateVpcCidrBlock.html
 */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { viewIpv4Association, withIpv4Block } from './ipv4-blocks.ts';
import { viewIpv6Association, withIpv6Block } from './ipv6-blocks.ts';

export const associateVpcCidrBlock = ec2Action<'AssociateVpcCidrBlock'>(
  { VpcId: true, CidrBlock: true, AmazonProvidedIpv6CidrBlock: true },
  (input, context) => {
    const before = find(context, 'vpc', input.VpcId);
    const wantsIpv6 = input.AmazonProvidedIpv6CidrBlock === true;
    if (input.CidrBlock !== undefined && wantsIpv6) {
      refuse(
        'InvalidParameterCombination',
        'The parameter cidrBlock may not be used in combination with amazonProvidedIpv6CidrBlock',
      );
    }
    if (input.CidrBlock !== undefined) {
      const { vpc, cidr } = withIpv4Block(context, before, input.CidrBlock);
      return { edits: [put(vpc)], output: { VpcId: vpc.id, CidrBlockAssociation: viewIpv4Association(vpc, cidr) } };
    }
    if (!wantsIpv6) {
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
