/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { RouteTableAssociation } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import { ec2Action } from '../action.ts';

const ASSOCIATED = { State: 'associated' } as const;

export const associateRouteTable = ec2Action<'AssociateRouteTable'>(
  { RouteTableId: true, SubnetId: true },
  (input, context) => {
    const table = find(context, 'routeTable', input.RouteTableId);
    const subnet = find(context, 'subnet', required(input.SubnetId, 'subnetId'));
    if (table.vpcId !== subnet.vpcId) {
      refuse('InvalidParameterValue', `Route table ${table.id} and subnet ${subnet.id} belong to different networks`);
    }
    const [present] = context.intent.table('routeTableAssociation').by('subnetId', subnet.id);
    if (present?.routeTableId === table.id) return reply({ AssociationId: present.id, AssociationState: ASSOCIATED });
    if (present !== undefined) {
      refuse(
        'Resource.AlreadyAssociated',
        `the specified association for route table ${table.id} conflicts with an existing association`,
      );
    }
    const association: RouteTableAssociation = {
      ...newResource(context, 'routeTableAssociation'),
      kind: 'routeTableAssociation',
      vpcId: table.vpcId,
      routeTableId: table.id,
      subnetId: subnet.id,
    };
    return { edits: [put(association)], output: { AssociationId: association.id, AssociationState: ASSOCIATED } };
  },
);
