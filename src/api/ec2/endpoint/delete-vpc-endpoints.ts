/**
 * Deletes several at once; what could not be deleted is told beside, with status 200. The interfaces go with the call, the
 * endpoint itself stays until the kernel has let go of it and it was shown as deleted for a while.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html
 */
import type { UnsuccessfulItem } from '@aws-sdk/client-ec2';
import { type Edit, put, remove } from '../../../model/edit.ts';
import { Refusal } from '../../../model/refusal.ts';
import type { VpcEndpoint } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { distinct } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { findEndpoint } from './state.ts';

export const deleteVpcEndpoints = ec2Action<'DeleteVpcEndpoints'>({ VpcEndpointIds: true }, (input, context) => {
  const edits: Edit[] = [];
  const failed: UnsuccessfulItem[] = [];
  for (const id of distinct(input.VpcEndpointIds)) {
    try {
      const endpoint = findEndpoint(context, id);
      if (endpoint.deletedRevision === null) edits.push(...deletion(endpoint, context));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      failed.push({ ResourceId: id, Error: { Code: error.code, Message: error.message } });
    }
  }
  return { edits, output: { Unsuccessful: failed } };
});

function deletion(endpoint: VpcEndpoint, context: Context): readonly Edit[] {
  const ports = context.intent.table('networkInterface').by('vpcEndpointId', endpoint.id);
  return [...ports.map(remove), put({ ...endpoint, deletedRevision: context.nextRevision, deletedAt: context.now })];
}
