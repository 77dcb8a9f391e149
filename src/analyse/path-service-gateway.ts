/**
 * Stage 'cross', through a gateway endpoint: from an address of the domain to a service's public one, TCP and ICMP echo only.
 * The service sees the link's address.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
 */
import { describe } from './group.ts';
import type { Walk } from './walk.ts';

const ECHO_REQUEST = 8;

export function throughServiceGateway(walk: Walk, id: string): void {
  const gateway = walk.index.serviceGateways.get(id);
  if (gateway === undefined) throw new Error(`a route names ${id}, which is not in the plan`);
  const { protocol, to } = walk.flow;
  const drop = (code: Parameters<Walk['drop']>[3], sentence: string) =>
    walk.drop('cross', 'egress', id, code, sentence, gateway.origin);
  const isEcho = protocol === '1' && to.port === ECHO_REQUEST;
  if (protocol !== '6' && !isEcho) {
    drop('VPCE_GATEWAY_PROTOCOL_RESTRICTION', `${id} carries TCP and ICMP echo only, not ${describe(walk.flow)}`);
  }
  const owner = walk.index.portAt(walk.domain, walk.source);
  // What a machine sends on as it is keeps the connection's way of before: it cannot be translated a second time.
  const isSentOn = walk.passed.length > 0 && !walk.passed.includes(owner?.id ?? '');
  if (owner?.kind !== 'machine' || isSentOn) {
    drop(
      'GATEWAY_REJECTS_SPOOFED_TRAFFIC',
      `${id} takes packets from the VPC's own addresses, not from ${walk.source}`,
    );
  }
  if (walk.destination !== gateway.address) {
    drop('CULVERT_ADDRESS_NOT_IN_USE', `nothing of ${gateway.service} stands at ${walk.destination}`);
    return;
  }
  walk.pass('cross', 'egress', id, gateway.address);
  walk.enter('services', gateway.linkAddress, gateway.address);
  if (protocol === '6' && to.port !== gateway.port) {
    drop('CULVERT_PORT_NOT_SERVED', `${gateway.service} answers on TCP port ${gateway.port} only`);
    return;
  }
  walk.deliver('service', gateway.service);
}
