/**
 * Writes logged questions where their VPCs' query logs go: to a stream of a log group at once, to a bucket as a compressed object a
 * minute, sooner when the log or the edge ends. What is under way when the edge is killed is lost: at most that minute.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-choosing-target-resource.html
 */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { explain, Fault } from '../../host/fault.ts';
import type { Log } from '../../host/log.ts';
import type { Plan, QueryLog } from '../../plan/plan.ts';
import type { Stores } from '../services/embedded/stores.ts';
import type { LoggedBatch } from './logged.ts';
import { recordOf, type Sources } from './record.ts';

const OBJECT_MS = 60_000;
/** Uncompressed; a fuller one is written at once. */
const OBJECT_BYTES = 4 * 1024 * 1024;
/** What was asked before a log's end is on its way for so long. */
const ENDING_MS = 1000;
/** One complaint about a destination in this time. */
const COMPLAINT_MS = 60_000;

export interface QueryLogPlan extends Pick<Plan, 'queryLogs'> {
  /** Addresses in domains that are logged, and whose they are. */
  readonly askers: readonly { readonly domain: string; readonly address: string; readonly instance: string }[];
  readonly inbound: readonly { readonly address: string; readonly endpoint: string }[];
}

export function selectQueryLogs({ queryLogs, ports, resolverEndpoints }: Plan): QueryLogPlan {
  const logged = new Set(queryLogs.map(({ domain }) => domain));
  if (logged.size === 0) return { queryLogs, askers: [], inbound: [] };
  return {
    queryLogs,
    askers: ports.flatMap(({ domain, machine, addresses }) =>
      machine?.id.startsWith('i-') && logged.has(domain)
        ? addresses.map((address) => ({ domain, address, instance: machine.id }))
        : [],
    ),
    inbound: resolverEndpoints.flatMap(({ id, direction, domain, addresses }) =>
      direction === 'inbound' && logged.has(domain)
        ? addresses.map((each) => ({ address: each.id, endpoint: id }))
        : [],
    ),
  };
}

export interface Delivery {
  apply(plan: QueryLogPlan): void;
  take(batch: LoggedBatch): void;
  close(): Promise<void>;
}

interface Event {
  readonly time: number;
  readonly message: string;
}

interface Known {
  readonly queryLog: QueryLog;
  readonly sources: Sources;
  /** Running: the Plan has it no more. */
  readonly ending: NodeJS.Timeout | null;
}

/** An object that is being filled. */
interface Filling {
  readonly queryLog: QueryLog;
  readonly lines: string[];
  readonly since: number;
  readonly timer: NodeJS.Timeout;
  bytes: number;
}

