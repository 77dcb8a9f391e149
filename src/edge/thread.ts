/**
 * The main thread's handle on a thread of its own for heavy work: hands it each state, and starts it again should it end. The
 * other side is a `worker.ts` that answers to these messages. What others are on must not wait for it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { explain, Fault } from '../host/fault.ts';
import type { Log } from '../host/log.ts';

const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 5_000;

export type ToWorker<State> =
  | { readonly kind: 'apply'; readonly id: number; readonly state: State }
  | { readonly kind: 'stop' };
/** A question to a thread that answers such. */
export interface Asked {
  readonly kind: 'ask';
  readonly id: number;
  readonly question: unknown;
}
/** What another thread has told by itself. */
export interface Told {
  readonly kind: 'note';
  readonly note: unknown;
}
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'applied'; readonly id: number; readonly faults: string[] }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  /** What it has to tell by itself. */
  | Told;

export interface Thread<State> {
  /** Sentences for what does not listen. Waits for a thread that is being started. */
  apply(state: State): Promise<readonly string[]>;
  /** What does not listen now: as the thread said of the last state it has, or that it is being started again. */
  faults(): readonly string[];
  /** Resolves when requests can be passed on to it. */
  ready(): Promise<unknown>;
  /** Rejects with a Fault where the thread ends before it has answered. */
  ask(question: unknown): Promise<unknown>;
  /** Lost where the thread ends before it has read it. */
  tell(note: unknown): void;
  stop(): Promise<void>;
}

export interface ThreadOptions {
  readonly log: Log;
  readonly script: URL;
  /** Whose thread it is, in sentences. */
  readonly what: string;
  readonly onNote?: (note: unknown) => void;
}

/** Does not wait for it: names and metadata are there before. */
export function startThread<State>({ log, script, what, onNote }: ThreadOptions): Thread<State> {
  const ended = `the thread of ${what} ended; it is being started again`;
  const waiting = new Map<number, (faults: readonly string[]) => void>();
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  let faults: readonly string[] = [];
  let last = 0;
  let questions = 0;
  let state: State | undefined;
  let stopping = false;
  let pauseMs = FIRST_RESTART_MS;
  let ready = start();

  function start(): Promise<Worker> {
    const made = new Worker(script);
    const started = new Promise<Worker>((resolve, reject) => {
      let failure: unknown;
      made.on('error', (error) => {
        failure = error;
        log.error({ err: error }, `the thread of ${what} failed`);
      });
      made.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') {
          pauseMs = FIRST_RESTART_MS;
          return resolve(made);
        }
        if (message.kind === 'note') return onNote?.(message.note);
        if (message.kind === 'answer') {
          asked.get(message.id)?.resolve(message.answer);
          asked.delete(message.id);
          return;
        }
        // An earlier state's are of the past.
        if (message.id === last) faults = message.faults;
        waiting.get(message.id)?.(message.faults);
        waiting.delete(message.id);
      });
      made.on('exit', () => {
        const fault = new Fault(ended, failure);
        faults = [explain(fault)];
        reject(fault);
        for (const tell of waiting.values()) tell(faults);
        waiting.clear();
        for (const { reject: unanswered } of asked.values()) unanswered(fault);
        asked.clear();
        if (stopping) return;
        ready = restart();
        // Should that one end before it is ready, the next follows by itself.
        ready.catch(() => undefined);
      });
    });
    started.catch(() => undefined);
    return started;
  }

  async function restart(): Promise<Worker> {
    await delay(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LAST_RESTART_MS);
    const worker = await start();
    // Whoever handed it over was answered by the thread that ended.
    if (state !== undefined) {
      void send(worker, state).then((said) => {
        for (const fault of said) log.error({ thread: what }, fault);
      });
    } else faults = [];
    return worker;
  }

  function send(worker: Worker, next: State): Promise<readonly string[]> {
    const id = ++last;
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      worker.postMessage({ kind: 'apply', id, state: next } satisfies ToWorker<State>);
    });
  }

  return {
    async apply(next) {
      state = next;
      try {
        return await send(await ready, next);
      } catch (error) {
        return [explain(error)];
      }
    },
    faults: () => faults,
    ready: () => ready,
    async ask(question) {
      const worker = await ready;
      const id = ++questions;
      const answer = Promise.withResolvers<unknown>();
      asked.set(id, answer);
      worker.postMessage({ kind: 'ask', id, question } satisfies Asked);
      return answer.promise;
    },
    tell(note) {
      ready.then(
        (worker) => worker.postMessage({ kind: 'note', note } satisfies Told),
        () => undefined,
      );
    },
    async stop() {
      stopping = true;
      const worker = await ready.catch(() => undefined);
      if (worker === undefined) return;
      const gone = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage({ kind: 'stop' } satisfies ToWorker<State>);
      await gone;
    },
  };
}
