/** What is not named stays; leaving TLS drops its certificates. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html */
import { listenerAttributes } from '../../../model/balancer-attributes.ts';
import { put } from '../../../model/edit.ts';
import { withEdits } from '../../../model/intent.ts';
import type { Listener } from '../../../model/resources.ts';
import { elbAction } from '../action.ts';
import { portOf } from '../checks.ts';
import { findBalancer, findGroup, findListener } from '../find.ts';
import { refuseDuplicate } from './create-listener.ts';
import { ACTION_READS, checkForward, groupForwardedTo } from './forward.ts';
import { LISTENER_READS, protocolOf, tlsPart } from './settings.ts';
import { viewListener } from './view.ts';

export const modifyListener = elbAction<'ModifyListener'>(
  { ListenerArn: true, ...LISTENER_READS, DefaultActions: ACTION_READS },
  (input, context) => {
    const listener = findListener(context, input.ListenerArn);
    const balancer = findBalancer(context, listener.loadBalancerId);
    const port = input.Port === undefined ? listener.port : portOf(input.Port);
    const protocol = protocolOf(input.Protocol ?? listener.protocol);
    const tls = tlsPart(input, protocol, context, listener.protocol === 'TLS' ? listener : undefined);
    const actions = input.DefaultActions ?? [];
    const group =
      actions.length === 0 ? findGroup(context, listener.targetGroupId) : groupForwardedTo(actions, context);
    const others = context.intent.table('listener').by('loadBalancerId', balancer.id);
    if (others.some((each) => each.id !== listener.id && each.port === port)) refuseDuplicate(balancer.id);
    const changed: Listener = { ...listener, port, protocol, ...tls, targetGroupId: group.id };
    // An attribute that the new protocol does not have is gone.
    const known = listenerAttributes({ protocol, attributes: {} });
    const kept = Object.entries(listener.attributes).filter(([key]) => Object.hasOwn(known, key));
    const after: Listener = { ...changed, attributes: Object.fromEntries(kept) };
    checkForward(protocol, group, balancer, { ...context, intent: withEdits(context.intent, [put(after)]) });
    return { edits: [put(after)], output: { Listeners: [viewListener(after)] } };
  },
);
