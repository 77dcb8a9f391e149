/**
 * Only running instances are told unless all are asked for. The checks follow the state: there is no machine behind that
 * could fail without the instance room knowing.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceStatus.html
 */
import type { InstanceStatus, InstanceStatusSummary } from '@aws-sdk/client-ec2';
import type { Instance } from '../../../model/resources.ts';
import { zoneName } from '../../../model/zones.ts';
import { type Context, reply } from '../../action.ts';
import { filterItems } from '../../shared/filters.ts';
import { page, refuseIdsWithPages } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { askedInstances, stateOf, viewState } from './state.ts';

export const describeInstanceStatus = ec2Action<'DescribeInstanceStatus'>(
  {
    InstanceIds: true,
    IncludeAllInstances: true,
    IncludeManagedResources: true,
    Filters: true,
    MaxResults: true,
    NextToken: true,
  },
  (input, context) => {
    refuseIdsWithPages(input.InstanceIds, 'instancesSet', input);
    const asked = askedInstances(context, input.InstanceIds);
    const shown = asked
      .filter((instance) => input.IncludeAllInstances === true || stateOf(instance, context.facts) === 'running')
      .map((instance) => viewStatus(instance, context));
    const matching = filterItems(shown, input.Filters, {
      'availability-zone': (status) => status.AvailabilityZone,
      'availability-zone-id': (status) => status.AvailabilityZoneId,
      'instance-state-code': (status) => status.InstanceState?.Code,
      'instance-state-name': (status) => status.InstanceState?.Name,
      'instance-status.reachability': (status) => status.InstanceStatus?.Details?.[0]?.Status,
      'instance-status.status': (status) => status.InstanceStatus?.Status,
      'system-status.reachability': (status) => status.SystemStatus?.Details?.[0]?.Status,
      'system-status.status': (status) => status.SystemStatus?.Status,
    });
    const { items, next } = page(matching, input, (status) => status.InstanceId ?? '');
    return reply({ InstanceStatuses: [...items], NextToken: next });
  },
);

function viewStatus(instance: Instance, context: Context): InstanceStatus {
  const subnet = context.intent.table('subnet').get(instance.subnetId);
  const summary = summaryOf(instance, context);
  return {
    InstanceId: instance.id,
    ...(subnet && { AvailabilityZone: zoneName(instance.account, subnet.zoneId), AvailabilityZoneId: subnet.zoneId }),
    InstanceState: viewState(stateOf(instance, context.facts)),
    InstanceStatus: summary,
    SystemStatus: summary,
    Events: [],
  };
}

function summaryOf(instance: Instance, { facts }: Context): InstanceStatusSummary {
  const state = stateOf(instance, facts);
  const fault = facts.machines.get(instance.id)?.fault ?? null;
  if (fault !== null) return { Status: 'impaired', Details: [{ Name: 'reachability', Status: 'failed' }] };
  if (state === 'running') return { Status: 'ok', Details: [{ Name: 'reachability', Status: 'passed' }] };
  if (state === 'pending')
    return { Status: 'initializing', Details: [{ Name: 'reachability', Status: 'initializing' }] };
  return { Status: 'not-applicable' };
}
