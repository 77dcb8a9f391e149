/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateRouteTable.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';

export const disassociateRouteTable = ec2Action<'DisassociateRouteTable'>({ AssociationId: true }, (input, context) => {
  const association = find(context, 'routeTableAssociation', input.AssociationId);
  if (association.subnetId === null) {
    refuse('InvalidParameterValue', `cannot disassociate the main route table association ${association.id}`);
  }
  return { edits: [remove(association)], output: {} };
});
