/**
 * What stands in the way beside the packets' own blockers, as far as the Plan says: names that lead elsewhere, and addresses that
 * mean another than who was asked for.
 */

import type { Plan, Port, ResolverRule, Service, ServiceGateway } from '../plan/plan.ts';
import { fixesOf } from './fixes.ts';
import type { Flow, Hop, Trace } from './flow.ts';
import { isPublicName, type Resolution } from './names.ts';
import type { PlanIndex } from './plan-index.ts';
import type { Advice } from './reasons.ts';
import { trace } from './trace.ts';

/** What a question comes to before anything is advised. */
export interface Situation {
  readonly plan: Plan;
  readonly index: PlanIndex;
  readonly sender: Port;
  /** As asked: a name, an address or an id. */
  readonly host: string;
  /** The interface that was asked for by its id or its instance's. */
  readonly wanted: Port | null;
  readonly resolution: Resolution | null;
  readonly traces: readonly Trace[];
}

/** One advice for each reason of a trace, in their order. */
export function adviceOf(index: PlanIndex, found: Trace): Advice[] {
  const own = found.hops.flatMap((hop) => (hop.reason === null ? [] : [adviceFor(index, found.flow, hop, hop.reason)]));
  return [...own, ...found.targets.flatMap((target) => adviceOf(index, target))];
}

function adviceFor(index: PlanIndex, flow: Flow, hop: Hop, reason: NonNullable<Hop['reason']>): Advice {
  return { ...reason, fixes: fixesOf(index, flow, hop) };
}

/** first: they come before what the packets meet, which follows from them. after: they are another way out. */
export interface Hints {
  readonly first: readonly Advice[];
  readonly after: readonly Advice[];
}

export function hintsOf(asked: Situation): Hints {
  const { resolution, host } = asked;
  if (resolution === null) return { first: isServiceName(host) ? withoutEndpoint(asked) : overlaps(asked), after: [] };
  const ofName = nameHints(asked, resolution);
  if (ofName !== null) return { first: ofName, after: [] };
  const service = publicService(asked, resolution);
  return service === undefined ? { first: [], after: [] } : serviceHints(asked, service);
}

/** "com.amazonaws.ap-south-1.sqs", "com.amazonaws.vpce.ap-south-1.vpce-svc-…". */
export function isServiceName(host: string): boolean {
  return /^(com\.amazonaws|aws)\.[a-z0-9-]+\./.test(host);
}

/** null: the name is answered here, by who should. */
function nameHints(asked: Situation, resolution: Resolution): readonly Advice[] | null {
  const { sender, host } = asked;
  if (resolution.outcome === 'resolverOff') {
    const sentence = `DNS support of ${sender.domain} is off: nobody answers its instances' questions`;
    const fixes = [`aws ec2 modify-vpc-attribute --vpc-id ${sender.domain} --enable-dns-support`];
    return [{ sentence, code: 'CULVERT_DNS_SUPPORT_OFF', components: [sender.domain], fixes }];
  }
  if (resolution.outcome === 'ownServers') {
    const sentence = `${ownServers(asked)} the address of ${host}`;
    return [{ sentence, code: 'CULVERT_OWN_NAME_SERVERS', components: [sender.domain], fixes: ownServersFixes(asked) }];
  }
  if (resolution.rule !== null) return forwardHints(asked, resolution, resolution.rule);
  return zoneHint(asked, resolution);
}

function ownServers({ plan, index, sender }: Situation): string {
  const domain = index.domains.get(sender.domain);
  if (domain?.kind !== 'site') {
    const servers = domain?.dhcp.nameServers.join(', ');
    return `the DHCP options of ${sender.domain} have its instances ask ${servers}: only they know`;
  }
  const { dns = null } = plan.sites.find(({ id }) => id === domain.id) ?? {};
  if (dns === null) return `${sender.domain} has no DNS server: nobody there knows`;
  return `${sender.domain} asks its own DNS server, ${dns.address}: only that knows`;
}

