/**
 * Questions that are logged, on their way out of the DNS thread: copied and handed on in batches, never waited for. In a flood the
 * rest of a second's are not logged, so that who writes them down cannot fall behind without end.
 */
import type { Log } from '../../host/log.ts';
import type { LoggedBatch, LoggedQuestion } from '../query-logs/logged.ts';

const BATCH_MS = 250;
const BATCH = 1_000;
/** Of all VPCs. */
const PER_SECOND = 10_000;

/** Of one domain's resolver, or of one address of an inbound endpoint. */
export interface QuerySink {
  /** The answer is in bytes[start, start + length). `outbound`: the endpoint that the question was passed on through. */
  add(
    bytes: Uint8Array,
    start: number,
    length: number,
    address: string,
    port: number,
    transport: 'UDP' | 'TCP',
    now: number,
    outbound: string | null,
  ): void;
}

export interface Collector {
  of(logs: readonly string[], domain: string, inbound: string | null): QuerySink;
  /** Hands on what waits. */
  flush(): void;
}

export function createCollector({ log, send }: { log: Log; send: (batch: LoggedBatch) => void }): Collector {
  let waiting: LoggedQuestion[] = [];
  let timer: NodeJS.Timeout | undefined;
  let second = 0;
  let taken = 0;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length > 0) send({ questions: waiting });
    waiting = [];
  }

  function hasRoom(now: number): boolean {
    const current = Math.floor(now / 1000);
    if (current !== second) {
      if (taken > PER_SECOND) log.warn({ left: taken - PER_SECOND }, 'questions were not logged: too many in a second');
      second = current;
      taken = 0;
    }
    return ++taken <= PER_SECOND;
  }

  return {
    of: (logs, domain, inbound) => ({
      add(bytes, start, length, address, port, transport, now, outbound) {
        if (!hasRoom(now)) return;
        const answer = Uint8Array.prototype.slice.call(bytes, start, start + length);
        waiting.push({ logs, domain, inbound, outbound, address, port, transport, at: now, answer });
        if (waiting.length >= BATCH) flush();
        else timer ??= setTimeout(flush, BATCH_MS);
      },
    }),
    flush,
  };
}
