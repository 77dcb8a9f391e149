/**
 * What a story is played on: a Culvert of its own, the AWS CLI and SDK pointed at it, and an audience. Each call is shown as one
 * would type it, with what came of it and how long it took; a call that does not do what the story says ends the story.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { askWhy, concerning } from '../src/cli/why.ts';
import { listNetns } from '../src/host/netns.ts';
import { type Paths, rootsOf } from '../src/host/paths.ts';
import { spawnAwsCli } from '../src/instance/aws-cli.ts';
import { splitWords } from '../src/scenario/words.ts';

export const CULVERT = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));

/** What the audience gets: lines on a terminal, or one JSON document at the end. */
export interface Audience {
  step(step: Step): void;
  /** Something begins that takes a moment. */
  begin(line: Line): void;
  end(line: Line): void;
  stepEnd(step: Step): void;
  /** What was found, as rows of cells, the heads of the columns first. */
  table(rows: Table): void;
}

export type Table = readonly (readonly string[])[];

export interface Step {
  readonly number: number;
  readonly title: string;
  readonly lines: Line[];
  ok: boolean | null;
  milliseconds: number;
}

/** One call or one thing checked. */
export interface Line {
  /** Where it is typed: the host, an instance's name, or JavaScript. `check`: nothing is called. */
  readonly where: 'host' | 'js' | 'check' | (string & {});
  readonly text: string;
  /** What came of it, in a few words. */
  result: string;
  ok: boolean | null;
  milliseconds: number;
}

/** A call or a check that did not do what the story says. */
export class NotAsTold extends Error {}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Connection {
  readonly url: string;
  readonly credentials: Readonly<Record<string, string>>;
}

