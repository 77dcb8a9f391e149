/**
 * Carries out commands of ip(8) in a namespace without starting the program: the part of its language that the driver writes
 * (links of type veth, or of one that needs no more than its name, addresses, neighbours, routes, rules), word for word as the
 * program takes it, save that IPv6's default is `::/0` and its rules begin with `from ::/0` where they are of no source: a command's family is that of its addresses. A word that is not
 * understood is a mistake of the caller's and throws. Read rtnetlink(7).
 */
import ipaddr from 'ipaddr.js';
import { Fault } from './fault.ts';
import { call, closeFd, openFd } from './libc.ts';
import {
  attribute,
  attributesOf,
  NETLINK_ROUTE,
  type NetlinkSocket,
  openNetlink,
  text,
  u32,
  withNetlink,
} from './netlink.ts';

const NLM_F_REPLACE = 0x100;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const AF_INET = 2;
const AF_INET6 = 10;
/** Used at once: nobody else on a link of two has it. */
const IFA_F_NODAD = 2;
const NESTED = 0x8000;

const RTM = {
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newAddress: 20,
  delAddress: 21,
  newRoute: 24,
  delRoute: 25,
  getRoute: 26,
  newNeighbour: 28,
  delNeighbour: 29,
  newRule: 32,
  delRule: 33,
} as const;

const IFLA = {
  address: 1,
  name: 3,
  mtu: 4,
  operState: 16,
  linkInfo: 18,
  alias: 20,
  netnsFd: 28,
  carrier: 33,
  kind: 1,
  data: 2,
  vethPeer: 1,
} as const;
const IFA = { address: 1, local: 2 } as const;
const NDA = { destination: 1, linkAddress: 2 } as const;
const RTA = { destination: 1, device: 4, gateway: 5, priority: 6, table: 15 } as const;
const FRA = { source: 2, from: 3, priority: 6, mark: 10, table: 15, protocol: 21 } as const;

const IFF_UP = 1;
const IF_OPER_UNKNOWN = 0;
const IF_OPER_UP = 6;
/** Some seconds in all: whoever takes links or addresses away meanwhile is not waited for. */
const SETTLE_LOOKS = 3000;
const SETTLE_MS = 1;
const NUD_PERMANENT = 0x80;
const RTNH_F_ONLINK = 4;
const TO_TABLE = 1;
const ROUTE_TYPES: Readonly<Record<string, number>> = { unicast: 1, local: 2, blackhole: 6, unreachable: 7, throw: 9 };
const SCOPE = { universe: 0, link: 253, host: 254, nowhere: 255 } as const;
const MAX_BYTE = 255;

/** Runs the commands ("route replace …", without the "ip") in their order; stops at the first that the kernel refuses. */
export function ip(path: string, commands: readonly string[]): void {
  withNetlink(path, NETLINK_ROUTE, (socket) => {
    for (const command of commands) {
      const refusal = one(socket, command);
      if (refusal !== null) throw new Fault(`ip ${command}: ${refusal}`);
    }
  });
}

/** Deletes interfaces; those that are not there (any more) count as deleted. */
export function deleteLinks(path: string, names: readonly string[]): void {
  withNetlink(path, NETLINK_ROUTE, (socket) => {
    for (const name of names) {
      const refusal = one(socket, `link del dev ${name}`);
      if (refusal !== null && refusal !== 'ENODEV') throw new Fault(`ip link del dev ${name}: ${refusal}`);
    }
  });
}

/**
 * Until the kernel has seen that a link's other end is up, which it looks at behind us, it throws away without a count whatever is
 * sent into it. Linux 6.8 and later look at once when asked about that link alone; before, it is a matter of milliseconds. And
 * IPv6 addresses of one's own are taken for those of others until it has looked at them too, behind us in any case.
 */
