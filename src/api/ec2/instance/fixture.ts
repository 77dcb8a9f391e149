/** For tests of instances: a VPC with DNS hostnames and one subnet, and what a host would report of machines. */
import { put } from '../../../model/edit.ts';
import type { MachineFact } from '../../../model/facts.ts';
import { baseImageOf } from '../../../model/images.ts';
import type { InstanceProfile } from '../../../model/resources.ts';
import { type Harness, harness, REGION } from '../../testing.ts';
import type { Input } from '../action.ts';

export const IMAGE = baseImageOf(REGION)?.id ?? '';
export const UNKNOWN = 'i-0123456789abcdef0';

export interface Network {
  readonly h: Harness;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly groupId: string;
}

export function network(h: Harness = harness(), cidr = '10.0'): Network {
  const { VpcId: vpcId } = h.call('CreateVpc', { CidrBlock: `${cidr}.0.0/16` }).Vpc;
  h.call('ModifyVpcAttribute', { VpcId: vpcId, EnableDnsHostnames: { Value: true } });
  const { SubnetId: subnetId } = h.call('CreateSubnet', {
    VpcId: vpcId,
    CidrBlock: `${cidr}.1.0/24`,
    AvailabilityZone: `${REGION}a`,
  }).Subnet;
  return { h, vpcId, subnetId, groupId: h.intent.table('vpc').get(vpcId)?.defaultGroupId ?? '' };
}

type Wish = Partial<Input<'RunInstances'>>;

function wish(n: Network, input: Wish): Input<'RunInstances'> {
  const place = input.NetworkInterfaces === undefined && { SubnetId: n.subnetId };
  return { ImageId: IMAGE, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, ...place, ...input };
}

export function run(n: Network, input: Wish = {}) {
  return n.h.call('RunInstances', wish(n, input));
}

/** One instance's id. */
export function launch(n: Network, input: Wish = {}): string {
  return run(n, input).Instances[0].InstanceId;
}

export function refusal(n: Network, input: Wish): string {
  return n.h.refusal('RunInstances', wish(n, input));
}

export function describe({ h }: Network, id: string) {
  return h.call('DescribeInstances', { InstanceIds: [id] }).Reservations[0].Instances[0];
}

export function stateName(n: Network, id: string): string {
  return describe(n, id).State.Name;
}

/** What the instance room sees; the boot number is the one wanted now unless given. */
export function report({ h }: Network, id: string, state: MachineFact['state'], more: Partial<MachineFact> = {}): void {
  const boots = h.intent.table('instance').get(id)?.boots ?? 0;
  h.facts.machines.set(id, { state, boots, fault: null, ...more });
}

export function running(n: Network, input: Wish = {}): string {
  const id = launch(n, input);
  report(n, id, 'running');
  return id;
}

export function interfacesOf({ h }: Network, id: string) {
  return h.intent.table('networkInterface').by('attachment.instanceId', id);
}

export function profile({ h }: Network, name: string, account = h.context.account): InstanceProfile {
  const made: InstanceProfile = {
    kind: 'instanceProfile',
    id: `AIPA${name.toUpperCase()}${account}`,
    account,
    region: '',
    tags: {},
    createdAt: h.context.now,
    name,
    path: '/app/',
    roleName: null,
  };
  h.intent.apply([put(made)]);
  return made;
}
