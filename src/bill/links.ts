/**
 * What traffic between VPCs costs. A peering connection has no price: its bytes cost where they cross from one zone to another, each side
 * half of it, and the sender where they leave the Region. A transit gateway's attachment pays for what it sends to the gateway.
 */
import type { Intent } from '../model/intent.ts';
import type { LinkSubject } from '../model/metrics.ts';
import type { Rate } from './prices.ts';
import type { Usage } from './usage.ts';

export interface LinkCharge {
  readonly account: string;
  readonly region: string;
  readonly rate: Rate | 'free';
  /** GB. */
  readonly quantity: number;
  readonly note: string | null;
}

export function linkCharges(usage: Usage, { linkId, peering }: LinkSubject): readonly LinkCharge[] {
  const { account, region, forwardGigabytes, backGigabytes } = usage;
  if (linkId.startsWith('tgw-attach-')) {
    return [{ account, region, rate: 'attachmentGigabyte', quantity: forwardGigabytes, note: null }];
  }
  if (peering === null) return [];
  const { requester, accepter, crossing } = peering;
  if (requester.region !== accepter.region) {
    return [
      { ...requester, rate: 'regionGigabyte', quantity: forwardGigabytes, note: null },
      { ...accepter, rate: 'regionGigabyte', quantity: backGigabytes, note: null },
    ];
  }
  const quantity = forwardGigabytes + backGigabytes;
  if (crossing === 'none') return [{ ...requester, rate: 'free', quantity, note: 'both VPCs are in one zone' }];
  const note = crossing === 'some' ? 'at most: as if all of it crossed zones' : null;
  return [requester, accepter].map((side) => ({ ...side, rate: 'zoneGigabyte', quantity, note }));
}

export function crossingOf(intent: Intent, oneVpcId: string, otherVpcId: string): 'none' | 'some' | 'all' {
  const [one, other] = [zonesOf(intent, oneVpcId), zonesOf(intent, otherVpcId)];
  if (one.size === 1 && other.size === 1) return [...one][0] === [...other][0] ? 'none' : 'all';
  // Nobody is there yet: who will come is not known.
  if (one.size === 0 || other.size === 0) return 'some';
  return [...one].some((zone) => other.has(zone)) ? 'some' : 'all';
}

function zonesOf(intent: Intent, vpcId: string): ReadonlySet<string> {
  const subnets = intent
    .table('networkInterface')
    .by('vpcId', vpcId)
    .map(({ subnetId }) => subnetId);
  return new Set([...new Set(subnets)].flatMap((id) => intent.table('subnet').get(id)?.zoneId ?? []));
}
