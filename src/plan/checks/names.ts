/**
 * DNS data is whole: names lie in their zone, lower case and of legal length; a CNAME stands alone; values fit their type.
 * Ids are short enough and different enough for the kernel's names that a driver cuts from them.
 */
import { parseIp } from '../../net/ip.ts';
import type { Plan, Zone, ZoneRecord } from '../plan.ts';

/** Characters of an id's end that a driver can put into a name of the kernel's (15 in all, with a prefix of its own). */
const KERNEL_NAME_CHARACTERS = 12;

export function checkNames(plan: Plan): string[] {
  return [
    ...plan.publicZones.flatMap((zone) => zoneFindings('publicZones', zone)),
    ...plan.views.flatMap((view) => view.zones.flatMap((zone) => zoneFindings(view.id, zone))),
    ...kernelNames('ports', plan.ports),
    ...kernelNames('machines', plan.machines),
    ...kernelNames('domains', plan.domains),
    ...plan.services.filter((each) => each.names.length === 0).map((each) => `${each.id}: no name to certify`),
  ];
}

function zoneFindings(where: string, zone: Zone): string[] {
  const findings: string[] = [];
  const types = Map.groupBy(zone.records, (record) => record.name);
  for (const record of zone.records) {
    const what = `${where} ${record.name} ${record.type}`;
    if (record.name !== zone.name && !record.name.endsWith(`.${zone.name}`))
      findings.push(`${what}: outside ${zone.name}`);
    if (!isLegalName(record.name)) findings.push(`${what}: not a legal name`);
    if (record.values.length === 0) findings.push(`${what}: no value`);
    if (record.type === 'CNAME' && (types.get(record.name)?.length ?? 0) > 1) findings.push(`${what}: not alone`);
    findings.push(
      ...record.values.filter((value) => !fits(record, value)).map((value) => `${what}: ${value} does not fit`),
    );
  }
  return findings;
}

function isLegalName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label, at) => (at === 0 && label === '*') || LABEL.test(label));
}
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

function fits(record: ZoneRecord, value: string): boolean {
  if (record.type === 'A') return parseIp(value)?.version === 4;
  if (record.type === 'AAAA') return parseIp(value)?.version === 6;
  if (record.type === 'TXT') return value.length <= 255;
  return isLegalName(value);
}

function kernelNames(list: string, items: readonly { readonly id: string }[]): string[] {
  const findings: string[] = [];
  const seen = new Map<string, string>();
  for (const { id } of items) {
    const short = id.slice(-KERNEL_NAME_CHARACTERS);
    const before = seen.get(short);
    if (before !== undefined) findings.push(`${list}: ${before} and ${id} end alike: their kernel names would be one`);
    seen.set(short, id);
  }
  return findings;
}
