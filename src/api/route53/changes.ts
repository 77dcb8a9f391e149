/**
 * Changes by their ids: PENDING until the DNS servers answer by it, then INSYNC. The id tells which revision it was and when,
 * with a check so that no other text is taken for one; nothing is stored.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html
 */
import type { ChangeInfo } from '@aws-sdk/client-route-53';
import { fingerprint } from '../../model/fingerprint.ts';
import { refuse } from '../../model/refusal.ts';
import type { Context } from '../action.ts';
import { dateOf } from '../shared/input.ts';
import { bareId } from './zones.ts';

const DIGITS = 9;
const CHECK_DIGITS = 4;
const ID = new RegExp(`^C([0-9A-Z]{${DIGITS}})([0-9A-Z]{${DIGITS}})([0-9A-F]{${CHECK_DIGITS}})$`);

/** Of a change that the call makes; without edits it is in sync with what is there already. */
export function changeInfo(context: Context, isChange: boolean, comment?: string): ChangeInfo {
  const revision = isChange ? context.nextRevision : context.intent.revision;
  const told = encode(revision) + encode(Date.parse(context.now));
  const id = `C${told}${checkOf(told, context)}`;
  return { ...infoOf(id, revision, context.now, context), ...(comment !== undefined && { Comment: comment }) };
}

export function findChange(context: Context, text: string): ChangeInfo {
  const id = bareId(text);
  const [, revision, time, check] = ID.exec(id) ?? [];
  if (revision === undefined || time === undefined || check !== checkOf(revision + time, context)) {
    refuse('NoSuchChange', `A change with id ${id} does not exist.`, 404);
  }
  return infoOf(id, Number.parseInt(revision, 36), new Date(Number.parseInt(time, 36)).toISOString(), context);
}

function infoOf(id: string, revision: number, submittedAt: string, { facts }: Context): ChangeInfo {
  return {
    Id: `/change/${id}`,
    Status: facts.appliedRevision >= revision ? 'INSYNC' : 'PENDING',
    SubmittedAt: dateOf(submittedAt),
  };
}

function encode(value: number): string {
  return value.toString(36).toUpperCase().padStart(DIGITS, '0');
}

/** Binds the change to the account, too. */
function checkOf(told: string, { account }: Context): string {
  return fingerprint(`${account}/${told}`, CHECK_DIGITS).toUpperCase();
}
