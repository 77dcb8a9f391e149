/**
 * Whom a word means, as a sender and as whom to reach: an instance, an interface, a subnet, a group, a VPC, a site, an endpoint, a
 * load balancer, a service, a name, an address, the internet. An address alone means nobody where ranges overlap: whoever is asked
 * for by another word must be the one who gets it.
 */
import { parseIp } from '../net/ip.ts';
import type { Balancer, Crossing, Plan, Port } from '../plan/plan.ts';
import { likenessOf } from './alike.ts';
import { isServiceName } from './hints.ts';
import { resolveName } from './names.ts';
import { indexPlan } from './plan-index.ts';
import { addressesOf, type Sender, sendersOf, type Verdict } from './reach.ts';
import { NotAsked } from './why.ts';

export const INTERNET = 'internet';

/** Whom to reach. */
export interface Target {
  readonly name: string;
  /** Where a sender would send to. */
  addressesFor(from: Sender): readonly string[];
  /** Of what arrives: whether it is there that it arrives. */
  isMet(verdict: Verdict): boolean;
}

/** Throws NotAsked where the word means nobody here. */
export function targetOf(plan: Plan, word: string): Target {
  if (word === INTERNET) {
    const { strangers } = likenessOf(plan);
    return { name: word, addressesFor: () => strangers, isMet: ({ leaves }) => leaves };
  }
  if (parseIp(word) !== undefined) return { name: word, addressesFor: () => [word], isMet: () => true };
  if (isServiceName(word)) return serviceTarget(plan, word);
  const gateway = indexPlan(plan).serviceGateways.get(word);
  if (gateway !== undefined) {
    return { name: word, addressesFor: () => [gateway.address], isMet: ({ through }) => through.includes(word) };
  }
  const ports = portsOf(plan, word);
  if (ports !== null) return portsTarget(plan, word, ports);
  if (/^[a-z-]+-[0-9a-f]{8,}$/.test(word) || !word.includes('.')) throw new NotAsked(`nothing here is ${word}`);
  return nameTarget(plan, word);
}

/** Throws NotAsked where the word means nobody who sends. */
export function sendersFor(plan: Plan, word: string): readonly Sender[] {
  if (word === INTERNET) return likenessOf(plan).strangers;
  const senders = sendersOf(plan);
  const ports =
    parseIp(word) === undefined ? portsOf(plan, word) : senders.filter((each) => each.addresses.includes(word));
  if (ports === null || (ports.length === 0 && parseIp(word) !== undefined))
    throw new NotAsked(`nothing here is ${word}`);
  const isSender = new Set(senders);
  return ports.filter((port) => isSender.has(port));
}

/** null: the word is none for interfaces. Empty: it is, of one that has none. */
export function portsOf(plan: Plan, word: string): readonly Port[] | null {
  const index = indexPlan(plan);
  if (word === 'anything') return plan.ports;
  const port = index.ports.get(word);
  if (port !== undefined) return [port];
  const of = (which: (port: Port) => boolean) => plan.ports.filter(which);
  const domain = index.domains.get(word) ?? index.domains.get(`site-${word}`);
  if (domain !== undefined) return of((each) => each.domain === domain.id);
  if (index.segments.has(word)) return of(({ segment }) => segment === word);
  if (index.filters.has(word)) return of(({ filters }) => filters?.includes(word) === true);
  const balancer = balancersOf(plan).byWord.get(word);
  if (balancer !== undefined) return balancer.nodes.flatMap(({ port: id }) => index.ports.get(id) ?? []);
  const found = of(({ machine, origin }) => machine?.id === word || origin.includes(word));
  return found.length > 0 || plan.machines.some(({ id }) => id === word) ? found : null;
}

