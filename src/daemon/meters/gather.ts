/**
 * What there is to keep of one moment: readings of the kernel's counts with whose they are, and what follows from the Intent and from
 * measured health: how many endpoints a service has, how many targets are healthy. Pure.
 */
import { endpointState } from '../../api/ec2/endpoint/state.ts';
import { crossingOf } from '../../bill/links.ts';
import type { AddressCounts, MeterReading } from '../../driver/netns/meters.ts';
import type { Facts } from '../../model/facts.ts';
import type { Intent } from '../../model/intent.ts';
import type { EndpointPart, Metered, Owner } from '../../model/metrics.ts';
import type { TargetGroup, VpcEndpoint } from '../../model/resources.ts';
import { balancerOf, targetUse } from '../../model/targets.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Gathered, Values } from './meter-store.ts';

export interface Moment {
  readonly intent: Intent;
  readonly facts: Facts;
  /** In force: what the readings are of. */
  readonly plan: Plan;
  readonly readings: readonly MeterReading[];
}

export function gather(moment: Moment): readonly Gathered[] {
  const nodes = nodesOf(moment.plan);
  const read = moment.readings.flatMap((reading): Gathered[] => {
    const metered = meteredOf(moment, nodes, reading);
    if (metered === undefined) return [];
    const values = valuesOf(reading);
    // Nobody takes away what a link counts but the link's own end.
    if (reading.kind === 'link') return [{ ...metered, values }];
    const parts = Object.fromEntries(reading.parts.map((each) => [each.address, valuesOf(each)]));
    return [{ ...metered, values, parts }];
  });
  return [...read, ...services(moment), ...targets(moment)];
}

function valuesOf({ forward, back, resets, activeConnections, ...rest }: Omit<AddressCounts, 'address'>): Values {
  const bytes = { forwardBytes: forward.bytes, backBytes: back.bytes };
  const packets = { forwardPackets: forward.packets, backPackets: back.packets };
  // Nobody counts connections of a link.
  if (activeConnections === null) return { ...bytes, ...packets };
  return {
    ...bytes,
    ...packets,
    newConnections: rest.newConnections,
    activeConnections,
    droppedPackets: rest.droppedPackets,
    forwardResets: resets.forward,
    backResets: resets.back,
  };
}

function meteredOf(moment: Moment, nodes: Nodes, reading: MeterReading): Metered | undefined {
  const { intent } = moment;
  const { kind, id, port } = reading;
  switch (kind) {
    case 'endpoint': {
      const endpoint = intent.table('vpcEndpoint').get(id);
      if (endpoint === undefined || port === null) return undefined;
      const subject = endpointPart(intent, endpoint, nodes, port);
      return { key: `${id}/${port}`, account: endpoint.account, region: endpoint.region, subject };
    }
    case 'balancer': {
      const balancer = intent.table('loadBalancer').get(id);
      const zone = balancer?.zones.find(({ interfaceId }) => interfaceId === port);
      if (balancer === undefined || zone === undefined) return undefined;
      const { account, region } = balancer;
      const listeners = intent.table('listener').by('loadBalancerId', id);
      const protocols = [...new Set(listeners.map(({ protocol }) => protocol))].sort();
      const subject = { kind, loadBalancerId: id, zoneId: zone.zoneId, protocols } as const;
      return { key: `${id}/${zone.interfaceId}`, account, region, subject };
    }
    case 'nat': {
      const gateway = intent.table('natGateway').get(id);
      if (gateway === undefined) return undefined;
      return { key: id, account: gateway.account, region: gateway.region, subject: { kind, natGatewayId: id } };
    }
    case 'link':
      return linkMetered(intent, reading);
  }
}

function endpointPart(intent: Intent, endpoint: VpcEndpoint, nodes: Nodes, port: string): EndpointPart {
  const subnet = intent.table('subnet').get(intent.table('networkInterface').get(port)?.subnetId ?? '');
  const service = endpoint.serviceId === null ? undefined : intent.table('endpointService').get(endpoint.serviceId);
  const node = nodes.get(port);
  return {
    kind: 'endpoint',
    vpcEndpointId: endpoint.id,
    type: endpoint.type,
    serviceName: endpoint.serviceName,
    vpcId: endpoint.vpcId,
    subnetId: subnet?.id ?? null,
    zoneId: subnet?.zoneId ?? null,
    service:
      service === undefined || node === undefined
        ? null
        : { id: service.id, account: service.account, region: service.region, ...node },
  };
}

