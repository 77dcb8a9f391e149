/** What the command line asks about all ways at once: who reaches whom, whether policies hold, what calls would change. In slices: it may take seconds. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AssertionFault } from '../analyse/assertion.ts';
import { answerReach, type ReachQuestion } from '../analyse/reach-ask.ts';
import { NotAsked } from '../analyse/why.ts';
import { inSlices } from '../host/slices.ts';
import { compile } from '../plan/compile.ts';
import type { AdminHost } from './admin.ts';
import { readBody, sendJson, sendText } from './http.ts';
import { type Judged, judgeAll } from './judge-all.ts';
import { type Calls, decideAll, type Known, NotPlayed, type Preview, previewOf } from './preview.ts';
import { idFor, PLACES } from './words.ts';

const QUESTION_BYTES = 64 * 1024;
/** Calls, and the files that they read. */
const CALLS_BYTES = 16 * 1024 * 1024;

export async function tellReach(host: AdminHost, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const question = JSON.parse((await readBody(request, QUESTION_BYTES)).toString()) as ReachQuestion;
  await host.store.durable();
  const plan = host.plan();
  if (plan === null) return notYet(response);
  try {
    const asked =
      question.kind === 'matrix' ? question : { ...question, word: idFor(host.store.intent, PLACES, question.word) };
    sendJson(response, 200, await inSlices(answerReach(plan, asked)));
  } catch (error) {
    if (!(error instanceof NotAsked)) throw error;
    sendText(response, 400, `${error.message}\n`);
  }
}

/** Where a file of calls cannot be played on: `code` is AWS's, null where it is no call that could be made. */
export interface Unplayed {
  readonly kind: 'unplayed';
  readonly line: number;
  readonly code: string | null;
  readonly sentence: string;
}

export type PreviewAnswer = (Preview & { readonly kind: 'preview' }) | Unplayed;

export async function tellPreview(host: AdminHost, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const calls = JSON.parse((await readBody(request, CALLS_BYTES)).toString()) as Calls;
  await host.store.durable();
  const found = await unplayed(() => previewOf(host, host.settings.defaultAccount, calls));
  const answer: PreviewAnswer = 'kind' in found ? found : { kind: 'preview', ...found };
  sendJson(response, 200, answer);
}

async function unplayed<T extends object>(work: () => Promise<T>): Promise<T | Unplayed> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NotPlayed)) throw error;
    return { kind: 'unplayed', line: error.line, code: error.code, sentence: error.message };
  }
}

/** A line that means nothing, or nobody who is there. */
export interface Unread {
  readonly kind: 'unread';
  readonly line: number;
  readonly sentence: string;
}

export type AssertAnswer = (Judged & { readonly kind: 'judged' }) | Unread | Unplayed;

/** `calls`: as if these had been made. */
export interface AssertQuestion {
  readonly text: string;
  readonly calls?: Calls;
}

export async function tellAssert(host: AdminHost, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { text, calls } = JSON.parse((await readBody(request, CALLS_BYTES)).toString()) as AssertQuestion;
  await host.store.durable();
  const found = await unplayed(async () => {
    if (calls === undefined) return known(host);
    return (await decideAll(host, host.settings.defaultAccount, calls)).after;
  });
  sendJson(response, 200, 'kind' in found ? found : await judged(text, found));
}

/** Of all that was asked for: what is not yet in force will be. */
function known({ store: { intent }, facts, plan }: AdminHost): Known {
  const inForce = plan();
  return { intent, plan: inForce?.revision === intent.revision ? inForce : compile(intent, facts) };
}

async function judged(text: string, where: Known): Promise<AssertAnswer> {
  try {
    return { kind: 'judged', ...(await judgeAll(text, where)) };
  } catch (error) {
    if (!(error instanceof AssertionFault)) throw error;
    return { kind: 'unread', line: error.line, sentence: error.message };
  }
}

export async function tellPlan(host: AdminHost, response: ServerResponse): Promise<void> {
  await host.store.durable();
  const plan = host.plan();
  if (plan === null) return notYet(response);
  sendJson(response, 200, plan);
}

function notYet(response: ServerResponse): void {
  sendText(response, 503, 'nothing is in force yet: try again\n');
}
