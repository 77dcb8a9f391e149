/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateIamInstanceProfile.html */
import { put } from '../../../model/edit.ts';
import { ec2Action } from '../action.ts';
import { findAssociation, viewAssociation } from './profile-association.ts';

export const disassociateIamInstanceProfile = ec2Action<'DisassociateIamInstanceProfile'>(
  { AssociationId: true },
  (input, context) => {
    const instance = findAssociation(context, input.AssociationId);
    return {
      edits: [put({ ...instance, profileId: null, profileAssociationId: null })],
      output: { IamInstanceProfileAssociation: viewAssociation(instance, 'disassociating', context) },
    };
  },
);
