/** What AWS's endpoint services can and Culvert's cannot yet: refused by the value's name. */
import { refuse } from '../../../model/refusal.ts';

export function onlyIpv4(types: readonly string[] | undefined, parameter: string): void {
  refuseOthers(types, parameter, 'ipv4', '');
}

function refuseOthers(values: readonly string[] | undefined, parameter: string, only: string, why: string): void {
  const other = values?.find((value) => value !== only);
  if (other === undefined) return;
  refuse('UnsupportedOperation', `The value '${other}' for parameter ${parameter} is not supported by Culvert${why}.`);
}
