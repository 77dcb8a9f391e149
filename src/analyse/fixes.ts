/**
 * What would mend a blocker: AWS CLI commands, the one that allows least first. Empty where nothing of the customer's could, or
 * where it is so by design (a provider that wants to reach its consumer).
 */
import { cidrsOverlap } from '../net/cidr.ts';
import { isIpv6 } from '../net/ip.ts';
import type { Domain } from '../plan/plan.ts';
import { answersTo } from './acl.ts';
import type { Flow, Hop } from './flow.ts';
import type { PlanIndex } from './plan-index.ts';

const PROTOCOL_NAMES: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '1': 'icmp', '58': 'icmpv6' };

/** `hop` is one that has a reason; `flow` what was sent there (behind a load balancer: to its target). */
export function fixesOf(index: PlanIndex, flow: Flow, hop: Hop): readonly string[] {
  const { reason, component, destination } = hop;
  const [first = component, second = ''] = reason?.components ?? [];
  switch (reason?.code) {
    case 'ENI_SG_RULES_MISMATCH':
    case 'SG_HAS_NO_RULES':
      return allow(index, flow, hop);
    case 'SUBNET_ACL_RESTRICTION':
      return allowAtBoundary(index, flow, hop);
    case 'NO_ROUTE_TO_DESTINATION':
      return throughGateway(index, hop, destination);
    case 'BAD_STATE_ROUTE':
      return [...withoutRoute(index, hop, destination), ...throughGateway(index, hop, destination)];
    case 'CULVERT_NO_WAY_BACK':
      return wayBack(index, hop);
    case 'TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION':
      return [
        `aws ec2 associate-transit-gateway-route-table --transit-gateway-attachment-id ${component} --transit-gateway-route-table-id tgw-rtb-…`,
      ];
    case 'TGW_RTB_BAD_STATE_ROUTE':
      return [...withoutRoute(index, hop, destination), ...atHub(index, hop, destination)];
    case 'TGW_ROUTE_AZ_RESTRICTION': {
      const subnet = index.portAt(hop.domain, hop.source)?.segment ?? 'subnet-…';
      return [
        `aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id ${first} --add-subnet-ids ${subnet}`,
      ];
    }
    case 'BAD_STATE':
      return mendState(index, hop);
    case 'CULVERT_NO_ADDRESS_OF_FAMILY':
      return addressOfFamily(index, hop);
    case 'CULVERT_ROUTE_LOOP':
      return withoutLoop(index, hop, destination);
    case 'UNASSOCIATED_COMPONENT':
      return [`aws ec2 attach-network-interface --network-interface-id ${first} --instance-id i-… --device-index 1`];
    case 'IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS':
      return [`aws ec2 associate-address --network-interface-id ${first} --allocation-id eipalloc-…`];
    case 'IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS':
      return [`aws ec2 attach-internet-gateway --internet-gateway-id igw-… --vpc-id ${second}`];
    case 'ENI_SOURCE_DEST_CHECK_RESTRICTION':
      return [`aws ec2 modify-network-interface-attribute --network-interface-id ${first} --no-source-dest-check`];
    case 'ELBV2_LISTENERS_MISMATCH': {
      const protocol = flow.protocol === '17' ? 'UDP' : 'TCP';
      const balancer = reason.components.find((each) => each.startsWith('arn:')) ?? component;
      const action = 'Type=forward,TargetGroupArn=…';
      return [
        `aws elbv2 create-listener --load-balancer-arn ${balancer} --protocol ${protocol} --port ${flow.to.port} --default-actions ${action}`,
      ];
    }
    case 'ELBV2_NO_TARGETS_IN_AZ':
    case 'CULVERT_NODE_OUT_OF_PORTS':
      return [`aws elbv2 register-targets --target-group-arn ${first} --targets Id=i-…`];
    case 'ELB_NOT_CROSSZONE': {
      const attributes = 'Key=load_balancing.cross_zone.enabled,Value=true';
      return [
        `aws elbv2 modify-load-balancer-attributes --load-balancer-arn ${second} --attributes ${attributes}`,
        `aws elbv2 register-targets --target-group-arn ${first} --targets Id=i-…`,
      ];
    }
    default:
      return [];
  }
}

