/**
 * Flow logs at work: reads what the kernel counted, every few seconds while there is a log, and hands the records to the edge. Nothing
 * waits for it. What the kernel counted while control was away is read by the next; what was read and not yet handed over is lost
 * with it.
 */
import { accessOf } from '../../api/ec2/flow-log/delivery.ts';
import { type FlowReading, loggedDomains } from '../../driver/netns/flows.ts';
import type { FlowBatch, FlowRecords } from '../../edge/flow-logs/records.ts';
import type { Log } from '../../host/log.ts';
import type { Intent } from '../../model/intent.ts';
import type { Plan } from '../../plan/plan.ts';
import { createWriter } from './written.ts';

/**
 * Also the longest time that a record is about. AWS's is a minute at instances of the Nitro kind, as ours are, whatever was asked for.
 */
const READ_MS = 10_000;
/** Of records that one message to the edge has. */
const MESSAGE = 2_000;
/** Of records that wait while the edge is started again; older ones are lost. */
const MOST_WAITING = 50_000;

export interface FlowLogsOptions {
  readonly log: Log;
  readonly intent: Intent;
  /** Empties what it reads. */
  readFlows(plan: Plan): Promise<FlowReading>;
  /** Answers with what AWS says of logs whose last records were not delivered, by id. */
  deliverFlows(batch: FlowBatch): Promise<Readonly<Record<string, string>>>;
  /** Facts.logFaults. */
  readonly faults: Map<string, string>;
  readonly now: () => number;
}

export interface FlowLogs {
  /**
   * The plan is in force. Where it has other logs than the last, what was counted so far is told apart from what comes: a log in a
   * domain that is logged already begins with the end of the next reading. In one that was not, all that is counted is its own.
   */
  applied(plan: Plan): void;
  /** Reads now: resolves when all that had been counted was handed over. */
  read(): Promise<void>;
  /** Resolves when nothing that was begun is under way. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export function createFlowLogs({ log, intent, readFlows, deliverFlows, faults, now }: FlowLogsOptions): FlowLogs {
  const writer = createWriter();
  let plan: Plan | null = null;
  /** Those to which all belongs that is counted where they are, since the last reading. */
  let logs: ReadonlySet<string> = new Set();
  let waiting: FlowRecords[] = [];
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();

  async function once(): Promise<void> {
    if (plan === null) return;
    const [current, held] = [plan, logs];
    logs = idsOf(current);
    const reading = await readFlows(current);
    const begun = new Map(current.flowLogs.filter(({ id }) => held.has(id)).map(({ id }) => [id, madeAt(intent, id)]));
    const records = await writer.write(current, begun, reading, now());
    for (const each of records) {
      const asked = intent.table('flowLog').get(each.log);
      const access = asked && accessOf(intent, asked);
      if (!access?.writes) continue;
      for (let at = 0; at < each.events.length; at += MESSAGE) {
        waiting.push({ ...each, makesGroup: access.makesGroup, events: each.events.slice(at, at + MESSAGE) });
      }
    }
    await handOver();
  }

  async function handOver(): Promise<void> {
    try {
      while (waiting.length > 0) {
        const records = upTo(waiting, MESSAGE);
        const told = await deliverFlows({ records });
        waiting = waiting.slice(records.length);
        faults.clear();
        for (const [id, fault] of Object.entries(told)) faults.set(id, fault);
      }
    } catch (err) {
      const kept = upTo(waiting.toReversed(), MOST_WAITING).reverse();
      log.warn({ err, lost: waiting.length - kept.length }, 'records of flow logs wait for the edge');
      waiting = kept;
    }
  }

  function inTurn(): Promise<void> {
    turn = turn.then(once).catch((err) => log.error({ err }, 'flows could not be read'));
    return turn;
  }

  function begin(): void {
    timer ??= setInterval(() => void inTurn(), READ_MS);
  }

  function end(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    applied(next) {
      // What the kernel counted while nobody was here is of the logs that were there.
      if (plan === null) logs = idsOf(next);
      else logs = new Set([...logs, ...newlyLogged(plan, next)]);
      const isSame = isSameLogs(plan, next);
      plan = next;
      if (isSame) return;
      if (next.flowLogs.length > 0) begin();
      else end();
      void inTurn();
    },
    read: inTurn,
    idle: () => turn,
    async stop() {
      end();
      await turn;
    },
  };
}

function idsOf({ flowLogs }: Plan): ReadonlySet<string> {
  return new Set(flowLogs.map(({ id }) => id));
}

/** Where the kernel counted nothing before. */
function newlyLogged(before: Plan, next: Plan): readonly string[] {
  const logged = loggedDomains(before);
  return next.flowLogs.filter(({ domain }) => !logged.has(domain)).map(({ id }) => id);
}

/** In milliseconds since 1970. */
function madeAt(intent: Intent, id: string): number {
  return Date.parse(intent.table('flowLog').get(id)?.createdAt ?? '') || 0;
}

function isSameLogs(one: Plan | null, other: Plan): boolean {
  const ids = (plan: Plan | null) => plan?.flowLogs.map(({ id }) => id).join() ?? '';
  return ids(one) === ids(other);
}

/** The first of them, until they have so many records together; one at least. */
function upTo(records: readonly FlowRecords[], most: number): FlowRecords[] {
  let count = 0;
  let taken = 0;
  for (const { events } of records) {
    count += events.length;
    if (taken > 0 && count > most) break;
    taken++;
  }
  return records.slice(0, taken);
}
