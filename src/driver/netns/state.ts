/**
 * What the kernel must have (`KernelState`, from `render`) and what it has (`Observed`, from `observe`), in the same terms.
 * Addresses, neighbours, routes and rules are the very words of an ip(8) command, in one canonical order, so that comparing
 * them is comparing text.
 */
import type { Program } from './nft.ts';

export interface KernelState {
  /** By id. */
  readonly namespaces: ReadonlyMap<string, NamespaceState>;
}

export interface NamespaceState {
  readonly id: string;
  /** router: a domain's. machine: an instance's, owned by a user namespace of its own; there only what is missing is mended. */
  readonly kind: 'router' | 'machine';
  /** Paths under /proc/sys/net and their values. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Ends of links that are here, beside lo. */
  readonly interfaces: readonly Interface[];
  /** "10.0.1.5/24 dev eth0" */
  readonly addresses: readonly string[];
  /** "10.0.1.1 lladdr 02:cf:00:00:00:01 dev eth0" */
  readonly neighbours: readonly string[];
  /** "[local|throw] DESTINATION [via ADDRESS] [dev NAME] table NUMBER [metric NUMBER] [onlink]" */
  readonly routes: readonly string[];
  /** "[from SOURCE ][iif NAME ][fwmark 0xMARK ]lookup TABLE priority NUMBER"; of IPv6 always with a source, if only ::/0 */
  readonly rules: readonly string[];
  /** null in machines: their tables are their root's own. */
  readonly program: Program | null;
  /** Links where the fast path's programs are to be, see fast-path.ts. */
  readonly fast: readonly string[];
  /** What the programs of Proxy Protocol are to know there, and at which links, see proxy-header.ts. */
  readonly headers: readonly string[];
  /** "ADDRESS owner": when one goes, the tracked connections of its address go with it. */
  readonly tracked: readonly string[];
  /**
   * Connections that must not be, cut when they are first listed: "ADDRESS", or "ADDRESS PORT mark NUMBER" for those that a
   * load balancer spread to that target.
   */
  readonly cuts: readonly string[];
}

export interface Interface {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  /** The other end, where this end is the one that makes the pair; null at the other end. */
  readonly peer: { readonly namespace: string; readonly name: string; readonly mac: string } | null;
  /** An end of an encrypted tunnel, which is a device of its own and without a MAC address; absent: an end of a veth. */
  readonly tunnel?: TunnelEnd;
  /** A tap: its other end is a program, where one is at it. */
  readonly isTap?: true;
}

/** What an end is set to, but for its keys, which follow from the link's id. */
export interface TunnelEnd {
  readonly link: string;
  /** Of the link's two; 0 calls, and keeps the way open. */
  readonly end: 0 | 1;
  /** UDP, the same at both ends. */
  readonly port: number;
  readonly own: string;
  readonly far: string;
}

/** It stands on the device as its alias, by which the end is known again. */
export function tunnelText({ link, end, port, own, far }: TunnelEnd): string {
  return [link, end, port, own, far].join('/');
}

export interface Observed {
  readonly namespaces: ReadonlyMap<string, ObservedNamespace>;
  /** Pinned user namespaces. */
  readonly owners: ReadonlySet<string>;
}

export interface ObservedNamespace {
  readonly id: string;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly loopbackUp: boolean;
  readonly interfaces: readonly ObservedInterface[];
  readonly addresses: readonly string[];
  readonly neighbours: readonly string[];
  readonly routes: readonly string[];
  readonly rules: readonly string[];
  /** The program itself where we put it there and have watched since; else what the kernel tells of it. */
  readonly program:
    | { readonly known: Program }
    | { readonly fingerprint: string; readonly shape: readonly string[] }
    | null;
  readonly fast: readonly string[];
  readonly headers: readonly string[];
  readonly tracked: readonly string[];
  readonly cuts: readonly string[];
  /** Addresses that it was given before, where it was looked at: those of a machine that are not among them are its root's. */
  readonly given: readonly string[];
  /** What it was brought to last, where nobody else has been there since; null: it was looked at. */
  readonly broughtTo: NamespaceState | null;
}

export interface ObservedInterface {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  /** '' where it has none. */
  readonly alias: string;
}

/** Of what a router's programs of Proxy Protocol are to know: all of it, what is new and what is no more. */
export interface HeaderChange {
  readonly entries: readonly string[];
  readonly come: readonly string[];
  readonly gone: readonly string[];
  /** Links whose programs are of another version. */
  readonly stale: readonly string[];
}

/** One step. Each can be done again without harm. */
export type Change =
  | { readonly op: 'create'; readonly namespace: string; readonly kind: 'router' | 'machine' }
  | { readonly op: 'sysctl'; readonly namespace: string; readonly values: Readonly<Record<string, string>> }
  /** `unmetered`: IPv4 addresses that are metered no longer. */
  | { readonly op: 'nft'; readonly namespace: string; readonly text: string; readonly unmetered: readonly string[] }
  /** The whole program in place of what there is; what its sets have counted goes on. */
  | { readonly op: 'program'; readonly namespace: string; readonly program: Program }
  /** Interfaces that may already be gone with their other end. */
  | { readonly op: 'unlink'; readonly namespace: string; readonly names: readonly string[] }
  | { readonly op: 'link'; readonly namespace: string; readonly ends: readonly Interface[] }
  /** Devices of encrypted tunnels; when they are up, what they are set to: first of those that are called, then of those that call. */
  | { readonly op: 'tunnel' | 'answer' | 'call'; readonly namespace: string; readonly ends: readonly Interface[] }
  | { readonly op: 'tap'; readonly namespace: string; readonly ends: readonly Interface[] }
  /** Links that get the fast path's programs, and links that lose them. */
  | { readonly op: 'fast'; readonly namespace: string; readonly on: readonly string[]; readonly off: readonly string[] }
  | ({ readonly op: 'headers'; readonly namespace: string } & HeaderChange)
  /** Commands of ip(8), without the "ip". */
  | { readonly op: 'ip'; readonly namespace: string; readonly commands: readonly string[] }
  /** Both ends of links that just came up, and new IPv6 addresses of interfaces: waits until they are packets'. */
  | {
      readonly op: 'settle';
      readonly namespace: string;
      readonly names: readonly string[];
      readonly addresses: readonly string[];
    }
  /** Entries as in `cuts`. */
  | { readonly op: 'cut'; readonly namespace: string; readonly flows: readonly string[] }
  | { readonly op: 'remove'; readonly namespace: string };
