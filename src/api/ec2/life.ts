/**
 * Resources of transit gateways, VPN and NAT gateways that are shown for a while after they were deleted: their state, computed from what the
 * kernel has, and how they are found. No timer: "pending" and "deleting" last until it has them, or has them no more.
 */
import { type Edit, put, remove } from '../../model/edit.ts';
import type { Facts } from '../../model/facts.ts';
import { type IdKind, isId } from '../../model/ids.ts';
import { type Intent, owner } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import { isLive } from '../../model/remote.ts';
import type { Deletion, Resource, ResourceOf } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import { isOwn } from '../shared/find.ts';
import { distinct } from '../shared/input.ts';

/** AWS tells no bound; ours. */
const SHOWN_MS = 3_600_000;

/** How AWS says that one is not there: of most by codes with a dot. */
const ERRORS = {
  transitGateway: { code: 'InvalidTransitGatewayID', text: (id: string) => transit('Transit Gateway', id) },
  transitAttachment: {
    code: 'InvalidTransitGatewayAttachmentID',
    text: (id: string) => transit('Transit Gateway Attachment', id),
  },
  transitRouteTable: {
    code: 'InvalidRouteTableID',
    malformed: 'InvalidRouteTableId.Malformed',
    text: (id: string) => transit('Transit Gateway Route Table', id),
  },
  customerGateway: {
    code: 'InvalidCustomerGatewayID',
    malformed: 'InvalidCustomerGatewayId.Malformed',
    text: (id: string) => `The customerGateway ID '${id}' does not exist`,
  },
  vpnGateway: { code: 'InvalidVpnGatewayID', text: (id: string) => `The vpnGateway ID '${id}' does not exist` },
  vpnConnection: {
    code: 'InvalidVpnConnectionID',
    text: (id: string) => `The vpnConnection ID '${id}' does not exist`,
  },
  natGateway: { code: 'NatGateway', dot: '', text: (id: string) => `NAT gateway ${id} was not found` },
} as const satisfies Partial<Record<IdKind, Errors>>;

interface Errors {
  readonly code: string;
  readonly dot?: string;
  /** Where it is spelt otherwise. */
  readonly malformed?: string;
  text(id: string): string;
}

export type MortalKind = keyof typeof ERRORS;
const KINDS = Object.keys(ERRORS) as readonly MortalKind[];

/** Shown as long, by their own service. */
const OF_DIRECT_CONNECT = ['dxConnection', 'dxGateway', 'dxAssociation', 'dxInterface'] as const;

const transit = (noun: string, id: string) => `${noun} ${id} was deleted or does not exist.`;

interface Mortal {
  readonly id: string;
  readonly deletion: Deletion | null;
}

/** The caller's own that is not deleted; AWS's refusal otherwise. */
export function findLive<K extends MortalKind>(context: Context, kind: K, id: string | undefined): ResourceOf<K> {
  return liveIfThere(context, kind, wellFormed(kind, id ?? '')) ?? refuseMissing(kind, id ?? '');
}

function wellFormed(kind: MortalKind, id: string): string {
  const { code, dot = '.', malformed = `${code}${dot}Malformed` }: Errors = ERRORS[kind];
  if (!isId(kind, id)) refuse(malformed, `Invalid id: "${id}"`);
  return id;
}

function refuseMissing(kind: MortalKind, id: string): never {
  const { code, text, dot = '.' }: Errors = ERRORS[kind];
  refuse(`${code}${dot}NotFound`, text(id));
}

export function liveIfThere<K extends MortalKind>(context: Context, kind: K, id: string): ResourceOf<K> | undefined {
  const found = shownIfThere(context, kind, id);
  return found !== undefined && isLive(found as Mortal) ? found : undefined;
}

function shownIfThere<K extends MortalKind>(context: Context, kind: K, id: string): ResourceOf<K> | undefined {
  const found: Resource | undefined = context.intent.table(kind).get(id);
  return found !== undefined && isOwn(found, context) ? (found as ResourceOf<K>) : undefined;
}

/** All of the caller's own, those deleted a while ago included, or those with the given ids, each of which must be there. */
export function selectShown<K extends MortalKind>(
  context: Context,
  kind: K,
  ids: readonly string[] | undefined,
): readonly ResourceOf<K>[] {
  if (ids === undefined || ids.length === 0) {
    return context.intent.table(kind).by('owner' as never, owner(context.account, context.region));
  }
  return distinct(ids).map((id) => shownIfThere(context, kind, wellFormed(kind, id)) ?? refuseMissing(kind, id));
}

export function liveCount(context: Context, kind: MortalKind): number {
  return selectShown(context, kind, undefined).filter((each) => isLive(each as Mortal)).length;
}

/** The edit that deletes it. */
export function bury<K extends MortalKind>(context: Context, resource: ResourceOf<K>): Edit {
  return put({ ...resource, deletion: { at: context.now, revision: context.nextRevision } } as ResourceOf<K>);
}

export function stateOf(
  { changedRevision, deletion }: { readonly changedRevision: number; readonly deletion: Deletion | null },
  facts: Facts,
): 'pending' | 'available' | 'deleting' | 'deleted' {
  if (deletion !== null) return facts.appliedRevision >= deletion.revision ? 'deleted' : 'deleting';
  return facts.appliedRevision >= changedRevision ? 'available' : 'pending';
}

/** What is not shown any more. */
export function sweepMortals(intent: Intent, facts: Facts): readonly Edit[] {
  return [...KINDS, ...OF_DIRECT_CONNECT].flatMap((kind) =>
    [...intent.table(kind).all()]
      .filter(({ deletion }) => deletion !== null && Date.parse(facts.now) - Date.parse(deletion.at) > SHOWN_MS)
      .map(remove),
  );
}
