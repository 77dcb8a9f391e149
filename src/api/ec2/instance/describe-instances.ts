/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html */
import type { Reservation } from '@aws-sdk/client-ec2';
import { reply } from '../../action.ts';
import { filterResources } from '../../shared/filters.ts';
import { page, refuseIdsWithPages } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { type Candidate, candidateOf, INSTANCE_FILTERS } from './filters.ts';
import { askedInstances } from './state.ts';

export const describeInstances = ec2Action<'DescribeInstances'>(
  { InstanceIds: true, Filters: true, MaxResults: true, NextToken: true, IncludeManagedResources: true },
  (input, context) => {
    refuseIdsWithPages(input.InstanceIds, 'instancesSet', input);
    const asked = askedInstances(context, input.InstanceIds);
    const candidates = asked.map((instance) => candidateOf(instance, context));
    const matching = filterResources(candidates, input.Filters, INSTANCE_FILTERS);
    const { items, next } = page(matching, input, ({ instance }) => instance.id);
    return reply({ Reservations: reservationsOf(items), NextToken: next });
  },
);

/** Instances that were launched by one call stand together. */
function reservationsOf(candidates: readonly Candidate[]): Reservation[] {
  const reservations = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const id = candidate.instance.reservationId;
    const together = reservations.get(id);
    if (together === undefined) reservations.set(id, [candidate]);
    else together.push(candidate);
  }
  return [...reservations].map(([id, together]) => ({
    ReservationId: id,
    OwnerId: together[0]?.instance.account,
    Groups: [],
    Instances: together.map(({ shown }) => shown),
  }));
}
