/** The state of one trace: where the packet is, which addresses it carries, what it met so far. */
import type { Flow, Hop, Stage, Trace } from './flow.ts';
import type { PlanIndex } from './plan-index.ts';
import type { Reason } from './reasons.ts';

export class Walk {
  readonly index: PlanIndex;
  readonly flow: Flow;
  domain = '';
  source = '';
  destination = '';
  readonly #hops: Hop[] = [];
  #receiver: Trace['receiver'] = null;

  constructor(index: PlanIndex, flow: Flow) {
    this.index = index;
    this.flow = flow;
  }

  /** The packet is in `domain` now, with these addresses. */
  enter(domain: string, source: string, destination: string): void {
    this.domain = domain;
    this.source = source;
    this.destination = destination;
  }

  pass(stage: Stage, direction: Hop['direction'], component: string, by: string): void {
    this.#add(stage, direction, component, by, null);
  }

  /** Records a blocker; the caller decides whether the walk can go on as if it were mended. */
  drop(
    stage: Stage,
    direction: Hop['direction'],
    component: string,
    code: Reason['code'],
    sentence: string,
    components: readonly string[] = [component],
  ): void {
    this.#add(stage, direction, component, null, { code, components, sentence });
  }

  deliver(kind: NonNullable<Trace['receiver']>['kind'], id: string): void {
    this.#receiver = { kind, id };
  }

  end(): Trace {
    const reasons = this.#hops.flatMap((hop) => (hop.reason === null ? [] : [hop.reason]));
    return {
      flow: this.flow,
      outcome: reasons.length === 0 && this.#receiver !== null ? 'delivered' : 'dropped',
      hops: this.#hops,
      reasons,
      receiver: this.#receiver,
      seenFrom: this.#receiver === null ? null : this.source,
    };
  }

  #add(stage: Stage, direction: Hop['direction'], component: string, by: string | null, reason: Reason | null): void {
    const { domain, source, destination } = this;
    this.#hops.push({ stage, direction, domain, component, source, destination, by, reason });
  }
}
