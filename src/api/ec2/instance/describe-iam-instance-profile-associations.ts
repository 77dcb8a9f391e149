/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeIamInstanceProfileAssociations.html */
import { reply } from '../../action.ts';
import { filterItems } from '../../shared/filters.ts';
import { own } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { findAssociation, viewAssociation } from './profile-association.ts';

export const describeIamInstanceProfileAssociations = ec2Action<'DescribeIamInstanceProfileAssociations'>(
  { AssociationIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const ids = input.AssociationIds ?? [];
    const instances = ids.length > 0 ? ids.map((id) => findAssociation(context, id)) : own(context, 'instance');
    const shown = instances
      .filter((instance) => instance.profileAssociationId !== null && instance.wanted !== 'terminated')
      .map((instance) => viewAssociation(instance, 'associated', context));
    const matching = filterItems(shown, input.Filters, {
      'instance-id': (association) => association.InstanceId,
      state: (association) => association.State,
    });
    const { items, next } = page(matching, input, (association) => association.AssociationId ?? '');
    return reply({ IamInstanceProfileAssociations: [...items], NextToken: next });
  },
);
