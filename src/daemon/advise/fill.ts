/**
 * What a Plan does not hold, put into advised commands where it stands as `…`: an address, a gateway or a table that is there and free, or
 * a command before it that makes one, so that what is printed can be run as it stands. What nobody can know stays `…`.
 */
import type { Advice } from '../../analyse/reasons.ts';
import type { Why } from '../../analyse/why.ts';
import { expiryOf } from '../../api/ec2/peering/state.ts';
import { isUsual, usualOptions } from '../../model/dhcp-options.ts';
import { type Intent, KINDS, owner } from '../../model/intent.ts';
import { farSide, peeringsOf } from '../../model/peerings.ts';
import type { NetworkInterface, Resource, TargetGroup } from '../../model/resources.ts';
import { cidrBlock, cidrOf, cidrsOverlap } from '../../net/cidr.ts';

/**
 * Whose the thing is that a command names first, by the command; those that are the asker's own are left out. A provider accepts, a
 * consumer opens its group: neither can do it for the other.
 */
export function mendersOf(intent: Intent, { hints, notes, paths, sender }: Why): Readonly<Record<string, string>> {
  const own = ownerOf(intent, sender.domain)?.account;
  const told = [...hints, ...notes, ...paths.flatMap(({ advice, next }) => [...advice, ...next])];
  const fixes = told.flatMap((each) => each.fixes);
  const menders = fixes.flatMap((fix) => {
    const account = namedIn(intent, fix)?.account;
    return own === undefined || account === undefined || account === own ? [] : [[fix, account] as const];
  });
  return Object.fromEntries(menders);
}

function namedIn(intent: Intent, fix: string): Resource | undefined {
  for (const [id] of fix.matchAll(/\b(?:[a-z]+-)+[0-9a-f]{8,17}\b|arn:aws:elasticloadbalancing:\S+/g)) {
    const found = ownerOf(intent, id);
    if (found !== undefined) return found;
  }
  return undefined;
}

function ownerOf(intent: Intent, id: string): Resource | undefined {
  for (const kind of KINDS) {
    const found = intent.table(kind).get(id);
    if (found !== undefined) return found;
  }
  return undefined;
}

const ACL_ENTRY =
  /create-network-acl-entry (?:.* )?--network-acl-id (\S+) --rule-number (\d+) --(egress|ingress) (.*)$/;
/** Of IPv6. */
const SUBNET_PREFIX = 64;

/** All advice of an answer. `now`: ISO 8601. */
export function fillIn<T extends Why>(intent: Intent, now: string, found: T): T {
  const done = new Map<Advice, Advice>();
  const region = ownerOf(intent, found.sender.domain)?.region;
  const entries = new Map<string, string>();
  const filled = (advice: Advice): Advice => {
    const made = done.get(advice) ?? numbered(whole(intent, now, advice, region), entries);
    done.set(advice, made);
    return made;
  };
  return {
    ...found,
    paths: found.paths.map((path) => ({ ...path, advice: path.advice.map(filled), next: path.next.map(filled) })),
    hints: found.hints.map(filled),
    notes: found.notes.map((note) => ({
      ...whole(intent, now, note, region),
      source: elsewhere(intent, note.source, region),
    })),
    top: found.top && filled(found.top),
  };
}

function whole<T extends Advice>(intent: Intent, now: string, advice: T, region: string | undefined): T {
  const fixes = advice.fixes.map((fix) => elsewhere(intent, fix.includes('…') ? fixed(intent, now, fix) : fix, region));
  return fixes.every((fix, at) => fix === advice.fixes[at]) ? advice : { ...advice, fixes };
}

/** Two entries of one list of an ACL have two numbers, so that all commands of an answer can be run. `entries`: what took which. */
function numbered(advice: Advice, entries: Map<string, string>): Advice {
  const fixes = advice.fixes.map((fix) => {
    const [, acl, asked = '', list, entry = ''] = ACL_ENTRY.exec(fix) ?? [];
    if (acl === undefined) return fix;
    let number = Number(asked);
    const place = () => `${acl} ${list} ${number}`;
    while (number > 1 && (entries.get(place()) ?? entry) !== entry) number--;
    entries.set(place(), entry);
    return fix.replace(`--rule-number ${asked}`, `--rule-number ${number}`);
  });
  return fixes.every((fix, at) => fix === advice.fixes[at]) ? advice : { ...advice, fixes };
}

/** Where what it names is in another region than who asks. */
function elsewhere(intent: Intent, fix: string, region: string | undefined): string {
  const other = namedIn(intent, fix)?.region;
  if (region === undefined || !other || other === region) return fix;
  return fix.replaceAll(/\baws (?:ec2|elbv2|route53resolver|directconnect) [a-z-]+/g, `$& --region ${other}`);
}

