/**
 * The repository that the base image's package manager asks (image/customize.sh names it too). It stands in the internet, so
 * only instances with a way out reach it, as at AWS. Its address is the last of 198.19.0.0/16: no AWS service has a place there
 * (service-addresses.ts).
 */
import type { Mirror } from '../plan.ts';

export const MIRROR_ZONE = 'culvert.internal';

export const MIRRORS: readonly Mirror[] = [
  { id: 'packages', origin: [], name: `packages.${MIRROR_ZONE}`, address: '198.19.255.254', port: 80 },
];
