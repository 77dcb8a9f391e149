/** The zone that a caller names for a new subnet, by name or id. */
import { refuse } from '../../../model/refusal.ts';
import { type Zone, zonesOf } from '../../../model/zones.ts';
import type { Context } from '../../action.ts';
import { invalidValue } from '../../shared/input.ts';

/** Undefined where neither is given. */
export function zoneAsked(context: Context, name: string | undefined, id: string | undefined): Zone | undefined {
  if (name !== undefined && id !== undefined) {
    refuse('InvalidParameterCombination', 'Only one of availabilityZone and availabilityZoneId can be specified.');
  }
  const zones = zonesOf(context.account, context.region);
  if (name !== undefined) {
    const names = zones.map((zone) => zone.name).join(', ');
    return (
      zones.find((zone) => zone.name === name) ??
      invalidValue(
        name,
        'availabilityZone',
        `Subnets can currently only be created in the following availability zones: ${names}.`,
      )
    );
  }
  if (id === undefined) return undefined;
  const ids = zones.map((zone) => zone.id).join(', ');
  return (
    zones.find((zone) => zone.id === id) ??
    invalidValue(
      id,
      'availabilityZoneId',
      `Subnets can currently only be created in the following availability zones: ${ids}.`,
    )
  );
}
