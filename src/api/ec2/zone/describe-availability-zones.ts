/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html */
import type { AvailabilityZone } from '@aws-sdk/client-ec2';
import { refuse } from '../../../model/refusal.ts';
import { findRegion } from '../../../model/regions.ts';
import { zonesOf } from '../../../model/zones.ts';
import { reply } from '../../action.ts';
import { type FilterFields, filterItems } from '../../shared/filters.ts';
import { ec2Action } from '../action.ts';

const FIELDS: FilterFields<AvailabilityZone> = {
  'group-long-name': (zone) => zone.GroupLongName,
  'group-name': (zone) => zone.GroupName,
  message: () => [],
  'opt-in-status': (zone) => zone.OptInStatus,
  'parent-zone-id': () => [],
  'parent-zone-name': () => [],
  'region-name': (zone) => zone.RegionName,
  state: (zone) => zone.State,
  'zone-id': (zone) => zone.ZoneId,
  'zone-name': (zone) => zone.ZoneName,
  'zone-type': (zone) => zone.ZoneType,
};

export const describeAvailabilityZones = ec2Action<'DescribeAvailabilityZones'>(
  // All zones of a region are always open here, so asking for all of them changes nothing.
  { ZoneNames: true, ZoneIds: true, AllAvailabilityZones: true, Filters: true },
  (input, { account, region }) => {
    const zones = zonesOf(account, region).map(
      ({ name, id }): AvailabilityZone => ({
        ZoneName: name,
        ZoneId: id,
        RegionName: region,
        State: 'available',
        OptInStatus: 'opt-in-not-required',
        GroupName: `${region}-zg-1`,
        GroupLongName: `${findRegion(region)?.longName} 1`,
        NetworkBorderGroup: region,
        ZoneType: 'availability-zone',
        Messages: [],
      }),
    );
    const { ZoneNames: names = [], ZoneIds: ids = [] } = input;
    const unknown = [
      ...names.filter((name) => !zones.some((zone) => zone.ZoneName === name)),
      ...ids.filter((id) => !zones.some((zone) => zone.ZoneId === id)),
    ];
    if (unknown.length > 0) refuse('InvalidParameterValue', `Invalid availability zone: [${unknown.join(', ')}]`);
    const isAsked = (zone: AvailabilityZone) =>
      (names.length === 0 && ids.length === 0) ||
      names.includes(zone.ZoneName ?? '') ||
      ids.includes(zone.ZoneId ?? '');
    return reply({ AvailabilityZones: [...filterItems(zones.filter(isAsked), input.Filters, FIELDS)] });
  },
);
