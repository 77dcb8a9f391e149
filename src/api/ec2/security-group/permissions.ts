/** The permissions of a call on ingress rules: given as such, or in the flat form that names one of them. */
import type { IpPermission } from '@aws-sdk/client-ec2';
import { refuse } from '../../../model/refusal.ts';

interface Flat {
  readonly IpPermissions?: readonly IpPermission[];
  readonly IpProtocol?: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly CidrIp?: string;
  readonly SourceSecurityGroupName?: string;
  readonly SourceSecurityGroupOwnerId?: string;
}

/** The flat members, for an action's reads. */
export const FLAT_READS = {
  IpProtocol: true,
  FromPort: true,
  ToPort: true,
  CidrIp: true,
  SourceSecurityGroupName: true,
  SourceSecurityGroupOwnerId: true,
} as const;

/** Undefined where the call names none. */
export function permissionsOf(input: Flat): readonly IpPermission[] | undefined {
  const { IpPermissions: given = [], CidrIp: cidr, SourceSecurityGroupName: source } = input;
  const isFlat = Object.keys(FLAT_READS).some((name) => input[name as keyof Flat] !== undefined);
  if (given.length > 0) {
    if (isFlat) {
      refuse(
        'InvalidParameterCombination',
        'The parameter ipPermissions may not be used in combination with cidrIp, ipProtocol, fromPort, toPort or sourceSecurityGroupName',
      );
    }
    return given;
  }
  if (!isFlat) return undefined;
  if (cidr !== undefined && source !== undefined) {
    refuse(
      'InvalidParameterCombination',
      'The parameter cidrIp may not be used in combination with sourceSecurityGroupName',
    );
  }
  const permission: IpPermission = {
    // A source group alone means everything from it.
    IpProtocol: input.IpProtocol ?? (source === undefined ? undefined : '-1'),
    FromPort: input.FromPort,
    ToPort: input.ToPort,
    ...(cidr !== undefined && { IpRanges: [{ CidrIp: cidr }] }),
    ...(source !== undefined && {
      UserIdGroupPairs: [{ GroupName: source, UserId: input.SourceSecurityGroupOwnerId }],
    }),
  };
  return [permission];
}

export function requiredPermissions(permissions: readonly IpPermission[] | undefined): readonly IpPermission[] {
  if (permissions === undefined || permissions.length === 0) {
    refuse('MissingParameter', 'The request must contain the parameter ipPermissions');
  }
  return permissions;
}
