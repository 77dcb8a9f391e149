/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html */
import type { NetworkInterfaceAttachmentChanges } from '@aws-sdk/client-ec2';
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { NetworkInterface } from '../../../model/resources.ts';
import { find } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { oneAttribute } from '../one-attribute.ts';
import { refuseMissingAttachment } from './attachment.ts';
import { groupsInVpc } from './birth.ts';
import { primaryPart } from './ipv6-addresses.ts';
import { isRequesterManaged } from './view.ts';

export const modifyNetworkInterfaceAttribute = ec2Action<'ModifyNetworkInterfaceAttribute'>(
  {
    NetworkInterfaceId: true,
    Description: true,
    SourceDestCheck: true,
    Groups: true,
    Attachment: { AttachmentId: true, DeleteOnTermination: true },
    EnablePrimaryIpv6: true,
  },
  (input, context) => {
    const { NetworkInterfaceId: id, ...attributes } = input;
    oneAttribute(attributes);
    const port = find(context, 'networkInterface', id);
    if (isRequesterManaged(port)) {
      refuse('AuthFailure', 'You do not have permission to access the specified resource.', 403);
    }
    const { Description: description, SourceDestCheck: check, Groups: groups, Attachment: attachment } = attributes;
    const { EnablePrimaryIpv6: primaryIpv6 } = attributes;
    if (primaryIpv6 === false && port.primaryIpv6 === true) {
      refuse('OperationNotPermitted', `The primary IPv6 address of interface ${port.id} cannot be disabled.`);
    }
    const change: Partial<NetworkInterface> = {
      ...primaryPart(primaryIpv6, port.ipv6Addresses),
      ...(description !== undefined && { description: description.Value ?? '' }),
      ...(check !== undefined && { sourceDestCheck: required(check.Value, 'SourceDestCheck.Value') }),
      ...(groups !== undefined && {
        groupIds: groupsInVpc(context, groups, find(context, 'vpc', port.vpcId), `interface ${port.id}`),
      }),
      ...(attachment !== undefined && { attachment: changedAttachment(port, attachment) }),
    };
    return { edits: [put({ ...port, ...change })], output: {} };
  },
);

function changedAttachment(
  port: NetworkInterface,
  change: NetworkInterfaceAttachmentChanges,
): NetworkInterface['attachment'] {
  const id = required(change.AttachmentId, 'Attachment.AttachmentId');
  if (port.attachment?.id !== id) refuseMissingAttachment(id);
  const deleteOnTermination = required(change.DeleteOnTermination, 'Attachment.DeleteOnTermination');
  return { ...port.attachment, deleteOnTermination };
}
