/**
 * Where types can be had: every type everywhere. Zones of other kinds (Outposts) are not there.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html
 */
import type { InstanceTypeOffering, _InstanceType as TypeName } from '@aws-sdk/client-ec2';
import { INSTANCE_TYPES } from '../../../model/instance-types.ts';
import { zonesOf } from '../../../model/zones.ts';
import { type Context, reply } from '../../action.ts';
import { filterItems } from '../../shared/filters.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action, type Input } from '../action.ts';

export const describeInstanceTypeOfferings = ec2Action<'DescribeInstanceTypeOfferings'>(
  {
    LocationType: ['region', 'availability-zone', 'availability-zone-id'],
    Filters: true,
    MaxResults: true,
    NextToken: true,
  },
  (input, context) => {
    const kind = input.LocationType ?? 'region';
    const offered = locationsOf(kind, context).flatMap((Location) =>
      INSTANCE_TYPES.map(
        ({ name }): InstanceTypeOffering => ({ InstanceType: name as TypeName, LocationType: kind, Location }),
      ),
    );
    const matching = filterItems(offered, input.Filters, {
      'instance-type': (each) => each.InstanceType,
      location: (each) => each.Location,
    });
    const { items, next } = page(matching, input, (each) => `${each.Location}/${each.InstanceType}`);
    return reply({ InstanceTypeOfferings: [...items], NextToken: next });
  },
);

type Kind = NonNullable<Input<'DescribeInstanceTypeOfferings'>['LocationType']>;

function locationsOf(kind: Kind, { account, region }: Context): readonly string[] {
  if (kind === 'region') return [region];
  return zonesOf(account, region).map((zone) => (kind === 'availability-zone' ? zone.name : zone.id));
}
