/**
 * What is told when a state changes: AWS's own events where it has one (instances, images), else Culvert's, of source "culvert". A state
 * is the one that a describing call tells; nothing here remembers one. docs/events.md lists them, docs/aws-rules/events.md says why.
 */
import type { EventDraft } from '../../model/events.ts';
import type { Facts } from '../../model/facts.ts';
import type { Intent } from '../../model/intent.ts';
import type { EndpointService, Kind, ResourceOf, VpcEndpoint } from '../../model/resources.ts';
import { endpointState } from '../ec2/endpoint/state.ts';
import { type ConnectionEvent, connectionTold } from '../ec2/endpoint-service/events.ts';
import { imageFaultOf, imageStateOf } from '../ec2/instance/image-state.ts';
import { stateOf as instanceState } from '../ec2/instance/state.ts';
import { stateOf } from '../ec2/life.ts';
import { natGatewayState } from '../ec2/nat-gateway/view.ts';
import { isVisibleTo, peeringStatus } from '../ec2/peering/state.ts';
import { attachmentState } from '../ec2/transit-gateway/attachments.ts';
import { balancerState } from '../elbv2/load-balancer/view.ts';
import { healthOf, NOT_REGISTERED } from '../elbv2/target/health.ts';
import { ec2Arn } from '../shared/resource.ts';

export interface World {
  readonly intent: Intent;
  readonly facts: Facts;
}

export interface Change {
  /** As it was told last; null: never. */
  readonly from: string | null;
  readonly to: string;
}

/** One thing that is told of the resources of a kind; several may be of one kind. */
export interface Watched<K extends Kind = Kind> {
  /** Unique, and stored. */
  readonly name: string;
  readonly kind: K;
  /** null: there is nothing to tell of this one. */
  state(resource: ResourceOf<K>, world: World): string | null;
  /** What is told of a resource that is no longer there, unless it was told; null: nothing. */
  readonly removed: string | null;
  /** false: as if it still were what was told last. Default: every change is news. */
  isNews?(change: Change): boolean;
  drafts(resource: ResourceOf<K>, change: Change, world: World): readonly EventDraft[];
}

const OWN_SOURCE = 'culvert';

interface Place {
  readonly account: string;
  readonly region: string;
}

function own({ account, region }: Place, detailType: string, arn: string, detail: object): EventDraft {
  return { account, region, source: OWN_SOURCE, detailType, resources: [arn], detail };
}

const changeTold = ({ from, to }: Change) => ({ state: to, previousState: from });

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html */
const instances: Watched<'instance'> = {
  name: 'instance',
  kind: 'instance',
  state: (instance, { facts }) => instanceState(instance, facts),
  removed: 'terminated',
  // Only what was stopped is started: this one is rebooted, which AWS does not tell.
  isNews: ({ from, to }) => !(from === 'running' && to === 'pending'),
  drafts: (instance, { to }) => [
    {
      account: instance.account,
      region: instance.region,
      source: 'aws.ec2',
      detailType: 'EC2 Instance State-change Notification',
      resources: [ec2Arn(instance, 'instance')],
      detail: { 'instance-id': instance.id, state: to },
    },
  ],
};

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitor-ami-events.html */
const images: Watched<'image'> = {
  name: 'image',
  kind: 'image',
  state: (image, { facts }) => imageStateOf(image, facts),
  removed: 'deregistered',
  drafts: (image, { to }, { facts }) =>
    to === 'pending'
      ? []
      : [
          {
            account: image.account,
            region: image.region,
            source: 'aws.ec2',
            detailType: 'EC2 AMI State Change',
            resources: [`arn:aws:ec2:${image.region}::image/${image.id}`],
            detail: {
              ImageId: image.id,
              State: to,
              ErrorMessage: (to === 'failed' && imageFaultOf(image, facts)) || '',
            },
          },
        ],
};

const endpoints: Watched<'vpcEndpoint'> = {
  name: 'vpcEndpoint',
  kind: 'vpcEndpoint',
  state: (endpoint, { facts }) => endpointState(endpoint, facts),
  removed: 'deleted',
  drafts(endpoint, change) {
    const { id, type, vpcId, serviceName } = endpoint;
    const detail = { vpcEndpointId: id, vpcEndpointType: type, vpcId, serviceName, ...changeTold(change) };
    return [own(endpoint, 'VPC Endpoint State Change', ec2Arn(endpoint, 'vpc-endpoint'), detail)];
  },
};

/** The same endpoint as its provider sees it. */
const connections: Watched<'vpcEndpoint'> = {
  name: 'connection',
  kind: 'vpcEndpoint',
  state: (endpoint, { facts }) => (endpoint.serviceId === null ? null : endpointState(endpoint, facts)),
  removed: 'deleted',
  drafts(endpoint, change, { intent }) {
    const service = serviceOf(intent, endpoint);
    if (service === undefined) return [];
    const detail = { ...connectionTold(endpoint), ...changeTold(change) };
    return [own(service, 'VPC Endpoint Connection State Change', ec2Arn(service, 'vpc-endpoint-service'), detail)];
  },
};

const ANSWERS: Readonly<Record<string, ConnectionEvent>> = {
  automatic: 'Connect',
  pending: 'Connect',
  accepted: 'Accept',
  rejected: 'Reject',
  deleted: 'Delete',
};

