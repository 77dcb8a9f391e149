/** A group by id, or by name where AWS still allows names: in the default VPC. */
import { refuse } from '../../../model/refusal.ts';
import type { SecurityGroup } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { defaultVpcOf } from '../vpc/default-vpc.ts';

export function groupAsked(context: Context, id: string | undefined, name: string | undefined): SecurityGroup {
  if (id !== undefined && name !== undefined) {
    refuse('InvalidParameterCombination', 'The parameters groupName and groupId may not be used together.');
  }
  if (id !== undefined) return find(context, 'securityGroup', id);
  if (name === undefined) {
    refuse('MissingParameter', 'The request must contain the parameter groupName or groupId');
  }
  return groupNamed(context, name);
}

/** The group of the default VPC with this name. */
export function groupNamed(context: Context, name: string): SecurityGroup {
  const vpc = defaultVpcOf(context);
  const groups = vpc === undefined ? [] : context.intent.table('securityGroup').by('vpcId', vpc.id);
  return (
    groups.find((group) => group.name === name) ??
    refuse(
      'InvalidGroup.NotFound',
      `The security group '${name}' does not exist${vpc === undefined ? '' : ` in default VPC '${vpc.id}'`}`,
    )
  );
}
