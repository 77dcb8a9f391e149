/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateIamInstanceProfile.html */
import { put } from '../../../model/edit.ts';
import { newId } from '../../../model/ids.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Instance } from '../../../model/resources.ts';
import { ec2Action } from '../action.ts';
import { findProfile } from './profile.ts';
import { viewAssociation } from './profile-association.ts';
import { findInstances, refuseTerminated } from './state.ts';

export const associateIamInstanceProfile = ec2Action<'AssociateIamInstanceProfile'>(
  { InstanceId: true, IamInstanceProfile: true },
  (input, context) => {
    const [instance] = findInstances(context, [input.InstanceId]) as [Instance];
    refuseTerminated(instance, context.facts);
    const profile = findProfile(context, input.IamInstanceProfile);
    if (instance.profileAssociationId !== null) {
      refuse('IncorrectState', `There is an existing association for instance ${instance.id}`);
    }
    const after = { ...instance, profileId: profile.id, profileAssociationId: newId('profileAssociation', context) };
    return {
      edits: [put(after)],
      output: { IamInstanceProfileAssociation: viewAssociation(after, 'associating', context) },
    };
  },
);
