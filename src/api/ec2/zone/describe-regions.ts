/** Regions that need opting in show only when all are asked for. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html */
import type { Region as Shown } from '@aws-sdk/client-ec2';
import { refuse } from '../../../model/refusal.ts';
import { findRegion, REGIONS, type Region } from '../../../model/regions.ts';
import { reply } from '../../action.ts';
import { type FilterFields, filterItems } from '../../shared/filters.ts';
import { ec2Action } from '../action.ts';

const FIELDS: FilterFields<Shown> = {
  endpoint: (region) => region.Endpoint,
  'opt-in-status': (region) => region.OptInStatus,
  'region-name': (region) => region.RegionName,
};

export const describeRegions = ec2Action<'DescribeRegions'>(
  { RegionNames: true, AllRegions: true, Filters: true },
  (input) => {
    const names = input.RegionNames ?? [];
    const unknown = names.filter((name) => findRegion(name) === undefined);
    if (unknown.length > 0) refuse('InvalidParameterValue', `Invalid region: [${unknown.join(', ')}]`);
    const isAsked = (region: Region) =>
      names.length > 0 ? names.includes(region.name) : input.AllRegions === true || !region.needsOptIn;
    const shown = REGIONS.filter(isAsked).map((region) => ({
      RegionName: region.name,
      Endpoint: `ec2.${region.name}.amazonaws.com`,
      OptInStatus: region.needsOptIn ? 'not-opted-in' : 'opt-in-not-required',
    }));
    return reply({ Regions: [...filterItems(shown, input.Filters, FIELDS)] });
  },
);