function fixed(intent: Intent, now: string, fix: string): string {
  const [, option = ''] = /--([a-z0-9-]+) (?:(?! --).)*…/.exec(fix) ?? [];
  switch (option) {
    case 'allocation-id':
      return withAddress(intent, fix);
    case 'internet-gateway-id':
    case 'gateway-id':
      return withGateway(intent, fix);
    case 'peer-owner-id':
      return withPeering(intent, now, fix);
    case 'dhcp-options-id':
      return withOptions(intent, fix);
    case 'ipv6-cidr-block':
      return withIpv6Block(intent, fix);
    case 'transit-gateway-route-table-id':
      return withHubTable(intent, fix);
    case 'cidr-block':
      return withBlock(intent, fix);
    case 'default-actions':
      return withTargetGroup(intent, fix);
    default:
      return fix;
  }
}

function optionOf(fix: string, name: string): string {
  return new RegExp(`--${name} (\\S+)`).exec(fix)?.[1] ?? '';
}

/** A command that makes it comes before, and its answer is used. */
function made(name: string, command: string, query: string): string {
  return `${name}=$(aws ec2 ${command} --query ${query} --output text); `;
}

function firstOf<T extends Resource>(rows: readonly T[], isFree: (row: T) => boolean): T | undefined {
  return rows.filter(isFree).sort((a, b) => (a.id < b.id ? -1 : 1))[0];
}

function withAddress(intent: Intent, fix: string): string {
  const port = intent.table('networkInterface').get(optionOf(fix, 'network-interface-id'));
  if (port === undefined) return fix;
  const mine = owner(port.account, port.region);
  const used = new Set(intent.table('networkInterface').by('owner', mine).flatMap(publicsOf));
  const free = firstOf(intent.table('elasticAddress').by('owner', mine), ({ publicIp }) => !used.has(publicIp));
  if (free !== undefined) return fix.replace('eipalloc-…', free.id);
  return made('ADDRESS', 'allocate-address', 'AllocationId') + fix.replace('eipalloc-…', '"$ADDRESS"');
}

function publicsOf({ publicAddress, secondaryPublics = {} }: NetworkInterface): readonly string[] {
  return [publicAddress ?? [], ...Object.values(secondaryPublics)].flat();
}

/** Attached before a route leads there. */
function withGateway(intent: Intent, fix: string): string {
  const table = intent.table('routeTable').get(optionOf(fix, 'route-table-id'));
  const vpc = intent.table('vpc').get(table?.vpcId ?? optionOf(fix, 'vpc-id'));
  if (vpc === undefined) return fix;
  const mine = owner(vpc.account, vpc.region);
  const free = firstOf(intent.table('internetGateway').by('owner', mine), ({ vpcId }) => vpcId === null);
  const id = free?.id ?? '"$GATEWAY"';
  const query = 'InternetGateway.InternetGatewayId';
  return [
    free === undefined ? made('GATEWAY', 'create-internet-gateway', query) : '',
    table === undefined ? '' : `aws ec2 attach-internet-gateway --internet-gateway-id ${id} --vpc-id ${vpc.id}; `,
    fix.replace('igw-…', id),
  ].join('');
}

/** Who is not the one that asks accepts for its own account and region; a connection that waits is accepted, and none asked for. */
function withPeering(intent: Intent, now: string, fix: string): string {
  const vpcs = intent.table('vpc');
  const [near, far] = [vpcs.get(optionOf(fix, 'vpc-id')), vpcs.get(optionOf(fix, 'peer-vpc-id'))];
  if (near === undefined || far === undefined) return fix;
  const waiting = peeringsOf(intent, near.id).find((each) => {
    const isOpen = each.answer === null && !each.failed && each.deletion === null;
    return isOpen && farSide(each, near.id).vpcId === far.id && Date.parse(now) < expiryOf(each);
  });
  const accepter = waiting?.accepter.vpcId === near.id ? near : far;
  const whose = accepter.account === near.account ? '' : `AWS_ACCESS_KEY_ID=${accepter.account} `;
  const where = accepter.region === near.region ? '' : ` --region ${accepter.region}`;
  const asked = [
    far.account === near.account ? '' : ` --peer-owner-id ${far.account}`,
    far.region === near.region ? '' : ` --peer-region ${far.region}`,
  ].join('');
  const accepted = fix
    .replace(' --peer-owner-id …', asked)
    .replace('aws ec2 accept-vpc-peering-connection', `${whose}$&${where}`);
  return waiting === undefined ? accepted : accepted.replace(/PEERING=\$\(.*?\)/, `PEERING=${waiting.id}`);
}

