/** The set that a new VPC gets: the region's first, as long as it, or one like it, is there. */
import { isUsual, NO_OPTIONS } from '../../../model/dhcp-options.ts';
import type { Context } from '../../action.ts';
import { own } from '../../shared/find.ts';

export function usualOptionsId(context: Context): string {
  return own(context, 'dhcpOptions').find(isUsual)?.id ?? NO_OPTIONS;
}