/** Amazon's own resolver instead. Of a site's DNS no call is the master. */
function ownServersFixes({ index, sender: { domain } }: Situation): readonly string[] {
  if (index.domains.get(domain)?.kind === 'site') return [];
  return [`aws ec2 associate-dhcp-options --vpc-id ${domain} --dhcp-options-id dopt-…`];
}

/** The question's own way: from each address of the outbound endpoint to each target. Where one arrives, the answer is the targets'. */
function forwardHints(asked: Situation, { shadowed }: Resolution, { id, forward }: ResolverRule): readonly Advice[] {
  const { plan, index, host, sender } = asked;
  const endpoint = plan.resolverEndpoints.find((each) => each.id === forward?.endpoint);
  const traces = (endpoint?.addresses ?? []).flatMap(({ port }) =>
    (forward?.targets ?? []).map((target) =>
      trace(plan, {
        from: { kind: 'port', port, address: null },
        to: { address: target.address, port: target.port, code: null },
        protocol: '17',
      }),
    ),
  );
  const lost = traces.filter(({ outcome }) => outcome !== 'delivered');
  const to = (forward?.targets ?? []).map(({ address }) => address).join(', ');
  const told = `${id} has ${to} asked for ${host} through ${forward?.endpoint}`;
  const ending = lost.length === 0 ? ': only they know its address' : ', and not all questions arrive there';
  const byThem = new Map(lost.flatMap((each) => adviceOf(index, each)).map((each) => [each.sentence, each]));
  if (shadowed === null) {
    const about = { code: 'CULVERT_NAME_FORWARDED', components: [id], fixes: [] } as const;
    return [{ ...about, sentence: `${told}${ending}` }, ...byThem.values()];
  }
  const [owner] = shadowed.origin;
  const hidden = shadowed.kind === 'public' ? 'the answer that every VPC has' : `the answer of ${owner}`;
  const advice: Advice = {
    code: 'CULVERT_RULE_SHADOWS',
    components: [id, ...shadowed.origin],
    sentence: `${told}, and hides ${hidden} for ${shadowed.zone}${ending}`,
    fixes: [`aws route53resolver disassociate-resolver-rule --vpc-id ${sender.domain} --resolver-rule-id ${id}`],
  };
  return [advice, ...byThem.values()];
}

/** A hosted zone that holds a public name, and does not lead to an endpoint of it. */
function zoneHint(asked: Situation, { steps, addresses }: Resolution): readonly Advice[] | null {
  const { plan, sender } = asked;
  const step = steps.find(
    ({ owner }) => owner.kind === 'view' && plan.hostedZones.some(({ id }) => id === owner.origin[0]),
  );
  const [zone] = step?.owner.origin ?? [];
  if (step === undefined || zone === undefined || !isPublicName(plan, step.name)) return null;
  const service = plan.services.find(({ names }) => names.includes(step.name));
  const crossings = plan.crossings.filter(({ origin }) => origin[2] === service?.id);
  if (crossings.some(({ address }) => addresses.includes(address))) return null;
  const said =
    addresses.length === 0 ? `has no address for it` : `says ${addresses.join(', ')}, which is none of its service`;
  const near = crossings.filter(({ consumer, address }) => consumer === sender.domain && !address.includes(':'));
  return [
    {
      code: 'CULVERT_ZONE_SHADOWS',
      components: [zone, sender.domain],
      sentence: `${zone} holds ${step.owner.zone} in ${sender.domain} and hides the public ${step.name}: it ${said}`,
      fixes: [
        ...(near.length === 0
          ? []
          : [
              upsert(
                zone,
                step.name,
                near.map(({ address }) => address),
              ),
            ]),
        `aws route53 disassociate-vpc-from-hosted-zone --hosted-zone-id ${zone} --vpc VPCRegion=${regionOf(asked)},VPCId=${sender.domain}`,
      ],
    },
  ];
}

