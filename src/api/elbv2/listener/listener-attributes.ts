/** The idle timeout of TCP; TLS and UDP listeners have fixed ones. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListenerAttributes.html */
import { listenerAttributes } from '../../../model/balancer-attributes.ts';
import { put } from '../../../model/edit.ts';
import { reply } from '../../action.ts';
import { isReachedFromAfar } from '../../ec2/endpoint-service/remote-access.ts';
import { elbAction } from '../action.ts';
import { type AttributeRules, changedAttributes, viewAttributes, whole } from '../attributes.ts';
import { invalid } from '../checks.ts';
import { findListener } from '../find.ts';

const IDLE = 'tcp.idle_timeout.seconds';
const RULES: AttributeRules = { [IDLE]: whole(60, 6000) };

export const describeListenerAttributes = elbAction<'DescribeListenerAttributes'>(
  { ListenerArn: true },
  (input, context) => {
    const listener = findListener(context, input.ListenerArn);
    return reply({ Attributes: viewAttributes(listenerAttributes(listener)) });
  },
);

export const modifyListenerAttributes = elbAction<'ModifyListenerAttributes'>(
  { ListenerArn: true, Attributes: true },
  (input, context) => {
    const listener = findListener(context, input.ListenerArn);
    const changes = changedAttributes(input.Attributes, listenerAttributes(listener), RULES, 'Listener');
    if (
      changes[IDLE] !== undefined &&
      changes[IDLE] !== '350' &&
      isReachedFromAfar(context.intent, listener.loadBalancerId)
    ) {
      invalid(
        `Listener attribute key '${IDLE}' cannot be changed: other Regions reach the load balancer through a VPC endpoint service`,
      );
    }
    const after = { ...listener, attributes: { ...listener.attributes, ...changes } };
    return { edits: [put(after)], output: { Attributes: viewAttributes(listenerAttributes(after)) } };
  },
);
