/** The thread of the DNS server. It opens its own sockets in the namespaces: setns is of one thread. Started by ../thread.ts. */
import { parentPort } from 'node:worker_threads';
import { explain } from '../../host/fault.ts';
import { createLog } from '../../host/log.ts';
import type { FromWorker, ToWorker } from '../thread.ts';
import { createCollector } from './collector.ts';
import { createDnsServer, type DnsPlan } from './server.ts';

if (parentPort !== null) run(parentPort);

function run(port: NonNullable<typeof parentPort>): void {
  const send = (message: FromWorker) => port.postMessage(message);
  const log = createLog('edge').child({ thread: 'dns' });
  const collector = createCollector({ log, send: (note) => send({ kind: 'note', note }) });
  const server = createDnsServer({ log, collector });
  port.on('message', async (message: ToWorker<DnsPlan>) => {
    if (message.kind === 'stop') {
      await server.close();
      collector.flush();
      port.close();
      return;
    }
    const faults = await server.apply(message.state).then(
      () => [],
      (error) => [explain(error)],
    );
    send({ kind: 'applied', id: message.id, faults });
  });
  send({ kind: 'ready' });
}
