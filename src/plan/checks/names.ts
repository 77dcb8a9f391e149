/**
 * DNS data is whole: names lie in their zone, lower case and of legal length; a CNAME stands alone; values fit their type.
 * Ids are short enough and different enough for the kernel's names that a driver cuts from them.
 */
import { isName } from '../../net/domain-name.ts';
import { rememberWith } from '../memo.ts';
import type { Plan, Zone, ZoneRecord } from '../plan.ts';
import { parseRdata } from '../rdata.ts';

/** Characters of an id's end that a driver can put into a name of the kernel's (15 in all, with a prefix of its own). */
const KERNEL_NAME_CHARACTERS = 12;

export function checkNames(plan: Plan): string[] {
  return [
    ...plan.publicZones.flatMap((zone) => zoneFindings('publicZones', zone)),
    ...plan.hostedZones.flatMap((zone) => zoneFindings(zone.id, zone)),
    ...plan.views.flatMap((view) =>
      [...view.zones, ...view.inboundZones].flatMap((zone) => zoneFindings(view.id, zone)),
    ),
    ...kernelNames('ports', plan.ports),
    ...kernelNames('machines', plan.machines),
    ...kernelNames('domains', plan.domains),
    ...plan.services.filter((each) => each.names.length === 0).map((each) => `${each.id}: no name to certify`),
  ];
}

function zoneFindings(where: string, zone: Zone): string[] {
  const findings: string[] = [];
  const aliases = new Set<string>();
  for (const record of zone.records) {
    for (const finding of recordFindings(record, zone.name)) findings.push(`${where} ${finding}`);
    if (record.type === 'CNAME') aliases.add(record.name);
  }
  for (const record of aliases.size === 0 ? [] : zone.records) {
    if (record.type !== 'CNAME' && aliases.has(record.name)) {
      findings.push(`${where} ${record.name} ${record.type}: beside a CNAME, which stands alone`);
    }
  }
  return findings;
}

const recordFindings = rememberWith((record: ZoneRecord, zone: string): readonly string[] => {
  const what = `${record.name} ${record.type}`;
  const findings: string[] = [];
  if (record.name !== zone && !record.name.endsWith(`.${zone}`)) findings.push(`${what}: outside ${zone}`);
  if (!isName(record.name)) findings.push(`${what}: not a legal name`);
  const all = [record.values, ...(record.choices ?? []).map(({ values }) => values)].flat();
  const unfit = all.filter((value) => !fits(record, value));
  return [...findings, ...unfit.map((value) => `${what}: ${value} does not fit`)];
});

function fits({ type }: ZoneRecord, value: string): boolean {
  // Most names by far, and the text of these is the name itself.
  return type === 'CNAME' || type === 'PTR' ? isName(value) : parseRdata(type, value) !== undefined;
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
