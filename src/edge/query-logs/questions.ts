/** Logged questions become records of their VPCs' query logs. */
import type { Plan, QueryLog } from '../../plan/plan.ts';
import type { Delivery, LogEvent, OutLog } from '../logs/deliver.ts';
import type { LoggedBatch } from './logged.ts';
import { recordOf, type Sources } from './record.ts';

/** Batches come four times a second; the threads may have more to do. */
const LATE_MS = 5_000;

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

/** Objects are called as users report AWS's. */
export function queryLogOut({ id, domain, account, region, destination }: QueryLog): OutLog {
  return {
    ...{ id, account, region, destination, what: `questions of ${domain}`, head: null, lateMs: LATE_MS },
    keyOf: ({ year, month, day, minute }) =>
      `AWSLogs/${account}/vpcdnsquerylogs/${domain}/${year}/${month}/${day}/${domain}_vpcdnsquerylogs_${account}_${minute}`,
  };
}

export interface Questions {
  /** Once the delivery has the plan's logs. */
  apply(plan: QueryLogPlan): void;
  take(batch: LoggedBatch): void;
}

export function createQuestions(delivery: Pick<Delivery, 'knows' | 'write'>): Questions {
  const known = new Map<string, { readonly domain: string; readonly sources: Sources }>();
  return {
    apply({ queryLogs, askers, inbound }) {
      const endpoints = new Map(inbound.map(({ address, endpoint }) => [address, endpoint]));
      const byDomain = Map.groupBy(askers, ({ domain }) => domain);
      for (const id of known.keys()) if (!delivery.knows(id)) known.delete(id);
      for (const { id, domain, account, region } of queryLogs) {
        const instances = new Map((byDomain.get(domain) ?? []).map(({ address, instance }) => [address, instance]));
        known.set(id, { domain, sources: { account, region, instances, inbound: endpoints } });
      }
    },
    take({ questions }) {
      const events = new Map<string, LogEvent[]>();
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
        if (log !== undefined) delivery.write(id, log.domain, of, false);
      }
    },
  };
}
