/**
 * Images: those of the Intent, and the public one that every region has from the start. The latter is a fact about this
 * version of Culvert, so it is computed and never stored; its id is another one in each region, as at AWS.
 */
import { fingerprint } from './fingerprint.ts';
import type { Intent } from './intent.ts';
import { findRegion, REGIONS } from './regions.ts';
import type { Image } from './resources.ts';

/** AWS's alias of the account that owns public images. */
export const IMAGE_OWNER = 'amazon';

/** The name of the base image's layer, last in every image's list. */
export const BASE_LAYER = 'debian-12';

/** The image's own date: when its recipe was last changed. */
const BASE_IMAGE_DATE = '2026-11-23T00:00:00.000Z';

const byId = new Map(REGIONS.map(({ name }) => [baseImage(name).id, baseImage(name)]));

/** The public image of a region; undefined where there is no such region. */
export function baseImageOf(region: string): Image | undefined {
  return findRegion(region) && baseImage(region);
}

/** An image by its id, whoever owns it. */
export function findImage(intent: Intent, id: string): Image | undefined {
  return intent.table('image').get(id) ?? byId.get(id);
}

function baseImage(region: string): Image {
  return {
    kind: 'image',
    id: `ami-0${fingerprint(`${BASE_LAYER}/${region}`, 16)}`,
    account: IMAGE_OWNER,
    region,
    tags: {},
    createdAt: BASE_IMAGE_DATE,
    name: `culvert-${BASE_LAYER}-x86_64-${BASE_IMAGE_DATE.slice(0, 10).replaceAll('-', '')}`,
    description: 'Debian 12 with systemd, the AWS CLI and EC2 user data',
    isPublic: true,
    launchAccounts: [],
    layers: [BASE_LAYER],
    source: null,
  };
}
