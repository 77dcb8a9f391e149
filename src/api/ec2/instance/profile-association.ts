/**
 * Associations of instance profiles: one for each instance, part of it and found by an index. They take effect with the
 * commit; AWS's words "associating" and "disassociating" are only in the replies of the calls that change them.
 */
import type { IamInstanceProfileAssociation, IamInstanceProfileAssociationState } from '@aws-sdk/client-ec2';
import { refuse } from '../../../model/refusal.ts';
import type { Instance } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { viewProfile } from './profile.ts';

export function viewAssociation(
  instance: Instance,
  state: IamInstanceProfileAssociationState,
  { intent }: Pick<Context, 'intent'>,
): IamInstanceProfileAssociation {
  return {
    AssociationId: instance.profileAssociationId ?? undefined,
    InstanceId: instance.id,
    IamInstanceProfile: viewProfile(intent, instance.profileId),
    State: state,
  };
}

/** The caller's instance that has the association. */
export function findAssociation(context: Context, id: string): Instance {
  return (
    context.intent
      .table('instance')
      .by('profileAssociationId', id)
      .find((instance) => instance.account === context.account && instance.region === context.region) ??
    refuse('InvalidAssociationID.NotFound', `An invalid association-id of '${id}' was given`)
  );
}