export async function settle(path: string, names: readonly string[], addresses: readonly string[]): Promise<void> {
  const { socket, close } = openNetlink(path, NETLINK_ROUTE);
  const until = async (isSettled: () => boolean) => {
    for (let looks = 0; looks < SETTLE_LOOKS && !isSettled(); looks++) {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
  };
  try {
    for (const name of names) {
      const question = Buffer.concat([linkHeader(), attribute(IFLA.name, text(name))]);
      await until(() => !isSettling(socket.ask(RTM.getLink, question)));
    }
    for (const address of addresses) {
      const { family, bytes } = block(address);
      const header = Buffer.alloc(12);
      header.set([family, 8 * bytes.length]);
      const question = Buffer.concat([header, attribute(RTA.destination, bytes)]);
      // struct rtmsg
      await until(() => socket.ask(RTM.getRoute, question)?.[7] === ROUTE_TYPES.local);
    }
  } finally {
    close();
  }
}

function isSettling(answer: Buffer | null): boolean {
  const found = attributesOf(answer?.subarray(linkHeader().length));
  const state = found.get(IFLA.operState)?.[0] ?? IF_OPER_UNKNOWN;
  return found.get(IFLA.carrier)?.[0] === 1 && state !== IF_OPER_UNKNOWN && state !== IF_OPER_UP;
}

function one(socket: NetlinkSocket, command: string): string | null {
  const [object, verb, ...words] = command.split(' ');
  switch (`${object} ${verb}`) {
    case 'link add':
      return addLink(socket, words);
    case 'link set':
      return setLink(socket, words);
    case 'link del':
      return socket.request(RTM.delLink, 0, Buffer.concat([linkHeader(), attribute(IFLA.name, text(device(words)))]));
    case 'address replace':
      return socket.request(RTM.newAddress, NLM_F_CREATE | NLM_F_REPLACE, addressBody(words));
    case 'address del':
      return socket.request(RTM.delAddress, 0, addressBody(words));
    case 'neigh replace':
      return socket.request(RTM.newNeighbour, NLM_F_CREATE | NLM_F_REPLACE, neighbourBody(words));
    case 'neigh del':
      return socket.request(RTM.delNeighbour, 0, neighbourBody(words));
    case 'route replace':
      return socket.request(RTM.newRoute, NLM_F_CREATE | NLM_F_REPLACE, routeBody(words, false));
    case 'route del':
      return socket.request(RTM.delRoute, 0, routeBody(words, true));
    case 'rule add':
      return socket.request(RTM.newRule, NLM_F_CREATE | NLM_F_EXCL, ruleBody(words));
    case 'rule del':
      return socket.request(RTM.delRule, 0, ruleBody(words));
    default:
      throw new Error(`not a command for here: ip ${command}`);
  }
}

// ── links ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** NAME address MAC mtu N type veth peer name NAME address MAC mtu N netns PATH, or NAME mtu N type TYPE */
function addLink(socket: NetlinkSocket, words: readonly string[]): string | null {
  const at = words.indexOf('peer');
  if (at < 0) return addSingle(socket, words);
  const [name = '', ...own] = words.slice(0, at);
  const near = pairs(own, ['address', 'mtu', 'type']);
  const far = pairs(words.slice(at + 1), ['name', 'address', 'mtu', 'netns']);
  if (near.type !== 'veth') throw new Error(`only a veth has a peer: ${words.join(' ')}`);
  const netns = openFd(far.netns ?? '');
  try {
    const peer = Buffer.concat([
      linkHeader(),
      ...linkAttributes(far.name ?? '', far),
      attribute(IFLA.netnsFd, u32(netns)),
    ]);
    const info = attribute(
      IFLA.linkInfo | NESTED,
      attribute(IFLA.kind, text('veth')),
      attribute(IFLA.data | NESTED, attribute(IFLA.vethPeer | NESTED, peer)),
    );
    const body = Buffer.concat([linkHeader(), ...linkAttributes(name, near), info]);
    return socket.request(RTM.newLink, NLM_F_CREATE | NLM_F_EXCL, body);
  } finally {
    closeFd(netns);
  }
}

function addSingle(socket: NetlinkSocket, [name = '', ...words]: readonly string[]): string | null {
  const { mtu, type } = pairs(words, ['mtu', 'type']);
  const body = [
    linkHeader(),
    attribute(IFLA.name, text(name)),
    attribute(IFLA.mtu, u32(Number(mtu))),
    attribute(IFLA.linkInfo | NESTED, attribute(IFLA.kind, text(type ?? ''))),
  ];
  return socket.request(RTM.newLink, NLM_F_CREATE | NLM_F_EXCL, Buffer.concat(body));
}

function linkAttributes(name: string, { address = '', mtu = '' }: Readonly<Record<string, string>>): Buffer[] {
  return [
    attribute(IFLA.name, text(name)),
    attribute(IFLA.address, macBytes(address)),
    attribute(IFLA.mtu, u32(Number(mtu))),
  ];
}

/** dev NAME up, or dev NAME alias TEXT */
function setLink(socket: NetlinkSocket, words: readonly string[]): string | null {
  const [what, alias = ''] = words.slice(2);
  const isAlias = what === 'alias' && words.length === 4;
  if (!isAlias && (words.length !== 3 || what !== 'up'))
    throw new Error(`not understood: ip link set ${words.join(' ')}`);
  const body = [
    linkHeader(isAlias ? 0 : IFF_UP),
    attribute(IFLA.name, text(device(words.slice(0, 2)))),
    ...(isAlias ? [attribute(IFLA.alias, text(alias))] : []),
  ];
  return socket.request(RTM.newLink, 0, Buffer.concat(body));
}

/** struct ifinfomsg: found by its name, so without an index. */
function linkHeader(flags = 0): Buffer {
  return Buffer.concat([Buffer.alloc(8), u32(flags), u32(flags)]);
}

// ── addresses, neighbours ──────────────────────────────────────────────────────────────────────────────────────────

/** ADDRESS/PREFIX dev NAME [nodad] */
function addressBody([address = '', ...rest]: readonly string[]): Buffer {
  const { family, bytes, prefix } = block(address);
  const words = rest.filter((word) => word !== 'nodad');
  // struct ifaddrmsg
  return Buffer.concat([
    Buffer.of(family, prefix, words.length < rest.length ? IFA_F_NODAD : 0, 0),
    u32(indexOf(device(words))),
    attribute(IFA.local, bytes),
    attribute(IFA.address, bytes),
  ]);
}

/** ADDRESS lladdr MAC dev NAME [nud permanent] */
function neighbourBody([address = '', ...words]: readonly string[]): Buffer {
  const { lladdr, dev, nud } = pairs(words, ['lladdr', 'dev', 'nud']);
  if (nud !== undefined && nud !== 'permanent') throw new Error(`only permanent neighbours: ${nud}`);
  // struct ndmsg
  const header = Buffer.alloc(12);
  header.writeUInt8(block(address).family, 0);
  header.writeInt32LE(indexOf(dev ?? ''), 4);
  header.writeUInt16LE(NUD_PERMANENT, 8);
  return Buffer.concat([
    header,
    attribute(NDA.destination, addressBytes(address)),
    attribute(NDA.linkAddress, macBytes(lladdr ?? '')),
  ]);
}

// ── routes, rules ──────────────────────────────────────────────────────────────────────────────────────────────────

/** [TYPE] DESTINATION [via ADDRESS] [dev NAME] table N [metric N] [onlink] proto N */
function routeBody(words: readonly string[], deleting: boolean): Buffer {
  const typed = ROUTE_TYPES[words[0] ?? ''] !== undefined;
  const kind = typed ? (words[0] ?? '') : 'unicast';
  const [destination = '', ...rest] = typed ? words.slice(1) : words;
  const onlink = rest.includes('onlink');
  const { via, dev, table, metric, proto } = pairs(
    rest.filter((word) => word !== 'onlink'),
    ['via', 'dev', 'table', 'metric', 'proto'],
  );
  const to = block(destination === 'default' ? '0.0.0.0/0' : destination);
  const number = Number(table);
  // struct rtmsg
  const header = Buffer.of(
    to.family,
    to.prefix,
    0,
    0,
    number <= MAX_BYTE ? number : 0,
    Number(proto),
    scopeOf(kind, via !== undefined, deleting),
    ROUTE_TYPES[kind] ?? 0,
  );
  return Buffer.concat([
    header,
    u32(onlink ? RTNH_F_ONLINK : 0),
    ...(to.prefix === 0 ? [] : [attribute(RTA.destination, to.bytes)]),
    ...(dev === undefined ? [] : [attribute(RTA.device, u32(indexOf(dev)))]),
    ...(via === undefined ? [] : [attribute(RTA.gateway, addressBytes(via))]),
    ...(metric === undefined ? [] : [attribute(RTA.priority, u32(Number(metric)))]),
    attribute(RTA.table, u32(number)),
  ]);
}

/** What ip(8) chooses where no scope is given; a deletion matches any. */
function scopeOf(kind: string, hasGateway: boolean, deleting: boolean): number {
  if (kind === 'local') return SCOPE.host;
  if (deleting) return SCOPE.nowhere;
  return kind === 'unicast' && !hasGateway ? SCOPE.link : SCOPE.universe;
}

/** [from SOURCE] [iif NAME] [fwmark N] lookup N priority N [protocol N] */
function ruleBody(words: readonly string[]): Buffer {
  const {
    from = '0.0.0.0/0',
    iif,
    fwmark,
    lookup,
    priority,
    protocol,
  } = pairs(words, ['from', 'iif', 'fwmark', 'lookup', 'priority', 'protocol']);
  const table = Number(lookup);
  const source = block(from);
  // struct fib_rule_hdr
  const header = Buffer.of(
    source.family,
    0,
    source.prefix,
    0,
    table <= MAX_BYTE ? table : 0,
    0,
    0,
    TO_TABLE,
    0,
    0,
    0,
    0,
  );
  return Buffer.concat([
    header,
    ...(source.prefix === 0 ? [] : [attribute(FRA.source, source.bytes)]),
    ...(iif === undefined ? [] : [attribute(FRA.from, text(iif))]),
    attribute(FRA.table, u32(table)),
    attribute(FRA.priority, u32(Number(priority))),
    ...(fwmark === undefined ? [] : [attribute(FRA.mark, u32(Number(fwmark)))]),
    ...(protocol === undefined ? [] : [attribute(FRA.protocol, Buffer.of(Number(protocol)))]),
  ]);
}

// ── words ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** "name value" pairs of known names; anything else throws. */
function pairs<Name extends string>(words: readonly string[], names: readonly Name[]): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (let at = 0; at < words.length; at += 2) {
    const name = names.find((each) => each === words[at]);
    const value = words[at + 1];
    if (name === undefined || value === undefined) throw new Error(`not understood: ${words.slice(at).join(' ')}`);
    found[name] = value;
  }
  return found;
}

function device(words: readonly string[]): string {
  const { dev } = pairs(words, ['dev']);
  if (dev === undefined) throw new Error(`which device? ${words.join(' ')}`);
  return dev;
}

function block(cidr: string): { family: number; bytes: Buffer; prefix: number } {
  const [address = '', prefix] = cidr.split('/');
  const bytes = addressBytes(address);
  const family = bytes.length === 4 ? AF_INET : AF_INET6;
  return { family, bytes, prefix: prefix === undefined ? 8 * bytes.length : Number(prefix) };
}

function addressBytes(address: string): Buffer {
  return Buffer.from(ipaddr.parse(address).toByteArray());
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

/** Only inside the namespace. */
function indexOf(name: string): number {
  const index = call('if_nametoindex', name, name);
  if (index === 0) throw new Fault(`there is no interface ${name}`);
  return index;
}
