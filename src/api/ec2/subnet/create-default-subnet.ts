/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDefaultSubnet.html */

import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { cidrOf, cidrsOverlap } from '../../../net/cidr.ts';
import { ec2Action } from '../action.ts';
import { DEFAULT_BLOCKS, defaultBlock, defaultVpcOf, newDefaultSubnet } from '../vpc/default-vpc.ts';
import { viewSubnet } from './view.ts';
import { zoneAsked } from './zone.ts';

export const createDefaultSubnet = ec2Action<'CreateDefaultSubnet'>(
  { AvailabilityZone: true, AvailabilityZoneId: true, Ipv6Native: [false] },
  (input, context) => {
    const zone =
      zoneAsked(context, input.AvailabilityZone, input.AvailabilityZoneId) ??
      refuse('MissingParameter', 'The request must contain the parameter availabilityZone');
    const vpc = defaultVpcOf(context);
    if (vpc === undefined) {
      refuse('DefaultVpcDoesNotExist', 'No default VPC exists for this account in this region.');
    }
    const subnets = context.intent.table('subnet').by('vpcId', vpc.id);
    const present = subnets.find((subnet) => subnet.isDefaultForZone && subnet.zoneId === zone.id);
    if (present !== undefined) {
      refuse(
        'DefaultSubnetAlreadyExistsInAvailabilityZone',
        `'${present.id}' is already the default subnet in ${zone.name}.`,
      );
    }
    const block = Array.from({ length: DEFAULT_BLOCKS }, (_, at) => defaultBlock(at)).find(
      (free) => !subnets.some(({ cidr }) => cidr !== null && cidrsOverlap(cidrOf(cidr), cidrOf(free))),
    );
    if (block === undefined) {
      refuse('InsufficientCidrBlocks', 'There is not enough free space in the default VPC for a default subnet.');
    }
    const subnet = newDefaultSubnet(context, vpc, zone.id, block);
    return { edits: [put(subnet)], output: { Subnet: viewSubnet(subnet, context) } };
  },
);
