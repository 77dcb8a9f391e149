/**
 * What was counted since the last reading becomes records of the logs that cover where it was seen: by log and interface, one for
 * each flow, NODATA where a whole interval has passed without a packet at an interface that had some before, SKIPDATA where the kernel
 * had no room left. Keeps which interfaces had packets, and nothing of them.
 */
import type { CountedFlow, FlowReading } from '../../driver/netns/flows.ts';
import type { FlowRecords } from '../../edge/flow-logs/records.ts';
import type { LogEvent } from '../../edge/logs/deliver.ts';
import { inPieces, inSlices } from '../../host/slices.ts';
import type { FlowLog, Plan } from '../../plan/plan.ts';
import { type Place, type Places, placesOf } from './places.ts';
import { flowRecord, silentRecord } from './record.ts';

export type Records = Omit<FlowRecords, 'makesGroup'>;

export interface Writer {
  /**
   * `logs`: those to which all belongs that was counted where they are, and when each was made: no record is of a time before.
   * `at`: now. Both in milliseconds since 1970.
   */
  write(plan: Plan, logs: ReadonlyMap<string, number>, reading: FlowReading, at: number): Promise<readonly Records[]>;
}

/** Of one log: interfaces that had packets in this interval, and before. */
interface Quiet {
  since: number;
  readonly busy: Set<string>;
  readonly known: Set<string>;
}

export function createWriter(): Writer {
  const quiet = new Map<string, Quiet>();

  return {
    async write(plan, logs, { flows, skipped }, at) {
      const places = placesOf(plan);
      const streams = new Map<string, { readonly log: string; readonly stream: string; readonly events: LogEvent[] }>();
      const add = (log: FlowLog, { port }: Place, time: number, message: string) => {
        const stream = `${port.id}-${log.traffic.toLowerCase()}`;
        const of = streams.get(`${log.id} ${stream}`) ?? { log: log.id, stream, events: [] };
        of.events.push({ time, message });
        streams.set(`${log.id} ${stream}`, of);
      };
      const quietOf = (id: string) => {
        const of = quiet.get(id) ?? { since: at, busy: new Set(), known: new Set() };
        quiet.set(id, of);
        return of;
      };

      const write = (flow: CountedFlow) => {
        const place = places.isLogged(flow) ? places.placeOf(flow.port) : undefined;
        for (const log of place?.logs ?? []) {
          if (place === undefined || !logs.has(log.id)) continue;
          quietOf(log.id).busy.add(flow.port);
          if (log.traffic !== 'ALL' && log.traffic !== flow.action) continue;
          quietOf(log.id).known.add(flow.port);
          const since = Math.min(flow.until, Math.max(flow.since, logs.get(log.id) ?? 0));
          add(log, place, since, flowRecord(log, place, { ...flow, since }, places));
        }
      };
      const sums = await inSlices(addedUp(flows));
      await inSlices(inPieces(sums.values(), write));
      for (const id of quiet.keys()) if (!logs.has(id)) quiet.delete(id);
      for (const log of plan.flowLogs) {
        if (!logs.has(log.id)) continue;
        const of = quietOf(log.id);
        const lost = skipped.has(log.domain);
        const isOver = at - of.since >= log.intervalSeconds * 1000;
        for (const [place, port] of lost || isOver ? placed(of, places) : []) {
          const window = { since: of.since, until: at };
          if (lost && of.busy.has(port)) add(log, place, at, silentRecord(log, place, 'SKIPDATA', window));
          if (isOver && !of.busy.has(port)) add(log, place, of.since, silentRecord(log, place, 'NODATA', window));
        }
        if (!isOver) continue;
        of.since = at;
        of.busy.clear();
      }
      return [...streams.values()];
    },
  };
}

/** Interfaces that are gone are forgotten. */
function* placed({ known }: Quiet, places: Places): Generator<readonly [place: Place, port: string]> {
  for (const port of known) {
    const place = places.placeOf(port);
    if (place === undefined) known.delete(port);
    else yield [place, port];
  }
}

/** One of each flow: a router counts it in several places. */
function* addedUp(flows: readonly CountedFlow[]): Generator<void, ReadonlyMap<string, CountedFlow>> {
  const sums = new Map<string, CountedFlow>();
  yield* inPieces(flows, (flow) => {
    const { port, direction, action, protocol, packetSource, packetDestination, sourcePort, destinationPort } = flow;
    const key = [
      port,
      direction,
      action,
      protocol,
      packetSource,
      packetDestination,
      sourcePort,
      destinationPort,
    ].join();
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? flow : both(sum, flow));
  });
  return sums;
}

function both(one: CountedFlow, other: CountedFlow): CountedFlow {
  return {
    ...one,
    packets: one.packets + other.packets,
    bytes: one.bytes + other.bytes,
    tcpFlags: one.tcpFlags === null ? other.tcpFlags : one.tcpFlags | (other.tcpFlags ?? 0),
    since: Math.min(one.since, other.since),
    until: Math.max(one.until, other.until),
  };
}
