/**
 * A port belongs to one listener, whatever its protocol: TCP and UDP together are TCP_UDP. Asking again with the same
 * settings answers with the one that is there.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
 */
import { listenerArn } from '../../../model/balancer-names.ts';
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Listener } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { canonicalJson } from '../../shared/canonical.ts';
import { elbAction } from '../action.ts';
import { invalid, portOf } from '../checks.ts';
import { findBalancer } from '../find.ts';
import { LIMITS } from '../limits.ts';
import { newElbResource } from '../resource.ts';
import { withTags } from '../tags.ts';
import { ACTION_READS, checkForward, groupForwardedTo } from './forward.ts';
import { LISTENER_READS, protocolOf, tlsPart } from './settings.ts';
import { viewListener } from './view.ts';

export const createListener = elbAction<'CreateListener'>(
  { LoadBalancerArn: true, ...LISTENER_READS, DefaultActions: ACTION_READS, Tags: true },
  (input, context) => {
    const balancer = findBalancer(context, input.LoadBalancerArn);
    if (input.Port === undefined) invalid('A listener port must be specified');
    const port = portOf(input.Port);
    const protocol = protocolOf(input.Protocol);
    const tls = tlsPart(input, protocol, context);
    const group = groupForwardedTo(input.DefaultActions, context);
    const listener: Listener = {
      ...newElbResource(context, listenerArn(balancer, context.hex(16)), withTags({}, input.Tags)),
      kind: 'listener',
      loadBalancerId: balancer.id,
      protocol,
      port,
      targetGroupId: group.id,
      ...tls,
      attributes: {},
    };
    const others = context.intent.table('listener').by('loadBalancerId', balancer.id);
    const present = others.find((each) => each.port === port);
    if (present !== undefined) {
      if (settings(present) !== settings(listener)) refuseDuplicate(balancer.id);
      return reply({ Listeners: [viewListener(present)] });
    }
    checkForward(protocol, group, balancer, context);
    const limit = LIMITS['listeners-per-network-load-balancer'];
    if (others.length >= limit) {
      refuse(
        'TooManyListeners',
        `The maximum number of listeners, '${limit}', has been reached on load balancer '${balancer.id}'`,
      );
    }
    return { edits: [put(listener)], output: { Listeners: [viewListener(listener)] } };
  },
);

export function refuseDuplicate(balancerId: string): never {
  refuse('DuplicateListener', `A listener already exists on this port for this load balancer '${balancerId}'`);
}

function settings({ protocol, port, targetGroupId, certificateIds, sslPolicy, alpnPolicy }: Listener): string {
  return canonicalJson({ protocol, port, targetGroupId, certificate: certificateIds[0], sslPolicy, alpnPolicy });
}
