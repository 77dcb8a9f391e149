/**
 * The whole answer of `culvert why`: what the analyser reads out of the Plan, and beside it what no Plan holds because no packet
 * depends on it: who may see a service, whose names are off, what a certificate is for, what policies let through, who is well.
 * Sends nothing.
 */
import { type Measured, NOTHING_MEASURED } from '../../analyse/flow.ts';
import type { Advice, Note } from '../../analyse/reasons.ts';
import { type Question, type Why, why } from '../../analyse/why.ts';
import { isReachedFromAfar } from '../../api/ec2/endpoint-service/remote-access.ts';
import type { ResourcePolicy } from '../../edge/services/embedded/resource-policies.ts';
import type { Told } from '../../iam/explain.ts';
import type { Facts } from '../../model/facts.ts';
import type { Intent } from '../../model/intent.ts';
import type { TrailEvent } from '../../model/trail.ts';
import type { Plan } from '../../plan/plan.ts';
import { type NameTags, nameTags } from '../name-tags.ts';
import { judgeCall } from './call.ts';
import { certificateAdvice } from './certificates.ts';
import { claimAdvice } from './claims.ts';
import { fillIn, mendersOf } from './fill.ts';
import { healthAdvice } from './health.ts';
import { nameAdvice } from './names.ts';
import { offerAdvice, overlapFixes } from './offers.ts';
import { policyAdvice } from './policies.ts';

/** What is asked beside the way of packets. */
export interface WholeQuestion extends Question {
  /** Whether TLS is spoken there, which the name must be right for; absent: no. */
  readonly tls?: boolean;
  /** What the caller would do there: "sqs:SendMessage"; absent: whatever it may. */
  readonly action?: string;
  /** Who calls, by the ARN of a role or of a session; absent: the instance's role. */
  readonly as?: string;
  /** An ARN; absent: whatever the policies name. */
  readonly resource?: string;
}

export interface Known {
  /** Of the newest revision. */
  readonly intent: Intent;
  readonly facts: Pick<Facts, 'targets' | 'now'>;
  /** In force. */
  readonly plan: Plan;
  readonly measured?: Measured;
  /** What the resource that is asked about keeps; absent: none is named, or it is not there. */
  readonly kept?: ResourcePolicy;
  /** What calls were made, the oldest first; absent: nobody knows. */
  trail?(): readonly TrailEvent[];
}

/** With what policies say of the call that was named. */
export interface WholeWhy extends Why {
  /** Empty: no call was named, or it does not arrive. */
  readonly policies: readonly Told[];
  /** What its ends and VPCs are called. */
  readonly names: NameTags;
  /** Of advised commands that are not for the sender's account: whose they are. */
  readonly menders: Readonly<Record<string, string>>;
}

/** What advice is made of. */
export interface Case extends Known {
  readonly question: WholeQuestion;
  readonly found: Why;
  /** As a name or id, without a dot at its end. */
  readonly host: string;
}

export function explainWhy(known: Known, question: WholeQuestion): WholeWhy {
  const found = why(known.plan, question, known.measured ?? NOTHING_MEASURED);
  const asked: Case = { ...known, question, found, host: question.to.replace(/\.$/, '').toLowerCase() };
  const told = found.outcome === 'delivered' ? beyondPackets(asked) : { ...besidePackets(asked), policies: [] };
  const { sender, question: about, paths } = found;
  const receivers = paths
    .flatMap(({ trace }) => [trace, ...trace.targets])
    .flatMap(({ receiver }) => receiver?.id ?? []);
  const ids = [sender.machine ?? sender.port, sender.domain, about.to, ...receivers];
  const settable = { ...told, notes: told.notes.map((note) => withoutRefused(known.intent, note)) };
  const whole = fillIn(known.intent, known.facts.now, settable);
  return { ...whole, names: nameTags(ids, [known.intent]), menders: mendersOf(known.intent, whole) };
}

/** Where other regions reach a load balancer, AWS refuses another idle timeout of its listeners. */
function withoutRefused(intent: Intent, note: Note): Note {
  const listener = intent.table('listener').get(note.components[0] ?? '');
  return listener !== undefined && isReachedFromAfar(intent, listener.loadBalancerId) ? { ...note, fixes: [] } : note;
}

/** What keeps packets from being sent there at all comes first, and what says the same in fewer words goes. */
function besidePackets(asked: Case): Why {
  const { found } = asked;
  const first = [...offerAdvice(asked), ...claimAdvice(asked), ...nameAdvice(asked)];
  const replaced = new Set(first.map(({ code }) => code));
  if (replaced.has('CULVERT_DNS_HOSTNAMES_OFF')) replaced.add('CULVERT_PRIVATE_DNS_OFF').add('CULVERT_NO_ENDPOINT');
  if (first.length > 0) replaced.add('CULVERT_NO_ENDPOINT');
  const own = found.hints
    .filter(({ code }) => !replaced.has(code))
    .map((hint) => (hint.code === 'CULVERT_OVERLAPPING_CIDR' ? { ...hint, fixes: overlapFixes(asked, hint) } : hint));
  const hints = [...first, ...own, ...healthAdvice(asked)];
  const top = first[0] ?? own.find(({ sentence }) => sentence === found.top?.sentence) ?? found.top;
  const notes = first.length > 0 ? [] : found.notes;
  return { ...found, hints, notes, top, headline: top?.sentence ?? found.headline };
}

/** Packets arrive: what else is asked of them there. */
function beyondPackets(asked: Case): Omit<WholeWhy, 'names' | 'menders'> {
  const { found, question } = asked;
  const { policies, advice } = judgeCall(asked);
  const unnamed = question.action === undefined ? policyAdvice(asked) : { advice: [], isSome: false };
  const [certificate, call] = [certificateAdvice(asked), [...unnamed.advice, ...advice]];
  const hints: readonly Advice[] = [...certificate, ...call, ...healthAdvice(asked)];
  const [top = null] = hints;
  if (top === null) return { ...found, policies, headline: allowedHeadline(found.headline, policies) };
  const isRefused = certificate.length > 0 || (call.length > 0 && !unnamed.isSome);
  const outcome = isRefused ? 'refused' : 'depends';
  return { ...found, hints, top, outcome, headline: top.sentence, policies };
}

function allowedHeadline(headline: string, policies: readonly Told[]): string {
  const allowing = policies.filter(({ verdict }) => verdict === 'allow').map(({ sentence }) => sentence);
  return [headline, ...allowing].join('; ');
}
