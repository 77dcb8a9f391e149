/**
 * What traffic between VPCs costs. A peering connection has no price: its bytes cost where they cross from one zone to another, each side
 * half of it, and the sender where they leave the Region. A transit gateway's attachment pays for what it sends to the gateway.
 */
import type { Intent } from '../model/intent.ts';
import type { PeeringSide } from '../model/resources.ts';
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

export function linkCharges(intent: Intent, usage: Usage): readonly LinkCharge[] {
  const { id, account, region, forwardGigabytes, backGigabytes } = usage;
  if (id.startsWith('tgw-attach-')) {
    return [{ account, region, rate: 'attachmentGigabyte', quantity: forwardGigabytes, note: null }];
  }
  const peering = intent.table('vpcPeering').get(id);
  if (peering === undefined) return [];
  const { requester, accepter } = peering;
  if (requester.region !== accepter.region) {
    return [
      { ...placeOf(requester), rate: 'regionGigabyte', quantity: forwardGigabytes, note: null },
      { ...placeOf(accepter), rate: 'regionGigabyte', quantity: backGigabytes, note: null },
    ];
  }
  const quantity = forwardGigabytes + backGigabytes;
  const crossing = crossingOf(intent, requester, accepter);
  if (crossing === 'none') {
    return [{ ...placeOf(requester), rate: 'free', quantity, note: 'both VPCs are in one zone' }];
  }
  const note = crossing === 'some' ? 'at most: as if all of it crossed zones' : null;
  return [requester, accepter].map((side) => ({ ...placeOf(side), rate: 'zoneGigabyte', quantity, note }));
}

function placeOf({ account, region }: PeeringSide): { readonly account: string; readonly region: string } {
  return { account, region };
}

/** Whether what goes between two VPCs crosses zones, as far as the zones of their interfaces tell. */
export function crossingOf(intent: Intent, a: PeeringSide, b: PeeringSide): 'none' | 'some' | 'all' {
  const [one, other] = [zonesOf(intent, a.vpcId), zonesOf(intent, b.vpcId)];
  if (one.size === 1 && other.size === 1) return [...one][0] === [...other][0] ? 'none' : 'all';
  return [...one].some((zone) => other.has(zone)) ? 'some' : 'all';
}

function zonesOf(intent: Intent, vpcId: string): ReadonlySet<string> {
  const subnets = intent
    .table('networkInterface')
    .by('vpcId', vpcId)
    .map(({ subnetId }) => subnetId);
  return new Set([...new Set(subnets)].flatMap((id) => intent.table('subnet').get(id)?.zoneId ?? []));
}