function upsert(zone: string, name: string, addresses: readonly string[]): string {
  const record = { Name: name, Type: 'A', TTL: 60, ResourceRecords: addresses.map((Value) => ({ Value })) };
  const batch = JSON.stringify({ Changes: [{ Action: 'UPSERT', ResourceRecordSet: record }] });
  return `aws route53 change-resource-record-sets --hosted-zone-id ${zone} --change-batch '${batch}'`;
}

function regionOf({ plan, sender }: Situation): string {
  const machine =
    plan.machines.find(({ id }) => id === sender.machine?.id) ??
    plan.machines.find(({ domain }) => domain === sender.domain);
  return machine?.metadata.region ?? '…';
}

/** AWS's service whose public address the name has here. */
function publicService({ plan, host }: Situation, { addresses }: Resolution): Service | undefined {
  const name = host.toLowerCase();
  return plan.services.find(
    ({ names, internetAddress }) => names.includes(name) && addresses.includes(internetAddress),
  );
}

function serviceHints(asked: Situation, service: Service): Hints {
  const { plan, sender, host, traces } = asked;
  const endpoint = plan.crossings.find(({ consumer, origin }) => consumer === sender.domain && origin[2] === service.id)
    ?.origin[1];
  if (endpoint !== undefined) {
    const sentence = `${host} is the public address here, not ${endpoint}, which leads to the same service: its private DNS is off`;
    const fixes = [`aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${endpoint} --private-dns-enabled`];
    return { first: [{ sentence, code: 'CULVERT_PRIVATE_DNS_OFF', components: [endpoint], fixes }], after: [] };
  }
  const beyond = gatewayBeyond(asked, service);
  if (beyond !== undefined) return { first: [beyond], after: [] };
  const hint = [noEndpoint(asked, service.id)];
  const isPublicWay = traces.some(({ hops }) =>
    hops.some(({ stage, reason }) => reason === null && (stage === 'gateway' || stage === 'nat' || stage === 'cross')),
  );
  return isPublicWay ? { first: [], after: hint } : { first: hint, after: [] };
}

/** Routes lead to another VPC, in which a gateway endpoint of the service is. */
function gatewayBeyond(asked: Situation, service: Service): Advice | undefined {
  const { plan, index, sender, traces } = asked;
  for (const { stage, reason, component } of traces.flatMap(({ hops }) => hops)) {
    if (stage !== 'link' || reason === null) continue;
    const far = index.links.get(component)?.ends.find(({ domain }) => domain !== sender.domain)?.domain;
    const gateway = plan.serviceGateways.find((each) => each.domain === far && each.service === service.id);
    if (gateway === undefined) continue;
    return {
      code: reason.code,
      components: [gateway.id, component],
      sentence: `${gateway.id} is a gateway endpoint of ${far}, for its own instances only: nothing that comes by ${component} reaches ${service.id} through it`,
      fixes: [gatewayEndpoint(asked, service.id)],
    };
  }
  return undefined;
}

/** A service by its name: where an endpoint of it is, its packets tell. */
function withoutEndpoint(asked: Situation): readonly Advice[] {
  return asked.traces.length > 0 ? [] : [noEndpoint(asked, asked.host)];
}

const WITH_GATEWAYS = /\.(s3|dynamodb)$/;

function noEndpoint(asked: Situation, service: string): Advice {
  const { plan, sender } = asked;
  const own = plan.serviceGateways.find((each) => each.domain === sender.domain && each.service === service);
  const code = 'CULVERT_NO_ENDPOINT';
  const before = own && moreSpecific(asked, own);
  if (before !== undefined) return before;
  if (own !== undefined) {
    const sentence = `${tableOf(asked)} has no route to ${own.id}, the gateway endpoint of ${sender.domain} for ${service}`;
    const fixes = [`aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${own.id} --add-route-table-ids ${tableOf(asked)}`];
    return { code, components: [own.id, tableOf(asked)], sentence, fixes };
  }
  const isCustomers = service.includes('.vpce-svc-');
  const options = `--vpc-id ${sender.domain} --service-name ${service} --subnet-ids ${sender.segment}${isCustomers ? '' : ' --private-dns-enabled'}`;
  const sentence = `${sender.domain} has no endpoint for ${service}${isCustomers ? '' : ': its name is the public address'}`;
  const fixes = [
    ...(WITH_GATEWAYS.test(service) ? [gatewayEndpoint(asked, service)] : []),
    `aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface ${options}`,
  ];
  return { code, components: [sender.domain, service], sentence, fixes };
}

