/**
 * Whether who answers TLS has a certificate for the name that was asked for. A load balancer that passes TCP on knows nothing of it.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/tls-listener-certificates.html
 */
import { X509Certificate } from 'node:crypto';
import type { Advice } from '../../analyse/reasons.ts';
import { isName } from '../../edge/services/names.ts';
import { parseIp } from '../../net/ip.ts';
import type { BalancerListener } from '../../plan/plan.ts';
import type { Case } from './advise.ts';

const CODE = 'CULVERT_TLS_NAME_MISMATCH';

export function certificateAdvice(asked: Case): readonly Advice[] {
  const { question, found, host } = asked;
  // An id is no name that a client would ask for.
  if (question.tls !== true || (found.resolution === null && parseIp(host) === undefined)) return [];
  for (const { trace } of found.paths) {
    const { receiver, hops } = trace;
    if (receiver?.kind === 'service') return ofService(asked, receiver.id);
    const spread = hops.find(({ stage, reason }) => stage === 'spread' && reason === null);
    const listener = listenerOf(asked, spread?.by ?? null);
    if (listener !== undefined) return ofListener(asked, listener);
  }
  return [];
}

function ofService({ plan, host, intent, found }: Case, id: string): readonly Advice[] {
  const service = plan.services.find((each) => each.id === id);
  if (service === undefined || isName(service, host)) return [];
  const names = service.names.filter((name) => !name.includes('.vpce.'));
  const [name = ''] = names.filter((each) => !each.startsWith('*'));
  const endpoint = intent
    .table('vpcEndpoint')
    .by('vpcId', found.sender.domain)
    .find((each) => each.serviceName === id && each.deletedRevision === null && each.type === 'Interface');
  const turnOn =
    endpoint === undefined || endpoint.privateDns
      ? []
      : [`aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${endpoint.id} --private-dns-enabled`];
  return [
    {
      code: CODE,
      components: [id],
      sentence: `the certificate of ${id} is for ${names.join(', ')}, not for ${host}: ask it by its own name`,
      fixes: [`aws ${service.service} … --endpoint-url https://${name}`, ...turnOn],
    },
  ];
}

function listenerOf({ plan }: Case, id: string | null): BalancerListener | undefined {
  for (const { nodes } of plan.balancers) {
    for (const { listeners } of nodes) {
      const found = listeners.find((each) => each.id === id && each.protocol === 'tls');
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function ofListener({ intent, host }: Case, { id, certificates }: BalancerListener): readonly Advice[] {
  const known = certificates.map((each) => new X509Certificate(each.certificate));
  if (known.some((each) => isFor(each, host))) return [];
  const [ours] = certificates;
  const owner = intent.table('certificate').get(ours?.id ?? '');
  const other = [...intent.table('certificate').all()].find(
    ({ account, region, certificate }) =>
      account === owner?.account && region === owner.region && isFor(new X509Certificate(certificate), host),
  );
  const names = known.flatMap(({ subject, subjectAltName }) => subjectAltName ?? subject).join(', ');
  return [
    {
      code: CODE,
      components: [id, ...certificates.map((each) => each.id)],
      sentence: `no certificate of ${id} is for ${host}: they are for ${names.replaceAll('DNS:', '')}`,
      fixes: [
        `aws elbv2 add-listener-certificates --listener-arn ${id} --certificates CertificateArn=${other?.id ?? 'arn:…'}`,
      ],
    },
  ];
}

function isFor(certificate: X509Certificate, host: string): boolean {
  return (parseIp(host) === undefined ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
}