/** What a verdict's way passes where it passes this: an endpoint, a gateway, a link, a load balancer. Empty: the word is none of these. */
export function passagesOf(plan: Plan, word: string): readonly string[] {
  const { gateways, serviceGateways } = indexPlan(plan);
  if (gateways.has(word) || serviceGateways.has(word)) return [word];
  const balancer = balancersOf(plan).byWord.get(word);
  if (balancer !== undefined) return [balancer.id];
  const crossings = plan.crossings.filter(
    ({ id, port, origin }) => id === word || port === word || origin.includes(word),
  );
  const links = plan.links.filter(({ id, origin }) => id === word || origin[0] === word);
  const nats = plan.natGateways.filter(({ id, origin }) => id === word || origin[0] === word);
  return [...crossings, ...links, ...nats].map(({ id }) => id);
}

interface Balancers {
  /** By ARN, and by name the first of those that have it. */
  readonly byWord: ReadonlyMap<string, Balancer>;
  readonly byPort: ReadonlyMap<string, Balancer>;
}

const known = new WeakMap<Plan, Balancers>();

function balancersOf(plan: Plan): Balancers {
  const found = known.get(plan) ?? {
    byWord: new Map([
      ...plan.balancers.map((each) => [each.id.split('/')[2] ?? '', each] as const).reverse(),
      ...plan.balancers.map((each) => [each.id, each] as const),
    ]),
    byPort: new Map(plan.balancers.flatMap((each) => each.nodes.map(({ port }) => [port, each] as const))),
  };
  known.set(plan, found);
  return found;
}

function portsTarget(plan: Plan, name: string, ports: readonly Port[]): Target {
  const { byWord, byPort } = balancersOf(plan);
  const balancer = byWord.get(name);
  const inner = new Set(balancer?.nodes.map(({ crossingAddress }) => crossingAddress));
  const crossings = inner.size === 0 ? [] : plan.crossings.filter(({ targetAddress }) => inner.has(targetAddress));
  const own = new Set(
    balancer === undefined
      ? ports.flatMap(({ id, kind }) => (kind === 'crossing' ? [id, `${id}/ipv6`] : []))
      : [balancer.id],
  );
  // What comes by a crossing has an address of the consumer's, which may be equal to one here.
  const ids = new Set(ports.map(({ id }) => id));
  const straight = new Set([...ids, ...ports.flatMap(({ id }) => byPort.get(id)?.id ?? [])]);
  const addresses = [...new Set([...ports.flatMap(addressesOf), ...crossings.map(({ address }) => address)])];
  return {
    name,
    addressesFor: () => addresses,
    isMet: (verdict) => meets(verdict, own) || (meets(verdict, straight) && crossingOf(plan, verdict) === undefined),
  };
}

/** By every endpoint for it there is, by gateways, and by its public address. */
function serviceTarget(plan: Plan, name: string): Target {
  const crossings = plan.crossings.filter(({ origin }) => origin[2] === name);
  const gateways = plan.serviceGateways.filter(({ service }) => service === name);
  const service = plan.services.find(({ id }) => id === name);
  const addresses = new Set([...crossings, ...gateways].map(({ address }) => address));
  if (service !== undefined) addresses.add(service.internetAddress);
  if (addresses.size === 0) throw new NotAsked(`nothing here leads to ${name}`);
  const ids = new Set([name, ...crossings.map(({ id }) => id)]);
  const all = [...addresses];
  return { name, addressesFor: () => all, isMet: (verdict) => meets(verdict, ids) };
}

function nameTarget(plan: Plan, name: string): Target {
  const zones = new Map(plan.segments.map(({ id, zone }) => [id, zone]));
  return {
    name,
    addressesFor: (from) =>
      typeof from === 'string' ? [] : resolveName(plan, from.domain, name, { zone: zones.get(from.segment) }).addresses,
    isMet: () => true,
  };
}

function meets({ receivers, through }: Verdict, ids: ReadonlySet<string>): boolean {
  return receivers.some(({ id }) => ids.has(id)) || through.some((id) => ids.has(id));
}

/** The crossing that a verdict's way passes, if it passes one. */
export function crossingOf(plan: Plan, { through }: Verdict): Crossing | undefined {
  const { crossings } = indexPlan(plan);
  return through.flatMap((id) => crossings.get(id) ?? [])[0];
}
