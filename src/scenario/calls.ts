/**
 * The calls of a scenario: typed for the AWS CLI, sent by the AWS SDK's own clients, signed: over HTTP straight to the API, or from
 * an instance by the names and ways that it has, over HTTPS.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import { clientOf, type ServiceRow } from '../wire/services.ts';
import type { Structure } from '../wire/types.ts';
import { type Call, translate } from './cli.ts';
import { type Finding, Stop } from './finding.ts';
import { CONNECT_MS, insideAgent } from './inside.ts';
import { isAsExpected, lookUp, matchesText, shown } from './match.ts';
import type { Standing } from './packets.ts';
import type { CallExpectation, CallStep, ExpectedError } from './syntax.ts';
import { fillIn } from './words.ts';
import type { Credentials, World } from './world.ts';

const REGION = 'ap-south-1';
const AGAIN_MS = 25;

interface Client {
  send(command: object): Promise<Record<string, unknown>>;
}

/** What came of a call: an output, or an error's code and message. */
type Outcome =
  | { readonly output: Readonly<Record<string, unknown>>; readonly error: null }
  | { readonly output: null; readonly error: { readonly codes: readonly string[]; readonly message: string } };

/** To whom calls go. */
export type Called = Pick<World, 'url' | 'rootOf' | 'roleOf' | 'defaultAccount'> & {
  readonly paths: Pick<World['paths'], 'caCert'>;
  /** Of the SDK's clients outside of instances; absent: HTTP. */
  readonly requestHandler?: object;
};