/** One address on one port, and where the other side is of the same domain its groups instead. */
function allow(index: PlanIndex, flow: Flow, hop: Hop): readonly string[] {
  const group = hop.reason?.components.find((each) => each.startsWith('sg-'));
  if (group === undefined) return [];
  const peer = hop.direction === 'egress' ? hop.destination : hop.source;
  const command = `aws ec2 authorize-security-group-${hop.direction} --group-id ${group} --ip-permissions`;
  const what = permission(flow);
  const blocks = peer.includes(':') ? `Ipv6Ranges=[{CidrIpv6=${peer}/128}]` : `IpRanges=[{CidrIp=${peer}/32}]`;
  const groups = index.portAt(hop.domain, peer)?.filters ?? [];
  const [theirs] = groups.filter((each) => index.filters.get(each)?.domain === index.filters.get(group)?.domain);
  return [
    `${command} '${what},${blocks}'`,
    ...(theirs === undefined ? [] : [`${command} '${what},UserIdGroupPairs=[{GroupId=${theirs}}]'`]),
  ];
}

/** An entry before all that are there. Answers go to any of the ports that clients send from. */
function allowAtBoundary(index: PlanIndex, flow: Flow, hop: Hop): readonly string[] {
  const [acl = ''] = hop.reason?.components ?? [];
  const { list = 'ingress' } = hop;
  const lowest = index.acls.get(acl)?.[list][0]?.number ?? 101;
  const other = list === 'egress' ? hop.destination : hop.source;
  const packets = hop.direction === 'reply' ? answersTo(flow) : [flow];
  const [first, last] = [packets[0], packets.at(-1)];
  const ports =
    flow.protocol === '6' || flow.protocol === '17'
      ? ` --port-range From=${first?.to.port},To=${last?.to.port}`
      : flow.protocol === '1' || flow.protocol === '58'
        ? ` --icmp-type-code Type=${first?.to.port},Code=${first?.to.code ?? -1}`
        : '';
  const block = other.includes(':') ? `--ipv6-cidr-block ${other}/128` : `--cidr-block ${other}/32`;
  return [
    `aws ec2 create-network-acl-entry --network-acl-id ${acl} --rule-number ${lowest > 1 ? lowest - 1 : '…'} --${list} --protocol ${flow.protocol}${ports} ${block} --rule-action allow`,
  ];
}

function permission({ protocol, to }: Flow): string {
  const name = PROTOCOL_NAMES[protocol] ?? protocol;
  if (to.port === null) return `IpProtocol=${name}`;
  const last = protocol === '1' || protocol === '58' ? (to.code ?? -1) : to.port;
  return `IpProtocol=${name},FromPort=${to.port},ToPort=${last}`;
}

/** A route to the block: beside what there is where it is more specific, else in place of it. */
function routing(
  index: PlanIndex,
  hop: Hop,
  address: string,
  block: string,
): { readonly verb: string; readonly cidr: string } {
  const found = index.route(index.tableNamed(hop.component), address);
  if (found === undefined || index.blockOf(block).prefix > index.blockOf(found.destination).prefix) {
    return { verb: 'create', cidr: block };
  }
  return { verb: 'replace', cidr: found.destination };
}

/** Where a live route is below a blackhole. */
function withoutRoute(index: PlanIndex, { domain, component }: Hop, address: string): readonly string[] {
  const table = index.tableNamed(component);
  const [found, below] = [index.route(table, address), index.routeBelow(table, address)];
  if (found === undefined || below === undefined || below.via.kind === 'blackhole') return [];
  const isHub = index.domains.get(domain)?.kind === 'hub';
  const [command, option] = isHub
    ? ['delete-transit-gateway-route', '--transit-gateway-route-table-id']
    : ['delete-route', '--route-table-id'];
  return [`aws ec2 ${command} ${option} ${component} --${optionFor(found.destination)} ${found.destination}`];
}

/** Only an address of the internet is behind an internet gateway, one of a peered VPC beyond its connection. */
function throughGateway(index: PlanIndex, hop: Hop, address: string): readonly string[] {
  if (hop.reason?.code === 'VPCE_INTRA_VPC_TRAFFIC') return [];
  const kind = index.domains.get(hop.domain)?.kind;
  if (kind === 'hub') return atHub(index, hop, address);
  if (kind === 'site') return atSite(index, hop, address);
  const route = (block: string, target: string) => {
    const { verb, cidr } = routing(index, hop, address, block);
    return [`aws ec2 ${verb}-route --route-table-id ${hop.component} --${optionFor(cidr)} ${cidr} ${target}`];
  };
  const peered = index.linkTo(hop.domain, address, ['peering']);
  if (peered !== undefined) return route(peered.cidr, `--vpc-peering-connection-id ${peered.link.id}`);
  const way = index.hubTo(hop.domain, address);
  if (way !== undefined) {
    const option = way.hub.startsWith('vgw-') ? '--gateway-id' : '--transit-gateway-id';
    return route(way.cidr, `${option} ${way.hub}`);
  }
  if (!isPublic(index, address)) {
    const beyond = hop.direction === 'egress' ? vpcBeyond(index, hop.domain, address) : undefined;
    if (beyond === undefined) return [];
    const [command = ''] = route(beyond.cidr, '--vpc-peering-connection-id "$PEERING"');
    return [joined(hop.domain, beyond.far.id, command)];
  }
  return route(
    `${address}/${isIpv6(address) ? 128 : 32}`,
    `--gateway-id ${index.gatewayOf(hop.domain)?.id ?? 'igw-…'}`,
  );
}

