/**
 * What is → what must be, as steps in an order that is safe to interrupt anywhere. Pure. Rules come before the links they
 * guard, and after them again for what changed: an interface without rules passes nothing, whatever the order. In a machine's
 * namespace only what is missing is added, since its root may have put more there, and what was ours and is wanted no more goes.
 */
import { isIpv6 } from '../../net/ip.ts';
import { changes } from '../../plan/lists.ts';
import { ROUTE_PROTOCOL } from './names.ts';
import { fingerprint, type Program, sameList, shape, transition } from './nft.ts';
import {
  type Change,
  type Interface,
  type KernelState,
  type NamespaceState,
  type Observed,
  type ObservedInterface,
  type ObservedNamespace,
  tunnelText,
} from './state.ts';

/** The link that an entry of Proxy Protocol's programs hangs on. */
const HEADERS_DEVICE = /^(?:at (?:stale )?|passage .* dev )(\S+)$/;
const NEW_IPV6_ADDRESS = /^address replace (\S+)\/\d+ dev \S+ nodad$/;
const STALE_PROGRAMS = /^at (stale .*)$/;

export function diff(observed: Observed, wanted: KernelState): Change[] {
  const removals: Change[] = [];
  const creations: Change[] = [];
  const sysctls: Change[] = [];
  const programs: Change[] = [];
  const unlinks: Change[] = [];
  const links: Change[] = [];
  const tunnels: Change[] = [];
  const taps: Change[] = [];
  const answers: Change[] = [];
  const calls: Change[] = [];
  const headers: Change[] = [];
  const fast: Change[] = [];
  const settings: Change[] = [];
  const risen = new Map<string, { readonly names: Set<string>; readonly addresses: string[] }>();
  const risenIn = (id: string) => {
    const found = risen.get(id) ?? { names: new Set(), addresses: [] };
    risen.set(id, found);
    return found;
  };
  const deviceSysctls: Change[] = [];
  const transitions: Change[] = [];
  const cuts: Change[] = [];

  // What a machine's namespace lost its owner is of no use.
  const found = new Map(
    [...observed.namespaces].filter(([id]) => wanted.namespaces.get(id)?.kind !== 'machine' || observed.owners.has(id)),
  );
  const broken = brokenLinks(found, wanted);

  for (const id of new Set([...observed.namespaces.keys(), ...observed.owners])) {
    if (found.has(id) && wanted.namespaces.has(id)) continue;
    // By hand: a process that still has a socket there would keep them alive.
    const names = observed.namespaces.get(id)?.interfaces.map(({ name }) => name) ?? [];
    if (names.length > 0) unlinks.push({ op: 'unlink', namespace: id, names });
    removals.push({ op: 'remove', namespace: id });
  }

  for (const [id, to] of wanted.namespaces) {
    const from = found.get(id) ?? absent(id);
    if (from.broughtTo === to && !broken.has(id)) continue;
    if (!found.has(id)) creations.push({ op: 'create', namespace: id, kind: to.kind });

    const gone = broken.get(id) ?? new Set<string>();
    const stay = from.interfaces.filter(({ name }) => !gone.has(name));
    const values = Object.entries(to.sysctls).filter(([key, value]) => {
      const device = deviceOf(key);
      return from.sysctls[key] !== value || (device !== undefined && !stay.some(({ name }) => name === device));
    });
    const early = values.filter(([key]) => deviceOf(key) === undefined);
    const late = values.filter(([key]) => deviceOf(key) !== undefined);
    if (early.length > 0) sysctls.push({ op: 'sysctl', namespace: id, values: Object.fromEntries(early) });
    if (late.length > 0) deviceSysctls.push({ op: 'sysctl', namespace: id, values: Object.fromEntries(late) });

    if (to.program !== null) {
      const changed = programChange(id, from.program, to.program);
      if (changed !== null) (from.program === null ? programs : transitions).push(changed);
    }

    if (gone.size > 0) unlinks.push({ op: 'unlink', namespace: id, names: [...gone] });
    const missing = to.interfaces.filter((end) => !stay.some(({ name }) => name === end.name));
    const ends = missing.filter((end) => end.peer !== null);
    if (ends.length > 0) links.push({ op: 'link', namespace: id, ends });
    const sealed = missing.filter(({ tunnel }) => tunnel !== undefined);
    if (sealed.length > 0) {
      tunnels.push({ op: 'tunnel', namespace: id, ends: sealed });
      const [called = [], calling = []] = [1, 0].map((at) => sealed.filter(({ tunnel }) => tunnel?.end === at));
      if (called.length > 0) answers.push({ op: 'answer', namespace: id, ends: called });
      if (calling.length > 0) calls.push({ op: 'call', namespace: id, ends: calling });
    }

    const tapped = missing.filter(({ isTap }) => isTap);
    if (tapped.length > 0) taps.push({ op: 'tap', namespace: id, ends: tapped });

    const { gone: off, come: on } = changes(
      from.fast.filter((name) => !gone.has(name)),
      to.fast,
    );
    if (on.length > 0 || off.length > 0) fast.push({ op: 'fast', namespace: id, on, off });

    const kept = from.headers.filter((entry) => !gone.has(HEADERS_DEVICE.exec(entry)?.[1] ?? ''));
    const { gone: strange, come } = changes(kept, to.headers);
    if (strange.length > 0 || come.length > 0) {
      const stale = strange.flatMap((entry) => STALE_PROGRAMS.exec(entry)?.[1] ?? []);
      headers.push({ op: 'headers', namespace: id, entries: to.headers, come, gone: strange, stale });
    }

    const commands = settingCommands({ ...from, interfaces: stay }, to, gone);
    if (commands.length > 0) settings.push({ op: 'ip', namespace: id, commands });
    const addresses = commands.flatMap((command) => NEW_IPV6_ADDRESS.exec(command)?.[1] ?? []);
    if (addresses.length > 0) risenIn(id).addresses.push(...addresses);
    for (const { name, peer } of downIn(to, stay)) {
      risenIn(id).names.add(name);
      if (peer !== null) risenIn(peer.namespace).names.add(peer.name);
    }

    const lost = changes(from.tracked, to.tracked).gone.map((entry) => entry.split(' ')[0] ?? '');
    const flows = [...new Set([...lost, ...changes(from.cuts, to.cuts).come])];
    if (flows.length > 0) cuts.push({ op: 'cut', namespace: id, flows });
  }
  return [
    ...unlinks,
    ...removals,
    ...creations,
    ...sysctls,
    ...programs,
    ...links,
    ...tunnels,
    ...taps,
    ...headers,
    ...fast,
    ...deviceSysctls,
    ...settings,
    ...[...risen].map(([namespace, { names, addresses }]) => ({
      ...{ op: 'settle' as const, namespace },
      ...{ names: [...names], addresses },
    })),
    ...answers,
    ...calls,
    ...transitions,
    ...cuts,
  ];
}

