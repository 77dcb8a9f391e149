/** For tests of load balancing: a VPC with an internet gateway and subnets in two zones, running instances, typed calls. */
import type * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import { Refusal } from '../../model/refusal.ts';
import type { Decision } from '../action.ts';
import { IMAGE } from '../ec2/instance/fixture.ts';
import type { ActionOf, HandlerMap } from '../sdk.ts';
import { invoke } from '../shared/dispatch.ts';
import { type Filled, type Harness, harness, REGION } from '../testing.ts';
import { elbv2Actions } from './index.ts';

type Operation = keyof HandlerMap<typeof ELB>;
export type Input<Name extends Operation> = Parameters<ActionOf<typeof ELB, Name>>[0];
type Output<Name extends Operation> =
  ReturnType<ActionOf<typeof ELB, Name>> extends Decision<infer Reply> ? Filled<Reply> : never;

export interface World {
  /** EC2's side of the same Intent. */
  readonly h: Harness;
  readonly vpcId: string;
  readonly subnetA: string;
  readonly otherSubnetA: string;
  readonly subnetB: string;
  readonly groupId: string;
  elb<Name extends Operation>(name: Name, input: Input<Name>): Output<Name>;
  /** "Code: message"; fails where the call is let through. */
  refused<Name extends Operation>(name: Name, input: Input<Name>): string;
}

export function world(h: Harness = harness(), cidr = '10.0'): World {
  const { VpcId: vpcId } = h.call('CreateVpc', { CidrBlock: `${cidr}.0.0/16` }).Vpc;
  const { InternetGatewayId } = h.call('CreateInternetGateway', {}).InternetGateway;
  h.call('AttachInternetGateway', { InternetGatewayId, VpcId: vpcId });
  const subnet = (third: number, zone: string) =>
    h.call('CreateSubnet', { VpcId: vpcId, CidrBlock: `${cidr}.${third}.0/24`, AvailabilityZone: `${REGION}${zone}` })
      .Subnet.SubnetId;
  const groupId = h.intent.table('vpc').get(vpcId)?.defaultGroupId ?? '';
  return {
    vpcId,
    groupId,
    subnetA: subnet(1, 'a'),
    otherSubnetA: subnet(2, 'a'),
    subnetB: subnet(3, 'b'),
    ...callsOf(h),
  };
}

/** Calls as the account and region of a harness. */
export function callsOf(h: Harness): Pick<World, 'h' | 'elb' | 'refused'> {
  const call = (name: string, input: object): unknown => {
    const { edits, output } = invoke(elbv2Actions, name, input, h.context);
    if (edits.length > 0) {
      h.intent.apply(edits);
      h.intent.revision++;
    }
    return output;
  };
  return {
    h,
    elb: call as World['elb'],
    refused(name, input) {
      try {
        call(name, input as object);
      } catch (error) {
        if (error instanceof Refusal) return `${error.code}: ${error.message}`;
        throw error;
      }
      throw new Error(`${name} was not refused`);
    },
  };
}

export function balancer(w: World, input: Partial<Input<'CreateLoadBalancer'>> = {}) {
  const place = input.SubnetMappings === undefined && { Subnets: [w.subnetA, w.subnetB] };
  return w.elb('CreateLoadBalancer', { Name: 'front', Type: 'network', Scheme: 'internal', ...place, ...input })
    .LoadBalancers[0];
}

export function balancerRefused(w: World, input: Partial<Input<'CreateLoadBalancer'>>): string {
  const place = input.SubnetMappings === undefined && { Subnets: [w.subnetA, w.subnetB] };
  return w.refused('CreateLoadBalancer', { Name: 'front', Type: 'network', Scheme: 'internal', ...place, ...input });
}

export function group(w: World, input: Partial<Input<'CreateTargetGroup'>> = {}) {
  return w.elb('CreateTargetGroup', { Name: 'web', Protocol: 'TCP', Port: 80, VpcId: w.vpcId, ...input })
    .TargetGroups[0];
}

export function groupRefused(w: World, input: Partial<Input<'CreateTargetGroup'>>): string {
  return w.refused('CreateTargetGroup', { Name: 'web', Protocol: 'TCP', Port: 80, VpcId: w.vpcId, ...input });
}

export function forward(TargetGroupArn: string): Input<'CreateListener'>['DefaultActions'] {
  return [{ Type: 'forward', TargetGroupArn }];
}

/** On port 80, TCP, unless said otherwise. */
export function listener(w: World, arn: string, groupArn: string, input: Partial<Input<'CreateListener'>> = {}) {
  const DefaultActions = forward(groupArn);
  return w.elb('CreateListener', { LoadBalancerArn: arn, Protocol: 'TCP', Port: 80, DefaultActions, ...input })
    .Listeners[0];
}

export function listenerRefused(
  w: World,
  arn: string,
  groupArn: string,
  input: Partial<Input<'CreateListener'>> = {},
): string {
  const DefaultActions = forward(groupArn);
  return w.refused('CreateListener', { LoadBalancerArn: arn, Protocol: 'TCP', Port: 80, DefaultActions, ...input });
}

/** A running instance in the subnet. */
export function instance({ h }: World, SubnetId: string): string {
  const { InstanceId: id } = h.call('RunInstances', {
    ImageId: IMAGE,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    SubnetId,
  }).Instances[0];
  h.facts.machines.set(id, { state: 'running', boots: 1, fault: null });
  return id;
}

export function attributesOf(list: readonly { Key: string; Value: string }[]): Record<string, string> {
  return Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));
}

/** The kernel has everything that was asked for. */
export function settle({ h }: World): void {
  h.facts.appliedRevision = h.intent.revision;
}
