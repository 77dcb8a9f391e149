/** `culvert why`: what becomes of a packet, hop by hop, and what would mend what stands in its way. Exit code 0: it arrives. */
import type { Hop, Trace } from '../analyse/flow.ts';
import type { NameStep } from '../analyse/names.ts';
import type { Advice } from '../analyse/reasons.ts';
import type { Path, Why } from '../analyse/why.ts';
import type { WholeQuestion, WholeWhy } from '../daemon/advise/advise.ts';
import type { Live } from '../daemon/live/live.ts';
import type { Paths } from '../host/paths.ts';
import type { Told } from '../iam/explain.ts';
import { ask } from './control.ts';
import { EXITS, Exit } from './exits.ts';
import { columns, letters, type Pen, penFor } from './text.ts';
import { differs, liveLines } from './why-live.ts';
import { whyMermaid } from './why-mermaid.ts';
import { whySvg } from './why-svg.ts';

export interface WhyOptions {
  readonly protocol: string;
  readonly port?: string;
  readonly json?: boolean;
  readonly action?: string;
  readonly as?: string;
  readonly resource?: string;
  readonly live?: boolean;
  readonly mermaid?: boolean;
  readonly svg?: boolean;
}

const PROTOCOLS: Readonly<Record<string, string>> = { tcp: '6', udp: '17', icmp: '1' };
const NAMES = new Map(Object.entries(PROTOCOLS).map(([name, number]) => [number, name]));
const LAST_PROTOCOL = 255;

const SCHEMES: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

export async function why(paths: Paths, from: string, to: string, options: WhyOptions): Promise<void> {
  const forms = [options.json, options.mermaid, options.svg].filter((each) => each === true);
  if (forms.length > 1) throw new Exit('usage', 'one of --json, --mermaid and --svg, not more');
  const { live, ...found } = await askWhy(paths, from, to, options);
  process.stdout.write(`${textOf(found, live, options)}\n`);
  if (found.outcome !== 'delivered') process.exitCode = EXITS.failed;
  if (live !== undefined && differs(live)) process.exitCode = EXITS.differs;
}

function textOf(found: WholeWhy, live: Live | undefined, { json, mermaid, svg }: WhyOptions): string {
  if (json === true) return JSON.stringify({ ...found, ...(live && { live }) }, null, 2);
  if (mermaid === true) return whyMermaid(found);
  if (svg === true) return whySvg(found);
  const pen = penFor(process.stdout);
  return [...whyLines(found, pen), ...(live === undefined ? [] : liveLines(live, pen))].join('\n');
}

/** The answer of the Culvert that runs there. */
export function askWhy(paths: Paths, from: string, to: string, options: WhyOptions): Promise<LiveWhy> {
  const question = asked(from, to, options);
  if (options.live === true && !isNamed(question.protocol)) {
    throw new Exit('usage', `--live is of tcp, udp and icmp, not of protocol ${question.protocol}`);
  }
  return ask<LiveWhy>(paths, 'POST', '/culvert/why', { ...question, ...(options.live === true && { live: true }) });
}

/** `live`: where it was asked for. */
type LiveWhy = WholeWhy & { readonly live?: Live };

export function asked(from: string, to: string, { protocol, port, action, resource, as }: WhyOptions): WholeQuestion {
  const number = numberOf(protocol);
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
    throw new Exit('usage', `--port is 0 to 65535, not ${port}`);
  }
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(to) ? URL.parse(to) : null;
  const ofUrl = url === null ? null : url.port === '' ? (SCHEMES[url.protocol] ?? null) : Number(url.port);
  return {
    from,
    to: url === null ? to : url.hostname.replace(/^\[|\]$/g, ''),
    protocol: number,
    port: port === undefined ? ofUrl : Number(port),
    tls: url?.protocol === 'https:',
    ...(action !== undefined && { action }),
    ...(resource !== undefined && { resource }),
    ...(as !== undefined && { as }),
  };
}

