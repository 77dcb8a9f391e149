/**
 * What a scenario file says, as parsed: a list of steps, each with the line it stands on and what is expected of it. Texts still
 * hold their `$names`; they are filled in when the step is played. docs/scenarios.md is the format for its writers.
 */

import type { Share } from './shares.ts';

export interface Scenario {
  readonly title: string;
  readonly steps: readonly Step[];
  /** Fenced blocks with a name: what a command's file://NAME reads. */
  readonly files: ReadonlyMap<string, string>;
}

export type Step =
  | UpStep
  | AccountStep
  | KeysStep
  | SiteStep
  | ForwardStep
  | RouteStep
  | IncludeStep
  | RepeatStep
  | CallStep
  | ServeStep
  | StopStep
  | SendOnStep
  | PacketStep
  | ReachStep
  | FlowStep
  | DigStep
  | SharesStep
  | TlsStep
  | WhyStep
  | FixStep
  | PreviewStep
  | AssertStep
  | RunStep
  | LoggedStep
  | MeteredStep
  | StatusStep
  | ClockStep
  | HoldStep;

interface At {
  /** Counted from 1. */
  readonly line: number;
  /** As written, without what is expected. */
  readonly text: string;
}

/** `culvert up --internet`, first of all: `$world` is then somebody outside, `$host`, `$neighbour` and `$private` are who stays closed. */
export interface UpStep extends At {
  readonly kind: 'up';
}

/** `account NAME DIGITS`: NAME$ is then a prompt of that account's root. */
export interface AccountStep extends At {
  readonly kind: 'account';
  readonly name: string;
  readonly account: string;
}

/** `keys NAME ID SECRET [TOKEN]`: NAME$ is then a prompt of whoever has these credentials. */
export interface KeysStep extends At {
  readonly kind: 'keys';
  readonly name: string;
  readonly values: readonly string[];
}

/** `site NAME BLOCK [dnsmasq|unbound]`: NAME is then a host there, `$NAME_address` the public address of its router. */
export interface SiteStep extends At {
  readonly kind: 'site';
  readonly name: string;
  readonly cidr: string;
  readonly dns: string | null;
}

/** `NAME forwards DOMAIN to ADDRESS`: the DNS server of that site does. */
export interface ForwardStep extends At {
  readonly kind: 'forward';
  readonly name: string;
  readonly domain: string;
  readonly server: string;
}

/** `NAME sends BLOCK by ID`: the router of that site does, by a VPN connection or a virtual interface. */
export interface RouteStep extends At {
  readonly kind: 'route';
  readonly name: string;
  readonly destination: string;
  readonly via: string;
}

/** `include FILE`: plays its steps here; path relative to this file. */
export interface IncludeStep extends At {
  readonly kind: 'include';
  readonly path: string;
}

/** `for NAME in FIRST to LAST`: plays the steps below it once for each number, which is `$NAME` in them. */
export interface RepeatStep extends At {
  readonly kind: 'repeat';
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly steps: readonly Step[];
}

/** `$ aws …`, `NAME$ aws …`, `[PLACE]$ aws …`, `[PLACE as NAME]$ aws …`. */
export interface CallStep extends At {
  readonly kind: 'call';
  /** Who calls; null: the default account, or in an instance its role. */
  readonly actor: string | null;
  /** The instance that it is typed in: through its own resolver and network; null: outside, straight to the API. */
  readonly place: string | null;
  /** After `aws`. */
  readonly words: readonly Word[];
  readonly expected: readonly CallExpectation[];
}

export type CallExpectation = ExpectedError | ExpectedOutput | Binding;

export interface ExpectedError extends Span {
  readonly kind: 'error';
  readonly code: string;
  /** null: any. */
  readonly message: string | null;
  /** The call is made again until it is so, within this time; null: at once. */
  readonly withinMs: number | null;
}

export interface ExpectedOutput extends Span {
  readonly kind: 'output';
  readonly path: string;
  /** is: equal, or for JSON the named part of it. contains, lacks: an element of a list. */
  readonly verb: 'is' | 'contains' | 'lacks';
  /** JSON, a text, `absent` or `present`. */
  readonly value: string;
  readonly withinMs: number | null;
}

export interface Binding extends Span {
  readonly kind: 'binding';
  readonly name: string;
  readonly path: string;
}

/** Where the expected value stands, so that it can be written anew: its line, and what comes before it there. */
export interface Span {
  readonly line: number;
  readonly before: string;
}

/** `PLACE serves tcp/80`, `PLACE serves http/80 [STATUS]`, `PLACE serves udp/53`, `PLACE serves dns ADDRESS`, `PLACE serves protocol 47`. */
export interface ServeStep extends At {
  readonly kind: 'serve';
  readonly place: string;
  /** By number: one without ports. */
  readonly protocol: 'tcp' | 'udp' | number;
  readonly port: number;
  /** Of the answers to HTTP requests. */
  readonly status: number;
  /** The address that it tells for every name by DNS; null: it greets. */
  readonly told: string | null;
}

