/**
 * Calls decided on a copy of the Intent, by the same decoding and the same actions as real ones; nothing of it is stored or put in
 * force. Who calls is an account's root: policies of callers are not asked. Both Plans, that before and that after, are taken to be in
 * force: instances are in the state that was asked for, images are there, new targets are healthy.
 */
import { randomUUID } from 'node:crypto';
import { type NameChange, nameDiff } from '../analyse/name-diff.ts';
import { planDiff, type RowChange } from '../analyse/plan-diff.ts';
import { type Change, reachDiff } from '../analyse/reach-diff.ts';
import type { ActionTable } from '../api/action.ts';
import { sweep } from '../api/ec2/sweep.ts';
import { ACTIONS } from '../api/services.ts';
import { invoke } from '../api/shared/dispatch.ts';
import { inSlices } from '../host/slices.ts';
import { put } from '../model/edit.ts';
import type { Facts, ImageFact, MachineFact, TargetFact } from '../model/facts.ts';
import { createIntent, type Intent, KINDS, type MutableIntent } from '../model/intent.ts';
import { notImplemented, Refusal } from '../model/refusal.ts';
import type { AnyResource } from '../model/resources.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/plan.ts';
import { createCaller } from '../scenario/calls.ts';
import { type FileStep, literal, parseCalls } from '../scenario/calls-file.ts';
import { Stop } from '../scenario/finding.ts';
import { SyntaxFault } from '../scenario/syntax.ts';
import { decodeRequest, type RawRequest, type RawResponse } from '../wire/index.ts';
import { contextOf, type Deciding, isLacking } from './aws.ts';
import { type NameTags, nameTags } from './name-tags.ts';
import { type ResourceChange, resourceDiff } from './resource-diff.ts';

export interface Calls {
  /** As src/scenario/calls-file.ts reads it. */
  readonly text: string;
  /** What their file://NAME read. */
  readonly files: Readonly<Record<string, string>>;
  /** Of who asks, for calls that name none; null or absent: the usual one. */
  readonly region?: string | null;
}

export interface Preview {
  /** How many calls were decided. */
  readonly calls: number;
  readonly resources: readonly ResourceChange[];
  readonly rows: readonly RowChange[];
  readonly reach: readonly Change[];
  /** Names that get another answer. */
  readonly lookups: readonly NameChange[];
  /** Of what is in the above, by id. */
  readonly names: NameTags;
}

/** A line that cannot be played, or a call that AWS would refuse. */
export class NotPlayed extends Error {
  readonly line: number;
  /** AWS's code; null: it is no call that could be made. */
  readonly code: string | null;
  constructor(line: number, sentence: string, code: string | null = null) {
    super(sentence);
    this.line = line;
    this.code = code;
  }
}

export interface Outcome {
  readonly before: Known;
  readonly after: Known;
  readonly calls: number;
}

export interface Known {
  readonly intent: Intent;
  readonly plan: Plan;
}

const TABLES: Readonly<Record<string, ActionTable>> = ACTIONS;

/** Throws NotPlayed. */
export async function previewOf(deciding: Deciding, defaultAccount: string, calls: Calls): Promise<Preview> {
  const { before, after, calls: count } = await decideAll(deciding, defaultAccount, calls);
  const resources = await inSlices(resourceDiff(before.intent, after.intent));
  const rows = await inSlices(planDiff(before.plan, after.plan));
  const reach = await inSlices(reachDiff(before.plan, after.plan));
  const lookups = await inSlices(nameDiff(before.plan, after.plan));
  const places = [
    ...reach.flatMap(({ from, to }) => [...from, ...to]),
    ...lookups.flatMap(({ fares }) => fares.flatMap(({ from }) => from)),
  ];
  const ids = [
    ...resources.map(({ id }) => id),
    ...rows.map(({ id }) => id),
    ...reach.flatMap(({ through }) => through),
    ...lookups.map(({ domain }) => domain),
    ...places.flatMap(({ id, machine }) => [id, machine ?? []].flat()),
  ];
  return { calls: count, resources, rows, reach, lookups, names: nameTags(ids, [after.intent, before.intent]) };
}

/** What is there, and what would be. Throws NotPlayed. */
export async function decideAll(deciding: Deciding, defaultAccount: string, asked: Calls): Promise<Outcome> {
  const steps = parse(asked);
  const here = [...resourcesOf(deciding.store.intent)];
  const { revision } = deciding.store.intent;
  const before = await inSlices(copyOf(here, revision));
  const intent = await inSlices(copyOf(here, revision));
  const facts = settledFacts(deciding.facts, before, intent);
  const host: Deciding = { ...deciding, store: { intent }, facts };
  const names = new Map<string, string>();
  const caller = createCaller(
    {
      url: 'http://127.0.0.1',
      paths: { caCert: '' },
      defaultAccount,
      roleOf: nobodyInside,
      rootOf: (account) => ({ accessKeyId: account, secretAccessKey: account }),
      requestHandler: { handle: async (request: Sent) => ({ response: answer(host, intent, request) }) },
    },
    names,
    nobodyInside,
  );
  const read = new Map(Object.entries(asked.files).map(([name, content]) => [name, literal(content)]));
  let calls = 0;
  for (const step of steps) {
    try {
      if (step.kind === 'set') names.set(step.name, caller.fill(step.value));
      else if (step.kind === 'wait') intent.apply(sweep(intent, facts, deciding.now()));
      else {
        await caller.call(step, read, []);
        calls++;
      }
    } catch (error) {
      throw notPlayed(step, error);
    }
  }
  const compiled = (of: Intent) => ({ intent: of, plan: compile(of, facts) });
  return { before: compiled(before), after: compiled(intent), calls };
}

