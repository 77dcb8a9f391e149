/**
 * Target groups of network load balancers: instances or addresses. Asking again with the same name and settings answers with
 * the one that is there.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
 */
import { targetGroupArn } from '../../../model/balancer-names.ts';
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { TargetGroup } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { canonicalJson } from '../../shared/canonical.ts';
import { findIfThere } from '../../shared/find.ts';
import { elbAction, type Input } from '../action.ts';
import { checkName, invalid, portOf } from '../checks.ts';
import { named, own } from '../find.ts';
import { LIMITS } from '../limits.ts';
import { newElbResource } from '../resource.ts';
import { withTags } from '../tags.ts';
import { HEALTH_READS, healthCheckAfter } from './health-check.ts';
import { viewGroup } from './view.ts';

const PROTOCOLS = ['TCP', 'UDP', 'TCP_UDP', 'TLS'] as const;

export const createTargetGroup = elbAction<'CreateTargetGroup'>(
  {
    Name: true,
    Protocol: true,
    Port: true,
    VpcId: true,
    TargetType: ['instance', 'ip'],
    IpAddressType: ['ipv4', 'ipv6'],
    ...HEALTH_READS,
    Tags: true,
  },
  (input, context) => {
    checkName(input.Name, 'Target group');
    const protocol = protocolOf(input.Protocol);
    if (input.Port === undefined) invalid('A port must be specified');
    if (input.VpcId === undefined) invalid('A VPC ID must be specified');
    const vpc = findIfThere(context, 'vpc', input.VpcId);
    if (vpc === undefined) invalid(`The VPC ID '${input.VpcId}' is not found`);
    const group: TargetGroup = {
      ...newElbResource(context, targetGroupArn(context, input.Name, context.hex(16)), withTags({}, input.Tags)),
      kind: 'targetGroup',
      name: input.Name,
      protocol,
      port: portOf(input.Port),
      vpcId: vpc.id,
      targetType: input.TargetType === 'ip' ? 'ip' : 'instance',
      ipAddressType: input.IpAddressType === 'ipv6' ? 'ipv6' : 'ipv4',
      healthCheck: healthCheckAfter(input),
      attributes: {},
    };
    const present = named(context, 'targetGroup', group.name);
    if (present !== undefined) {
      if (settings(present) !== settings(group)) {
        refuse(
          'DuplicateTargetGroupName',
          `A target group with the same name '${group.name}' exists, but with different settings`,
        );
      }
      return reply({ TargetGroups: [viewGroup(present, context)] });
    }
    const limit = LIMITS['target-groups'];
    if (own(context, 'targetGroup').length >= limit) {
      refuse('TooManyTargetGroups', `The maximum number of target groups, '${limit}', has been reached`);
    }
    return { edits: [put(group)], output: { TargetGroups: [viewGroup(group, context)] } };
  },
);

function protocolOf(protocol: Input<'CreateTargetGroup'>['Protocol']): TargetGroup['protocol'] {
  if (protocol === undefined) invalid('A protocol must be specified');
  const known = PROTOCOLS.find((each) => each === protocol);
  if (known === undefined) {
    refuse('UnsupportedOperation', `The value '${protocol}' for parameter Protocol is not supported by Culvert.`);
  }
  return known;
}

function settings({ protocol, port, vpcId, targetType, ipAddressType, healthCheck }: TargetGroup): string {
  return canonicalJson({ protocol, port, vpcId, targetType, ipAddressType, healthCheck });
}
