/** A listener as DescribeListeners shows it. */
import type { Listener as Shown } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Listener } from '../../../model/resources.ts';

export function viewListener(listener: Listener): Shown {
  const { targetGroupId } = listener;
  const [certificate] = listener.certificateIds;
  return {
    ListenerArn: listener.id,
    LoadBalancerArn: listener.loadBalancerId,
    Port: listener.port,
    Protocol: listener.protocol,
    ...(certificate !== undefined && { Certificates: [{ CertificateArn: certificate }] }),
    ...(listener.sslPolicy !== null && { SslPolicy: listener.sslPolicy }),
    ...(listener.alpnPolicy !== null && { AlpnPolicy: [listener.alpnPolicy] }),
    DefaultActions: [
      {
        Type: 'forward',
        TargetGroupArn: targetGroupId,
        ForwardConfig: {
          TargetGroups: [{ TargetGroupArn: targetGroupId, Weight: 1 }],
          TargetGroupStickinessConfig: { Enabled: false },
        },
      },
    ],
  };
}