/** An account on the stage: whoever calls AWS by these is that account's root. */
export interface Actor {
  /** Configuration of any client of the AWS SDK for JavaScript. */
  readonly sdk: {
    readonly region: string;
    readonly endpoint: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** The AWS CLI on the host; its JSON. `show` says what of it to tell. */
  aws<T = Record<string, never>>(args: readonly string[], show?: (output: T) => string): Promise<T>;
  /** The CLI must end with an error that matches. */
  awsRefused(args: readonly string[], error: RegExp): Promise<void>;
}

export interface Stage extends Actor {
  readonly region: string;
  readonly connection: Connection;
  /** A command of Culvert's own; what it said, of which `show` says what to tell. */
  culvert(args: readonly string[], show?: (stdout: string) => string): Promise<string>;
  /** What `culvert why` says first, of `code` and in words that match `says`: the words of the command that it advises first. */
  why(
    from: At,
    to: string,
    code: string,
    options?: Readonly<Record<string, string>>,
    says?: RegExp,
  ): Promise<readonly string[]>;
  /** A packet that is sent: predicted, and counted in the kernel, to be dropped at that stage for that reason. "dropped at STAGE, CODE". */
  dropped(from: At, to: string, port: number, stage: string, code: string): Promise<string>;
  /** Another account: a 12-digit access key acts as its root. */
  as(account: string): Actor;
  step(title: string, play: () => Promise<void>): Promise<void>;
  js<T>(text: string, call: () => Promise<T>, show?: (output: T) => string): Promise<T>;
  /** The call must throw an error of that name. */
  jsRefused(text: string, call: () => Promise<unknown>, error: string): Promise<void>;
  /** A shell command in an instance: must succeed, and its output match. */
  inside(at: At, command: string, expected?: RegExp, show?: (stdout: string) => string): Promise<string>;
  /** A shell command in an instance: must fail, and say so. */
  insideFails(at: At, command: string, expected: RegExp): Promise<void>;
  /** From now on the audience sees stars in its place, in whatever is told; returns it, to be used. */
  secret(value: string): string;
  table(rows: Table): void;
  check(text: string, ok: boolean, seen?: string | undefined): void;
  /** Of the namespaces that this Culvert has on the host now. */
  namespaces(): string[];
  /** Looks again and again until there is something, with a bound. */
  until<T>(text: string, look: () => Promise<T | undefined>, show?: (found: T) => string, boundMs?: number): Promise<T>;
}

/** An instance, by the name it has in the story. */
export interface At {
  readonly name: string;
  readonly id: string;
}

const UNTIL_MS = 30_000;
const LOOK_MS = 50;
const MASK = '****';

export interface Theatre {
  readonly paths: Paths;
  readonly connection: Connection;
  readonly region: string;
  readonly audience: Audience;
  /** Resolves when the kernel has all that was asked for: AWS takes its time too, and packets are sent after it. */
  inForce(): Promise<void>;
}

export function createStage({ paths, connection, region, audience, inForce }: Theatre): Stage {
  let current: Step | null = null;
  let steps = 0;
  const secrets = new Set<string>();
  const masked = (text: string) => [...secrets].reduce((left, secret) => left.replaceAll(secret, MASK), text);

  async function line<T>(where: string, text: string, work: (line: Line) => Promise<T>): Promise<T> {
    const entry: Line = { where, text: masked(text), result: '', ok: null, milliseconds: 0 };
    current?.lines.push(entry);
    audience.begin(entry);
    const started = performance.now();
    try {
      const value = await work(entry);
      entry.result = masked(entry.result);
      entry.ok = true;
      return value;
    } catch (error) {
      entry.ok = false;
      entry.result = masked(
        error instanceof NotAsTold ? error.message : `${(error as Error).name}: ${(error as Error).message}`,
      );
      throw new NotAsTold(`${entry.text}: ${entry.result}`, { cause: error });
    } finally {
      entry.milliseconds = performance.now() - started;
      audience.end(entry);
    }
  }

  function actor(credentials: Readonly<Record<string, string>>, typed: readonly string[]): Actor {
    const cli = (args: readonly string[]) =>
      collect(
        spawnAwsCli([...args, '--endpoint-url', connection.url], {
          paths,
          env: { ...credentials, AWS_DEFAULT_REGION: region, AWS_DEFAULT_OUTPUT: 'json' },
          cwd: '/',
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      );
    return {
      sdk: {
        region,
        endpoint: connection.url,
        credentials: {
          accessKeyId: credentials.AWS_ACCESS_KEY_ID ?? '',
          secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY ?? '',
        },
      },
      aws: (args, show) =>
        line('host', commandLine([...typed, 'aws', ...args]), async (entry) => {
          const { code, stdout, stderr } = await cli(args);
          if (code !== 0) throw new NotAsTold(`ended with ${code}: ${lastLine(stderr)}`);
          const output = stdout.trim() === '' ? {} : JSON.parse(stdout);
          entry.result = show?.(output) ?? '';
          return output;
        }),
      awsRefused: (args, error) =>
        line('host', commandLine([...typed, 'aws', ...args]), async (entry) => {
          const { code, stderr } = await cli(args);
          if (code === 0) throw new NotAsTold('succeeded, and must not');
          if (!error.test(stderr)) throw new NotAsTold(`failed in another way: ${lastLine(stderr)}`);
          entry.result = `refused, as it must be: ${lastLine(stderr)}`;
        }),
    };
  }

  const own = (args: readonly string[]) =>
    collect(
      spawn(process.execPath, [...process.execArgv, CULVERT, ...args], {
        env: { ...process.env, ...rootsOf(paths) },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );

  const shell = async ({ id }: At, command: string) => {
    await inForce();
    return own(['exec', id, '--', 'sh', '-c', command]);
  };

  return {
    region,
    connection,
    culvert: (args, show = (stdout) => stdout.trim()) =>
      line('host', commandLine(['culvert', ...args]), async (entry) => {
        const { code, stdout, stderr } = await own(args);
        if (code !== 0) throw new NotAsTold(`ended with ${code}: ${lastLine(stderr)}`);
        entry.result = show(stdout);
        return stdout.trim();
      }),
    ...actor(connection.credentials, []),
    why: (from, to, code, options = {}, says = /(?:)/) => {
      const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
      return line('host', commandLine(['culvert', 'why', from.id, to, ...flags]), async (entry) => {
        await inForce();
        const { top, headline } = await askWhy(paths, from.id, to, { protocol: 'tcp', ...options });
        if (top?.code !== code || !says.test(headline))
          throw new NotAsTold(`said something else: ${top?.code ?? ''} ${headline}`);
        const [fix = ''] = top.fixes;
        const words = splitWords(fix);
        if (typeof words === 'string' || words[0]?.text !== 'aws') throw new NotAsTold(`advises ${fix}`);
        entry.result = `${top.code} ${concerning(top)}`;
        return words.slice(1).map(({ text }) => text);
      });
    },
    dropped: (from, to, port, stage, code) => {
      const options = { protocol: 'tcp', port: String(port), live: true };
      return line(
        'host',
        commandLine(['culvert', 'why', from.id, to, '--port', options.port, '--live']),
        async (entry) => {
          await inForce();
          const { paths: ways, headline, live } = await askWhy(paths, from.id, to, options);
          const [packet] = live?.packets ?? [];
          const predicted = ways.flatMap(({ advice }) => advice).find((each) => each.code === code);
          const isSo = packet?.kind === 'dropped' && packet.difference === null && packet.stages.includes(stage);
          if (!isSo || predicted === undefined) {
            const seen = packet === undefined ? 'nothing was sent' : `${packet.kind} at ${packet.stages.join(' or ')}`;
            throw new NotAsTold(`${seen}: ${packet?.difference ?? headline}`);
          }
          entry.result = `dropped at ${stage}, as predicted: ${predicted.sentence} (${code})`;
          return `dropped at ${stage}, ${code}`;
        },
      );
    },
    as: (account) =>
      actor({ AWS_ACCESS_KEY_ID: account, AWS_SECRET_ACCESS_KEY: 'any' }, [`AWS_ACCESS_KEY_ID=${account}`]),
    async step(title, play) {
      const step: Step = { number: ++steps, title, lines: [], ok: null, milliseconds: 0 };
      current = step;
      audience.step(step);
      const started = performance.now();
      try {
        await play();
        step.ok = true;
      } catch (error) {
        step.ok = false;
        throw error;
      } finally {
        step.milliseconds = performance.now() - started;
        audience.stepEnd(step);
      }
    },
    js: (text, call, show) =>
      line('js', text, async (entry) => {
        const output = await call();
        entry.result = show?.(output) ?? '';
        return output;
      }),
    jsRefused: (text, call, error) =>
      line('js', text, async (entry) => {
        const thrown = await call().then(
          () => null,
          (reason: Error) => reason,
        );
        if (thrown === null) throw new NotAsTold('succeeded, and must not');
        if (thrown.name !== error) throw new NotAsTold(`failed in another way: ${thrown.name}: ${thrown.message}`);
        entry.result = `refused, as it must be: ${thrown.name}: ${thrown.message}`;
      }),
    inside: (at, command, expected = /(?:)/, show = (stdout) => stdout.trim().replace(/\s*\n\s*/g, ' ')) =>
      line(at.name, command, async (entry) => {
        const { code, stdout, stderr } = await shell(at, command);
        if (code !== 0) throw new NotAsTold(`ended with ${code}: ${lastLine(stderr) || lastLine(stdout)}`);
        if (!expected.test(stdout)) throw new NotAsTold(`said something else: ${stdout.trim()}`);
        entry.result = show(stdout);
        return stdout.trim();
      }),
    insideFails: (at, command, expected) =>
      line(at.name, command, async (entry) => {
        const { code, stdout, stderr } = await shell(at, command);
        const said = `${stdout}\n${stderr}`;
        if (code === 0) throw new NotAsTold('succeeded, and must not');
        if (!expected.test(said)) throw new NotAsTold(`failed in another way: ${lastLine(said)}`);
        const why = said.split('\n').find((each) => expected.test(each));
        entry.result = `fails, as it must: ${why?.trim() ?? lastLine(said)}`;
      }),
    secret(value) {
      secrets.add(value);
      return value;
    },
    table: (rows) => audience.table(rows.map((row) => row.map(masked))),
    check(told, ok, saw = '') {
      const [text, seen] = [masked(told), masked(saw)];
      const entry: Line = { where: 'check', text, result: ok ? '' : seen, ok, milliseconds: 0 };
      current?.lines.push(entry);
      audience.end(entry);
      if (!ok) throw new NotAsTold(`not so: ${text}${seen === '' ? '' : ` (${seen})`}`);
    },
    namespaces: () => listNetns(paths.netns),
    until: (text, look, show, boundMs = UNTIL_MS) =>
      line('js', text, async (entry) => {
        const end = performance.now() + boundMs;
        for (;;) {
          const found = await look();
          if (found !== undefined) {
            entry.result = show?.(found) ?? '';
            return found;
          }
          if (performance.now() > end) throw new NotAsTold(`not within ${boundMs / 1000} s`);
          await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        }
      }),
  };
}

/** As one would type it. */
function commandLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

function collect(child: ChildProcess): Promise<Output> {
  return new Promise((resolve, reject) => {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code: code ?? 1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
}
