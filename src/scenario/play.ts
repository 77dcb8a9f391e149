/**
 * Plays a scenario on a world of its own, step after step, and tells each step's outcome. It goes on after a step that is not
 * as expected, so that one run shows all; a call that fails, or a name that stands for nothing, ends it.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createSite, forwardAtSite, routeAtSite } from '../daemon/sites.ts';
import { explain } from '../host/fault.ts';
import { createCaller } from './calls.ts';
import { parseCalls } from './calls-file.ts';
import { comparePreview } from './compare-preview.ts';
import { compareStatus } from './compare-status.ts';
import { createDiagnosis, type Diagnosis } from './diagnosis.ts';
import { type Finding, Stop } from './finding.ts';
import { OUTSIDE_NAMES } from './outside.ts';
import { Packets } from './packets.ts';
import { parseScenario } from './parse.ts';
import { createPrograms } from './programs.ts';
import { type RepeatStep, type Scenario, type Step, SyntaxFault } from './syntax.ts';
import { fillIn, takeNames } from './words.ts';
import { createWorld, type World } from './world.ts';

/** A step that was played. */
export interface Played {
  readonly file: string;
  readonly line: number;
  /** As written, its names filled in. */
  readonly text: string;
  /** What came of it, in a few words. */
  readonly result: string;
  /** Empty: all is as expected. */
  readonly findings: readonly Finding[];
  readonly milliseconds: number;
}

export interface Report {
  readonly title: string;
  readonly played: readonly Played[];
  /** null: played to its end. */
  readonly stopped: string | null;
  readonly findings: readonly (Finding & { readonly file: string })[];
}

/** Commands for these need the embedded services. */
const EMBEDDED = new Set(['dynamodb', 'logs', 'sqs', 'sns', 's3api']);

interface Sourced {
  readonly file: string;
  readonly scenario: Scenario;
  readonly step: Step;
}

export interface PlayOptions {
  readonly onPlayed?: (played: Played) => void;
  /** Aborted: no further step is waited for or begun; what was made is taken down as after the last one. */
  readonly signal?: AbortSignal;
}

export async function playFile(path: string, { onPlayed, signal }: PlayOptions = {}): Promise<Report> {
  const scenario = readScenario(path);
  const steps = [...stepsOf(path, scenario, [path])];
  const hasServices = steps.some(({ step }) => meetsEdge(step));
  const played: Played[] = [];
  const names = new Map<string, string>();
  const onStep = (each: Played) => {
    played.push(each);
    onPlayed?.(each);
  };
  let world: World | undefined;
  let programs: ReturnType<typeof createPrograms> | undefined;
  let packets: Packets | undefined;
  let stopped: string | null = null;
  try {
    world = await createWorld({
      services: hasServices,
      internet: steps[0]?.step.kind === 'up',
      onPlan: async (plan) => programs?.apply(plan),
    });
    programs = createPrograms(world.paths, { hasServices });
    const sender = new Packets(world, names, programs);
    packets = sender;
    const caller = createCaller(world, names, (place) => sender.standing(place));
    const stage = { world, caller, packets: sender, diagnosis: createDiagnosis(), names, onStep };
    for (const each of steps) await unlessAborted(signal, () => playStep(each, stage));
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    stopped = error.message;
  } finally {
    packets?.close();
    programs?.close();
    await world?.close();
  }
  const findings = played.flatMap(({ file, findings }) => findings.map((finding) => ({ ...finding, file })));
  return { title: scenario.title, played, stopped, findings };
}

/** Whether AWS's services themselves answer it, and not the API. */
function meetsEdge(step: Step): boolean {
  if (step.kind === 'repeat') return step.steps.some(meetsEdge);
  return step.kind === 'call' && (step.place !== null || EMBEDDED.has(step.words[0]?.text ?? ''));
}

/** Throws an Error that names file and line. */
function readScenario(path: string): Scenario {
  try {
    return parseScenario(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxFault) throw new Error(`${path}:${error.line}: ${error.message}`);
    throw error;
  }
}

/** With those of included files in their place. */
function* stepsOf(file: string, scenario: Scenario, within: readonly string[]): Generator<Sourced> {
  for (const step of scenario.steps) {
    if (step.kind !== 'include') {
      yield { file, scenario, step };
      continue;
    }
    const path = resolve(dirname(file), step.path);
    if (within.includes(path)) throw new Error(`${file}:${step.line}: ${step.path} includes itself`);
    yield* stepsOf(path, readScenario(path), [...within, path]);
  }
}

