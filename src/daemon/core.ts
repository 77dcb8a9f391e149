/**
 * What a control process is made of whatever drives its rounds: the facts that rounds and actions see, the rounds, the events
 * that are told, and the handler of API calls. `culvert up` (main.ts) and a scenario's world each make one.
 */
import type { Log } from '../host/log.ts';
import type { Facts } from '../model/facts.ts';
import { check } from '../plan/check.ts';
import { compile } from '../plan/compile.ts';
import { type AwsHandler, createAwsHandler, type Host, issueSession } from './aws.ts';
import { createTeller, type Teller } from './events/teller.ts';
import { createFlowLogs, type FlowLogs, type FlowLogsOptions } from './flow-logs/flow-logs.ts';
import { createInsights } from './insights/insights.ts';
import { createLoop, type Loop, type Parts, type Round } from './loop.ts';
import { createNotifier, type Notifier } from './notify.ts';
import { publish } from './publish.ts';
import type { TargetFacts } from './target-facts.ts';

export interface CoreOptions
  extends Pick<
      Host,
      'store' | 'settings' | 'sealKey' | 'servicesSocket' | 'now' | 'consoleOutput' | 'trail' | 'metrics'
    >,
    Pick<Parts, 'drive' | 'tellEdge' | 'runInstances'>,
    Pick<Facts, 'machines' | 'images'>,
    Pick<FlowLogsOptions, 'readFlows' | 'deliverFlows'> {
  readonly log: Log;
  readonly targets: TargetFacts;
  readonly writesHeaders: () => boolean;
  readonly encryptsTunnels: boolean;
  /** As measured now; null: no way outside. */
  readonly outside: () => Facts['outside'];
  /** false: nobody is there to take events. */
  readonly publishes: boolean;
  readonly onApplied?: (round: Round) => void;
}

export interface Core {
  readonly facts: Facts;
  readonly loop: Loop;
  readonly notifier: Notifier;
  readonly flowLogs: FlowLogs;
  readonly events: Teller;
  readonly aws: AwsHandler;
}

export function createCore(options: CoreOptions): Core {
  const {
    store,
    settings,
    sealKey,
    servicesSocket,
    now,
    consoleOutput,
    trail,
    metrics,
    log,
    targets,
    machines,
    images,
  } = options;
  const logFaults = new Map<string, string>();
  const loop = createLoop(
    {
      durable: () => store.durable(),
      compile: () => {
        const first = compile(store.intent, facts);
        const plan = targets.settle(first) ? compile(store.intent, facts) : first;
        insights.compiled(plan);
        return plan;
      },
      check,
      drive: options.drive,
      tellEdge: options.tellEdge,
      runInstances: options.runInstances,
    },
    {
      now,
      onTrouble: (trouble, err) => log.error({ err, ...trouble }, `${trouble.kind} in ${trouble.step}`),
      onApplied: (round) => {
        insights.applied(round.plan);
        flowLogs.applied(round.plan);
        events.look();
        options.onApplied?.(round);
      },
    },
  );
  const facts: Facts = {
    get now() {
      return now();
    },
    get appliedRevision() {
      return loop.appliedRevision;
    },
    machines,
    targets: targets.facts,
    get kernelHeaders() {
      return options.writesHeaders();
    },
    encryptsTunnels: options.encryptsTunnels,
    get outside() {
      return options.outside();
    },
    images,
    logFaults,
  };
  const events = createTeller({ store, facts, log, now, dispatched: () => changed() });
  const insights = createInsights({
    store,
    log,
    compileWithoutHealth: () => compile(store.intent, { ...facts, targets: new Map() }),
    changed: () => loop.poke(),
  });
  const notifier = createNotifier({
    store,
    log,
    publish: (event) =>
      publish(event, {
        intent: store.intent,
        servicesSocket,
        issueSession: (principal, seconds) => issueSession(sealKey, principal, seconds),
      }),
    changed: () => loop.poke(),
    now: () => Date.parse(now()),
  });
  const { readFlows, deliverFlows } = options;
  const flowLogs = createFlowLogs({
    ...{ log, intent: store.intent, readFlows, deliverFlows, faults: logFaults },
    now: () => Date.parse(now()),
  });
  const changed = () => {
    loop.poke();
    if (options.publishes) notifier.poke();
  };
  const aws = createAwsHandler({
    ...{ store, settings, facts, sealKey, servicesSocket, log, now, consoleOutput, trail, events, metrics, changed },
  });
  return { facts, loop, notifier, flowLogs, events, aws };
}