/** A set that says the usual of its region before a new one. */
function withOptions(intent: Intent, fix: string): string {
  const vpc = intent.table('vpc').get(optionOf(fix, 'vpc-id'));
  if (vpc === undefined) return fix;
  const found = firstOf(intent.table('dhcpOptions').by('owner', owner(vpc.account, vpc.region)), isUsual);
  if (found !== undefined) return fix.replace('dopt-…', found.id);
  const { domainName, domainNameServers } = usualOptions(vpc.region);
  const says = `Key=domain-name,Values=${domainName} Key=domain-name-servers,Values=${domainNameServers.join(',')}`;
  const command = `create-dhcp-options --dhcp-configurations ${says}`;
  return made('OPTIONS', command, 'DhcpOptions.DhcpOptionsId') + fix.replace('dopt-…', '"$OPTIONS"');
}

/** The first /64 of the VPC's that no subnet has. */
function withIpv6Block(intent: Intent, fix: string): string {
  const subnet = intent.table('subnet').get(optionOf(fix, 'subnet-id'));
  const vpc = intent.table('vpc').get(subnet?.vpcId ?? '');
  const taken = new Set(
    intent
      .table('subnet')
      .by('vpcId', vpc?.id ?? '')
      .map(({ ipv6Cidr }) => ipv6Cidr),
  );
  for (const cidr of vpc?.ipv6Cidrs ?? []) {
    const range = cidrOf(cidr);
    for (let at = 0; at < 2 ** (SUBNET_PREFIX - range.prefix); at++) {
      const block = cidrBlock(range, SUBNET_PREFIX, at);
      if (!taken.has(block)) return fix.replace('…', block);
    }
  }
  return fix;
}

function withHubTable(intent: Intent, fix: string): string {
  const attachment = intent.table('transitAttachment').get(optionOf(fix, 'transit-gateway-attachment-id'));
  const gateway = intent.table('transitGateway').get(attachment?.transitGatewayId ?? '');
  if (gateway === undefined) return fix;
  const tables = intent.table('transitRouteTable').by('transitGatewayId', gateway.id);
  const id = gateway.associationTableId ?? firstOf(tables, ({ deletion }) => deletion === null)?.id;
  if (id !== undefined) return fix.replace('tgw-rtb-…', id);
  const command = `create-transit-gateway-route-table --transit-gateway-id ${gateway.id}`;
  const query = 'TransitGatewayRouteTable.TransitGatewayRouteTableId';
  return made('TABLE', command, query) + fix.replace('tgw-rtb-…', '"$TABLE"');
}

/** As large as another subnet of the VPC, or as its block where that is smaller, in the first place that is free. */
function withBlock(intent: Intent, fix: string): string {
  const vpc = intent.table('vpc').get(optionOf(fix, 'vpc-id'));
  const taken = intent
    .table('subnet')
    .by('vpcId', vpc?.id ?? '')
    .flatMap((subnet) => (subnet.cidr === null ? [] : cidrOf(subnet.cidr)));
  const prefix = Math.max(...taken.map((each) => each.prefix));
  for (const cidr of vpc?.cidrs ?? []) {
    const range = cidrOf(cidr);
    const size = Math.max(prefix, range.prefix);
    for (let at = 0; at < 2 ** (size - range.prefix); at++) {
      const block = cidrBlock(range, size, at);
      if (taken.every((each) => !cidrsOverlap(each, cidrOf(block)))) return fix.replace('…', block);
    }
  }
  return fix;
}

/** One of the load balancer's own before one that nobody sends to. */
function withTargetGroup(intent: Intent, fix: string): string {
  const balancer = intent.table('loadBalancer').get(optionOf(fix, 'load-balancer-arn'));
  if (balancer === undefined) return fix;
  const [protocol, port] = [optionOf(fix, 'protocol'), Number(optionOf(fix, 'port'))];
  const takes = (group: TargetGroup) => group.protocol === protocol || group.protocol === 'TCP_UDP';
  const listeners = intent.table('listener').by('loadBalancerId', balancer.id);
  const own = listeners.flatMap(({ targetGroupId }) => intent.table('targetGroup').get(targetGroupId) ?? []);
  const isIdle = ({ id }: TargetGroup) => intent.table('listener').by('targetGroupId', id).length === 0;
  const others = intent
    .table('targetGroup')
    .by('vpcId', balancer.vpcId)
    .filter((each) => each.port === port && isIdle(each));
  const found = [...own, ...others].find(takes);
  return found === undefined ? fix : fix.replace('TargetGroupArn=…', `TargetGroupArn=${found.id}`);
}
