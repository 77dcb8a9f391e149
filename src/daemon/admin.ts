/**
 * What is asked of the control process on control.sock only: by the command line status, why a packet is dropped, who reaches whom, whether
 * policies hold, what calls would change, and backends of services, quotas, and sites; by the edge that targets' health is taken note of.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Measured } from '../analyse/flow.ts';
import { NotAsked, type Why } from '../analyse/why.ts';
import type { ResourcePolicy } from '../edge/services/embedded/resource-policies.ts';
import { now } from '../host/clock.ts';
import { servicesOf } from '../model/catalogue.ts';
import { put, remove } from '../model/edit.ts';
import { mostOf, quotaKind, quotaResource } from '../model/quotas.ts';
import { findRegion } from '../model/regions.ts';
import type { Plan } from '../plan/plan.ts';
import { tellAssert, tellPlan, tellPreview, tellReach } from './admin-reach.ts';
import { explainWhy, type WholeQuestion } from './advise/advise.ts';
import type { Deciding } from './aws.ts';
import { answerEvents } from './events/answer.ts';
import { readBody, sendJson, sendText } from './http.ts';
import type { Live } from './live/live.ts';
import { type Bill, type BillWishes, billWishes } from './meters/bill.ts';
import type { Settings } from './settings.ts';
import { type Caller, createSite, type Decided, deleteSite, forwardAtSite, routeAtSite } from './sites.ts';
import type { Status } from './status.ts';
import type { Store } from './store/store.ts';
import { parseReport, type TargetFacts } from './target-facts.ts';
import { ENDS, idFor } from './words.ts';

export interface AdminHost extends Deciding {
  readonly store: Store;
  readonly settings: Settings;
  readonly targets: TargetFacts;
  status(): Promise<Status>;
  /** What all costs, metered up to now; a sentence where that cannot be told. */
  bill(wishes: BillWishes): Promise<Bill | string>;
  /** What the traffic of the moment adds to the plan in force. */
  measured(): Measured;
  /** In force; null before the first round. */
  plan(): Plan | null;
  /** What the embedded services keep of a resource; null: they have none of that name, or do not answer. */
  resourcePolicy(arn: string): Promise<ResourcePolicy | null>;
  /** Sends what was asked about. */
  sendLive(plan: Plan, question: WholeQuestion, found: Why): Promise<Live>;
  changed(): void;
}

const PREFIX = '/culvert/';
/** Events of one answer. */
const TRAIL_PAGE = 1000;
const BODY_BYTES = 64 * 1024;
/** Plans that may come into force, one after another, while packets are sent. */
const LIVE_TRIES = 3;
/** A hundred thousand targets. */
const REPORT_BYTES = 32 * 1024 * 1024;
/** The region whose list of services is the longest. */
const ANY_REGION = 'us-east-1';

export async function answerAdmin(host: AdminHost, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '', query] = (request.url ?? '').split('?');
  const [what, name, rest] = path.startsWith(PREFIX) ? path.slice(PREFIX.length).split('/') : [];
  if (what === 'status' && name === undefined && request.method === 'GET') {
    await host.store.durable();
    return sendJson(response, 200, await host.status());
  }
  if (what === 'trail' && name !== undefined && request.method === 'GET') {
    return sendJson(response, 200, host.trail.after(Number(name), TRAIL_PAGE));
  }
  if (what === 'events' && name === undefined && request.method === 'GET') {
    return answerEvents(host.store, new URLSearchParams(query), response);
  }
  if (what === 'cost' && name === undefined && request.method === 'GET') {
    const wishes = billWishes(new URLSearchParams(query));
    if (wishes === undefined) return sendText(response, 400, 'hours to look ahead are from 1 to those of a year\n');
    await host.store.durable();
    const bill = await host.bill(wishes);
    return typeof bill === 'string' ? sendText(response, 400, `${bill}\n`) : sendJson(response, 200, bill);
  }
  if (what === 'targets' && name === undefined && request.method === 'PUT') return learn(host, request, response);
  if (what === 'why' && name === undefined && request.method === 'POST') return explainPath(host, request, response);
  if (what === 'reach' && name === undefined && request.method === 'POST') return tellReach(host, request, response);
  if (what === 'preview' && name === undefined && request.method === 'POST')
    return tellPreview(host, request, response);
  if (what === 'assert' && name === undefined && request.method === 'POST') return tellAssert(host, request, response);
  if (what === 'plan' && name === undefined && request.method === 'GET') return tellPlan(host, response);
  if (what === 'services' && name !== undefined && rest === undefined) {
    if (request.method === 'PUT') return attach(host, decodeURIComponent(name), request, response);
    if (request.method === 'DELETE') return detach(host, decodeURIComponent(name), response);
  }
  if (what === 'quotas' && name !== undefined && rest === undefined && request.method === 'PUT') {
    return setQuota(host, decodeURIComponent(name), request, response);
  }
  if (what === 'sites') return answerSites(host, { name, rest }, request, response);
  sendText(response, 404, `there is no ${request.method} ${request.url}\n`);
}

