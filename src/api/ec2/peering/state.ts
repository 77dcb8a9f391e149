/**
 * The status of a peering connection, computed from what was asked for, the clock and what the kernel has, and for how long
 * each side still sees one that has ended. No timer: a request is expired as soon as somebody looks.
 * https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle
 */
import type { VpcPeeringConnectionStateReason } from '@aws-sdk/client-ec2';
import type { Facts } from '../../../model/facts.ts';
import type { PeeringSide, VpcPeering } from '../../../model/resources.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const EXPIRY = 7 * DAY;

export type PeeringCode = NonNullable<VpcPeeringConnectionStateReason['Code']>;

export function peeringCode(peering: VpcPeering, facts: Facts): PeeringCode {
  const { answer, deletion, failed } = peering;
  if (deletion !== null) return facts.appliedRevision >= deletion.revision ? 'deleted' : 'deleting';
  if (answer?.verdict === 'rejected') return 'rejected';
  const isApplied = facts.appliedRevision >= peering.changedRevision;
  if (failed) return isApplied ? 'failed' : 'initiating-request';
  if (answer !== null) return isApplied ? 'active' : 'provisioning';
  if (Date.parse(facts.now) >= expiryOf(peering)) return 'expired';
  return isApplied ? 'pending-acceptance' : 'initiating-request';
}

/** Milliseconds since 1970. */
export function expiryOf(peering: VpcPeering): number {
  return Date.parse(peering.createdAt) + EXPIRY;
}

export function peeringStatus(peering: VpcPeering, facts: Facts): VpcPeeringConnectionStateReason {
  const Code = peeringCode(peering, facts);
  return { Code, Message: messageOf(Code, peering) };
}

function messageOf(code: PeeringCode, { accepter, deletion }: VpcPeering): string {
  switch (code) {
    case 'initiating-request':
      return `Initiating Request to ${accepter.account}`;
    case 'pending-acceptance':
      return `Pending Acceptance by ${accepter.account}`;
    case 'failed':
      return 'Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range';
    case 'expired':
      return 'Expired';
    case 'rejected':
      return `Rejected by ${accepter.account}`;
    case 'provisioning':
      return 'Provisioning';
    case 'active':
      return 'Active';
    case 'deleting':
      return `Deleting by ${deletion?.by}`;
    case 'deleted':
      return `Deleted by ${deletion?.by}`;
  }
}

/** It waits for an answer that may still come. */
export function isOutstanding(peering: VpcPeering, facts: Facts): boolean {
  const code = peeringCode(peering, facts);
  return code === 'pending-acceptance' || code === 'initiating-request';
}

/** Whether the account of a side still sees it. */
export function isVisibleTo(side: PeeringSide, peering: VpcPeering, facts: Facts): boolean {
  const { requester, accepter, answer, deletion } = peering;
  const isOneAccount = requester.account === accepter.account;
  const since = (text: string | undefined) => Date.parse(facts.now) - Date.parse(text ?? facts.now);
  switch (peeringCode(peering, facts)) {
    case 'initiating-request':
      return side === requester || !peering.failed;
    case 'failed':
      return side === requester && since(peering.createdAt) < 2 * HOUR;
    case 'expired':
      return Date.parse(facts.now) - expiryOf(peering) < 2 * DAY;
    case 'rejected':
      return since(answer?.at) < (isOneAccount || side === accepter ? 2 * HOUR : 2 * DAY);
    case 'deleted':
      return since(deletion?.at) < (isOneAccount || side.account === deletion?.by ? 2 * HOUR : 2 * DAY);
    default:
      return true;
  }
}
