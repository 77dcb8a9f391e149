/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html */

import { refuse } from '../../../model/refusal.ts';
import { cidrOf, cidrsOverlap, formatCidr } from '../../../net/cidr.ts';
import { own } from '../../shared/find.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { sizedBlock } from '../blocks.ts';
import { newVpc } from './birth.ts';
import { takeIpv6Block } from './ipv6-blocks.ts';
import { viewVpc } from './view.ts';

/** Blocks that no VPC can have: this host, loopback, link-local, multicast and reserved (which Culvert's links use). */
const FORBIDDEN = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'].map(cidrOf);

export const createVpc = ec2Action<'CreateVpc'>(
  {
    CidrBlock: true,
    InstanceTenancy: ['default', 'dedicated'],
    TagSpecifications: true,
    AmazonProvidedIpv6CidrBlock: true,
  },
  (input, context) => {
    if (input.CidrBlock === undefined) {
      refuse('MissingParameter', "Either 'cidrBlock' or 'ipv4IpamPoolId' must be provided.");
    }
    const block = sizedBlock(input.CidrBlock, 'InvalidVpc.Range');
    if (FORBIDDEN.some((each) => cidrsOverlap(each, block))) {
      refuse('InvalidVpc.Range', `The CIDR '${formatCidr(block)}' is invalid.`);
    }
    const taken = input.AmazonProvidedIpv6CidrBlock === true ? takeIpv6Block(context) : undefined;
    const { vpc, edits } = newVpc(context, {
      cidr: formatCidr(block),
      ipv6Cidrs: taken === undefined ? [] : [taken.block],
      isDefault: false,
      instanceTenancy: input.InstanceTenancy === 'dedicated' ? 'dedicated' : 'default',
      dhcpOptionsId: own(context, 'dhcpOptions')[0]?.id ?? 'default',
      tags: tagsOnCreate(input.TagSpecifications, 'vpc'),
    });
    return { edits: [...edits, ...(taken?.edits ?? [])], output: { Vpc: viewVpc(vpc) } };
  },
);
