/** For tests of endpoints: a VPC that private DNS can be on in, with two subnets in zone a and one in zone b. */
import { put } from '../../../model/edit.ts';
import type { VpcEndpoint as Stored } from '../../../model/resources.ts';
import { type Harness, harness, REGION } from '../../testing.ts';
import type { Input } from '../action.ts';

export const SQS = `com.amazonaws.${REGION}.sqs`;

export interface Network {
  readonly h: Harness;
  readonly vpcId: string;
  readonly defaultGroupId: string;
  readonly subnetA: string;
  readonly otherSubnetA: string;
  readonly subnetB: string;
}

export function network(h: Harness = harness(), cidr = '10.0'): Network {
  const { VpcId: vpcId } = h.call('CreateVpc', { CidrBlock: `${cidr}.0.0/16` }).Vpc;
  h.call('ModifyVpcAttribute', { VpcId: vpcId, EnableDnsHostnames: { Value: true } });
  const { region } = h.context;
  const subnet = (third: number, zone: string) =>
    h.call('CreateSubnet', { VpcId: vpcId, CidrBlock: `${cidr}.${third}.0/24`, AvailabilityZone: `${region}${zone}` })
      .Subnet.SubnetId;
  const defaultGroupId = h.intent.table('vpc').get(vpcId)?.defaultGroupId ?? '';
  return {
    h,
    vpcId,
    defaultGroupId,
    subnetA: subnet(1, 'a'),
    otherSubnetA: subnet(2, 'a'),
    subnetB: subnet(3, 'b'),
  };
}

/** Another group of the VPC. */
export function group({ h, vpcId }: Network, id: string): string {
  const { account, region, now } = h.context;
  const resource = { id, account, region, tags: {}, createdAt: now, vpcId, name: id, description: '' };
  h.intent.apply([put({ kind: 'securityGroup', ...resource })]);
  return id;
}

export function create({ h, vpcId }: Network, input: Partial<Input<'CreateVpcEndpoint'>> = {}) {
  return h.call('CreateVpcEndpoint', { VpcId: vpcId, VpcEndpointType: 'Interface', ServiceName: SQS, ...input })
    .VpcEndpoint;
}

export function refusal({ h, vpcId }: Network, input: Partial<Input<'CreateVpcEndpoint'>> = {}): string {
  return h.refusal('CreateVpcEndpoint', { VpcId: vpcId, VpcEndpointType: 'Interface', ServiceName: SQS, ...input });
}

export function describe({ h }: Network, id: string) {
  return h.call('DescribeVpcEndpoints', { VpcEndpointIds: [id] }).VpcEndpoints[0];
}

/** The kernel has everything that was asked for. */
export function settle({ h }: Network): void {
  h.facts.appliedRevision = h.intent.revision;
}

export function stored({ h }: Network, id: string): Stored | undefined {
  return h.intent.table('vpcEndpoint').get(id);
}

export function interfacesOf({ h }: Network, id: string) {
  return h.intent.table('networkInterface').by('vpcEndpointId', id);
}
