/** Instance profiles as EC2 names them: by name or ARN in calls, by ARN and id in answers. */
import type { IamInstanceProfile, IamInstanceProfileSpecification } from '@aws-sdk/client-ec2';
import type { Intent } from '../../../model/intent.ts';
import { refuse } from '../../../model/refusal.ts';
import type { InstanceProfile } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { invalidValue } from '../../shared/input.ts';

export function profileArn(profile: InstanceProfile): string {
  return `arn:aws:iam::${profile.account}:instance-profile${profile.path}${profile.name}`;
}

/** The account's profile that the specification names. */
export function findProfile(
  context: Context,
  { Arn: arn, Name: name }: IamInstanceProfileSpecification,
): InstanceProfile {
  if (arn !== undefined && name !== undefined) {
    refuse(
      'InvalidParameterCombination',
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
    );
  }
  if (arn === undefined && name === undefined) {
    refuse('MissingParameter', 'The request must contain the parameter iamInstanceProfile.name');
  }
  const wanted = name ?? arn?.slice(arn.lastIndexOf('/') + 1) ?? '';
  const found = context.intent
    .table('instanceProfile')
    .by('name', wanted)
    .find((profile) => profile.account === context.account);
  if (found !== undefined && (arn === undefined || profileArn(found) === arn)) return found;
  return name !== undefined
    ? invalidValue(name, 'iamInstanceProfile.name', 'Invalid IAM Instance Profile name')
    : invalidValue(arn ?? '', 'iamInstanceProfile.arn', 'Invalid IAM Instance Profile ARN');
}

/** Undefined where there is none, or it was deleted since. */
export function viewProfile(intent: Intent, profileId: string | null): IamInstanceProfile | undefined {
  const profile = profileId === null ? undefined : intent.table('instanceProfile').get(profileId);
  return profile && { Arn: profileArn(profile), Id: profile.id };
}
