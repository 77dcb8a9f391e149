/**
 * Tells control what the checks say: at once when something changes, and every so often, since control may have been
 * started again. While it is not there, tries on; the newest health is what it then gets.
 */
import { request } from 'node:http';
import { explain } from '../../host/fault.ts';
import type { Log } from '../../host/log.ts';
import type { CheckedHealth } from './checker.ts';
import type { Failure } from './judge.ts';

/** By target; those that were not judged yet are absent. `check` names the check by its fingerprint. */
export type TargetsReport = Readonly<Record<string, TargetReport>>;

export interface TargetReport {
  readonly check: string;
  readonly state: 'healthy' | 'unhealthy';
  readonly reason: Failure['reason'] | null;
  readonly status: number | null;
  /** For how long it has been in that state. */
  readonly ageMs: number;
}

export interface Reporter {
  changed(): void;
  close(): void;
}

const EVERY_MS = 5_000;
const RETRY_MS = 250;
const ANSWER_MS = 5_000;

export function reportOf(checked: Iterable<CheckedHealth>): TargetsReport {
  const report: Record<string, TargetReport> = {};
  for (const { check, health, ageMs } of checked) {
    if (health.state === 'initial') continue;
    const { reason, status } = health.failure ?? { reason: null, status: null };
    report[check.id] = { check: check.fingerprint, state: health.state, reason, status, ageMs: Math.round(ageMs) };
  }
  return report;
}

export function createReporter(options: {
  readonly log: Log;
  readonly controlSocket: string;
  readonly report: () => TargetsReport;
  readonly everyMs?: number;
}): Reporter {
  const { log, controlSocket, report, everyMs = EVERY_MS } = options;
  let timer: NodeJS.Timeout | undefined;
  let sending = false;
  let dirty = false;
  let heard = true;
  let closed = false;

  async function send(): Promise<void> {
    clearTimeout(timer);
    if (sending) {
      dirty = true;
      return;
    }
    sending = true;
    dirty = false;
    const targets = report();
    try {
      if (Object.keys(targets).length > 0) await put(controlSocket, targets);
      if (!heard) log.info('control hears of health again');
      heard = true;
    } catch (error) {
      if (heard) log.warn({ fault: explain(error) }, 'control does not hear of health');
      heard = false;
    }
    sending = false;
    if (closed) return;
    if (dirty && heard) return send();
    timer = setTimeout(send, heard ? everyMs : RETRY_MS);
  }

  timer = setTimeout(send, everyMs);
  return {
    changed: () => void send(),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function put(socketPath: string, targets: TargetsReport): Promise<void> {
  const body = JSON.stringify({ targets });
  return new Promise((resolve, reject) => {
    const call = request({
      socketPath,
      method: 'PUT',
      path: '/culvert/targets',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      timeout: ANSWER_MS,
      agent: false,
    });
    call.once('timeout', () => call.destroy(new Error('no answer in time')));
    call.once('error', reject);
    call.once('response', (answer) => {
      answer.resume();
      if (answer.statusCode === 200) resolve();
      else reject(new Error(`status ${answer.statusCode}`));
    });
    call.end(body);
  });
}
