/**
 * A scenario file's text → its steps. Strict: what is not understood is an error with its line, so that a step is never skipped
 * for a misspelt word. Steps stand in fenced blocks marked `console`; all else is for people. Pure.
 */
import { parsePacket, protocolOf } from './parse-packet.ts';
import { parsePreview } from './parse-preview.ts';
import { parseWhy, spanOf } from './parse-why.ts';
import { parseShares } from './shares.ts';
import {
  type CallExpectation,
  type CallStep,
  type RepeatStep,
  type Scenario,
  type Step,
  SyntaxFault,
} from './syntax.ts';
import { splitWords } from './words.ts';

interface Line {
  readonly line: number;
  readonly text: string;
}

/** A command, or what is expected of the command above it. */
interface Entry {
  readonly at: Line;
  /** Lines below that are indented. */
  readonly below: Line[];
}

const FORWARDS = { 'as itself': 'translated', nothing: 'not' } as const;
const BLOCK = /^```(\S*)\s*(.*)$/;
const UNITS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
/** How long an expectation that `becomes` may take where nothing is said. */
const BECOMES_MS = 30_000;
/** Every kind of step but calls and packets, by its words. */
const STEPS: readonly (readonly [pattern: RegExp, make: (at: Line, match: Groups) => Step])[] = [
  [
    /^account (?<name>[a-z]\w*) (?<account>\d{12})$/,
    ({ line, text }, { name = '', account = '' }) => ({ kind: 'account', line, text, name, account }),
  ],
  [
    /^keys (?<name>[a-z]\w*) (?<values>\S+ \S+(?: \S+)?)$/,
    ({ line, text }, { name = '', values = '' }) => ({ kind: 'keys', line, text, name, values: values.split(' ') }),
  ],
  [
    /^site (?<name>[a-z]\w*) (?<cidr>\d[\d./]+)(?: (?<dns>dnsmasq|unbound))?$/,
    ({ line, text }, { name = '', cidr = '', dns = null }) => ({ kind: 'site', line, text, name, cidr, dns }),
  ],
  [
    /^(?<name>[a-z]\w*) sends (?<destination>\S+) by (?<via>\S+)$/,
    ({ line, text }, { name = '', destination = '', via = '' }) => ({
      kind: 'route',
      line,
      text,
      name,
      destination,
      via,
    }),
  ],
  [
    /^(?<name>[a-z]\w*) forwards (?<domain>\S+) to (?<server>\S+)$/,
    ({ line, text }, { name = '', domain = '', server = '' }) => ({
      kind: 'forward',
      line,
      text,
      name,
      domain,
      server,
    }),
  ],
  [/^culvert up --internet$/, ({ line, text }) => ({ kind: 'up', line, text })],
  [/^include (?<path>\S+\.md)$/, ({ line, text }, { path = '' }) => ({ kind: 'include', line, text, path })],
  [
    /^(?<place>[a-z]\w*) serves (?<how>tcp|udp|http)\/(?<port>\d+)(?: (?<status>\d{3}))?$/,
    ({ line, text }, { place = '', how, port, status }) => {
      if (status !== undefined && how !== 'http') throw new SyntaxFault(line, 'a status is of http only');
      const protocol = how === 'udp' ? 'udp' : 'tcp';
      return {
        kind: 'serve',
        line,
        text,
        place,
        protocol,
        port: Number(port),
        status: Number(status ?? 200),
        told: null,
      };
    },
  ],
  [
    /^(?<place>[a-z]\w*) serves dns (?<told>\S+)$/,
    ({ line, text }, { place = '', told = '' }) => {
      return { kind: 'serve', line, text, place, protocol: 'udp', port: 53, status: 200, told };
    },
  ],
  [
    /^(?<place>[a-z]\w*) serves (?<protocol>protocol \d{1,3})$/,
    ({ line, text }, { place = '', protocol = '' }) => {
      const number = protocolOf(line, protocol) as number;
      return { kind: 'serve', line, text, place, protocol: number, port: 0, status: 200, told: null };
    },
  ],
  [
    /^(?<place>[a-z]\w*) stops (?<how>tcp|udp|http)\/(?<port>\d+)$/,
    ({ line, text }, { place = '', how, port }) => {
      return { kind: 'stop', line, text, place, protocol: how === 'udp' ? 'udp' : 'tcp', port: Number(port) };
    },
  ],
  [
    /^(?<place>[a-z]\w*) forwards(?: (?<how>as itself|nothing))?$/,
    ({ line, text }, { place = '', how }) => {
      return { kind: 'sendOn', line, text, place, how: how === undefined ? 'plain' : FORWARDS[how as 'nothing'] };
    },
  ],
  [
    /^(?<flow>[a-z]\w*) (?<expected>answers|is silent|is reset|ends)$/,
    ({ line, text }, { flow = '', expected }) => ({
      kind: 'flow',
      line,
      text: flow,
      before: text.slice(0, flow.length + 1),
      flow,
      expected: expected as 'answers',
    }),
  ],
  [
    /^(?<place>[a-z]\w*) dig (?<name>\S+)(?: (?<type>[A-Z]+))?(?: @(?<server>\S+))?: (?<values>.+)$/,
    ({ line, text }, { place = '', name = '', type = 'A', server = null, values = '' }) => {
      const before = text.slice(0, text.length - values.length);
      const expected = { line, before, values: values.split(/, */) };
      return { kind: 'dig', line, text: before.slice(0, -2), place, name, type, server, expected };
    },
  ],
  [
    /^(?<place>[a-z]\w*) dig (?<name>\S+) (?<count>\d+) times: (?<value>.+)$/,
    ({ line, text }, { place = '', name = '', count, value = '' }) => {
      const times = Number(count);
      const shares = parseShares(value, times);
      if (typeof shares === 'string') throw new SyntaxFault(line, shares);
      const before = text.slice(0, text.length - value.length);
      return {
        kind: 'shares',
        line,
        text: before.slice(0, -2),
        place,
        name,
        times,
        expected: { line, before, shares },
      };
    },
  ],
  [
    /^(?<place>[a-z]\w*) tls (?<name>\S+):(?<port>\d+): (?<value>its name|another name)$/,
    ({ line, text }, { place = '', name = '', port, value = '' }) => {
      const before = text.slice(0, text.length - value.length);
      const expected = { line, before, value };
      return { kind: 'tls', line, text: before.slice(0, -2), place, name, port: Number(port), expected };
    },
  ],
  [
    /^all -> all:(?<port>\d+) (?<protocol>tcp|udp)$/,
    ({ line, text }, { port, protocol }) => ({
      kind: 'reach',
      line,
      text,
      port: Number(port),
      protocol: protocol as 'tcp',
    }),
  ],
  [/^flows are logged$/, ({ line, text }) => ({ kind: 'logged', line, text })],
  [/^meters are read$/, ({ line, text }) => ({ kind: 'metered', line, text })],
  [
    /^clock \+(?<count>\d+) (?<unit>second|minute|hour|day)s?$/,
    ({ line, text }, { count, unit }) => {
      const milliseconds = Number(count) * UNITS[unit as keyof typeof UNITS];
      return { kind: 'clock', line, text, milliseconds };
    },
  ],
  [/^run (?<file>[\w.-]+)$/, ({ line, text }, { file = '' }) => ({ kind: 'run', line, text, file })],
  [/^(?<kind>hold|resume)$/, ({ line, text }, { kind }) => ({ kind: kind as 'hold', line, text })],
];

type Groups = Readonly<Record<string, string | undefined>>;

/** Throws a SyntaxFault. */
export function parseScenario(text: string): Scenario {
  let title: string | undefined;
  const files = new Map<string, string>();
  const steps: Step[] = [];
  const lines = text.split('\n').map((each, at) => ({ line: at + 1, text: each }));
  for (let at = 0; at < lines.length; at++) {
    const { line, text: here } = lines[at] as Line;
    title ??= /^# (.+)$/.exec(here)?.[1];
    const block = BLOCK.exec(here);
    if (block === null) continue;
    const end = lines.findIndex((each, index) => index > at && each.text.trimEnd() === '```');
    if (end < 0) throw new SyntaxFault(line, 'this block is not closed');
    const inside = lines.slice(at + 1, end);
    const [, language = '', rest = ''] = block;
    if (language === 'console') steps.push(...parseSteps(inside));
    else if (rest !== '') files.set(fileName(line, rest, files), `${inside.map((each) => each.text).join('\n')}\n`);
    else if (language !== 'text')
      throw new SyntaxFault(line, 'a block is console (steps), text, or has a name (a file)');
    at = end;
  }
  const late = steps.slice(1).find(({ kind }) => kind === 'up');
  if (late !== undefined) throw new SyntaxFault(late.line, 'this is the first step, or none');
  if (title === undefined) throw new SyntaxFault(1, 'a scenario begins with "# " and its title');
  return { title, steps, files };
}