/** A file is typed outside of instances. */
function nobodyInside(): never {
  throw new Error('no instance makes these calls');
}

function parse({ text, region = null }: Calls): readonly FileStep[] {
  try {
    return parseCalls(text, region);
  } catch (error) {
    if (error instanceof SyntaxFault) throw new NotPlayed(error.line, error.message);
    throw error;
  }
}

function notPlayed({ line }: FileStep, error: unknown): NotPlayed {
  const { message } = error as Error;
  const [, code = null] = error instanceof Stop ? (/\n {2}ended with ([\w.]+):/.exec(message) ?? []) : [];
  return new NotPlayed(line, message, code);
}

function* resourcesOf(intent: Intent): Iterable<AnyResource> {
  for (const kind of KINDS) yield* intent.table(kind).all() as Iterable<AnyResource>;
}

function* copyOf(resources: readonly AnyResource[], revision: number): Generator<void, MutableIntent> {
  const intent = createIntent([], revision);
  for (const resource of resources) {
    intent.apply([put(resource)]);
    yield;
  }
  return intent;
}

/** As the SDK's clients hand it over. */
interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

function answer(host: Deciding, intent: MutableIntent, sent: Sent) {
  const requestId = randomUUID();
  const call = decodeRequest(rawOf(sent));
  const response = ({ status, headers, body }: RawResponse) => ({
    statusCode: status,
    headers,
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
  });
  try {
    const table = TABLES[call.service];
    if (table === undefined) throw notDecided(call.service);
    if (call.kind === 'refused') throw isLacking(table, call) ? notImplemented(call.operation) : call.refusal;
    const account = /Credential=(\d{12})\//.exec(sent.headers.authorization ?? '')?.[1] ?? '';
    const context = contextOf(host, call, { kind: 'root', account }, requestId);
    const { edits, output } = invoke(table, call.operation, call.input, context);
    intent.apply(edits);
    if (edits.length > 0) intent.revision++;
    return response(call.encode(output as object, requestId));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return response(call.encodeError(error, requestId));
  }
}

function notDecided(service: string): Refusal {
  const words = `Calls of ${service} change nothing that packets depend on, and are not decided beforehand.`;
  return new Refusal('NotImplemented', words, 501);
}

function rawOf({ method, path, query, headers, body = '' }: Sent): RawRequest {
  const parameters = Object.entries(query ?? {}).flatMap(([name, value]) =>
    [value].flat().map((each) => (each === null ? name : `${encodeURIComponent(name)}=${encodeURIComponent(each)}`)),
  );
  return {
    method,
    path: parameters.length === 0 ? path : `${path}?${parameters.join('&')}`,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
  };
}

const STATES = { running: 'running', stopped: 'stopped', terminated: 'terminated' } as const;

/** As if all of it were in force. */
function settledFacts(facts: Facts, before: Intent, intent: Intent): Facts {
  const machines = ofRevision(intent, () => {
    const asked = [...intent.table('instance').all()].filter((each) => {
      return !facts.machines.has(each.id) || before.table('instance').get(each.id) !== each;
    });
    const made = asked.map(({ id, wanted, boots }) => [id, { state: STATES[wanted], boots, fault: null }] as const);
    return new Map<string, MachineFact>([...facts.machines, ...made]);
  });
  const targets = ofRevision(intent, () => {
    const made = [...intent.table('target').all()].filter(({ id }) => before.table('target').get(id) === undefined);
    const healthy: TargetFact = { state: 'healthy', reason: null };
    return new Map([...facts.targets, ...made.map(({ id }) => [id, healthy] as const)]);
  });
  const images = ofRevision(intent, () => {
    const made = [...intent.table('image').all()].filter(({ id }) => !facts.images.has(id));
    const there: ImageFact = { state: 'available', fault: null };
    return new Map([...facts.images, ...made.map(({ id }) => [id, there] as const)]);
  });
  return {
    now: facts.now,
    appliedRevision: Number.MAX_SAFE_INTEGER,
    kernelHeaders: facts.kernelHeaders,
    outside: facts.outside,
    encryptsTunnels: facts.encryptsTunnels,
    logFaults: facts.logFaults,
    get machines() {
      return machines();
    },
    get targets() {
      return targets();
    },
    get images() {
      return images();
    },
  };
}

/** Made anew when the intent has changed. */
function ofRevision<T>(intent: Intent, make: () => T): () => T {
  let known: { readonly revision: number; readonly value: T } | undefined;
  return () => {
    if (known?.revision !== intent.revision) known = { revision: intent.revision, value: make() };
    return known.value;
  };
}