/** What would be observed had `state` just been applied wholly. */
export function assumed(state: KernelState): Observed {
  return {
    namespaces: new Map(
      [...state.namespaces].map(([id, wanted]) => {
        const { interfaces, program, ...rest } = wanted;
        const observed: ObservedNamespace = {
          ...rest,
          loopbackUp: true,
          interfaces: interfaces.map(({ name, mac, mtu, tunnel }) => ({
            ...{ name, mac, mtu, up: true },
            alias: tunnel === undefined ? '' : tunnelText(tunnel),
          })),
          program: program === null ? null : { known: program },
          given: [],
          broughtTo: wanted,
        };
        return [id, observed];
      }),
    ),
    owners: new Set([...state.namespaces.values()].filter(({ kind }) => kind === 'machine').map(({ id }) => id)),
  };
}

function absent(id: string): ObservedNamespace {
  return {
    id,
    sysctls: {},
    loopbackUp: false,
    interfaces: [],
    addresses: [],
    neighbours: [],
    routes: [],
    rules: [],
    program: null,
    fast: [],
    headers: [],
    tracked: [],
    cuts: [],
    given: [],
    broughtTo: null,
  };
}

/**
 * Interfaces to delete, by namespace: those that nobody wants, and both ends of a pair that is not whole and right. In
 * machines only the ends of our pairs are ours; what hung on one that we put there goes with it.
 */
function brokenLinks(found: ReadonlyMap<string, ObservedNamespace>, wanted: KernelState): Map<string, Set<string>> {
  const broken = new Map<string, Set<string>>();
  const remove = (id: string, name: string) => {
    if (!found.get(id)?.interfaces.some((end) => end.name === name)) return;
    const names = broken.get(id) ?? new Set();
    broken.set(id, names.add(name));
  };
  /** Of tunnels: an end that is made anew meets no other that remembers the one before. */
  const torn = new Set<string>();
  const isAsBefore = (id: string) => found.get(id)?.broughtTo === wanted.namespaces.get(id);
  for (const [id, to] of wanted.namespaces) {
    if (isAsBefore(id) && to.interfaces.every(({ peer }) => peer === null || isAsBefore(peer.namespace))) continue;
    if (to.kind === 'router') {
      const names = new Set(to.interfaces.map(({ name }) => name));
      for (const { name } of found.get(id)?.interfaces ?? []) if (!names.has(name)) remove(id, name);
    } else {
      const names = new Set(to.interfaces.map(({ name }) => name));
      for (const { name } of found.get(id)?.broughtTo?.interfaces ?? []) if (!names.has(name)) remove(id, name);
    }
    for (const end of to.interfaces) {
      const here = found.get(id)?.interfaces.find(({ name }) => name === end.name);
      if (end.tunnel !== undefined && !(isRight(here, end.mac, end.mtu) && here?.alias === tunnelText(end.tunnel))) {
        torn.add(end.tunnel.link);
      }
      if (end.isTap && !isRight(here, end.mac, end.mtu)) remove(id, end.name);
      if (end.peer === null) continue;
      const there = found.get(end.peer.namespace)?.interfaces.find(({ name }) => name === end.peer?.name);
      if (isRight(here, end.mac, end.mtu) && isRight(there, end.peer.mac, end.mtu)) continue;
      remove(id, end.name);
      remove(end.peer.namespace, end.peer.name);
    }
  }
  for (const [id, { interfaces }] of torn.size === 0 ? [] : wanted.namespaces) {
    for (const { name, tunnel } of interfaces) if (tunnel !== undefined && torn.has(tunnel.link)) remove(id, name);
  }
  return broken;
}

