/**
 * What control hands to the edge, and its copy on disk: with it names, metadata and services come back when the edge starts,
 * whether control is there or not. Holds secrets: 0600.
 */
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { Fault } from '../host/fault.ts';
import type { Plan } from '../plan/plan.ts';
import type { Access } from './services/handler.ts';

export interface EdgeState extends Access {
  readonly plan: Plan;
}

const LISTS = [
  'domains',
  'ports',
  'crossings',
  'serviceGateways',
  'endpointPolicies',
  'balancers',
  'pools',
  'services',
  'views',
  'hostedZones',
  'resolverEndpoints',
  'queryLogs',
  'flowLogs',
  'publicZones',
  'machines',
  'sites',
  'mirrors',
] as const;

/** What a state leaves out, the supervisor has said at the start. */
export type Defaults = Readonly<Partial<Pick<EdgeState, 'authMode' | 'defaultAccount'>>>;

/** Throws a Fault that names what is missing. The sender is control of the same version: no deeper look is needed. */
export function parseState(text: string, defaults: Defaults = {}): EdgeState {
  const state = parseJson(text) as Partial<EdgeState> | null;
  const plan = state?.plan;
  if (typeof plan?.revision !== 'number') throw new Fault('a state needs plan.revision');
  for (const list of LISTS) if (!Array.isArray(plan[list])) throw new Fault(`a state needs the list plan.${list}`);
  const { identities, authMode, defaultAccount } = { ...defaults, ...state };
  if (typeof identities?.accessKeys !== 'object') throw new Fault('a state needs identities.accessKeys');
  if (authMode !== 'lenient' && authMode !== 'strict') throw new Fault('a state needs authMode "lenient" or "strict"');
  if (!/^\d{12}$/.test(defaultAccount ?? '')) throw new Fault('a state needs defaultAccount, twelve digits');
  return { plan, identities, authMode, defaultAccount: defaultAccount ?? '' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault('a state is JSON', error);
  }
}

/** Whole or not at all. */
export function saveState(path: string, state: EdgeState): void {
  const draft = `${path}.new`;
  const fd = openSync(draft, 'w', 0o600);
  try {
    writeSync(fd, JSON.stringify(state));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}

/** Undefined: none yet. Throws a Fault where it cannot be read. */
export function loadState(path: string): EdgeState | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parseState(text);
}
