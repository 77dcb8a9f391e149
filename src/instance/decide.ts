/**
 * What an instance needs next, from what is wanted and what is there. Pure, and the only place that decides it: applying twice
 * the same thing gives 'nothing' the second time.
 */
import type { MachineFact } from '../model/facts.ts';
import type { Machine } from '../plan/plan.ts';

/** What a machine's folder remembers across restarts of the control process and of the host. */
export interface MachineRecord {
  /** The boot number it is in or last had. */
  readonly boots: number;
  /** It shut itself down in that boot: not to be started again until a higher number is asked for. */
  readonly endedInside: boolean;
  /** We asked it to end in that boot: whatever ends then did not end by itself. */
  readonly stopAsked: boolean;
  /** Hash of the base image that its disk lies on. */
  readonly base: string;
}

export type Step = 'start' | 'restart' | 'stop' | 'terminate' | 'nothing';

export type Wanted = Pick<Machine, 'wanted' | 'boots'>;

/** `wanted` null: the plan has no such machine. `record` null: it never ran. */
export function nextStep(wanted: Wanted | null, record: MachineRecord | null, running: boolean): Step {
  if (wanted === null) return 'terminate';
  if (wanted.wanted === 'stopped') return running ? 'stop' : 'nothing';
  if (record === null) return 'start';
  const behind = wanted.boots > record.boots;
  if (running) return behind ? 'restart' : 'nothing';
  // Not running though nobody asked, and it did not end by itself: the host was restarted, or Culvert was stopped.
  return behind || !record.endedInside ? 'start' : 'nothing';
}

/** The state between steps. A machine that could not be launched is still on its way. */
export function restingFact(record: MachineRecord | null, running: boolean, fault: string | null): MachineFact {
  const boots = record?.boots ?? 0;
  if (running) return { state: 'running', boots, fault };
  if (fault === null && record?.endedInside) return { state: 'stopped', boots, fault, ended: 'inside' };
  return { state: fault !== null ? 'pending' : 'stopped', boots, fault };
}

/** systemd's reboot(2) in a PID namespace of its own reaches the parent as SIGHUP (a power-off as SIGINT). See reboot(2). */
const EXIT_REBOOT = 128 + 1;

export function askedForReboot(exitStatus: number | undefined): boolean {
  return exitStatus === EXIT_REBOOT;
}
