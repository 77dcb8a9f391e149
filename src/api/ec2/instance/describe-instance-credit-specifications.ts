/**
 * How T instances are charged for processor time. Here nothing is throttled when credits run out, which is what AWS calls
 * "unlimited", its default for all but the oldest.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceCreditSpecifications.html
 */
import type { InstanceCreditSpecification } from '@aws-sdk/client-ec2';
import { findInstanceType } from '../../../model/instance-types.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Instance } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { filterItems } from '../../shared/filters.ts';
import { own } from '../../shared/find.ts';
import { page, refuseIdsWithPages } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { findInstances } from './state.ts';

export const describeInstanceCreditSpecifications = ec2Action<'DescribeInstanceCreditSpecifications'>(
  { InstanceIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    refuseIdsWithPages(input.InstanceIds, 'instanceIdsSet', input);
    const named = findInstances(context, input.InstanceIds ?? []);
    const other = named.find((instance) => !isBurstable(instance));
    if (other !== undefined) {
      refuse(
        'InstanceCreditSpecification.NotSupported',
        `The specified instance '${other.id}' does not support the credit option for CPU usage.`,
      );
    }
    const shown = (named.length > 0 ? named : own(context, 'instance').filter(isBurstable)).map(
      (instance): InstanceCreditSpecification => ({ InstanceId: instance.id, CpuCredits: 'unlimited' }),
    );
    const matching = filterItems(shown, input.Filters, { 'instance-id': (each) => each.InstanceId });
    const { items, next } = page(matching, input, (each) => each.InstanceId ?? '');
    return reply({ InstanceCreditSpecifications: [...items], NextToken: next });
  },
);

function isBurstable(instance: Instance): boolean {
  return findInstanceType(instance.instanceType)?.isBurstable === true;
}
