/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html */

import { refuse } from '../../../model/refusal.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { usualOptionsId } from '../dhcp-options/usual.ts';
import { newVpc } from './birth.ts';
import { vpcBlock } from './ipv4-blocks.ts';
import { takeIpv6Block } from './ipv6-blocks.ts';
import { viewVpc } from './view.ts';

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
    const cidr = vpcBlock(input.CidrBlock);
    const taken = input.AmazonProvidedIpv6CidrBlock === true ? takeIpv6Block(context) : undefined;
    const { vpc, edits } = newVpc(context, {
      cidr,
      ipv6Cidrs: taken === undefined ? [] : [taken.block],
      isDefault: false,
      instanceTenancy: input.InstanceTenancy === 'dedicated' ? 'dedicated' : 'default',
      dhcpOptionsId: usualOptionsId(context),
      tags: tagsOnCreate(input.TagSpecifications, 'vpc'),
    });
    return { edits: [...edits, ...(taken?.edits ?? [])], output: { Vpc: viewVpc(vpc) } };
  },
);