function numberOf(protocol: string): string {
  const named = PROTOCOLS[protocol];
  if (named !== undefined) return named;
  if (/^\d{1,3}$/.test(protocol) && Number(protocol) <= LAST_PROTOCOL) return String(Number(protocol));
  throw new Exit('usage', `--protocol is tcp, udp, icmp or a number up to 255, not ${protocol}`);
}

/** Whether it is one of those that have names, and ports or echo requests. */
export function isNamed(protocol: string): boolean {
  return NAMES.has(protocol);
}

export function whyLines(found: WholeWhy, pen: Pen): string[] {
  const { sender, question, resolution, paths, hints, notes, top, policies, names, menders } = found;
  const called = (id: string) => (names[id] === undefined ? '' : ` ${letters(names[id])}`);
  const machine = sender.machine ?? sender.port;
  const told: Telling = { shown: new Set(top?.fixes ?? []), menders, pen };
  const others = hints.filter((hint) => hint !== top && hint.sentence !== top?.sentence);
  return [
    `${pen('bold', `${machine}${called(machine)}`)} (${sender.port}, ${sender.domain}${called(sender.domain)}) → ${pen('bold', `${question.to}${called(question.to)}`)}${portText(found)}`,
    ...topLines(found, pen),
    '',
    ...(resolution === null ? [] : [pen('bold', 'name'), ...columns(resolution.steps.map(nameCells)), '']),
    ...groups(paths).flatMap((group) => [...pathLines(group, told), '']),
    ...(policies.length === 0
      ? []
      : [pen('bold', 'policies'), ...columns(policies.map((each) => policyCells(each, pen))), '']),
    ...others.flatMap((hint) => [
      `${pen('yellow', '!')} ${hint.sentence} (${hint.code})`,
      ...fixLines(hint, '  ', told),
    ]),
    ...notes.map(({ sentence, code }) => `${pen('dim', '·')} ${sentence} (${code})`),
  ];
}

/** What all lines of one answer need. */
interface Telling {
  /** Commands that stand above already. */
  readonly shown: Set<string>;
  readonly menders: WholeWhy['menders'];
  readonly pen: Pen;
}

/** The likeliest cause: its code, what is to be changed, and the commands that would do it. */
export function topLines(
  { top, outcome, headline, menders }: Pick<WholeWhy, 'top' | 'outcome' | 'headline' | 'menders'>,
  pen: Pen,
): string[] {
  if (top === null)
    return [`${outcome === 'delivered' ? pen('green', '✓') : pen('red', '✗')} ${pen('bold', headline)}`];
  const mark = outcome === 'depends' ? pen('yellow', '~') : pen('red', '✗');
  return [`${mark} ${pen('bold', top.code)} ${concerning(top)}`, ...fixLines(top, '  ', { menders, pen })];
}

/** The resource, and why; not twice where the sentence begins with it. */
export function concerning({ components: [first = ''], sentence }: Pick<Advice, 'components' | 'sentence'>): string {
  return sentence.startsWith(first) ? sentence : `${first}: ${sentence}`;
}

function portText({ question, port }: Why): string {
  const name = NAMES.get(question.protocol);
  if (name === undefined) return ` protocol ${question.protocol}`;
  return name === 'icmp' ? ' ping' : ` ${name}/${port}`;
}

function nameCells({ name, owner: { kind, zone, origin }, result }: NameStep): string[] {
  const whose = origin[0] === undefined ? '' : ` of ${origin[0]}`;
  const where =
    kind === 'view'
      ? `this VPC's zone ${zone}${whose}`
      : kind === 'public'
        ? `public zone ${zone}`
        : kind === 'rule'
          ? `rule ${origin[0]} for ${zone}.`
          : 'no zone here';
  return [name, where, result];
}

/** A resource's policy need not allow what the caller's own do. */
function policyCells({ kind, verdict, sentence }: Told, pen: Pen): string[] {
  const isFine = verdict === 'allow' || (verdict === 'none' && kind === 'resource-based policy');
  const mark = isFine ? pen('green', verdict === 'allow' ? '✓' : '–') : pen('red', '✗');
  return [mark, kind, sentence];
}

