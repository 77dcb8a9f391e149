/**
 * Meters in Prometheus's text format, at /metrics of the API's port for whoever asks from this machine. Totals grow as long as what is
 * metered lives, whatever process dies meanwhile. Only numbers, ids and names of AWS: no tags, no policies, no keys.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type { IncomingMessage } from 'node:http';
import type { Field, Subject } from '../../model/metrics.ts';
import type { Total } from './meter-store.ts';

type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly (readonly [field: Field, labels: Labels])[];
}

const FORWARD = { direction: 'forward' };
const BACK = { direction: 'back' };

/** Forward: from who connects. */
const FAMILIES: readonly Family[] = [
  {
    ...{ name: 'bytes_total', type: 'counter', help: 'Bytes of IP packets.' },
    samples: [
      ['forwardBytes', FORWARD],
      ['backBytes', BACK],
    ],
  },
  {
    ...{ name: 'packets_total', type: 'counter', help: 'Packets as they pass the router.' },
    samples: [
      ['forwardPackets', FORWARD],
      ['backPackets', BACK],
    ],
  },
  {
    ...{ name: 'connections_total', type: 'counter', help: 'Connections that were let through.' },
    samples: [['newConnections', {}]],
  },
  {
    ...{ name: 'active_connections', type: 'gauge', help: 'Connections at the last reading.' },
    samples: [['activeConnections', {}]],
  },
  {
    ...{ name: 'dropped_packets_total', type: 'counter', help: 'Packets of connections that were not let through.' },
    samples: [['droppedPackets', {}]],
  },
  {
    ...{ name: 'resets_total', type: 'counter', help: 'TCP segments that broke a connection off.' },
    samples: [
      ['forwardResets', FORWARD],
      ['backResets', BACK],
    ],
  },
  {
    ...{ name: 'endpoints', type: 'gauge', help: 'Endpoints connected to an endpoint service.' },
    samples: [['endpoints', {}]],
  },
  {
    ...{ name: 'targets', type: 'gauge', help: 'Targets by their health.' },
    samples: [
      ['healthyTargets', { health: 'healthy' }],
      ['unhealthyTargets', { health: 'unhealthy' }],
    ],
  },
];

/** What a proxy adds to what it passes on for somebody else. */
const PASSED_ON = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

/**
 * Asked from this machine and by its own name, whatever address the API listens at, and for nobody else; what AWS's clients ask is
 * signed. The name also keeps out a page whose own name has become this machine's address in somebody's browser.
 */
export function isForMetrics({
  method,
  url,
  headers,
  socket,
}: Pick<IncomingMessage, 'method' | 'url' | 'headers'> & {
  readonly socket: Pick<IncomingMessage['socket'], 'remoteAddress'>;
}): boolean {
  const isHere = /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
  const isOwnName = /^(127(\.\d+){3}|localhost|\[::1\])(:\d+)?$/i.test(headers.host ?? '');
  const isPassedOn = PASSED_ON.some((name) => headers[name] !== undefined);
  return (
    isHere && isOwnName && !isPassedOn && method === 'GET' && url === '/metrics' && headers.authorization === undefined
  );
}

export function prometheusText(totals: readonly Total[]): string {
  return FAMILIES.flatMap(({ name, type, help, samples }) => {
    const lines = totals.flatMap(({ account, region, subject, values }) =>
      samples.flatMap(([field, labels]) => {
        const value = values[field];
        if (value === undefined) return [];
        return [`culvert_${name}${labelText({ account, region, ...labelsOf(subject), ...labels })} ${value}`];
      }),
    );
    return lines.length === 0 ? [] : [`# HELP culvert_${name} ${help}`, `# TYPE culvert_${name} ${type}`, ...lines];
  })
    .map((line) => `${line}\n`)
    .join('');
}

function labelsOf(subject: Subject): Labels {
  switch (subject.kind) {
    case 'endpoint':
      return {
        kind: 'endpoint',
        vpc_endpoint: subject.vpcEndpointId,
        service_name: subject.serviceName,
        vpc: subject.vpcId,
        ...(subject.subnetId !== null && { subnet: subject.subnetId }),
        ...(subject.zoneId !== null && { zone: subject.zoneId }),
      };
    case 'service':
      return { kind: 'service', service: subject.serviceId };
    case 'balancer':
      return { kind: 'balancer', load_balancer: subject.loadBalancerId, zone: subject.zoneId };
    case 'targets':
      return {
        ...{ kind: 'targets', load_balancer: subject.loadBalancerId },
        ...{ target_group: subject.targetGroupId, zone: subject.zoneId },
      };
    case 'nat':
      return { kind: 'nat', nat_gateway: subject.natGatewayId };
    case 'link':
      return { kind: 'link', link: subject.linkId };
  }
}

function labelText(labels: Labels): string {
  const each = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `{${each.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
