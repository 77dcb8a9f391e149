/**
 * A subnet of IPv4, of both families, or (Ipv6Native) of IPv6 alone: which one is settled here for its whole life, but for an IPv6 block
 * beside the IPv4 one. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html
 */

import { put } from '../../../model/edit.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Subnet } from '../../../model/resources.ts';
import { zonesOf } from '../../../model/zones.ts';
import { cidrCovers, cidrOf, cidrsOverlap, formatCidr } from '../../../net/cidr.ts';
import { find } from '../../shared/find.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action, type Input } from '../action.ts';
import { sizedBlock } from '../blocks.ts';
import { checkedIpv6Block } from './ipv6-block.ts';
import { viewSubnet } from './view.ts';
import { zoneAsked } from './zone.ts';

export const createSubnet = ec2Action<'CreateSubnet'>(
  {
    VpcId: true,
    CidrBlock: true,
    AvailabilityZone: true,
    AvailabilityZoneId: true,
    TagSpecifications: true,
    Ipv6CidrBlock: true,
    Ipv6Native: true,
  },
  (input, context) => {
    checkFamilies(input);
    const block = input.CidrBlock === undefined ? null : sizedBlock(input.CidrBlock, 'InvalidSubnet.Range');
    const vpc = find(context, 'vpc', input.VpcId);
    const others = context.intent.table('subnet').by('vpcId', vpc.id);
    if (block !== null && !vpc.cidrs.some((each) => cidrCovers(cidrOf(each), block))) {
      refuse('InvalidSubnet.Range', `The CIDR '${formatCidr(block)}' is invalid.`);
    }
    const ipv6Cidr = input.Ipv6CidrBlock === undefined ? null : checkedIpv6Block(context, vpc, input.Ipv6CidrBlock);
    if (block !== null && others.some(({ cidr }) => cidr !== null && cidrsOverlap(cidrOf(cidr), block))) {
      refuse('InvalidSubnet.Conflict', `The CIDR '${formatCidr(block)}' conflicts with another subnet`);
    }
    // Where the caller leaves the choice to AWS, the first zone is as good as any.
    const zone =
      zoneAsked(context, input.AvailabilityZone, input.AvailabilityZoneId) ??
      zonesOf(context.account, context.region)[0];
    if (zone === undefined) throw new Error(`a region without zones: ${context.region}`);
    if (others.length >= quotaOf(context.intent, 'subnetsPerVpc', context)) {
      refuse('SubnetLimitExceeded', 'The maximum number of subnets has been reached.');
    }
    const subnet: Subnet = {
      ...newResource(context, 'subnet', tagsOnCreate(input.TagSpecifications, 'subnet')),
      kind: 'subnet',
      vpcId: vpc.id,
      cidr: block === null ? null : formatCidr(block),
      ipv6Cidr,
      // Interfaces of an IPv6-only subnet could have no other address.
      assignIpv6OnCreation: block === null,
      zoneId: zone.id,
      isDefaultForZone: false,
      mapPublicIpOnLaunch: false,
    };
    return { edits: [put(subnet)], output: { Subnet: viewSubnet(subnet, context) } };
  },
);

function checkFamilies({ CidrBlock, Ipv6CidrBlock, Ipv6Native }: Input<'CreateSubnet'>): void {
  if (Ipv6Native !== true) {
    if (CidrBlock === undefined) refuse('MissingParameter', 'The request must contain the parameter cidrBlock');
    return;
  }
  if (CidrBlock !== undefined) {
    refuse('InvalidParameterCombination', 'The parameter cidrBlock cannot be used with ipv6Native.');
  }
  if (Ipv6CidrBlock === undefined) {
    refuse('MissingParameter', 'The request must contain the parameter ipv6CidrBlock');
  }
}
