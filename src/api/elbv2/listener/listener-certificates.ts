/**
 * The certificates of a TLS listener beside its default one, chosen by the name that a client asks for.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/tls-listener-certificates.html
 */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Listener } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { elbAction } from '../action.ts';
import { badConfiguration } from '../checks.ts';
import { findListener } from '../find.ts';
import { LIMITS } from '../limits.ts';
import { PAGE, page } from '../pages.ts';
import { oneCertificate } from './settings.ts';

export const describeListenerCertificates = elbAction<'DescribeListenerCertificates'>(
  { ListenerArn: true, ...PAGE },
  (input, context) => {
    const listener = findListener(context, input.ListenerArn);
    const { items, rest } = page(listener.certificateIds, input, (id) => id);
    const isDefault = (id: string) => id === listener.certificateIds[0];
    return reply({ Certificates: items.map((id) => ({ CertificateArn: id, IsDefault: isDefault(id) })), ...rest });
  },
);

export const addListenerCertificates = elbAction<'AddListenerCertificates'>(
  { ListenerArn: true, Certificates: { CertificateArn: true } },
  (input, context) => {
    const listener = tlsListener(findListener(context, input.ListenerArn));
    const id = oneCertificate(input.Certificates, context);
    const output = { Certificates: [{ CertificateArn: id, IsDefault: false }] };
    if (listener.certificateIds.includes(id)) return reply(output);
    const limit = LIMITS['certificates-per-network-load-balancer'];
    const ofBalancer = context.intent
      .table('listener')
      .by('loadBalancerId', listener.loadBalancerId)
      .reduce((sum, each) => sum + Math.max(0, each.certificateIds.length - 1), 0);
    if (ofBalancer >= limit) {
      refuse(
        'TooManyCertificates',
        `The maximum number of certificates, '${limit}', has been reached on load balancer '${listener.loadBalancerId}'`,
      );
    }
    return { edits: [put({ ...listener, certificateIds: [...listener.certificateIds, id] })], output };
  },
);

export const removeListenerCertificates = elbAction<'RemoveListenerCertificates'>(
  { ListenerArn: true, Certificates: { CertificateArn: true } },
  (input, context) => {
    const listener = tlsListener(findListener(context, input.ListenerArn));
    const id = oneCertificate(input.Certificates, context);
    if (listener.certificateIds[0] === id) {
      refuse(
        'OperationNotPermitted',
        `Certificate '${id}' cannot be removed because it is the default certificate of the listener`,
      );
    }
    const certificateIds = listener.certificateIds.filter((each) => each !== id);
    if (certificateIds.length === listener.certificateIds.length) return reply({});
    return { edits: [put({ ...listener, certificateIds })], output: {} };
  },
);

function tlsListener(listener: Listener): Listener {
  if (listener.protocol !== 'TLS') badConfiguration(`${listener.protocol} listeners have no certificates`);
  return listener;
}