/** `standingIn`: an instance, or a site's host, by its name in the scenario. */
export function createCaller(world: Called, names: Map<string, string>, standingIn: (place: string) => Standing) {
  const actors = new Map<string, Credentials>();
  const clients = new Map<string, Client>();
  const fill = (text: string) => fillIn(text, names, (sentence) => new Error(sentence));

  function clientFor({ service, region, endpoint }: Call, { actor, place }: CallStep): Client {
    const [who, where] = [actor ?? (place === null ? world.defaultAccount : null), region ?? REGION];
    if (place !== null) return clientInside(service, standingIn(place), who, { region: where, endpoint });
    const key = `${service.name} ${who} ${where}`;
    let client = clients.get(key);
    if (client === undefined) {
      const { url, requestHandler } = world;
      const config = { region: where, endpoint: url, credentials: credentialsOf(who ?? ''), maxAttempts: 1 };
      client = createClient(service, { ...config, ...(requestHandler && { requestHandler }) });
      clients.set(key, client);
    }
    return client;
  }

  function credentialsOf(actor: string): Credentials {
    const known = actors.get(actor) ?? (/^\d{12}$/.test(actor) ? world.rootOf(actor) : undefined);
    if (known === undefined) throw new Error(`nobody was introduced as ${actor}`);
    return known;
  }

  function roleIn({ machine }: Standing): Credentials {
    if (machine === null) throw new Error('only instances have roles: say who calls, as in "[office as clerk]$"');
    return world.roleOf(machine);
  }

  /** `actor` null: the instance's role. */
  function clientInside(
    service: ServiceRow,
    standing: Standing,
    actor: string | null,
    { region, endpoint }: { readonly region: string; readonly endpoint: string | null },
  ): Client {
    const credentials = actor === null ? roleIn(standing) : credentialsOf(actor);
    const httpsAgent = insideAgent(standing, readFileSync(world.paths.caCert));
    return createClient(service, {
      region,
      credentials,
      maxAttempts: 1,
      requestHandler: { httpsAgent, connectionTimeout: CONNECT_MS },
      ...(endpoint !== null && { endpoint }),
    });
  }

  async function send(client: Client, { service, operation, input }: Call): Promise<Outcome> {
    const Command = sdkOf(service)[`${operation}Command`] as new (input: object) => object;
    try {
      const { $metadata: _, ...output } = await client.send(new Command(input));
      return { output: await withBodyRead(output), error: null };
    } catch (error) {
      const { name, message, Code, $metadata } = error as Error & { Code?: string; $metadata?: object };
      if ($metadata === undefined) throw error;
      return { output: null, error: { codes: [Code ?? name, name], message } };
    }
  }

  return {
    fill,
    introduce(name: string, credentials: Credentials): void {
      actors.set(name, credentials);
    },

    /** What came of it, in a few words. */
    async call(step: CallStep, files: ReadonlyMap<string, string>, findings: Finding[]): Promise<string> {
      const read = (name: string) => {
        const text = files.get(name);
        if (text === undefined) throw new Error(`there is no block with the name ${name}`);
        return fill(text);
      };
      const call = translate(
        step.words.map(({ text, literal }) => (literal && !/\$[a-z{]/.test(text) ? text : fill(text))),
        read,
      );
      const client = clientFor(call, step);
      const withinMs = Math.max(
        0,
        ...step.expected.map((each) => (each.kind === 'binding' ? 0 : (each.withinMs ?? 0))),
      );
      const end = performance.now() + withinMs;
      for (;;) {
        const outcome = await send(client, call);
        bind(step.expected, outcome);
        const wrong = step.expected.flatMap((each) => compare(each, outcome));
        if (wrong.length > 0 && performance.now() < end) {
          await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
          continue;
        }
        if (outcome.error !== null && !step.expected.some(({ kind }) => kind === 'error')) {
          throw new Stop(`${step.text}\n  ended with ${outcome.error.codes[0]}: ${outcome.error.message}`);
        }
        findings.push(...wrong);
        return summary(step.expected, outcome);
      }
    },
  };

  /** Before anything is compared: what is expected may name what this very answer holds. */
  function bind(expected: readonly CallExpectation[], { output }: Outcome): void {
    for (const each of expected) {
      const value = each.kind === 'binding' && output !== null ? lookUp(output, fill(each.path)) : undefined;
      if (each.kind === 'binding' && value !== undefined) names.set(each.name, shown(value));
    }
  }

  function summary(expected: readonly CallExpectation[], { output, error }: Outcome): string {
    if (error !== null) return `${error.codes[0]}: ${error.message}`;
    return expected
      .flatMap((each) => {
        if (each.kind === 'error') return [];
        const value = lookUp(output, fill(each.path));
        if (each.kind === 'output') return [`${each.path} ${shown(value)}`];
        if (value === undefined) throw new Error(`${each.path} is not in the answer: ${JSON.stringify(output)}`);
        return [`${each.name} ${shown(value)}`];
      })
      .join(' · ');
  }

  function compare(expected: CallExpectation, outcome: Outcome): Finding[] {
    if (expected.kind === 'binding') return [];
    const { line, before } = expected;
    if (expected.kind === 'error') {
      if (isError(expected, outcome)) return [];
      const { error } = outcome;
      const got = error === null ? 'no error' : `error ${error.codes[0]}: ${error.message}`;
      return [
        { line, before, expected: errorText(expected), got: [['got', got]], golden: error === null ? null : got },
      ];
    }
    if (outcome.error !== null) return [];
    const actual = lookUp(outcome.output, fill(expected.path));
    const value = fill(expected.value);
    if (isAsExpected(actual, expected.verb, value)) return [];
    const golden = expected.verb === 'is' && expected.withinMs === null ? shown(actual) : null;
    return [{ line, before, expected: value, got: [['got', shown(actual)]], golden }];
  }

  function isError({ code, message }: ExpectedError, { error }: Outcome): boolean {
    return error?.codes.includes(code) === true && (message === null || matchesText(error.message, fill(message)));
  }
}

/** What comes as a stream, as text without its last line's end; unpacked, where it is compressed. */
async function withBodyRead(output: Record<string, unknown>): Promise<Record<string, unknown>> {
  const body = output.Body as { transformToByteArray?: () => Promise<Uint8Array> } | undefined;
  if (body?.transformToByteArray === undefined) return output;
  const bytes = Buffer.from(await body.transformToByteArray());
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return { ...output, Body: (isGzip ? gunzipSync(bytes) : bytes).toString().replace(/\n$/, '') };
}

function errorText({ code, message }: ExpectedError): string {
  return `error ${code}${message === null ? '' : `: ${message}`}`;
}

/** The client's module itself, where shapes derived from it stand for it elsewhere. */
function sdkOf(service: ServiceRow): Structure {
  return service.isDerived ? (require(service.client) as Structure) : clientOf(service);
}
const require = createRequire(import.meta.url);

/** Each package exports one class that is the service's client, beside the bare one that it extends. */
function createClient(service: ServiceRow, config: object): Client {
  const found = Object.entries(sdkOf(service)).find(([name]) => name.endsWith('Client') && !name.startsWith('_'));
  if (found === undefined) throw new Error(`${service.client} exports no client`);
  const Class = found[1] as new (config: object) => Client;
  return new Class(config);
}