/** The two ends ask and accept before; whose the other end is, and whether one waits already, no Plan says. */
function joined(near: string, far: string, command: string): string {
  const ask = `create-vpc-peering-connection --vpc-id ${near} --peer-vpc-id ${far} --peer-owner-id …`;
  return [
    `PEERING=$(aws ec2 ${ask} --query VpcPeeringConnection.VpcPeeringConnectionId --output text)`,
    'aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id "$PEERING"',
    command,
  ].join('; ');
}

/** The one other VPC that has the address, and that nothing joins yet, with its block; undefined where their ranges overlap: they cannot be peered. */
export function vpcBeyond(
  index: PlanIndex,
  domain: string,
  address: string,
): { readonly far: Domain; readonly cidr: string } | undefined {
  const near = index.domains.get(domain);
  const [far, another] = [...index.domains.values()].filter(
    ({ id, kind }) => kind === 'vpc' && id !== domain && index.portAt(id, address) !== undefined,
  );
  if (near?.kind !== 'vpc' || far === undefined || another !== undefined) return undefined;
  const overlaps = (a: string, b: string) => cidrsOverlap(index.blockOf(a), index.blockOf(b));
  if (near.cidrs.some((ours) => far.cidrs.some((theirs) => overlaps(ours, theirs)))) return undefined;
  const cidr = far.cidrs.find((each) => index.isWithin([each], address));
  return cidr === undefined ? undefined : { far, cidr };
}

/** What a site's router knows the far ends of its tunnels tell it: the gateway there gets the VPC, or its table the route. */
function atSite(index: PlanIndex, hop: Hop, address: string): readonly string[] {
  const [vpc, another] = [...index.domains.values()].filter(
    ({ id, kind }) => kind === 'vpc' && index.portAt(id, address) !== undefined,
  );
  if (vpc === undefined || another !== undefined) return [];
  const links = [...index.links.values()];
  const hubs = links.flatMap(({ kind, ends }) => {
    const far = ends.find((end) => end.domain !== hop.domain);
    const isOwn = (kind === 'tunnel' || kind === 'direct') && ends.some((end) => end.domain === hop.domain);
    return isOwn && far !== undefined ? [far] : [];
  });
  return hubs.flatMap(({ domain, routeTable }) => {
    const isAttached = index.linkTo(domain, address, ['attachment']) !== undefined;
    if (domain.startsWith('vgw-')) {
      const isFree = !links.some(
        (link) => link.kind === 'attachment' && link.ends.some((end) => end.domain === domain),
      );
      return isFree ? [`aws ec2 attach-vpn-gateway --vpn-gateway-id ${domain} --vpc-id ${vpc.id}`] : [];
    }
    if (!domain.startsWith('tgw-')) return [];
    if (isAttached) {
      if (routeTable === null) return [];
      return atHub(index, { ...hop, domain, component: index.tableName(routeTable) }, address);
    }
    const subnet = index.portAt(vpc.id, address)?.segment;
    const options = `--transit-gateway-id ${domain} --vpc-id ${vpc.id} --subnet-ids ${subnet}`;
    return [`aws ec2 create-transit-gateway-vpc-attachment ${options}`];
  });
}

/** An IPv6 one, after blocks for the subnet and the VPC where they have none. An interface without IPv4 is of a subnet that has none, for good. */
function addressOfFamily(index: PlanIndex, { component, destination }: Hop): readonly string[] {
  const port = index.ports.get(component);
  if (port === undefined || !isIpv6(destination)) return [];
  const isWithBlock = index.domains.get(port.domain)?.cidrs.some((cidr) => cidr.includes(':')) === true;
  return [
    [
      isWithBlock ? [] : `aws ec2 associate-vpc-cidr-block --vpc-id ${port.domain} --amazon-provided-ipv6-cidr-block`,
      index.segments.get(port.segment)?.ipv6Cidr === null
        ? `aws ec2 associate-subnet-cidr-block --subnet-id ${port.segment} --ipv6-cidr-block …`
        : [],
      `aws ec2 assign-ipv6-addresses --network-interface-id ${component} --ipv6-address-count 1`,
    ]
      .flat()
      .join('; '),
  ];
}

