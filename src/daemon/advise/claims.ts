/**
 * A private name that a provider claims and has not shown to be its own: nobody gets it, and AWS says no more than "failed". What public
 * DNS would have to tell is looked for where AWS looks, and in the private zones where it is often put instead.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/verify-domains.html
 */
import type { Advice } from '../../analyse/reasons.ts';
import { isVerified, recordsFor } from '../../api/ec2/endpoint-service/private-name.ts';
import type { Intent } from '../../model/intent.ts';
import type { EndpointService, PrivateDnsName } from '../../model/resources.ts';
import type { Case } from './advise.ts';
import { quoted } from './documents.ts';

export function claimAdvice({ intent, host, found }: Case): readonly Advice[] {
  const { resolution, sender } = found;
  if (resolution === null) return [];
  const services = intent
    .table('vpcEndpoint')
    .by('vpcId', sender.domain)
    .filter(({ deletedRevision }) => deletedRevision === null)
    .flatMap(({ serviceId }) => intent.table('endpointService').get(serviceId ?? '') ?? []);
  return services.flatMap((service) => {
    const { privateDnsName: claim } = service;
    if (claim === null || claim.state === 'verified' || !isFor(claim, host)) return [];
    return adviceOn(intent, service, claim);
  });
}

function isFor({ name }: PrivateDnsName, host: string): boolean {
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name;
}

function adviceOn(intent: Intent, { id, account }: EndpointService, claim: PrivateDnsName): Advice {
  const { name, state, txtName, txtValue } = claim;
  const about = { code: 'CULVERT_NAME_NOT_VERIFIED', components: [id, name] } as const;
  const told = `${id} claims ${name}, which nobody gets until it is verified (now ${state})`;
  if (isVerified(claim, intent)) {
    const fixes = [`aws ec2 start-vpc-endpoint-service-private-dns-verification --service-id ${id}`];
    return { ...about, sentence: `${told}: the TXT record is there, and nobody has looked since`, fixes };
  }
  const [first = name] = recordsFor(claim);
  const record = { Name: first, Type: 'TXT', TTL: 60, ResourceRecords: [{ Value: `"${txtValue}"` }] };
  const batch = quoted({ Changes: [{ Action: 'UPSERT', ResourceRecordSet: record }] });
  const zones = [...intent.table('hostedZone').all()].filter((zone) => zone.account === account);
  const above = zones.filter((zone) => first.endsWith(`.${zone.name}`)).sort((a, b) => b.name.length - a.name.length);
  const zone = above.find(({ isPrivate }) => !isPrivate);
  const hidden = above.find(
    (each) =>
      each.isPrivate &&
      intent
        .table('recordSet')
        .by('zoneId', each.id)
        .some(({ name: owner, type }) => type === 'TXT' && owner.startsWith(txtName)),
  );
  const where = hidden === undefined ? '' : `; that in ${hidden.id} is in a private zone, where nobody looks`;
  return {
    ...about,
    sentence: `${told}: no public TXT record of ${first} says ${txtValue}${where}`,
    fixes: [
      zone === undefined
        ? `aws route53 create-hosted-zone --name ${first.slice(txtName.length + 1)} --caller-reference ${id}`
        : `aws route53 change-resource-record-sets --hosted-zone-id ${zone.id} --change-batch ${batch}`,
    ],
  };
}