/** The table leads to the gateway endpoint, and a longer prefix of the service's address elsewhere. */
function moreSpecific(asked: Situation, { id, address }: ServiceGateway): Advice | undefined {
  const { plan, index, sender } = asked;
  const table = index.segments.get(sender.segment)?.routeTable ?? '';
  const routes = plan.routeTables.find((each) => each.id === table)?.routes ?? [];
  const found = index.route(table, address);
  const leads = routes.some(({ via }) => via.kind === 'serviceGateway' && via.serviceGateway === id);
  if (!leads || found === undefined || found.via.kind === 'serviceGateway') return undefined;
  const name = tableOf(asked);
  const { destination } = found;
  return {
    code: 'MORE_SPECIFIC_ROUTE',
    components: [name, id],
    sentence: `${name} leads ${address} elsewhere by its route ${destination}, and not to ${id}, whose prefixes are shorter: the longest decides`,
    fixes: [`aws ec2 delete-route --route-table-id ${name} --destination-cidr-block ${destination}`],
  };
}

function gatewayEndpoint(asked: Situation, service: string): string {
  const options = `--vpc-id ${asked.sender.domain} --service-name ${service} --route-table-ids ${tableOf(asked)}`;
  return `aws ec2 create-vpc-endpoint --vpc-endpoint-type Gateway ${options}`;
}

function tableOf({ index, sender }: Situation): string {
  return index.tableName(index.segments.get(sender.segment)?.routeTable ?? '');
}

/** Who was asked for by an id has an address that, from the sender, is in its own VPC or leads to a third. */
function overlaps(asked: Situation): readonly Advice[] {
  const { plan, index, sender, wanted, traces } = asked;
  const address = traces[0]?.flow.to.address;
  if (wanted === null || address === undefined || wanted.domain === sender.domain) return [];
  const who = wanted.machine?.id ?? wanted.id;
  const code = 'CULVERT_OVERLAPPING_CIDR';
  if (index.isWithin(index.domains.get(sender.domain)?.cidrs ?? [], address)) {
    const sentence = `${address} of ${who} in ${wanted.domain} is an address of ${sender.domain} too: no route joins ranges that overlap, an endpoint does`;
    return [{ code, components: [sender.domain, wanted.domain, who], sentence, fixes: [] }];
  }
  const end = traces[0]?.hops.findLast(({ direction }) => direction !== 'reply')?.domain ?? '';
  const other = index.domains.get(end);
  if (end === wanted.domain || end === sender.domain || other === undefined || !index.isWithin(other.cidrs, address))
    return [];
  const link = plan.links.find(
    ({ kind, ends }) =>
      kind === 'peering' && [sender.domain, wanted.domain].every((id) => ends.some(({ domain }) => domain === id)),
  );
  const table = tableOf(asked);
  return [
    {
      code,
      components: [table, end, wanted.domain],
      sentence: `${table} leads ${address} to ${end}, not to ${who} in ${wanted.domain}: their ranges overlap`,
      fixes:
        link === undefined
          ? []
          : [
              `aws ec2 create-route --route-table-id ${table} --destination-cidr-block ${address}/32 --vpc-peering-connection-id ${link.id}`,
            ],
    },
  ];
}

/** Packets arrive, but at another than who was asked for. */
export function isElsewhere({ index, wanted, traces }: Situation): boolean {
  if (wanted === null) return false;
  return traces.some(({ receiver }) => {
    const port = receiver?.kind === 'port' ? index.ports.get(receiver.id) : undefined;
    return port !== undefined && port !== wanted && (port.machine === null || port.machine.id !== wanted.machine?.id);
  });
}