type Nodes = ReadonlyMap<string, { readonly loadBalancerId: string; readonly zoneId: string }>;

/** Where connections to endpoints' interfaces are taken, by the interface. */
function nodesOf({ balancers, crossings }: Plan): Nodes {
  const byAddress = new Map(
    balancers.flatMap(({ id, domain, nodes }) =>
      nodes.map(({ crossingAddress, zone }) => [`${domain} ${crossingAddress}`, { loadBalancerId: id, zoneId: zone }]),
    ),
  );
  return new Map(
    crossings.flatMap(({ port, provider, targetAddress }) => {
      const node = byAddress.get(`${provider} ${targetAddress}`);
      return node === undefined ? [] : [[port, node] as const];
    }),
  );
}

/** A link is read at both ends: the one whose "out" is what `LinkSubject` calls forward is taken. */
function linkMetered(intent: Intent, { id, domain }: MeterReading): Metered | undefined {
  const peering = intent.table('vpcPeering').get(id);
  if (peering !== undefined) {
    const { requester, accepter } = peering;
    if (requester.vpcId !== domain) return undefined;
    const crossing = crossingOf(intent, requester.vpcId, accepter.vpcId);
    const sides = { requester: ownerOf(requester), accepter: ownerOf(accepter), crossing };
    return { key: id, ...ownerOf(requester), subject: { kind: 'link', linkId: id, peering: sides } };
  }
  const attachmentId = intent.table('networkInterface').get(id)?.transitAttachmentId;
  const attachments = intent.table('transitAttachment');
  const attachment =
    attachmentId === undefined ? attachments.by('target.connectionId', id)[0] : attachments.get(attachmentId);
  if (attachment !== undefined) {
    return attachment.transitGatewayId === domain ? undefined : link(attachment, attachment.id, id);
  }
  const connection = intent.table('vpnConnection').get(id);
  return connection === undefined || connection.end.id === domain ? undefined : link(connection, id);
}

function link(owner: Owner, linkId: string, part?: string): Metered {
  const key = part === undefined ? linkId : `${linkId}/${part}`;
  return { key, ...ownerOf(owner), subject: { kind: 'link', linkId, peering: null } };
}

function ownerOf({ account, region }: Owner): Owner {
  return { account, region };
}

function services({ intent, facts }: Moment): readonly Gathered[] {
  return [...intent.table('endpointService').all()]
    .filter(({ deletedAt }) => deletedAt === null)
    .map(({ id, account, region }) => {
      const connected = intent
        .table('vpcEndpoint')
        .by('serviceId', id)
        .filter((endpoint) => endpointState(endpoint, facts) === 'available');
      const subject = { kind: 'service', serviceId: id } as const;
      return { key: id, account, region, subject, values: { endpoints: connected.length } };
    });
}

function targets({ intent, facts }: Moment): readonly Gathered[] {
  return [...intent.table('targetGroup').all()].flatMap((group) => {
    const balancer = balancerOf(intent, group);
    if (balancer === undefined) return [];
    return [...healthByZone(intent, facts, group)].map(([zoneId, values]) => ({
      key: `${group.id}/${zoneId}`,
      account: group.account,
      region: group.region,
      subject: { kind: 'targets', loadBalancerId: balancer.id, targetGroupId: group.id, zoneId } as const,
      values,
    }));
  });
}

/** Of targets in use; one that was not checked yet is neither. */
function healthByZone(intent: Intent, facts: Facts, group: TargetGroup): ReadonlyMap<string, Values> {
  const found = new Map<string, { healthyTargets: number; unhealthyTargets: number }>();
  for (const target of intent.table('target').by('targetGroupId', group.id)) {
    const use = targetUse(intent, group, target);
    if (use.kind !== 'serving') continue;
    const zone = found.get(use.zoneId) ?? { healthyTargets: 0, unhealthyTargets: 0 };
    const state = facts.targets.get(target.id)?.state;
    if (state === 'healthy') zone.healthyTargets++;
    else if (state === 'unhealthy') zone.unhealthyTargets++;
    found.set(use.zoneId, zone);
  }
  return found;
}