async function answerSites(
  host: AdminHost,
  { name, rest }: { readonly name: string | undefined; readonly rest: string | undefined },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { intent } = host.store;
  const caller: Caller = { intent, account: host.settings.defaultAccount, now: now() };
  if (name === undefined && request.method === 'GET') {
    return sendJson(response, 200, [...intent.table('site').all()]);
  }
  let decided: Decided | undefined;
  if (name !== undefined && request.method === 'PUT') {
    const asked = JSON.parse((await readBody(request, BODY_BYTES)).toString()) as Record<string, unknown>;
    if (rest === undefined) decided = createSite(decodeURIComponent(name), asked, caller);
    else if (rest === 'forwards') decided = forwardAtSite(decodeURIComponent(name), asked, caller);
    else if (rest === 'routes') decided = routeAtSite(decodeURIComponent(name), asked, caller);
  }
  if (name !== undefined && rest === undefined && request.method === 'DELETE') {
    decided = deleteSite(decodeURIComponent(name), caller);
  }
  if (decided === undefined) return sendText(response, 404, `there is no ${request.method} ${request.url}\n`);
  if ('refusal' in decided) return sendText(response, 400, `${decided.refusal}\n`);
  host.store.commit(decided.edits);
  host.changed();
  await host.store.durable();
  sendJson(response, 200, decided.site);
}

async function learn(host: AdminHost, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const report = parseReport((await readBody(request, REPORT_BYTES)).toString());
  if (report === undefined) return sendText(response, 400, 'this is no report of health\n');
  if (host.targets.receive(report)) host.changed();
  sendJson(response, 200, {});
}

async function explainPath(host: AdminHost, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = JSON.parse((await readBody(request, BODY_BYTES)).toString()) as WholeQuestion & { live?: boolean };
  const { live = false, ...worded } = asked;
  await host.store.durable();
  const { facts } = host;
  const { intent } = host.store;
  const plan = host.plan();
  if (plan === null) return sendText(response, 503, 'nothing is in force yet: try again\n');
  const kept = worded.resource === undefined ? null : await host.resourcePolicy(worded.resource);
  const trail = () => host.trail.after(0, Number.POSITIVE_INFINITY);
  try {
    const [from, to] = [worded.from, worded.to].map((word) => idFor(intent, ENDS, word)) as [string, string];
    const question = { ...worded, from, to };
    const explain = (plan: Plan) =>
      explainWhy({ intent, facts, plan, trail, measured: host.measured(), ...(kept && { kept }) }, question);
    if (!live) return sendJson(response, 200, explain(plan));
    sendJson(response, 200, await explainLive(host, question, plan, explain));
  } catch (error) {
    if (!(error instanceof NotAsked)) throw error;
    sendText(response, 400, `${error.message}\n`);
  }
}

/** Of one Plan: where another comes into force meanwhile, packets obeyed now the one and now the other. */
async function explainLive(
  host: AdminHost,
  question: WholeQuestion,
  first: Plan,
  explain: (plan: Plan) => Why,
): Promise<Why & { readonly live: Live }> {
  for (let plan = first, at = 1; ; at++) {
    const found = explain(plan);
    const live = await host.sendLive(plan, question, found);
    const now = host.plan() ?? plan;
    if (now === plan || at === LIVE_TRIES) return { ...found, live };
    plan = now;
  }
}

async function attach(
  host: AdminHost,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = (await readBody(request, BODY_BYTES)).toString();
  const url = urlIn(body);
  if (url === undefined) return sendText(response, 400, 'the backend must be an http:// or https:// URL\n');
  if (!servicesOf(ANY_REGION).some(({ key }) => key === name)) {
    return sendText(response, 400, `AWS has no service named ${name}\n`);
  }
  host.store.commit([
    put({
      kind: 'serviceBackend',
      id: name,
      account: host.settings.defaultAccount,
      region: '',
      tags: {},
      createdAt: now(),
      url,
    }),
  ]);
  host.changed();
  await host.store.durable();
  sendJson(response, 200, { name, backend: url });
}

async function detach(host: AdminHost, name: string, response: ServerResponse): Promise<void> {
  const known = host.store.intent.table('serviceBackend').get(name);
  if (known === undefined) return sendText(response, 404, `nothing is attached as ${name}\n`);
  host.store.commit([remove(known)]);
  host.changed();
  await host.store.durable();
  sendJson(response, 200, { name, backend: null });
}

async function setQuota(
  host: AdminHost,
  code: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = JSON.parse((await readBody(request, BODY_BYTES)).toString()) as Record<string, unknown>;
  const { account = host.settings.defaultAccount, region, value } = asked;
  const kind = quotaKind(code);
  if (kind === undefined) return sendText(response, 400, `there is no quota ${code} that can be raised\n`);
  if (typeof account !== 'string' || !/^\d{12}$/.test(account)) {
    return sendText(response, 400, 'an account is 12 digits\n');
  }
  if (typeof region !== 'string' || findRegion(region) === undefined) {
    return sendText(response, 400, `there is no region ${region}\n`);
  }
  const owner = { account, region };
  const most = mostOf(host.store.intent, code, owner) ?? kind.most;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most) {
    return sendText(response, 400, `${kind.what}: a whole number from 1 to ${most}\n`);
  }
  host.store.commit([put(quotaResource(code, owner, value, now()))]);
  await host.store.durable();
  sendJson(response, 200, { ...owner, value, what: kind.what });
}

function urlIn(body: string): string | undefined {
  try {
    const url = new URL((JSON.parse(body) as { url: string }).url);
    return ['http:', 'https:'].includes(url.protocol) && url.username === '' ? url.href.replace(/\/$/, '') : undefined;
  } catch {
    return undefined;
  }
}