/** What connection notifications send to SNS, to both who are concerned, whether or not they asked for notifications. */
const answers: Watched<'vpcEndpoint'> = {
  name: 'answer',
  kind: 'vpcEndpoint',
  state(endpoint) {
    if (endpoint.serviceId === null) return null;
    return endpoint.deletedRevision === null ? endpoint.acceptance : 'deleted';
  },
  removed: null,
  drafts(endpoint, { to }, { intent }) {
    const service = serviceOf(intent, endpoint);
    const isOneOwner = service?.account === endpoint.account && service.region === endpoint.region;
    const owners: readonly Place[] = service === undefined || isOneOwner ? [endpoint] : [service, endpoint];
    const detail = { event: ANSWERS[to], ...connectionTold(endpoint) };
    const arn = ec2Arn(endpoint, 'vpc-endpoint');
    return owners.map((owner) => own(owner, 'VPC Endpoint Connection Notification', arn, detail));
  },
};

function serviceOf(intent: Intent, { serviceId }: VpcEndpoint): EndpointService | undefined {
  return intent.table('endpointService').get(serviceId ?? '');
}

const peerings: Watched<'vpcPeering'> = {
  name: 'vpcPeering',
  kind: 'vpcPeering',
  state: (peering, { facts }) => peeringStatus(peering, facts).Code ?? null,
  removed: null,
  drafts(peering, { from }, { facts }) {
    const { id, requester, accepter } = peering;
    const { Code: state, Message: message } = peeringStatus(peering, facts);
    const [asks, answers] = [requester, accepter].map(({ account, region, vpcId }) => ({ account, region, vpcId }));
    const detail = {
      ...{ vpcPeeringConnectionId: id, requester: asks, accepter: answers },
      ...{ state, previousState: from, message },
    };
    const isOneOwner = requester.account === accepter.account && requester.region === accepter.region;
    const sides = (isOneOwner ? [requester] : [requester, accepter]).filter((side) =>
      isVisibleTo(side, peering, facts),
    );
    const arn = ec2Arn(peering, 'vpc-peering-connection');
    return sides.map((side) => own(side, 'VPC Peering Connection State Change', arn, detail));
  },
};

const attachments: Watched<'transitAttachment'> = {
  name: 'transitAttachment',
  kind: 'transitAttachment',
  state: (attachment, world) => attachmentState(attachment, world),
  removed: 'deleted',
  drafts(attachment, change) {
    const { id, transitGatewayId, target } = attachment;
    const detail = {
      ...{ transitGatewayAttachmentId: id, transitGatewayId, resourceType: target.kind },
      ...changeTold(change),
    };
    const arn = ec2Arn(attachment, 'transit-gateway-attachment');
    return [own(attachment, 'Transit Gateway Attachment State Change', arn, detail)];
  },
};

const vpnConnections: Watched<'vpnConnection'> = {
  name: 'vpnConnection',
  kind: 'vpnConnection',
  state: (connection, { facts }) => stateOf(connection, facts),
  removed: 'deleted',
  drafts(connection, change) {
    const { id, customerGatewayId, end } = connection;
    const detail = { vpnConnectionId: id, customerGatewayId, [`${end.kind}Id`]: end.id, ...changeTold(change) };
    return [own(connection, 'VPN Connection State Change', ec2Arn(connection, 'vpn-connection'), detail)];
  },
};

const natGateways: Watched<'natGateway'> = {
  name: 'natGateway',
  kind: 'natGateway',
  state: (gateway, { facts }) => natGatewayState(gateway, facts),
  removed: 'deleted',
  drafts(gateway, change) {
    const { id, vpcId, subnetId } = gateway;
    const detail = { natGatewayId: id, vpcId, subnetId, ...changeTold(change) };
    return [own(gateway, 'NAT Gateway State Change', ec2Arn(gateway, 'natgateway'), detail)];
  },
};

const balancers: Watched<'loadBalancer'> = {
  name: 'loadBalancer',
  kind: 'loadBalancer',
  state: (balancer, { facts }) => balancerState(balancer, facts),
  removed: 'deleted',
  drafts(balancer, change) {
    const { id, name, vpcId } = balancer;
    const detail = { loadBalancerArn: id, loadBalancerName: name, vpcId, ...changeTold(change) };
    return [own(balancer, 'Load Balancer State Change', id, detail)];
  },
};

const targets: Watched<'target'> = {
  name: 'target',
  kind: 'target',
  state(target, world) {
    const group = world.intent.table('targetGroup').get(target.targetGroupId);
    return group === undefined ? null : (healthOf(group, target, world).State ?? null);
  },
  removed: 'unused',
  // Whoever checks was started again: what it has not looked at yet is no worse for that.
  isNews: ({ from, to }) => !(to === 'initial' && (from === 'healthy' || from === 'unhealthy')),
  drafts(target, change, world) {
    const { targetGroupId, targetId, port, zoneId } = target;
    const isThere = world.intent.table('target').get(target.id) !== undefined;
    const group = world.intent.table('targetGroup').get(targetGroupId);
    const health = isThere && group !== undefined ? healthOf(group, target, world) : NOT_REGISTERED;
    const detail = {
      ...{ targetGroupArn: targetGroupId, targetId, port, zoneId, ...changeTold(change) },
      ...{ reason: health.Reason ?? null, description: health.Description ?? null },
    };
    return [own(target, 'Target Health State Change', targetGroupId, detail)];
  },
};

/** In the order in which they are told where several change at once: causes before what follows from them. */
export const WATCHED: readonly Watched[] = [
  ...[answers, connections, endpoints, peerings, attachments, vpnConnections, natGateways, balancers],
  ...[instances, images, targets],
] as readonly unknown[] as readonly Watched[];