export function createDelivery({ log, stores }: { readonly log: Log; readonly stores: Stores }): Delivery {
  const known = new Map<string, Known>();
  const filling = new Map<string, Filling>();
  const complained = new Map<string, number>();
  let writing: Promise<void> = Promise.resolve();

  function complain(queryLog: QueryLog, reason: string): void {
    if (Date.now() - (complained.get(queryLog.id) ?? 0) < COMPLAINT_MS) return;
    complained.set(queryLog.id, Date.now());
    log.warn({ queryLog: queryLog.id, vpc: queryLog.domain }, `questions are not logged: ${reason}`);
  }

  function toGroup(queryLog: QueryLog, name: string, events: readonly Event[]): void {
    const store = stores.logs(queryLog.account, queryLog.region);
    const group = store.group(name);
    if (group === undefined) throw new Fault(`there is no log group ${name}`);
    if (store.stream(group, queryLog.domain) === undefined) store.createStream(group, queryLog.domain);
    const stream = store.stream(group, queryLog.domain);
    if (stream !== undefined) store.append(group, stream, events);
  }

  function toObject(queryLog: QueryLog, events: readonly Event[]): void {
    const found = filling.get(queryLog.id) ?? {
      queryLog,
      lines: [],
      since: events[0]?.time ?? Date.now(),
      timer: setTimeout(() => finish(queryLog.id), OBJECT_MS),
      bytes: 0,
    };
    filling.set(queryLog.id, found);
    for (const { message } of events) {
      found.lines.push(message);
      found.bytes += message.length;
    }
    if (found.bytes >= OBJECT_BYTES) finish(queryLog.id);
  }

  function finish(id: string): void {
    const full = filling.get(id);
    if (full === undefined) return;
    filling.delete(id);
    clearTimeout(full.timer);
    writing = writing.then(() => putObject(full)).catch((error) => complain(full.queryLog, explain(error)));
  }

  function end(id: string): void {
    finish(id);
    known.delete(id);
    complained.delete(id);
  }

  async function putObject({ queryLog, lines, since }: Filling): Promise<void> {
    const { destination, account } = queryLog;
    if (destination.kind !== 'bucket') return;
    const store = await stores.ofBucket(destination.bucket);
    if (store?.account !== account) throw new Fault(`${account} has no bucket ${destination.bucket}`);
    const result = await store.s3Router({
      method: 'PUT',
      bucket: destination.bucket,
      key: objectKey(queryLog, destination.prefix, since),
      query: {},
      headers: { 'content-type': 'application/octet-stream' },
      body: gzipSync(`${lines.join('\n')}\n`),
    });
    if (result === undefined || result.status >= 300) throw new Fault('the object could not be written');
  }

  function write(queryLog: QueryLog, events: readonly Event[]): void {
    try {
      if (queryLog.destination.kind === 'bucket') toObject(queryLog, events);
      else toGroup(queryLog, queryLog.destination.name, events);
    } catch (error) {
      complain(queryLog, explain(error));
    }
  }

  return {
    apply({ queryLogs, askers, inbound }) {
      const endpoints = new Map(inbound.map(({ address, endpoint }) => [address, endpoint]));
      const byDomain = Map.groupBy(askers, ({ domain }) => domain);
      const kept = new Set(queryLogs.map(({ id }) => id));
      for (const [id, log] of known) {
        if (!kept.has(id) && log.ending === null) {
          known.set(id, { ...log, ending: setTimeout(() => end(id), ENDING_MS) });
        }
      }
      for (const queryLog of queryLogs) {
        const { id, domain, account, region } = queryLog;
        clearTimeout(known.get(id)?.ending ?? undefined);
        const instances = new Map((byDomain.get(domain) ?? []).map(({ address, instance }) => [address, instance]));
        known.set(id, { queryLog, sources: { account, region, instances, inbound: endpoints }, ending: null });
      }
    },
    take({ questions }) {
      const events = new Map<string, Event[]>();
      for (const asked of questions.toSorted((a, b) => a.at - b.at)) {
        const sources = asked.logs.map((id) => known.get(id)?.sources).find((each) => each !== undefined);
        const message = sources && recordOf(asked, sources);
        if (message === undefined) continue;
        for (const id of asked.logs) {
          const of = events.get(id) ?? [];
          of.push({ time: asked.at, message });
          events.set(id, of);
        }
      }
      for (const [id, of] of events) {
        const log = known.get(id);
        if (log !== undefined) write(log.queryLog, of);
      }
    },
    async close() {
      for (const [id, { ending }] of known) {
        if (ending !== null) clearTimeout(ending);
        finish(id);
      }
      await writing;
    },
  };
}

/** As users report AWS's. */
function objectKey({ account, domain }: QueryLog, prefix: string, since: number): string {
  const [, year, month, day, hour, minute] = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+)/.exec(new Date(since).toISOString()) ?? [];
  const name = `${domain}_vpcdnsquerylogs_${account}_${year}${month}${day}T${hour}${minute}Z_${randomBytes(4).toString('hex')}`;
  return `${prefix}AWSLogs/${account}/vpcdnsquerylogs/${domain}/${year}/${month}/${day}/${name}.log.gz`;
}
