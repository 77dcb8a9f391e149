/** Steps that take away what leads somewhere: what named it before leads nowhere then. */
import type { StepOf } from '../steps.ts';
import { pick, type World } from './world.ts';

export const removalSteps = { takeAway };

type What = StepOf<'takeAway'>['what'];

function takeAway(w: World, { what, at }: StepOf<'takeAway'>): void {
  w.settle();
  REMOVALS[what](w, at);
  w.settle();
}

const REMOVALS: { readonly [K in What]: (w: World, at: number) => void } = {
  natGateway(w, at) {
    const gateway = pick(w.all('natGateway'), at);
    if (gateway !== undefined) w.for(gateway)('DeleteNatGateway', { NatGatewayId: gateway.id });
  },
  transitAttachment(w, at) {
    const attachment = pick(w.all('transitAttachment'), at);
    if (attachment?.target.kind !== 'vpc') return;
    const TransitGatewayAttachmentId = attachment.id;
    w.for(attachment)('DeleteTransitGatewayVpcAttachment', { TransitGatewayAttachmentId });
  },
  vpnGateway(w, at) {
    const gateway = pick(w.all('vpnGateway'), at);
    if (gateway?.vpcId == null) return;
    w.for(gateway)('DetachVpnGateway', { VpnGatewayId: gateway.id, VpcId: gateway.vpcId });
  },
  propagation(w, at) {
    const table = pick(w.all('routeTable'), at);
    const gateway = table && w.all('vpnGateway').find(({ vpcId }) => vpcId === table.vpcId);
    if (table === undefined || gateway === undefined) return;
    w.for(table)('DisableVgwRoutePropagation', { RouteTableId: table.id, GatewayId: gateway.id });
  },
  resolverRule(w, at) {
    const rule = pick(w.all('resolverRule'), at);
    if (rule === undefined) return;
    const call = w.for(rule);
    for (const { vpcId: VPCId, ruleId } of w.all('resolverAssociation')) {
      if (ruleId === rule.id) call('DisassociateResolverRule', { ResolverRuleId: rule.id, VPCId });
    }
    w.settle();
    call('DeleteResolverRule', { ResolverRuleId: rule.id });
  },
  resolverEndpoint(w, at) {
    const endpoint = pick(w.all('resolverEndpoint'), at);
    if (endpoint !== undefined) w.for(endpoint)('DeleteResolverEndpoint', { ResolverEndpointId: endpoint.id });
  },
  zoneAssociation(w, at) {
    const association = pick(w.all('zoneAssociation'), at);
    if (association === undefined) return;
    const { zoneId: HostedZoneId, vpcId: VPCId, vpcRegion: VPCRegion } = association;
    w.for(association)('DisassociateVPCFromHostedZone', { HostedZoneId, VPC: { VPCId, VPCRegion } });
  },
};
