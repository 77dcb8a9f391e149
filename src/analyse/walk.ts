/** The state of one trace: where the packet is, which addresses it carries, what it met so far. */
import type { Flow, Hop, Measured, Stage, Trace } from './flow.ts';
import type { MetGate } from './group.ts';
import type { PlanIndex } from './plan-index.ts';
import type { Reason } from './reasons.ts';

export class Walk {
  readonly index: PlanIndex;
  readonly flow: Flow;
  readonly measured: Measured;
  /** Notes each gate of groups that it meets; null: nobody asks. */
  readonly gates: MetGate[] | null;
  /** Of several ways on, this is one. */
  isBranch = false;
  domain = '';
  source = '';
  destination = '';
  /** By which it came into `domain`; null: it did not. */
  link: string | null = null;
  /** The domain that it came from by that link. */
  home = '';
  /** By domain, the link by which what answers comes back into it; by which the packet left it until that is known. */
  readonly ways = new Map<string, string>();
  /** How many links it has gone through. */
  links = 0;
  /** Ports that routes led it to on its way, and that send it on. */
  readonly passed: string[] = [];
  readonly #hops: Hop[] = [];
  #receiver: Trace['receiver'] = null;
  readonly #branches: Walk[] = [];
  readonly #replies: (() => void)[] = [];
  #isBlocked = false;

  constructor(index: PlanIndex, flow: Flow, measured: Measured, gates: MetGate[] | null) {
    this.index = index;
    this.flow = flow;
    this.measured = measured;
    this.gates = gates;
  }

  /** The packet is in `domain` now, with these addresses. */
  enter(domain: string, source: string, destination: string): void {
    this.domain = domain;
    this.source = source;
    this.destination = destination;
    this.link = null;
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
    more: Pick<Hop, 'list'> = {},
  ): void {
    this.#isBlocked = true;
    this.#add(stage, direction, component, null, { code, components, sentence }, more);
  }

  /** Records what blocks some packets of the flow and others not. */
  perhaps(
    stage: Stage,
    direction: Hop['direction'],
    component: string,
    code: Reason['code'],
    sentence: string,
    components: readonly string[],
    more: Pick<Hop, 'list'> = {},
  ): void {
    this.#add(stage, direction, component, null, { code, components, sentence }, more);
  }

  /** What becomes of the answer here: told after all that the first packet meets, the nearest to the receiver first. */
  onReply(judge: () => void): void {
    const { domain, source, destination } = this;
    this.#replies.unshift(() => {
      this.enter(domain, destination, source);
      judge();
    });
  }

  deliver(kind: NonNullable<Trace['receiver']>['kind'], id: string): void {
    this.#receiver = { kind, id };
  }

  /** One of the ways on from here; the sender then looks like `source`. `to`: a target of a load balancer. */
  branch(source: string, to: Flow['to'] = { ...this.flow.to, address: this.destination }): Walk {
    const branch = new Walk(this.index, { ...this.flow, to }, this.measured, this.gates);
    branch.isBranch = true;
    branch.enter(this.domain, source, to.address);
    branch.link = this.link;
    branch.links = this.links;
    branch.passed.push(...this.passed);
    for (const [domain, link] of this.ways) branch.ways.set(domain, link);
    this.#branches.push(branch);
    return branch;
  }

  end(): Trace {
    const { source } = this;
    for (const reply of this.#replies.splice(0)) reply();
    const targets = this.#branches.map((branch) => branch.end());
    const own = this.#hops.flatMap((hop) => (hop.reason === null ? [] : [hop.reason]));
    const [only] = targets;
    const receiver = targets.length === 1 ? (only?.receiver ?? null) : this.#receiver;
    const seen = new Set(targets.map(({ seenFrom }) => seenFrom));
    return {
      flow: this.flow,
      outcome: this.#isBlocked ? 'dropped' : this.#outcome(targets),
      hops: this.#hops,
      reasons: [...own, ...targets.flatMap(({ reasons }) => reasons)],
      receiver,
      seenFrom: seen.size === 1 ? (only?.seenFrom ?? null) : isKnownThere(this.#receiver) ? source : null,
      targets,
    };
  }

  #outcome(targets: readonly Trace[]): Trace['outcome'] {
    const isPartly = this.#hops.some(({ reason }) => reason !== null);
    if (targets.length === 0) return this.#receiver === null ? 'dropped' : isPartly ? 'depends' : 'delivered';
    const [first] = targets;
    if (isPartly && first?.outcome === 'delivered') return 'depends';
    return targets.every(({ outcome }) => outcome === first?.outcome) && first !== undefined
      ? first.outcome
      : 'depends';
  }

  #add(
    stage: Stage,
    direction: Hop['direction'],
    component: string,
    by: string | null,
    reason: Reason | null,
    more: Pick<Hop, 'list'> = {},
  ): void {
    const { domain, source, destination } = this;
    this.#hops.push({ stage, direction, domain, component, source, destination, by, reason, ...more });
  }
}

/** Beyond the host, its own address stands before it. */
function isKnownThere(receiver: Trace['receiver']): boolean {
  return receiver !== null && receiver.kind !== 'outside';
}
