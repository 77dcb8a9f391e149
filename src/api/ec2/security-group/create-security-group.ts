/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */

import { put } from '../../../model/edit.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { SecurityGroup, Vpc } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find, ownCount } from '../../shared/find.ts';
import { invalidValue } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate, viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { defaultVpcOf } from '../vpc/default-vpc.ts';
import { allOut } from './birth.ts';
import { groupArn } from './view.ts';

const ALLOWED = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]*$/;
const MAX_LENGTH = 255;

export const createSecurityGroup = ec2Action<'CreateSecurityGroup'>(
  { GroupName: true, Description: true, VpcId: true, TagSpecifications: true },
  (input, context) => {
    checkName(input.GroupName);
    checkDescription(input.Description);
    const vpc = vpcAsked(context, input.VpcId);
    const groups = context.intent.table('securityGroup').by('vpcId', vpc.id);
    if (groups.some((group) => group.name === input.GroupName)) {
      refuse('InvalidGroup.Duplicate', `The security group '${input.GroupName}' already exists for VPC '${vpc.id}'`);
    }
    if (ownCount(context, 'securityGroup') >= quotaOf(context.intent, 'groupsPerRegion', context)) {
      refuse('SecurityGroupLimitExceeded', 'The maximum number of security groups has been reached.');
    }
    const group: SecurityGroup = {
      ...newResource(context, 'securityGroup', tagsOnCreate(input.TagSpecifications, 'security-group')),
      kind: 'securityGroup',
      vpcId: vpc.id,
      name: input.GroupName,
      description: input.Description,
    };
    const outs = [allOut(context, group.id), ...(vpc.ipv6Cidrs.length === 0 ? [] : [allOut(context, group.id, 6)])];
    return {
      edits: [put(group), ...outs.map(put)],
      output: { GroupId: group.id, SecurityGroupArn: groupArn(group), Tags: viewTags(group.tags) },
    };
  },
);

function vpcAsked(context: Context, id: string | undefined): Vpc {
  if (id !== undefined) return find(context, 'vpc', id);
  return defaultVpcOf(context) ?? refuse('VPCIdNotSpecified', 'No default VPC for this user');
}

function checkName(name: string): void {
  if (name === '') refuse('MissingParameter', 'The request must contain the parameter groupName');
  if (name === 'default') refuse('InvalidParameterValue', 'Cannot use reserved security group name: default');
  if (/^sg-/i.test(name)) invalidValue(name, 'GroupName', 'Group names may not be in the format sg-*.');
  if (name.length > MAX_LENGTH) invalidValue(name, 'GroupName', `Names must be at most ${MAX_LENGTH} characters.`);
  if (!ALLOWED.test(name)) {
    invalidValue(name, 'GroupName', 'Valid names are strings from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*');
  }
}

function checkDescription(text: string): void {
  if (text === '') refuse('MissingParameter', 'The request must contain the parameter GroupDescription');
  if (text.length > MAX_LENGTH) {
    invalidValue(text, 'GroupDescription', `Descriptions must be at most ${MAX_LENGTH} characters.`);
  }
  if (!ALLOWED.test(text)) {
    invalidValue(
      text,
      'GroupDescription',
      'Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
    );
  }
}