/** The route that leads back to where it came from, where it leads to an interface. */
function withoutLoop(index: PlanIndex, { component }: Hop, address: string): readonly string[] {
  const found = index.route(index.tableNamed(component), address);
  if (found?.via.kind !== 'port') return [];
  const { destination } = found;
  return [`aws ec2 delete-route --route-table-id ${component} --${optionFor(destination)} ${destination}`];
}

/** For what answers: a route of its own to the client, by the way that the client's packet came. */
function wayBack(index: PlanIndex, hop: Hop): readonly string[] {
  const { stage, component, reason, domain, destination: client } = hop;
  if (stage === 'spread') {
    const [pool] = reason?.components ?? [];
    const attributes = 'Key=preserve_client_ip.enabled,Value=false';
    return [`aws elbv2 modify-target-group-attributes --target-group-arn ${pool} --attributes ${attributes}`];
  }
  // Of a machine that a packet claims to be from, nothing mends it.
  if (stage === 'target') return [];
  // At a gateway that an answer must not leave by, the table that leads there is named second.
  const [table = component, came] = reason?.components.slice(stage === 'gateway' || stage === 'source' ? 1 : 0) ?? [];
  const found = index.route(index.tableNamed(table), client);
  const link = index.links.get(came ?? '');
  if (found === undefined) return throughGateway(index, { ...hop, component: table }, client);
  if (link === undefined) {
    if (found.via.kind !== 'blackhole') return throughGateway(index, { ...hop, component: table }, client);
    const option = optionFor(found.destination);
    return [`aws ec2 delete-route --route-table-id ${table} --${option} ${found.destination}`];
  }
  const far = link.ends.find((end) => end.domain !== domain);
  const cidr = `${client}/${isIpv6(client) ? 128 : 32}`;
  const option = optionFor(cidr);
  const verb = found.destination === cidr ? 'replace' : 'create';
  if (index.domains.get(domain)?.kind === 'hub') {
    return atHub(index, { ...hop, component: table }, client);
  }
  if (index.domains.get(domain)?.kind === 'site') return atSite(index, hop, client);
  const target =
    link.kind === 'peering'
      ? `--vpc-peering-connection-id ${link.id}`
      : far?.domain.startsWith('vgw-')
        ? `--gateway-id ${far.domain}`
        : `--transit-gateway-id ${far?.domain}`;
  return [`aws ec2 ${verb}-route --route-table-id ${table} --${option} ${cidr} ${target}`];
}

function optionFor(cidr: string): string {
  return `destination-${cidr.includes(':') ? 'ipv6-' : ''}cidr-block`;
}

/** A route of a transit gateway's table, or one that a VPN connection is told. */
function atHub(index: PlanIndex, hop: Hop, address: string): readonly string[] {
  const { domain, component } = hop;
  const found = index.linkTo(domain, address, ['attachment', 'tunnel']);
  if (found === undefined) return [];
  const { link, cidr } = found;
  if (domain.startsWith('vgw-')) {
    return [`aws ec2 create-vpn-connection-route --vpn-connection-id ${link.id} --destination-cidr-block ${cidr}`];
  }
  const attachment = link.origin.find((each) => each.startsWith('tgw-attach-'));
  const { verb, cidr: block } = routing(index, hop, address, cidr);
  return [
    `aws ec2 ${verb}-transit-gateway-route --transit-gateway-route-table-id ${component} --destination-cidr-block ${block} --transit-gateway-attachment-id ${attachment}`,
  ];
}

/** Of what is behind an internet gateway. */
export function isPublic(index: PlanIndex, address: string): boolean {
  return (
    index.publicPlaces.has(address) || index.publicPort(address) !== undefined || index.beyond(address)?.closed === null
  );
}

function mendState(index: PlanIndex, hop: Hop): readonly string[] {
  const [first = ''] = hop.reason?.components ?? [];
  if (first.startsWith('i-')) return [`aws ec2 start-instances --instance-ids ${first}`];
  const crossing = index.crossings.get(hop.component);
  const [, endpoint = '', service = ''] = crossing?.origin ?? [];
  const id = /vpce-svc-[0-9a-f]+/.exec(service)?.[0];
  // One that expired, or whose service is gone, is not to be had back.
  const isLost = crossing?.closedBy === 'serviceDeleted' || crossing?.closedBy === 'expired';
  if (id === undefined || isLost) return [];
  return [`aws ec2 accept-vpc-endpoint-connections --service-id ${id} --vpc-endpoint-ids ${endpoint}`];
}
