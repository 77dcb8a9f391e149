/**
 * One topology at a time in the kernel: its plan after half of the calls, over that the whole one, then all flows and questions.
 * What it tells is what was wrong: of the plan itself, of the driver, or between the analyser and the kernel.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDriver, type Driver } from '../../src/driver/netns/driver.ts';
import { createDnsServer, type DnsServer, selectDns } from '../../src/edge/dns/server.ts';
import { silentLog } from '../../src/host/log.ts';
import { hostPaths, type Paths } from '../../src/host/paths.ts';
import { check } from '../../src/plan/check.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { ask, disagreement, probeOf, textOf } from './agree.ts';
import { build } from './build.ts';
import { type Fate, Prober } from './prober.ts';
import { judgeAnswer } from './questions.ts';
import type { Topology } from './steps.ts';

const LATE_MS = 20_000;

export interface Counts {
  topologies: number;
  /** Of AWS's API. */
  calls: number;
  /** Of these, what AWS would refuse too. */
  refused: number;
  packets: number;
  /** Flows that no packet could be sent for: see probeOf. */
  unsent: number;
  questions: number;
  /** Questions that were not asked: see wrongAnswer. */
  unasked: number;
  /** By what became of packets. */
  readonly fates: Record<string, number>;
  /** By what names led to. */
  readonly answers: Record<string, number>;
  /** Milliseconds by what was done. */
  readonly spent: Record<string, number>;
}

export class FuzzLab {
  readonly counts: Counts = {
    ...{ topologies: 0, calls: 0, refused: 0, packets: 0, unsent: 0, questions: 0, unasked: 0 },
    ...{ fates: {}, answers: {}, spent: {} },
  };
  readonly #root = mkdtempSync(join(tmpdir(), 'culvert-fuzz-'));
  readonly #paths: Paths = hostPaths({
    CULVERT_HOME: join(this.#root, 'home'),
    CULVERT_RUN: join(this.#root, 'run'),
    CULVERT_CACHE: join(this.#root, 'cache'),
  });
  readonly #driver: Driver = createDriver({ paths: this.#paths, log: silentLog() });
  readonly #prober: Prober;

  constructor(lateMs = LATE_MS) {
    this.#prober = new Prober(this.#paths, lateMs);
  }

  /** What is wrong; empty where all agree. Nothing of the topology is left behind. */
  async wrongs(topology: Topology): Promise<string[]> {
    const { plans, calls, refusals } = await this.#timed('build', () => build(topology));
    this.counts.topologies++;
    this.counts.calls += calls;
    this.counts.refused += refusals.length;
    const wrongs = plans.flatMap((plan) =>
      check(plan).map((finding) => `the plan's linter: ${JSON.stringify(finding)}`),
    );
    const dns = createDnsServer({ log: silentLog(), upstreams: [], netnsOf: this.#paths.netnsOf });
    try {
      for (const plan of plans) await this.#timed('apply', () => this.#driver.apply(plan));
      const [, plan] = plans;
      if (topology.isObserved) wrongs.push(...(await this.#timed('observe', () => this.#unsettled(plan))));
      await this.#timed('listen', () => dns.apply(selectDns(plan)).then(() => this.#prober.listen(plan)));
      wrongs.push(...(await this.#timed('packets', () => this.#packets(plan, topology))));
      wrongs.push(...(await this.#timed('questions', () => this.#questions(plan, topology))));
    } catch (error) {
      wrongs.push(`the driver: ${chainOf(error)}`);
    } finally {
      await this.#timed('end', () => this.#end(dns));
    }
    return wrongs;
  }

  async close(): Promise<void> {
    await this.#driver.teardown();
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Asked anew, the kernel has all that the plan says. */
  async #unsettled(plan: Plan): Promise<string[]> {
    this.#driver.forget();
    const changes = await this.#driver.apply(plan);
    // What is cut again was cut already: connections that must not be are not observed.
    const others = changes.filter(({ op }) => op !== 'cut');
    return others.map((change) => `not as the driver left it: ${JSON.stringify(change).slice(0, 400)}`);
  }

  async #packets(plan: Plan, { flows }: Topology): Promise<string[]> {
    const wrongs: string[] = [];
    for (const flow of flows) {
      const probe = probeOf(plan, flow, this.#prober);
      const answered = probe && (await ask(plan, probe, this.#prober));
      if (answered === undefined) {
        this.counts.unsent++;
        continue;
      }
      this.counts.packets++;
      count(this.counts.fates, wordOf(answered.fate));
      const wrong = disagreement(plan, answered);
      if (wrong !== null) wrongs.push(`${wrong}\n  ${textOf(answered)}`);
    }
    return wrongs;
  }

  async #questions(plan: Plan, { questions }: Topology): Promise<string[]> {
    const all = await Promise.all(
      questions.map((question) => judgeAnswer(plan, question, { paths: this.#paths, prober: this.#prober })),
    );
    for (const { told } of all) {
      if (told === null) this.counts.unasked++;
      else {
        this.counts.questions++;
        count(this.counts.answers, told);
      }
    }
    return all.flatMap(({ wrong }) => wrong ?? []);
  }

  async #end(dns: DnsServer): Promise<void> {
    this.#prober.close();
    await dns.close();
    await this.#driver.teardown();
  }

  async #timed<T>(what: string, work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.counts.spent[what] = (this.counts.spent[what] ?? 0) + performance.now() - start;
    }
  }
}

const FATES = { delivered: 'delivered', silent: 'neither answered nor counted as dropped, as told', failed: 'failed' };

function wordOf(fate: Fate): string {
  return fate.kind === 'dropped' ? `dropped: ${fate.stage.replace('_', ' ')}` : FATES[fate.kind];
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function chainOf(error: unknown): string {
  return error instanceof Error
    ? `${error.message}${error.cause === undefined ? '' : `: ${chainOf(error.cause)}`}`
    : String(error);
}