/** `PLACE stops tcp/80`. */
export interface StopStep extends At {
  readonly kind: 'stop';
  readonly place: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

/** `PLACE forwards[ as itself]`, `PLACE forwards nothing`: whether the instance sends on what is for others. */
export interface SendOnStep extends At {
  readonly kind: 'sendOn';
  readonly place: string;
  /** translated: from its own address, as a NAT instance does. */
  readonly how: 'plain' | 'translated' | 'not';
}

/** By number: one that has no word here. */
export type PacketProtocol = 'tcp' | 'udp' | 'ping' | number;

/** `[FLOW = ]FROM [from ADDRESS] -> TO[:PORT] tcp|udp|ping|protocol NUMBER: OUTCOME`. */
export interface PacketStep extends At {
  readonly kind: 'packet';
  /** The connection is kept under this name; null: it ends. */
  readonly flow: string | null;
  readonly from: string;
  /** null: the primary address of the sender's first interface. */
  readonly source: string | null;
  readonly to: string;
  /** null: the protocol has none. */
  readonly port: number | null;
  readonly protocol: PacketProtocol;
  readonly expected: ExpectedFate;
}

/** `all -> all:PORT tcp|udp`: from each instance a packet to each interface, which arrives where the analyser says so. */
export interface ReachStep extends At {
  readonly kind: 'reach';
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** What becomes of a first packet. */
export type ExpectedFate = Span &
  (
    | {
        readonly kind: 'delivered';
        /** One of these; empty: whoever. */
        readonly to: readonly string[];
        readonly seenFrom: string | null;
      }
    /** It arrives, but nobody listens there. */
    | { readonly kind: 'refused'; readonly to: readonly string[] }
    | { readonly kind: 'dropped'; readonly stage: string; readonly reason: string | null }
  );

/** `FLOW answers`, `FLOW is silent`, `FLOW is reset`, `FLOW ends`. */
export interface FlowStep extends At, Span {
  readonly kind: 'flow';
  readonly flow: string;
  readonly expected: 'answers' | 'is silent' | 'is reset' | 'ends';
}

/** `PLACE dig NAME [TYPE] [@SERVER]: VALUES | NXDOMAIN | NODATA | …`. */
export interface DigStep extends At {
  readonly kind: 'dig';
  readonly place: string;
  readonly name: string;
  readonly type: string;
  /** null: the resolver of the place's own VPC. */
  readonly server: string | null;
  /** Values in any order, or one word in capitals for an answer without any. */
  readonly expected: Span & { readonly values: readonly string[] };
}

/** `PLACE dig NAME TIMES times: VALUE in PERCENT %, …`: how often each of several A records is the answer. */
export interface SharesStep extends At {
  readonly kind: 'shares';
  readonly place: string;
  readonly name: string;
  readonly times: number;
  readonly expected: Span & { readonly shares: readonly Share[] };
}

/** `PLACE tls NAME:PORT: its name`, or `another name`: whether the certificate that answers is for it. */
export interface TlsStep extends At {
  readonly kind: 'tls';
  readonly place: string;
  readonly name: string;
  readonly port: number;
  readonly expected: Span & { readonly value: string };
}

/** `PLACE why TO[:PORT] tcp|udp|ping|protocol NUMBER [for ACTION [on ARN] [as ARN]]: CODE [RESOURCE]`, or `delivered`; TO may be a URL. Below it: `says: …`, `fix: aws …`. */
export interface WhyStep extends At {
  readonly kind: 'why';
  readonly place: string;
  readonly to: string;
  /** null: the protocol has none. */
  readonly port: number | null;
  readonly protocol: PacketProtocol;
  readonly tls: boolean;
  /** What the place's role would call there; null: nothing is named. */
  readonly action: string | null;
  /** On what; null: nothing is named. */
  readonly resource: string | null;
  /** A role or a session that calls in place of the place's role; null: nobody. */
  readonly as: string | null;
  readonly expected: Span & { readonly value: string };
  /** What it says in words, `...` for any; null: whatever. */
  readonly says: (Span & { readonly value: string }) | null;
  /** The commands that are advised first, in their order. */
  readonly fixes: readonly (Span & { readonly value: string })[];
}

/** `[NAME]$ fix`: the command that the last `why` advised first, run as it stands. */
export interface FixStep extends At {
  readonly kind: 'fix';
  readonly actor: string | null;
}

/** `plan FILE`: what the calls of that file would open and close, all of it below: `opens: PORTS FROM -> TO`, or `error CODE`. */
export interface PreviewStep extends At {
  readonly kind: 'preview';
  readonly file: string;
  readonly expected: readonly (Span & { readonly value: string })[];
}

/** `assert FILE[ with CALLS]`: whether its policies hold, below it all that breaks one: `line 2: PORTS FROM -> TO`. */
export interface AssertStep extends At {
  readonly kind: 'assert';
  readonly file: string;
  /** A file of calls that would have been made; null: none. */
  readonly calls: string | null;
  readonly expected: readonly (Span & { readonly value: string })[];
}

/** `run FILE`: makes the calls of that file. */
export interface RunStep extends At {
  readonly kind: 'run';
  readonly file: string;
}

/** `$ culvert status`, and below it what is among its lines; `...` stands for anything. */
export interface StatusStep extends At {
  readonly kind: 'status';
  readonly expected: readonly (Span & { readonly value: string })[];
}

/** `flows are logged`: what was counted for flow logs until now is read and delivered, instead of some seconds later. */
export interface LoggedStep extends At {
  readonly kind: 'logged';
}

/** `meters are read`: what was counted until now is kept for CloudWatch, instead of some seconds later. */
export interface MeteredStep extends At {
  readonly kind: 'metered';
}

/** `clock +7 days`. */
export interface ClockStep extends At {
  readonly kind: 'clock';
  readonly milliseconds: number;
}

/** `hold`: the kernel stays as it is, whatever is called; `resume`: it follows again. */
export interface HoldStep extends At {
  readonly kind: 'hold' | 'resume';
}

/** A word of a command line. `literal`: it was in single quotes, nothing in it is filled in. */
export interface Word {
  readonly text: string;
  readonly literal: boolean;
}

/** What is wrong in a file, and where. */
export class SyntaxFault extends Error {
  readonly line: number;
  constructor(line: number, sentence: string) {
    super(sentence);
    this.line = line;
  }
}
