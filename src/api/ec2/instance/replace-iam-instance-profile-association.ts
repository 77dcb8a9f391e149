/** The new profile comes with an association of its own. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceIamInstanceProfileAssociation.html */
import { put } from '../../../model/edit.ts';
import { newId } from '../../../model/ids.ts';
import { ec2Action } from '../action.ts';
import { findProfile } from './profile.ts';
import { findAssociation, viewAssociation } from './profile-association.ts';

export const replaceIamInstanceProfileAssociation = ec2Action<'ReplaceIamInstanceProfileAssociation'>(
  { AssociationId: true, IamInstanceProfile: true },
  (input, context) => {
    const instance = findAssociation(context, input.AssociationId);
    const profile = findProfile(context, input.IamInstanceProfile);
    const after = { ...instance, profileId: profile.id, profileAssociationId: newId('profileAssociation', context) };
    return {
      edits: [put(after)],
      output: { IamInstanceProfileAssociation: viewAssociation(after, 'associating', context) },
    };
  },
);
