/**
 * Lets go of an interface that is not the primary one. Force differs only for an instance that is on its way into another state.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachNetworkInterface.html
 */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find, ownBy } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { refuseMissingAttachment, refuseUnlessSettled, released } from './attachment.ts';

/** Refuses, in this order: attachments of AWS's own, those that are not there, the primary interface's, the instance's state. */
export const detachNetworkInterface = ec2Action<'DetachNetworkInterface'>(
  { AttachmentId: true, Force: true },
  (input, context) => {
    const id = input.AttachmentId;
    if (id.startsWith('ela-attach-')) {
      refuse('OperationNotPermitted', "You are not allowed to manage 'ela-attach' attachments.");
    }
    const [port] = ownBy(context, 'networkInterface', 'attachment.id', id);
    if (port === undefined || port.attachment === null) refuseMissingAttachment(id);
    const { deviceIndex, instanceId } = port.attachment;
    if (deviceIndex === 0) {
      refuse(
        'OperationNotPermitted',
        'The network interface at device index 0 and networkCard index 0 cannot be detached.',
      );
    }
    if (input.Force !== true) refuseUnlessSettled(find(context, 'instance', instanceId), context.facts);
    return { edits: [put(released(port, context))], output: {} };
  },
);
