/**
 * Zone names are an account's own: "ap-south-1a" of two accounts can be different places. Zone ids are the places.
 * The mapping is drawn once from the account and the region, so that it never changes and needs no storage.
 * https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html
 */
import { hash32 } from '../net/hash.ts';
import { findRegion, REGIONS, type Region } from './regions.ts';

const REGION_OF_ZONE = new Map(REGIONS.flatMap((region) => region.zoneIds.map((id) => [id, region] as const)));

export interface Zone {
  readonly name: string;
  readonly id: string;
}

/** The zones of a region as the account names them, sorted by name; none where the region is unknown. */
export function zonesOf(account: string, region: string): readonly Zone[] {
  const found = findRegion(region);
  if (found === undefined) return [];
  const ids = shuffled(found, account);
  return [...found.letters].map((letter, at) => ({ name: `${found.name}${letter}`, id: ids[at] as string }));
}

/** The account's name for a zone. Asking for a zone that does not exist is a bug. */
export function zoneName(account: string, id: string): string {
  const region = REGION_OF_ZONE.get(id);
  const zone = region && zonesOf(account, region.name).find((each) => each.id === id);
  if (zone === undefined) throw new Error(`no such zone: ${id}`);
  return zone.name;
}

/** The zone that the account calls by this name; undefined where there is none. */
export function zoneId(account: string, name: string): string | undefined {
  return zonesOf(account, name.slice(0, -1)).find((zone) => zone.name === name)?.id;
}

/** Fisher–Yates, driven by a hash of account and region. */
function shuffled(region: Region, account: string): readonly string[] {
  const ids = [...region.zoneIds];
  let state = hash32(`${account}/${region.name}`);
  for (let at = ids.length - 1; at > 0; at--) {
    state = hash32(String(state));
    const other = state % (at + 1);
    [ids[at], ids[other]] = [ids[other] as string, ids[at] as string];
  }
  return ids;
}
