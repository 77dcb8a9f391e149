/** The only way to give a subnet another ACL. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceNetworkAclAssociation.html */
import { put, remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { newResource } from '../../shared/resource.ts';
import { ec2Action } from '../action.ts';
import { findAssociation } from './associations.ts';

export const replaceNetworkAclAssociation = ec2Action<'ReplaceNetworkAclAssociation'>(
  { AssociationId: true, NetworkAclId: true },
  (input, context) => {
    const { subnet, resource } = findAssociation(input.AssociationId, context);
    const acl = find(context, 'networkAcl', input.NetworkAclId);
    if (acl.vpcId !== subnet.vpcId) {
      refuse('InvalidParameterValue', `Network ACL ${acl.id} and subnet ${subnet.id} belong to different networks`);
    }
    const after = {
      ...newResource(context, 'networkAclAssociation'),
      kind: 'networkAclAssociation',
      vpcId: acl.vpcId,
      aclId: acl.id,
      subnetId: subnet.id,
    } as const;
    const before = resource === null ? [] : [remove(resource)];
    return { edits: [...before, put(after)], output: { NewAssociationId: after.id } };
  },
);