/** Throws a Stop as soon as the signal is aborted, whether what began has ended or not. */
async function unlessAborted(signal: AbortSignal | undefined, begin: () => Promise<void>): Promise<void> {
  if (signal === undefined) return begin();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(new Stop('interrupted'));
  signal.addEventListener('abort', abort);
  try {
    if (signal.aborted) abort();
    else await Promise.race([aborted.promise, begin()]);
    if (signal.aborted) await aborted.promise;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

interface Stage {
  readonly world: World;
  readonly caller: ReturnType<typeof createCaller>;
  readonly packets: Packets;
  readonly diagnosis: Diagnosis;
  readonly names: Map<string, string>;
  readonly onStep: (played: Played) => void;
}

async function playStep({ file, scenario, step }: Sourced, stage: Stage): Promise<void> {
  const { world, caller, packets, diagnosis, names, onStep } = stage;
  const started = performance.now();
  const findings: Finding[] = [];
  const fail = (sentence: string) => new Stop(`${file}:${step.line}: ${step.text}\n  ${sentence}`);
  const tell = (result: string) => {
    const text = fillIn(step.text, names, () => new Error('unknown'));
    const named = findings.map((each) => ({ ...each, golden: each.golden && takeNames(each.golden, names) }));
    onStep({ file, line: step.line, text, result, findings: named, milliseconds: performance.now() - started });
  };
  try {
    switch (step.kind) {
      case 'account':
        caller.introduce(step.name, world.rootOf(step.account));
        return;
      case 'keys': {
        const [accessKeyId = '', secretAccessKey = '', sessionToken] = step.values.map(caller.fill);
        caller.introduce(step.name, { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) });
        return;
      }
      case 'site': {
        const { publicAddress } = world.site((caller) => createSite(step.name, step, caller));
        names.set(step.name, step.name);
        names.set(`${step.name}_address`, publicAddress);
        return tell(publicAddress);
      }
      case 'forward': {
        const asked = { domain: step.domain, servers: [caller.fill(step.server)] };
        world.site((by) => forwardAtSite(step.name, asked, by));
        return tell('');
      }
      case 'route': {
        const asked = { destination: caller.fill(step.destination), via: caller.fill(step.via) };
        world.site((by) => routeAtSite(step.name, asked, by));
        return tell('');
      }
      case 'include':
        return;
      case 'up':
        for (const [name, address] of Object.entries(OUTSIDE_NAMES)) names.set(name, address);
        return;
      case 'repeat':
        return tell(
          await repeat(
            step,
            (each, onStep) => playStep({ file, scenario, step: each }, { ...stage, onStep }),
            stage.names,
            findings,
          ),
        );
      case 'call':
        // Who may call there it learns as it learns of a new plan.
        if (meetsEdge(step)) await world.settled();
        return tell(await caller.call(step, scenario.files, findings));
      case 'serve':
      case 'stop':
        await world.settled();
        return tell(await packets.program(step));
      case 'sendOn':
        await world.settled();
        return tell(packets.sendOn(step));
      case 'packet':
        await world.settled();
        return tell(await packets.send(step, findings));
      case 'reach':
        await world.settled();
        return tell(await packets.reach(step, findings));
      case 'flow':
        await world.settled();
        return tell(await packets.look(step, findings));
      case 'dig':
        await world.settled();
        return tell(await packets.dig(step, findings));
      case 'shares':
        await world.settled();
        return tell(await packets.shares(step, findings));
      case 'tls':
        await world.settled();
        return tell(await packets.tls(step, findings));
      case 'why': {
        await world.settled();
        const question = packets.question(step);
        return tell(diagnosis.ask(await world.known(question.resource), question, step, caller.fill, findings));
      }
      case 'preview':
      case 'assert': {
        await world.settled();
        const text = (name: string) => fileOf(scenario, name, caller.fill);
        const calls = step.kind === 'preview' || step.calls === null ? null : text(step.calls);
        return tell(await comparePreview(world, step, { file: text(step.file), calls }, names, findings));
      }
      case 'run':
        return tell(await run(fileOf(scenario, step.file, caller.fill), stage, findings));
      case 'fix':
        return tell(await caller.call(diagnosis.callOf(step), scenario.files, findings));
      case 'status':
        await world.settled();
        return tell(compareStatus(world.status(), step, caller.fill, findings));
      case 'logged':
        await world.settled();
        await world.flowsLogged();
        return tell('');
      case 'metered':
        await world.settled();
        await world.metersRead();
        return tell('');
      case 'clock':
        await world.settled();
        world.forward(step.milliseconds);
        return tell('');
      case 'hold':
        await world.settled();
        world.hold();
        return tell('');
      case 'resume':
        world.resume();
        return tell('');
    }
  } catch (error) {
    throw error instanceof Stop ? error : fail(explain(error));
  }
}

/** Told as one step: what differs in a round is found with its number, and is nothing that could be written down for all. */
async function repeat(
  { name, first, last, steps }: RepeatStep,
  play: (step: Step, onStep: Stage['onStep']) => Promise<void>,
  names: Map<string, string>,
  findings: Finding[],
): Promise<string> {
  for (let round = first; round <= last; round++) {
    names.set(name, String(round));
    const note = ({ findings: found }: Played) => {
      const rounds = found.map(({ before, ...rest }) => ({
        ...rest,
        before: `${before} (${name} is ${round})`,
        golden: null,
      }));
      findings.push(...rounds);
    };
    for (const step of steps) await play(step, note);
  }
  return `${(last - first + 1) * steps.length} steps`;
}

function fileOf({ files }: Scenario, name: string, fill: (text: string) => string): string {
  const text = files.get(name);
  if (text === undefined) throw new Error(`there is no block with the name ${name}`);
  return fill(text);
}

async function run(text: string, { caller, names, world }: Stage, findings: Finding[]): Promise<string> {
  const steps = parseCalls(text);
  for (const step of steps) {
    if (step.kind === 'wait') await world.settled();
    else if (step.kind === 'set') names.set(step.name, caller.fill(step.value));
    else await caller.call(step, new Map(), findings);
  }
  return `${steps.length} calls`;
}
