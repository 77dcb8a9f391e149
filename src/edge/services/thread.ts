/** The main thread's handle on the service edge's thread: hands it each state, and starts it again should it end. */
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { explain, Fault } from '../../host/fault.ts';
import type { Log } from '../../host/log.ts';
import type { FromWorker, ServicesState, ToWorker } from './worker.ts';

const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 5_000;

export interface ServicesThread {
  /** Sentences for what does not listen. Waits for a thread that is being started. */
  apply(state: ServicesState): Promise<string[]>;
  /** Resolves when requests can be passed on to it. */
  ready(): Promise<unknown>;
  stop(): Promise<void>;
}

/** Does not wait for it: names and metadata are there before. */
export function startServicesThread(log: Log): ServicesThread {
  const waiting = new Map<number, (faults: string[]) => void>();
  let last = 0;
  let state: ServicesState | undefined;
  let stopping = false;
  let pauseMs = FIRST_RESTART_MS;
  let ready = start();

  function start(): Promise<Worker> {
    const made = new Worker(new URL('./worker.ts', import.meta.url));
    const started = new Promise<Worker>((resolve, reject) => {
      made.on('error', (error) => log.error({ err: error }, 'the services thread failed'));
      made.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') {
          pauseMs = FIRST_RESTART_MS;
          return resolve(made);
        }
        waiting.get(message.id)?.(message.faults);
        waiting.delete(message.id);
      });
      made.on('exit', () => {
        reject(new Fault(ENDED));
        for (const tell of waiting.values()) tell([ENDED]);
        waiting.clear();
        if (!stopping) ready = restart();
      });
    });
    started.catch(() => undefined);
    return started;
  }

  async function restart(): Promise<Worker> {
    await delay(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LAST_RESTART_MS);
    const worker = await start();
    if (state !== undefined) send(worker, state);
    return worker;
  }

  function send(worker: Worker, next: ServicesState): Promise<string[]> {
    const id = ++last;
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      worker.postMessage({ kind: 'apply', id, state: next } satisfies ToWorker);
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
    ready: () => ready,
    async stop() {
      stopping = true;
      const worker = await ready.catch(() => undefined);
      if (worker === undefined) return;
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage({ kind: 'stop' } satisfies ToWorker);
      await ended;
    },
  };
}

const ENDED = "the thread of AWS's services ended; it is being started again";
