/** An analysis as AWS shows it: status, the components of the path both ways, or explanations, each resource in the member of its kind. */
import type {
  AnalysisPacketHeader,
  AnalysisRouteTableRoute,
  AnalysisStatus,
  Explanation,
  NetworkInsightsAnalysis as Shown,
  PathComponent as ShownStep,
} from '@aws-sdk/client-ec2';
import type {
  NetworkInsightsAnalysis,
  PathComponent,
  PathDecision,
  PathExplanation,
  PathPacket,
  PathStep,
  PortRange,
} from '../../../model/resources.ts';
import { dateOf } from '../../shared/input.ts';
import { ec2Arn } from '../../shared/resource.ts';
import { viewTags } from '../../shared/tags.ts';
import { prefixOf, viewComponent } from './view-component.ts';

export function statusOf({ result }: NetworkInsightsAnalysis): AnalysisStatus {
  return result?.state ?? 'running';
}

export function viewAnalysis(analysis: NetworkInsightsAnalysis): Shown {
  const { result } = analysis;
  return {
    NetworkInsightsAnalysisId: analysis.id,
    NetworkInsightsAnalysisArn: ec2Arn(analysis, 'network-insights-analysis'),
    NetworkInsightsPathId: analysis.pathId,
    StartDate: dateOf(analysis.createdAt),
    Status: statusOf(analysis),
    ...(result?.state === 'failed' && { StatusMessage: result.message }),
    ...(result?.state === 'succeeded' && {
      NetworkPathFound: result.isFound,
      ...(result.isFound
        ? { ForwardPathComponents: result.forward.map(viewStep), ReturnPathComponents: result.back.map(viewStep) }
        : { Explanations: result.explanations.map(viewExplanation) }),
    }),
    Tags: viewTags(analysis.tags),
  };
}

function viewStep(step: PathStep, at: number): ShownStep {
  const { component, attachedTo, domain, segment, transitGateway, inbound, outbound, decision } = step;
  return {
    SequenceNumber: at + 1,
    Component: viewComponent(component),
    ...(attachedTo !== null && { AttachedTo: viewComponent(attachedTo) }),
    ...(inbound !== null && { InboundHeader: viewPacket(inbound) }),
    ...(outbound !== null && { OutboundHeader: viewPacket(outbound) }),
    ...(segment !== null && { Subnet: viewComponent(segment) }),
    ...(domain !== null && { Vpc: viewComponent(domain) }),
    ...(transitGateway !== null && { TransitGateway: viewComponent(transitGateway) }),
    ...(decision !== null && viewDecision(decision, component)),
  };
}

function viewDecision(decision: PathDecision, component: PathComponent): Partial<ShownStep> {
  switch (decision.kind) {
    case 'groupRule': {
      const { direction, protocol, ports, peer } = decision;
      return {
        SecurityGroupRule: {
          ...('cidr' in peer ? { Cidr: peer.cidr } : { SecurityGroupId: peer.groupId }),
          Direction: direction,
          ...rangeOf(ports),
          Protocol: wordFor(protocol),
        },
      };
    }
    case 'aclEntry':
      return {
        AclRule: {
          Cidr: decision.cidr,
          Egress: decision.direction === 'egress',
          ...rangeOf(decision.ports),
          Protocol: wordFor(decision.protocol),
          RuleAction: 'allow',
          RuleNumber: decision.number,
        },
      };
    case 'route':
      return {
        RouteTableRoute: { DestinationCidr: decision.destination, ...targetOf(decision.target), State: 'active' },
      };
    case 'transitRoute':
      return {
        TransitGatewayRouteTableRoute: {
          DestinationCidr: decision.destination,
          State: 'active',
          ...(decision.attachment !== null && { AttachmentId: decision.attachment }),
        },
      };
    case 'listener':
      return { ElasticLoadBalancerListener: viewComponent({ ...component, id: decision.arn }) };
    case 'service':
      return { ServiceName: decision.name };
  }
}

function targetOf(target: string | null): AnalysisRouteTableRoute {
  switch (target === null ? '' : prefixOf(target)) {
    case '':
      return { GatewayId: 'local' };
    case 'nat':
      return { NatGatewayId: target ?? '' };
    case 'eni':
      return { NetworkInterfaceId: target ?? '' };
    case 'tgw':
      return { TransitGatewayId: target ?? '' };
    case 'pcx':
      return { VpcPeeringConnectionId: target ?? '' };
    default:
      return { GatewayId: target ?? '' };
  }
}

function viewPacket({ protocol, source, destination, sourcePort, destinationPort }: PathPacket): AnalysisPacketHeader {
  return {
    DestinationAddresses: [`${destination}/32`],
    DestinationPortRanges: [portOrAny(destinationPort)],
    Protocol: protocol,
    SourceAddresses: [`${source}/32`],
    SourcePortRanges: [portOrAny(sourcePort)],
  };
}

function portOrAny(port: number | null): { readonly From: number; readonly To: number } {
  return port === null ? { From: 0, To: 65_535 } : { From: port, To: port };
}

function rangeOf(ports: PortRange | null) {
  return ports === null ? {} : { PortRange: { From: ports.from, To: ports.to } };
}

function wordFor(protocol: string): string {
  return { '-1': 'all', any: 'all', '6': 'tcp', '17': 'udp', '1': 'icmp' }[protocol] ?? protocol;
}

/** The member of an explanation that a resource of this kind stands in; what has none is its component. */
const MEMBERS: Readonly<Record<string, keyof Explanation>> = {
  acl: 'Acl',
  cgw: 'CustomerGateway',
  eni: 'NetworkInterface',
  igw: 'InternetGateway',
  nat: 'NatGateway',
  pcx: 'VpcPeeringConnection',
  pl: 'PrefixList',
  rtb: 'RouteTable',
  subnet: 'Subnet',
  targetgroup: 'LoadBalancerTargetGroup',
  tgw: 'TransitGateway',
  'tgw-attach': 'TransitGatewayAttachment',
  'tgw-rtb': 'TransitGatewayRouteTable',
  vgw: 'VpnGateway',
  vpc: 'Vpc',
  vpce: 'VpcEndpoint',
  vpn: 'VpnConnection',
};

function viewExplanation({ code, direction, components, port, address }: PathExplanation): Explanation {
  const groups = components.filter(({ id }) => prefixOf(id) === 'sg');
  const balancer = components.find(({ id }) => prefixOf(id) === 'loadbalancer');
  const others = components.filter((each) => MEMBERS[prefixOf(each.id)] !== undefined);
  const unplaced = components.find((each) => !groups.includes(each) && !others.includes(each) && each !== balancer);
  return {
    Direction: direction,
    ExplanationCode: code,
    ...(unplaced !== undefined && { Component: viewComponent(unplaced) }),
    ...(groups.length > 0 && { SecurityGroups: groups.map(viewComponent) }),
    ...(balancer !== undefined && { LoadBalancerArn: balancer.id }),
    ...Object.fromEntries(others.toReversed().map((each) => [MEMBERS[prefixOf(each.id)], viewComponent(each)])),
    ...(port !== null && { Port: port }),
    ...(address !== null && { Address: `${address}/32` }),
  };
}
