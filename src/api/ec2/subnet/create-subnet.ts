/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html */

import { put } from '../../../model/edit.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Subnet } from '../../../model/resources.ts';
import { zonesOf } from '../../../model/zones.ts';
import { cidrCovers, cidrOf, cidrsOverlap, formatCidr } from '../../../net/cidr.ts';
import { find } from '../../shared/find.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
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
    Ipv6Native: [false],
  },
  (input, context) => {
    if (input.CidrBlock === undefined) {
      refuse('MissingParameter', 'The request must contain the parameter cidrBlock');
    }
    const block = sizedBlock(input.CidrBlock, 'InvalidSubnet.Range');
    const vpc = find(context, 'vpc', input.VpcId);
    const cidr = formatCidr(block);
    if (!vpc.cidrs.some((each) => cidrCovers(cidrOf(each), block))) {
      refuse('InvalidSubnet.Range', `The CIDR '${cidr}' is invalid.`);
    }
    const ipv6Cidr = input.Ipv6CidrBlock === undefined ? null : checkedIpv6Block(context, vpc, input.Ipv6CidrBlock);
    const others = context.intent.table('subnet').by('vpcId', vpc.id);
    if (others.some((other) => cidrsOverlap(cidrOf(other.cidr), block))) {
      refuse('InvalidSubnet.Conflict', `The CIDR '${cidr}' conflicts with another subnet`);
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
      cidr,
      ipv6Cidr,
      assignIpv6OnCreation: false,
      zoneId: zone.id,
      isDefaultForZone: false,
      mapPublicIpOnLaunch: false,
    };
    return { edits: [put(subnet)], output: { Subnet: viewSubnet(subnet, context) } };
  },
);
