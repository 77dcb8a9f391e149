/**
 * One record of a flow log: a line of the fields that the log asks for, "-" where one says nothing.
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
 */
import type { CountedFlow } from '../../driver/netns/flows.ts';
import { FLOW_LOG_FIELDS } from '../../model/flow-log-fields.ts';
import { isIpv6 } from '../../net/ip.ts';
import type { FlowLog } from '../../plan/plan.ts';
import type { Place, Places } from './places.ts';

/** NODATA: nothing came or went. SKIPDATA: there was more than could be counted. */
export type Silence = 'NODATA' | 'SKIPDATA';

interface Window {
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
}

type Values = Readonly<Record<string, string | number | null | undefined>>;

export function flowRecord(log: FlowLog, place: Place, flow: CountedFlow, places: Places): string {
  const isOut = flow.direction === 'egress';
  return line(log, {
    ...ofPlace(log, place, flow),
    srcaddr: flow.source,
    dstaddr: flow.destination,
    srcport: flow.sourcePort,
    dstport: flow.destinationPort,
    protocol: flow.protocol,
    packets: flow.packets,
    bytes: flow.bytes,
    action: flow.action,
    'log-status': 'OK',
    // Of TCP the kernel may not know them.
    'tcp-flags': flow.tcpFlags,
    type: isIpv6(flow.packetSource) ? 'IPv6' : 'IPv4',
    'pkt-srcaddr': flow.packetSource,
    'pkt-dstaddr': flow.packetDestination,
    'pkt-src-aws-service': places.serviceAt(flow.packetSource),
    'pkt-dst-aws-service': places.serviceAt(flow.packetDestination),
    'flow-direction': flow.direction,
    'traffic-path': isOut && log.fields.includes('traffic-path') ? places.pathTo(place, flow.packetDestination) : null,
  });
}

/** That there is nothing to tell, or no telling. */
export function silentRecord(log: FlowLog, place: Place, status: Silence, window: Window): string {
  return line(log, { ...ofPlace(log, place, window), 'log-status': status });
}

function ofPlace(log: FlowLog, { port, segment, instance }: Place, { since, until }: Window): Values {
  return {
    version: Math.max(...log.fields.map((field) => FLOW_LOG_FIELDS.get(field) ?? 0)),
    'account-id': log.account,
    'interface-id': port.id,
    start: Math.floor(since / 1000),
    end: Math.floor(until / 1000),
    'vpc-id': port.domain,
    'subnet-id': segment.id,
    'instance-id': instance,
    region: log.region,
    'az-id': segment.zone,
  };
}

function line({ fields }: FlowLog, values: Values): string {
  return fields.map((field) => values[field] ?? '-').join(' ');
}
