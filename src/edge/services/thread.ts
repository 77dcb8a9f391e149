/** The main thread's handle on the service edge's thread: hands it each state, and starts it again should it end. */
import { Worker } from 'node:worker_threads';
import { Fault } from '../../host/fault.ts';
import type { Log } from '../../host/log.ts';
import type { FromWorker, ServicesState, ToWorker } from './worker.ts';

const RESTART_MS = 250;

export interface ServicesThread {
  /** Sentences for what does not listen. A state that meets a dead thread is put in force when it is back. */
  apply(state: ServicesState): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startServicesThread(log: Log): Promise<ServicesThread> {
  const waiting = new Map<number, (faults: string[]) => void>();
  let last = 0;
  let state: ServicesState | undefined;
  let stopping = false;
  let worker: Worker | undefined = await start();

  function start(): Promise<Worker> {
    const made = new Worker(new URL('./worker.ts', import.meta.url));
    return new Promise((resolve, reject) => {
      made.on('error', (error) => log.error({ err: error }, 'the services thread failed'));
      made.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') return resolve(made);
        waiting.get(message.id)?.(message.faults);
        waiting.delete(message.id);
      });
      made.on('exit', () => {
        worker = undefined;
        reject(new Fault('the services thread ended before it was ready'));
        for (const tell of waiting.values()) tell([ENDED]);
        waiting.clear();
        if (!stopping) setTimeout(restart, RESTART_MS);
      });
    });
  }

  async function restart(): Promise<void> {
    try {
      worker = await start();
      if (state !== undefined) for (const fault of await send(state)) log.error(fault);
    } catch (error) {
      // Its 'exit' has set the next attempt.
      log.error({ err: error }, 'cannot restart the services thread');
    }
  }

  function send(next: ServicesState): Promise<string[]> {
    const id = ++last;
    return new Promise((resolve) => {
      if (worker === undefined) return resolve([ENDED]);
      waiting.set(id, resolve);
      worker.postMessage({ kind: 'apply', id, state: next } satisfies ToWorker);
    });
  }

  return {
    apply(next) {
      state = next;
      return send(next);
    },
    async stop() {
      stopping = true;
      if (worker === undefined) return;
      const ended = new Promise((resolve) => worker?.once('exit', resolve));
      worker.postMessage({ kind: 'stop' } satisfies ToWorker);
      await ended;
    },
  };
}

const ENDED = "the thread of AWS's services ended; it is being started again";
