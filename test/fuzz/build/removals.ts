/** A step that takes away one of all things that lead somewhere: what named it before leads nowhere then. */
import type { ResourceOf } from '../../../src/model/resources.ts';
import type { StepOf } from '../steps.ts';
import { pick, type World } from './world.ts';

export const removalSteps = { takeAway };

function takeAway(w: World, { at }: StepOf<'takeAway'>): void {
  w.settle();
  pick(removals(w), at)?.();
  w.settle();
}

/** By kind in turn, so that one of which there are many is not all that goes. */
function removals(w: World): readonly (() => unknown)[] {
  const kinds = [
    w.all('natGateway').map((each) => () => w.for(each)('DeleteNatGateway', { NatGatewayId: each.id })),
    w
      .all('transitAttachment')
      .filter(({ target }) => target.kind === 'vpc')
      .map((each) => () => {
        w.for(each)('DeleteTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: each.id });
      }),
    w
      .all('vpnGateway')
      .map((each) => () => w.for(each)('DetachVpnGateway', { VpnGatewayId: each.id, VpcId: each.vpcId })),
    w.all('vpnGateway').map((each) => () => stopPropagation(w, each)),
    w.all('resolverRule').map((each) => () => deleteRule(w, each)),
    w
      .all('resolverEndpoint')
      .map((each) => () => w.for(each)('DeleteResolverEndpoint', { ResolverEndpointId: each.id })),
    w.all('zoneAssociation').map((each) => () => {
      const { zoneId: HostedZoneId, vpcId: VPCId, vpcRegion: VPCRegion } = each;
      w.for(each)('DisassociateVPCFromHostedZone', { HostedZoneId, VPC: { VPCId, VPCRegion } });
    }),
  ];
  const most = Math.max(...kinds.map(({ length }) => length));
  return Array.from({ length: most }, (_, nth) => kinds.flatMap((kind) => kind[nth] ?? [])).flat();
}

function stopPropagation(w: World, gateway: ResourceOf<'vpnGateway'>): void {
  if (gateway.vpcId === null) return;
  const GatewayId = gateway.id;
  for (const { id: RouteTableId } of w.of('routeTable', gateway.vpcId))
    w.for(gateway)('DisableVgwRoutePropagation', { RouteTableId, GatewayId });
}

function deleteRule(w: World, rule: ResourceOf<'resolverRule'>): void {
  const call = w.for(rule);
  const ResolverRuleId = rule.id;
  for (const { vpcId: VPCId, ruleId } of w.all('resolverAssociation')) {
    if (ruleId === rule.id) call('DisassociateResolverRule', { ResolverRuleId, VPCId });
  }
  w.settle();
  call('DeleteResolverRule', { ResolverRuleId });
}
