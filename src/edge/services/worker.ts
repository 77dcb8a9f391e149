/**
 * The thread of the service edge: TLS, signatures and the embedded backends, away from DNS and instance metadata, which must
 * answer while an S3 object is written (docs/decisions/embedded-services.md has the figures). It opens its own sockets in
 * the namespaces: setns is of one thread. Started by ../thread.ts.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { parentPort } from 'node:worker_threads';
import { untranslated } from '../../host/conntrack.ts';
import { createLog } from '../../host/log.ts';
import { hostPaths } from '../../host/paths.ts';
import { sealKey } from '../../host/seal.ts';
import type { Plan } from '../../plan/plan.ts';
import { type FlowBatch, flowLogOut } from '../flow-logs/records.ts';
import { createListeners } from '../listeners.ts';
import { createDelivery } from '../logs/deliver.ts';
import type { LoggedBatch } from '../query-logs/logged.ts';
import { createQuestions, type QueryLogPlan, queryLogOut } from '../query-logs/questions.ts';
import type { Asked, FromWorker, Told, ToWorker } from '../thread.ts';
import { ensureCa } from '../tls/ca.ts';
import { policyOfArn } from './embedded/resource-policies.ts';
import { createStores } from './embedded/stores.ts';
import { createEndpoints, type ServicesPlan } from './endpoints.ts';
import type { Access, Handler } from './handler.ts';
import { SERVER_OPTIONS } from './http.ts';
import { threadSocket } from './socket.ts';

export interface ServicesState extends Access {
  readonly plan: ServicesPlan & QueryLogPlan & Pick<Plan, 'flowLogs'>;
}

/** What it is asked: the policy that a resource keeps, by its ARN; records to deliver, and which of them could not be. */
export type Question = { readonly policyOf: string } | { readonly flows: FlowBatch };

/** Connections to one service by one endpoint interface or one public address: a quarter of the service's. */
const PER_ENDPOINT = 1_024;

if (parentPort !== null) await run(parentPort);

async function run(port: NonNullable<typeof parentPort>): Promise<void> {
  const log = createLog('edge').child({ thread: 'services' });
  const paths = hostPaths();
  const stores = createStores(paths.backends);
  const handler = loadedLater(async () => {
    const { createHandler } = await import('./handler.ts');
    return createHandler({ log, stores, sealKey: sealKey(paths.sealKey), controlSocket: paths.awsSocket });
  });
  const listeners = createListeners(paths.netnsOf, { perPeer: PER_ENDPOINT });
  const endpoints = createEndpoints({
    log,
    ca: await ensureCa(paths),
    listeners,
    handler,
    untranslated: (domain, translated) => untranslated(paths.netnsOf(domain), translated),
  });

  const server = createServer(SERVER_OPTIONS, (request, response) => {
    void handler.handle(request, response, { service: null, endpoint: null, clientAddress: null });
  });
  const socket = threadSocket(paths.run);
  rmSync(socket, { force: true });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve));
  chmodSync(socket, 0o600);

  const delivery = createDelivery({ log, stores });
  const questions = createQuestions(delivery);

  async function answerTo(question: Question): Promise<unknown> {
    if ('policyOf' in question) return policyOfArn(stores, question.policyOf);
    for (const { log: id, stream, events, makesGroup } of question.flows.records) {
      delivery.write(id, stream, events, makesGroup);
    }
    return delivery.faults();
  }

  port.on('message', async (message: ToWorker<ServicesState> | Told | Asked) => {
    if (message.kind === 'note') return questions.take(message.note as LoggedBatch);
    if (message.kind === 'ask') {
      const answer = await answerTo(message.question as Question).catch((error) => {
        log.error({ err: error }, 'a question cannot be answered');
        return null;
      });
      port.postMessage({ kind: 'answer', id: message.id, answer } satisfies FromWorker);
      return;
    }
    if (message.kind === 'stop') {
      endpoints.close();
      server.closeAllConnections();
      server.close();
      await delivery.close();
      await stores.close();
      port.close();
      return;
    }
    handler.allow(message.state);
    const { queryLogs, flowLogs } = message.state.plan;
    delivery.apply([...queryLogs.map(queryLogOut), ...flowLogs.map(flowLogOut)]);
    questions.apply(message.state.plan);
    const faults = endpoints.apply(message.state.plan);
    port.postMessage({ kind: 'applied', id: message.id, faults } satisfies FromWorker);
  });
  port.postMessage({ kind: 'ready' } satisfies FromWorker);
}

/** The wire's codecs are dear (time and 50 MB): loaded when the first request comes. */
function loadedLater(load: () => Promise<Handler>): Handler {
  let access: Access | undefined;
  let loading: Promise<Handler> | undefined;
  async function loaded(): Promise<Handler> {
    const handler = await load();
    if (access !== undefined) handler.allow(access);
    return handler;
  }
  return {
    allow(next) {
      access = next;
      loading?.then((handler) => handler.allow(next));
    },
    async handle(request, response, arrival) {
      loading ??= loaded();
      await (await loading).handle(request, response, arrival);
    },
  };
}
