/** Targets as calls name them, checked: an instance of the group's VPC, or an address that a load balancer may send to. */
import type { TargetDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { isId } from '../../../model/ids.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Instance, TargetGroup } from '../../../model/resources.ts';
import { ALL_ZONES, addressIn, primaryInterface } from '../../../model/targets.ts';
import { blocksOf } from '../../../model/vpc-blocks.ts';
import { zoneId, zoneName } from '../../../model/zones.ts';
import { cidrContains, cidrOf } from '../../../net/cidr.ts';
import { formatIp, type Ip, parseIp } from '../../../net/ip.ts';
import type { Context } from '../../action.ts';
import { stateOf } from '../../ec2/instance/state.ts';
import { findIfThere } from '../../shared/find.ts';
import { badConfiguration, invalid, portOf } from '../checks.ts';

/** Private ranges that may lie outside the VPC: RFC 1918 and RFC 6598. */
const OUTSIDE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map(cidrOf);

export interface AskedTarget {
  /** i-… or an address in canonical text. */
  readonly targetId: string;
  readonly port: number;
  /** Zone id or 'all'. */
  readonly zoneId: string;
}

/** Name and port alone: for what need not be registered, or there. */
export function targetNamed(
  { Id: id = '', Port: port }: TargetDescription,
  group: TargetGroup,
): Omit<AskedTarget, 'zoneId'> {
  const ip = group.targetType === 'ip' ? addressOf(id, group) : undefined;
  if (group.targetType === 'instance' && !isId('instance', id)) invalid(`Instance ID '${id}' is not valid`);
  return { targetId: ip === undefined ? id : formatIp(ip), port: portOf(port ?? group.port, 'targets.member.port') };
}

/** Those of a registration: AWS names all that are wrong in one way together. */
export function targetsToRegister(
  asked: readonly TargetDescription[],
  group: TargetGroup,
  context: Context,
): readonly AskedTarget[] {
  if (asked.length === 0) invalid('At least one target must be specified');
  const named = asked.map((each) => ({ ...targetNamed(each, group), zone: each.AvailabilityZone }));
  if (group.targetType === 'ip') {
    return named.map(({ zone, ...target }) => ({
      ...target,
      zoneId: zoneOfAddress(target.targetId, zone, group, context),
    }));
  }
  if (named.some(({ zone }) => zone !== undefined)) {
    badConfiguration('Availability Zone cannot be specified for targets of target groups with target type instance');
  }
  const instances = instancesNamed(
    named.map(({ targetId }) => targetId),
    group,
    context,
  );
  return named.map(({ targetId, port }, at) => {
    const subnet = context.intent.table('subnet').get(instances[at]?.subnetId ?? '');
    return { targetId, port, zoneId: subnet?.zoneId ?? '' };
  });
}

function instancesNamed(ids: readonly string[], group: TargetGroup, context: Context): readonly Instance[] {
  const quoted = (wrong: readonly string[]) => wrong.map((id) => `'${id}'`).join(', ');
  const missing = ids.filter((id) => findIfThere(context, 'instance', id) === undefined);
  if (missing.length > 0) refuse('InvalidTarget', `The following targets do not exist: ${quoted(missing)}`);
  const instances = ids.flatMap((id) => findIfThere(context, 'instance', id) ?? []);
  const elsewhere = instances.filter((instance) => instance.vpcId !== group.vpcId).map(({ id }) => id);
  if (elsewhere.length > 0) {
    refuse(
      'InvalidTarget',
      `The following targets are not in the target group VPC '${group.vpcId}': ${quoted(elsewhere)}`,
    );
  }
  const idle = instances.filter((instance) => stateOf(instance, context.facts) !== 'running').map(({ id }) => id);
  if (idle.length > 0) {
    refuse(
      'InvalidTarget',
      `The following targets are not in a running state and cannot be registered: ${quoted(idle)}`,
    );
  }
  const unknown = instances.filter((instance) => {
    const port = primaryInterface(context.intent, instance);
    return port === undefined || addressIn(group, port) === undefined;
  });
  if (group.ipAddressType === 'ipv6' && unknown.length > 0) {
    refuse(
      'InvalidTarget',
      `The following targets cannot be used with this IPv6 target group because of missing primary IPv6 addresses: ${quoted(unknown.map(({ id }) => id))}`,
    );
  }
  return instances;
}

function addressOf(text: string, { ipAddressType }: TargetGroup): Ip {
  const ip = parseIp(text);
  const [version, family] = ipAddressType === 'ipv6' ? [6, 'IPv6'] : [4, 'IPv4'];
  return ip?.version === version ? ip : invalid(`The IP address '${text}' is not a valid ${family} address`);
}

/** The zone is detected inside the VPC, and must be named outside of it. */
function zoneOfAddress(address: string, asked: string | undefined, group: TargetGroup, context: Context): string {
  const { intent, account, region } = context;
  const ip = addressOf(address, group);
  const named = asked === undefined || asked === ALL_ZONES ? asked : zoneId(account, asked);
  if (asked !== undefined && (named === undefined || (asked !== ALL_ZONES && !asked.startsWith(region)))) {
    invalid(`Availability Zone '${asked}' is not valid`);
  }
  const vpc = intent.table('vpc').get(group.vpcId);
  const isInVpc = blocksOf(vpc).some((cidr) => cidrContains(cidrOf(cidr), ip));
  if (!isInVpc) {
    if (!OUTSIDE.some((range) => cidrContains(range, ip))) {
      refuse(
        'InvalidTarget',
        `The IP address '${address}' is not within the VPC '${group.vpcId}', nor in a private range that a target can be in`,
      );
    }
    return (
      named ??
      invalid(
        `An Availability Zone must be specified for the IP address '${address}', which is outside of the VPC '${group.vpcId}'`,
      )
    );
  }
  const subnets = intent.table('subnet').by('vpcId', group.vpcId);
  const subnet = subnets.find(({ cidr, ipv6Cidr }) =>
    [cidr ?? [], ipv6Cidr ?? []].flat().some((block) => cidrContains(cidrOf(block), ip)),
  );
  if (subnet === undefined) {
    refuse('InvalidTarget', `The IP address '${address}' is not in any subnet of the VPC '${group.vpcId}'`);
  }
  if (named !== undefined && named !== subnet.zoneId) {
    const own = zoneName(account, subnet.zoneId);
    invalid(`The IP address '${address}' is in the Availability Zone '${own}', not in '${asked}'`);
  }
  return subnet.zoneId;
}