function isRight(end: ObservedInterface | undefined, mac: string, mtu: number): boolean {
  return end !== undefined && end.mac === mac && end.mtu === mtu;
}

function programChange(id: string, from: ObservedNamespace['program'], to: Program): Change | null {
  const whole: Change = { op: 'program', namespace: id, program: to };
  if (from === null) return whole;
  if (!('known' in from)) return from.fingerprint === fingerprint(to) && sameList(from.shape, shape(to)) ? null : whole;
  const text = transition(from.known, to);
  if (text === null) return whole;
  return text === '' ? null : { op: 'nft', namespace: id, text, unmetered: unmetered(from.known, to) };
}

/** Addresses that were metered, and are no longer. */
function unmetered(from: Program, to: Program): readonly string[] {
  const [before = [], after = []] = [from, to].map(({ ip }) => ip.sets.metered_dropped?.elements);
  return before === after ? [] : changes(before, after).gone;
}

/**
 * Everything but links. What hung on a deleted interface went with it, and what was IPv6's where that is switched off, save for
 * its rules: these the kernel keeps.
 */
function settingCommands(from: ObservedNamespace, to: NamespaceState, gone: ReadonlySet<string>): string[] {
  const goesOff = isOff(to) && !isOff(from);
  const isRule = (entry: string) => deviceIn(entry) === undefined;
  const lost = (entry: string) =>
    (gone.size > 0 && gone.has(deviceIn(entry) ?? '')) || (goesOff && hasIpv6(entry) && !isRule(entry));
  const compare = (before: readonly string[], after: readonly string[]) => {
    const result = changes(gone.size === 0 && !goesOff ? before : before.filter((entry) => !lost(entry)), after);
    return to.kind === 'machine' ? { gone: [], come: result.come } : result;
  };
  const addresses = compare(from.addresses, to.addresses);
  // In a machine, of those that we put there ourselves: its root may have more.
  const ours = to.kind === 'machine' ? (from.broughtTo?.addresses ?? from.given) : [];
  const unassigned = changes(ours, to.addresses).gone.filter((entry) => !lost(entry) && from.addresses.includes(entry));
  const neighbours = compare(from.neighbours, to.neighbours);
  const routes = compare(from.routes, to.routes);
  // Ours by their protocol, in machines too: one for an interface that is gone could lead astray what comes after it.
  const rules = changes(from.rules, to.rules);
  const down = downIn(to, from.interfaces);
  return [
    ...rules.gone.map((entry) => `rule del ${entry}`),
    ...routes.gone.map((entry) => `route del ${entry} proto ${ROUTE_PROTOCOL}`),
    ...neighbours.gone.map((entry) => `neigh del ${entry}`),
    ...[...addresses.gone, ...unassigned].map((entry) => `address del ${entry}`),
    ...(from.loopbackUp ? [] : ['link set dev lo up']),
    ...addresses.come.map((entry) => `address replace ${entry}${isIpv6(entry) ? ' nodad' : ''}`),
    ...down.map(({ name }) => `link set dev ${name} up`),
    ...neighbours.come.map((entry) => `neigh replace ${entry} nud permanent`),
    ...routes.come.map((entry) => `route replace ${entry} proto ${ROUTE_PROTOCOL}`),
    ...rules.come.map((entry) => `rule add ${entry} protocol ${ROUTE_PROTOCOL}`),
  ];
}

function isOff({ sysctls }: Pick<NamespaceState, 'sysctls'>): boolean {
  return sysctls['ipv6/conf/all/disable_ipv6'] === '1';
}

function downIn({ interfaces }: NamespaceState, found: readonly ObservedInterface[]): readonly Interface[] {
  return interfaces.filter(({ name }) => !found.some((end) => end.name === name && end.up));
}

function hasIpv6(entry: string): boolean {
  return isIpv6(entry) && isIpv6(entry.replace(/ lladdr \S+/, ''));
}

function deviceIn(entry: string): string | undefined {
  return / dev (\S+)/.exec(entry)?.[1];
}

/** The interface that a sysctl is of; undefined for those of the namespace. */
function deviceOf(key: string): string | undefined {
  const device = /^ipv[46]\/(?:neigh|conf)\/([^/]+)\//.exec(key)?.[1];
  return device === 'all' || device === 'default' ? undefined : device;
}