function fileName(line: number, name: string, files: ReadonlyMap<string, string>): string {
  if (!/^[\w.-]+$/.test(name)) throw new SyntaxFault(line, `${name} is no name of a file`);
  if (files.has(name)) throw new SyntaxFault(line, `there is a file ${name} above`);
  return name;
}

function parseSteps(lines: readonly Line[]): Step[] {
  const entries: Entry[] = [];
  for (const at of joinLines(lines)) {
    if (at.text.trim() === '' || /^\s*#/.test(at.text)) continue;
    if (!/^\s/.test(at.text)) entries.push({ at, below: [] });
    else {
      const above = entries.at(-1);
      if (above === undefined) throw new SyntaxFault(at.line, 'nothing stands above this that it could belong to');
      above.below.push(at);
    }
  }
  return entries.map(parseStep);
}

/** A backslash at the end of a line joins the next one. */
function joinLines(lines: readonly Line[]): Line[] {
  const joined: Line[] = [];
  let open: Line | undefined;
  for (const { line, text } of lines) {
    const more = open === undefined ? text.trimEnd() : `${open.text} ${text.trim()}`;
    const at: Line = { line: open?.line ?? line, text: more };
    open = more.endsWith('\\') ? { ...at, text: more.slice(0, -1).trimEnd() } : undefined;
    if (open === undefined) joined.push(at);
  }
  if (open !== undefined) throw new SyntaxFault(open.line, 'the line that this one goes on in is missing');
  return joined;
}

const CALL =
  /^(?:\[(?<place>[a-z]\w*)(?: as (?<keys>[a-z]\w*|\d{12}))?\]|(?<actor>[a-z]\w*|\d{12}))?\$ +(?<command>.+)$/;

const REPEAT = /^for (?<name>[a-z]\w*) in (?<first>\d{1,4}) to (?<last>\d{1,4})$/;
/** How far the steps that are repeated stand to the right. */
const INDENT = /^ {2}/;

function parseRepeat({ at: { line, text }, below }: Entry): RepeatStep | undefined {
  const { name = '', first, last } = REPEAT.exec(text)?.groups ?? {};
  if (name === '') return undefined;
  if (below.length === 0) throw new SyntaxFault(line, 'no step stands below it');
  if (Number(last) < Number(first))
    throw new SyntaxFault(line, 'this is never played: the last number is below the first');
  const steps = parseSteps(below.map((each) => ({ ...each, text: each.text.replace(INDENT, '') })));
  const stray = steps.find(({ kind }) => kind === 'include' || kind === 'repeat' || kind === 'up');
  if (stray !== undefined) throw new SyntaxFault(stray.line, 'this is not repeated');
  return { kind: 'repeat', line, text, name, first: Number(first), last: Number(last), steps };
}

function parseStep(entry: Entry): Step {
  const { at, below } = entry;
  const repeat = parseRepeat(entry);
  if (repeat !== undefined) return repeat;
  const fix = /^(?<actor>[a-z]\w*)?\$ +fix$/.exec(at.text);
  if (fix !== null && below.length === 0) return { kind: 'fix', ...at, actor: fix.groups?.actor ?? null };
  if (/^\$ +culvert status$/.test(at.text)) {
    if (below.length === 0) throw new SyntaxFault(at.line, 'lines that are among the status stand below it');
    return { kind: 'status', ...at, expected: below.map((each) => spanOf(each, each.text.trim())) };
  }
  const call = CALL.exec(at.text);
  if (call !== null) return parseCall(at, call.groups ?? {}, below);
  const asked = parseWhy(at, below) ?? parsePreview(at, below);
  if (asked !== undefined) return asked;
  const [stray] = below;
  if (stray !== undefined) throw new SyntaxFault(stray.line, 'only calls and questions have expectations below them');
  for (const [pattern, make] of STEPS) {
    const match = pattern.exec(at.text);
    if (match !== null) return make(at, match.groups ?? {});
  }
  const packet = parsePacket(at.line, at.text);
  if (packet !== undefined) return packet;
  throw new SyntaxFault(at.line, `this is no step: ${at.text}`);
}

function parseCall(
  { line, text }: Line,
  { place, keys, actor = keys, command = '' }: Groups,
  below: readonly Line[],
): CallStep {
  const words = splitWords(command);
  if (typeof words === 'string') throw new SyntaxFault(line, words);
  if (words[0]?.text !== 'aws' || words.length < 3) throw new SyntaxFault(line, 'a call is: aws SERVICE OPERATION …');
  const expected = below.map(parseExpectation);
  if (expected.some(({ kind }) => kind === 'error') && expected.length > 1) {
    throw new SyntaxFault(line, 'a call that ends with an error has no output');
  }
  return { kind: 'call', line, text, actor: actor ?? null, place: place ?? null, words: words.slice(1), expected };
}

const PATH = String.raw`[A-Za-z0-9_]+(?:\[[^\]]*\])*(?:\.[A-Za-z0-9_-]+(?:\[[^\]]*\])*)*`;
const BINDING = new RegExp(`^\\$([a-z]\\w*) = (${PATH})$`);
const OUTPUT = new RegExp(`^(${PATH})(: | contains | lacks | becomes )(.+)$`);
const WITHIN = /^(.*?) within (\d+) (second|minute)s?$/;

function parseExpectation({ line, text }: Line): CallExpectation {
  const trimmed = text.trim();
  const span = (value: string) => ({ line, before: text.slice(0, text.length - value.length) });
  const error = /^(?<becomes>becomes )?error (?<code>[\w.]+)(?:: (?<message>.+))?$/.exec(trimmed)?.groups;
  if (error !== undefined) {
    const { code = '', message = null } = error;
    const value = trimmed.slice(trimmed.indexOf('error '));
    return { kind: 'error', ...span(value), code, message, withinMs: error.becomes ? BECOMES_MS : null };
  }
  const binding = BINDING.exec(trimmed);
  if (binding !== null) {
    const [, name = '', path = ''] = binding;
    return { kind: 'binding', ...span(path), name, path };
  }
  const output = OUTPUT.exec(trimmed);
  if (output === null) throw new SyntaxFault(line, `this is no expectation: ${trimmed}`);
  const [, path = '', verb = '', rest = ''] = output;
  if (verb !== ' becomes ') {
    return {
      kind: 'output',
      ...span(rest),
      path,
      verb: verb === ': ' ? 'is' : (verb.trim() as 'contains'),
      value: rest,
      withinMs: null,
    };
  }
  const [, value = rest, count, unit] = WITHIN.exec(rest) ?? [];
  const withinMs = count === undefined ? BECOMES_MS : Number(count) * UNITS[unit as keyof typeof UNITS];
  return { kind: 'output', ...span(rest), path, verb: 'is', value, withinMs };
}
