/** Also how a VPC gets another main table. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html */
import { put, remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { newResource } from '../../shared/resource.ts';
import { ec2Action } from '../action.ts';

export const replaceRouteTableAssociation = ec2Action<'ReplaceRouteTableAssociation'>(
  { AssociationId: true, RouteTableId: true },
  (input, context) => {
    const before = find(context, 'routeTableAssociation', input.AssociationId);
    const table = find(context, 'routeTable', input.RouteTableId);
    if (table.vpcId !== before.vpcId) {
      refuse(
        'InvalidParameterValue',
        `Route table ${table.id} and ${before.subnetId === null ? `network ${before.vpcId}` : `subnet ${before.subnetId}`} belong to different networks`,
      );
    }
    const after = { ...before, ...newResource(context, 'routeTableAssociation'), routeTableId: table.id };
    const main =
      before.subnetId === null ? [put({ ...find(context, 'vpc', before.vpcId), mainRouteTableId: table.id })] : [];
    return {
      edits: [remove(before), put(after), ...main],
      output: { NewAssociationId: after.id, AssociationState: { State: 'associated' } },
    };
  },
);