/** Ways that differ only in the address are told once. */
function groups(paths: readonly Path[]): Path[][] {
  const alike = Map.groupBy(paths, ({ trace, advice, next }) =>
    JSON.stringify([
      trace.outcome,
      [...advice, ...next].map(({ code }) => code),
      trace.hops.map(({ stage, by }) => [stage, by]),
    ]),
  );
  return [...alike.values()];
}

function pathLines(group: readonly Path[], told: Telling): string[] {
  const { pen } = told;
  const [first, ...others] = group;
  if (first === undefined) return [];
  const { trace } = first;
  const mark =
    trace.outcome === 'delivered'
      ? pen('green', '✓')
      : trace.outcome === 'depends'
        ? pen('yellow', '~')
        : pen('red', '✗');
  const like = others.length === 0 ? '' : `, and alike ${others.map(({ address }) => address).join(', ')}`;
  const { receiver, seenFrom } = trace;
  const end =
    receiver === null || trace.outcome === 'dropped' ? '' : `: ${receiver.kind} ${receiver.id}, which sees ${seenFrom}`;
  return [
    `${mark} ${pen('bold', first.address)}${like} ${trace.outcome}${end}`,
    ...traceLines(trace, [...first.advice], told, '  '),
    ...nextLines(first, told),
  ];
}

/** What nothing has met yet, apart from what stops the packet now. */
function nextLines({ next }: Path, told: Telling): string[] {
  if (next.length === 0) return [];
  const lines = next.flatMap((advice) => [
    `    ${told.pen('yellow', '!')} ${advice.sentence} (${advice.code})`,
    ...newFixLines(advice, told, '      '),
  ]);
  return ['  next, once the route is there:', ...lines];
}

/** Takes its advice off the list's front, as the trace's reasons are in that order. */
function traceLines(trace: Trace, advice: Advice[], told: Telling, indent: string): string[] {
  const cells = columns(
    trace.hops.map((hop) => hopCells(hop, told.pen)),
    indent,
  );
  const own = trace.hops.flatMap((hop, at) => [
    cells[at] ?? '',
    ...(hop.reason === null ? [] : newFixLines(advice.shift(), told, `${indent}    `)),
  ]);
  const beyond = trace.targets.flatMap((target) => [
    `${indent}→ ${wayOn(trace, target)} ${target.outcome}`,
    ...traceLines(target, advice, told, `${indent}  `),
  ]);
  return [...own, ...beyond];
}

/** What stands above already is not said again. */
function newFixLines(advice: Advice | undefined, told: Telling, indent: string): string[] {
  const fixes = advice?.fixes ?? [];
  if (fixes.every((fix) => told.shown.has(fix))) return [];
  for (const fix of fixes) told.shown.add(fix);
  return fixLines(advice, indent, told);
}

/** To a load balancer's target, or on from a machine that a route leads to. */
function wayOn({ flow }: Trace, { flow: { to }, hops }: Trace): string {
  return to.address === flow.to.address ? `sent on from ${hops[0]?.source}` : `target ${to.address}:${to.port}`;
}

function hopCells({ stage, direction, component, by, reason }: Hop, pen: Pen): string[] {
  const passed = reason === null;
  const what = passed ? `by ${by}` : `${reason.sentence} (${reason.code})`;
  return [passed ? pen('green', '✓') : pen('red', '✗'), stage, direction, component, what];
}

/** Behind a command that is another account's its number, as a comment for a shell. */
function fixLines(advice: Advice | undefined, indent: string, { menders, pen }: Omit<Telling, 'shown'>): string[] {
  return (advice?.fixes ?? []).map((fix, at) => {
    const whose = menders[fix] === undefined ? '' : pen('dim', `  # account ${menders[fix]}`);
    return `${indent}${at === 0 ? '$' : 'or $'} ${fix}${whose}`;
  });
}
