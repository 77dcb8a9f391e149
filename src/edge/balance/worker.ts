/**
 * The thread of the user-space engine: copying and TLS, away from DNS, instance metadata and health checks. It opens its own
 * sockets in the namespaces: setns is of one thread. Started by ../thread.ts when a Plan first has something for it.
 */
import { parentPort } from 'node:worker_threads';
import { createLog } from '../../host/log.ts';
import { hostPaths } from '../../host/paths.ts';
import { createListeners } from '../listeners.ts';
import type { FromWorker, ToWorker } from '../thread.ts';
import { createEngine } from './engine.ts';
import type { BalanceState } from './state.ts';

/** The engine has its own limit, which it can count. */
const UNLIMITED = Number.POSITIVE_INFINITY;
const COUNTS_EVERY_MS = 1_000;

if (parentPort !== null) run(parentPort);

function run(port: NonNullable<typeof parentPort>): void {
  const { netnsOf } = hostPaths();
  const engine = createEngine({
    log: createLog('edge').child({ thread: 'balance' }),
    listeners: createListeners(netnsOf, { allowHalfOpen: true, connections: UNLIMITED }),
    netnsOf,
  });
  const send = (message: FromWorker) => port.postMessage(message);
  const counting = setInterval(() => send({ kind: 'note', note: engine.counts() }), COUNTS_EVERY_MS);
  port.on('message', (message: ToWorker<BalanceState>) => {
    if (message.kind === 'stop') {
      clearInterval(counting);
      engine.close();
      port.close();
      return;
    }
    send({ kind: 'applied', id: message.id, faults: engine.apply(message.state) });
  });
  send({ kind: 'ready' });
}
