/**
 * Which ACL a subnet follows. An association that was never replaced is with the VPC's default ACL and has an id that follows
 * from the subnet's; replacing it makes a resource of it.
 */
import { refuse } from '../../../model/refusal.ts';
import type { NetworkAcl, NetworkAclAssociation, Subnet } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { findIfThere } from '../../shared/find.ts';
import { derivedId } from '../../shared/resource.ts';

export interface Association {
  readonly id: string;
  readonly subnet: Subnet;
  /** null: it follows from the subnet. */
  readonly resource: NetworkAclAssociation | null;
}

/** The ACL's associations in the order in which its VPC's subnets were made. */
export function associationsOf(acl: NetworkAcl, context: Context): readonly Association[] {
  return context.intent
    .table('subnet')
    .by('vpcId', acl.vpcId)
    .flatMap((subnet) => {
      const association = associationOf(subnet, context);
      const isOurs = association.resource === null ? acl.isDefault : association.resource.aclId === acl.id;
      return isOurs ? [association] : [];
    });
}

export function findAssociation(id: string, context: Context): Association {
  const stored = context.intent.table('networkAclAssociation').get(id);
  const subnet = findIfThere(context, 'subnet', stored?.subnetId ?? derivedId('subnet', { id }));
  const association = subnet && associationOf(subnet, context);
  if (association?.id !== id) refuse('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`);
  return association;
}

function associationOf(subnet: Subnet, context: Context): Association {
  const [resource = null] = context.intent.table('networkAclAssociation').by('subnetId', subnet.id);
  return { id: resource?.id ?? derivedId('aclassoc', subnet), subnet, resource };
}
