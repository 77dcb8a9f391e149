/** Private hosted zones: in which VPCs they answer, who may say so, and that a name has one holder in a VPC. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ec2Actions } from '../ec2/index.ts';
import { ACCOUNT, harness, REGION } from '../testing.ts';
import { type Dns, dns } from './fixture.ts';
import { route53Actions } from './index.ts';

const OTHER = '444455556666';
const SQS = `sqs.${REGION}.amazonaws.com`;

function both(): Dns {
  return dns(harness({ ...ec2Actions, ...route53Actions }));
}

/** With both DNS attributes on. */
function vpcOf({ h }: Dns, CidrBlock = '10.0.0.0/16'): string {
  const VpcId = h.call('CreateVpc', { CidrBlock }).Vpc.VpcId;
  h.call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: true } });
  return VpcId;
}

function ref(VPCId: string) {
  return { VPCId, VPCRegion: REGION } as const;
}

function privateZone(d: Dns, Name: string, vpc: string): string {
  const made = d.call('CreateHostedZone', { Name, CallerReference: `${Name} ${vpc}`, VPC: ref(vpc) });
  return made.HostedZone?.Id?.replace('/hostedzone/', '') ?? '';
}

function zonesBy(d: Dns, vpc: string): string[] {
  return (d.call('ListHostedZonesByVPC', ref(vpc)).HostedZoneSummaries ?? []).map(
    ({ Name, Owner }) => `${Name} ${Owner?.OwningAccount ?? Owner?.OwningService}`,
  );
}

test('a zone with a VPC is private, has the name servers of all of them, and no delegation set', () => {
  const d = both();
  const vpc = vpcOf(d);
  const made = d.call('CreateHostedZone', {
    Name: 'corp.internal',
    CallerReference: 'a',
    VPC: ref(vpc),
    HostedZoneConfig: { Comment: 'c', PrivateZone: true },
  });
  assert.equal(made.DelegationSet, undefined);
  assert.deepEqual(made.VPC, ref(vpc));
  assert.deepEqual(made.HostedZone?.Config, { Comment: 'c', PrivateZone: true });
  assert.equal(made.ChangeInfo?.Status, 'PENDING');
  const Id = made.HostedZone?.Id ?? '';
  assert.deepEqual(d.call('GetHostedZone', { Id }), { HostedZone: made.HostedZone, VPCs: [ref(vpc)] });
  const sets = d.call('ListResourceRecordSets', { HostedZoneId: Id }).ResourceRecordSets ?? [];
  assert.deepEqual(
    sets.map(({ Type, ResourceRecords }) => `${Type} ${ResourceRecords?.[0]?.Value}`),
    [
      'NS ns-1536.awsdns-00.co.uk.',
      'SOA ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400',
    ],
  );
  assert.deepEqual(
    d.call('ListHostedZones', { HostedZoneType: 'PrivateHostedZone' }).HostedZones?.map((each) => each.Id),
    [Id],
  );
  d.h.facts.appliedRevision = d.h.intent.revision;
  assert.equal(d.call('GetChange', { Id: made.ChangeInfo?.Id ?? '' }).ChangeInfo?.Status, 'INSYNC');
});

test('AWS’s own names and top-level domains may be private, and a VPC goes with private only', () => {
  const d = both();
  const vpc = vpcOf(d);
  privateZone(d, SQS, vpc);
  privateZone(d, 'corp', vpc);
  const create = (more: object) => d.refusal('CreateHostedZone', { Name: 'x.test', CallerReference: 'x', ...more });
  assert.match(create({ HostedZoneConfig: { PrivateZone: true } }), /^InvalidInput: /);
  assert.match(create({ HostedZoneConfig: { PrivateZone: false }, VPC: ref(vpc) }), /^InvalidInput: /);
  assert.match(create({ VPC: ref('vpc-00000000000000000') }), /^InvalidVPCId: /);
  assert.match(create({ VPC: { ...ref(vpc), VPCRegion: 'us-east-1' } }), /^InvalidVPCId: /);
  assert.match(
    d.as(OTHER).refusal('CreateHostedZone', { Name: 'x.test', CallerReference: 'x', VPC: ref(vpc) }),
    /^InvalidVPCId: /,
  );
});

test('zones come to further VPCs and go again, but for the last one', () => {
  const d = both();
  const [one, two] = [vpcOf(d), vpcOf(d, '10.1.0.0/16')];
  const zone = privateZone(d, 'corp.test', one);
  const info = d.call('AssociateVPCWithHostedZone', { HostedZoneId: zone, VPC: ref(two), Comment: 'why' }).ChangeInfo;
  assert.equal(info?.Status, 'PENDING');
  assert.equal(info?.Comment, 'why');
  assert.deepEqual(d.call('GetHostedZone', { Id: zone }).VPCs, [ref(one), ref(two)]);
  assert.deepEqual(zonesBy(d, two), [`corp.test. ${ACCOUNT}`]);
  d.call('DisassociateVPCFromHostedZone', { HostedZoneId: zone, VPC: ref(one) });
  assert.deepEqual(zonesBy(d, one), []);
  assert.equal(
    d.refusal('DisassociateVPCFromHostedZone', { HostedZoneId: zone, VPC: ref(one) }),
    `VPCAssociationNotFound: The VPC: ${one} is not associated with the hosted zone: ${zone}`,
  );
  assert.match(
    d.refusal('DisassociateVPCFromHostedZone', { HostedZoneId: zone, VPC: ref(two) }),
    /^LastVPCAssociation: /,
  );
  d.call('DeleteHostedZone', { Id: zone });
  assert.equal(d.h.intent.table('zoneAssociation').size, 0);
  assert.deepEqual(zonesBy(d, two), []);
});

test('a VPC that goes is forgotten by zones and authorizations', () => {
  const d = both();
  const [stays, goes] = [vpcOf(d), vpcOf(d, '10.1.0.0/16')];
  const zone = privateZone(d, 'corp.test', stays);
  d.call('AssociateVPCWithHostedZone', { HostedZoneId: zone, VPC: ref(goes) });
  const theirs = vpcOf(d.as(OTHER));
  d.call('CreateVPCAssociationAuthorization', { HostedZoneId: zone, VPC: ref(theirs) });
  d.h.call('DeleteVpc', { VpcId: goes });
  d.as(OTHER).h.call('DeleteVpc', { VpcId: theirs });
  assert.deepEqual(d.call('GetHostedZone', { Id: zone }).VPCs, [ref(stays)]);
  assert.deepEqual(d.call('ListVPCAssociationAuthorizations', { HostedZoneId: zone }).VPCs, []);
  // A zone whose last VPC goes stays, and answers nowhere.
  d.h.call('DeleteVpc', { VpcId: stays });
  assert.deepEqual(d.call('GetHostedZone', { Id: zone }).VPCs, []);
  d.call('DeleteHostedZone', { Id: zone });
});

test('a public zone is associated with nothing', () => {
  const d = both();
  const vpc = vpcOf(d);
  const Id = d.call('CreateHostedZone', { Name: 'shop.test', CallerReference: 'p' }).HostedZone?.Id ?? '';
  const zone = Id.replace('/hostedzone/', '');
  const text = `Attempting to associate public zone: ${zone} with vpc: ${vpc}`;
  const input = { HostedZoneId: Id, VPC: ref(vpc) };
  assert.equal(d.refusal('AssociateVPCWithHostedZone', input), `PublicZoneVPCAssociation: ${text}`);
  assert.equal(d.refusal('CreateVPCAssociationAuthorization', input), `InvalidInput: ${text}`);
});

test('one name has one zone in a VPC; zones above and below it may be there too', () => {
  const d = both();
  const [one, two] = [vpcOf(d), vpcOf(d, '10.1.0.0/16')];
  const zone = privateZone(d, 'corp.test', one);
  privateZone(d, 'sub.corp.test', one);
  privateZone(d, 'test', one);
  const taken = (vpc: string, holder: string) =>
    `ConflictingDomainExists: The VPC ${vpc} in region ${REGION} has already been associated with the hosted zone ${holder} with the same domain name.`;
  assert.equal(
    d.refusal('CreateHostedZone', { Name: 'corp.test', CallerReference: 'again', VPC: ref(one) }),
    taken(one, zone),
  );
  const second = privateZone(d, 'corp.test', two);
  assert.equal(d.refusal('AssociateVPCWithHostedZone', { HostedZoneId: second, VPC: ref(one) }), taken(one, zone));
  assert.equal(d.refusal('AssociateVPCWithHostedZone', { HostedZoneId: zone, VPC: ref(one) }), taken(one, zone));
});

test('an endpoint’s private name and a zone of that name keep each other out', () => {
  const d = both();
  const [one, two] = [vpcOf(d), vpcOf(d, '10.1.0.0/16')];
  const endpoint = (VpcId: string, PrivateDnsEnabled = true) =>
    ({
      VpcId,
      ServiceName: `com.amazonaws.${REGION}.sqs`,
      VpcEndpointType: 'Interface',
      PrivateDnsEnabled,
    }) as const;
  const made = d.h.call('CreateVpcEndpoint', endpoint(one)).VpcEndpoint;
  assert.deepEqual(zonesBy(d, one), [`${SQS}. vpce.amazonaws.com`]);
  d.h.facts.appliedRevision = d.h.intent.revision;
  const [entry] = d.h
    .call('DescribeVpcEndpoints', {})
    .VpcEndpoints[0].DnsEntries.filter(({ DnsName }) => DnsName === SQS);
  const create = () => d.refusal('CreateHostedZone', { Name: SQS, CallerReference: 'z', VPC: ref(one) });
  assert.equal(
    create(),
    `ConflictingDomainExists: The VPC ${one} in region ${REGION} has already been associated with the hosted zone ${entry?.HostedZoneId} with the same domain name.`,
  );
  // The other way round, on creation and on a change.
  privateZone(d, SQS, two);
  const conflict = `InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${SQS} in the VPC ${two}`;
  assert.equal(d.h.refusal('CreateVpcEndpoint', endpoint(two)), conflict);
  const plain = d.h.call('CreateVpcEndpoint', endpoint(two, false)).VpcEndpoint;
  assert.equal(
    d.h.refusal('ModifyVpcEndpoint', { VpcEndpointId: plain.VpcEndpointId, PrivateDnsEnabled: true }),
    conflict,
  );
  // With private DNS off the name is free again.
  d.h.call('ModifyVpcEndpoint', { VpcEndpointId: made.VpcEndpointId, PrivateDnsEnabled: false });
  assert.deepEqual(zonesBy(d, one), []);
  privateZone(d, SQS, one);
});

test('another account’s VPC needs the leave of the zone’s owner, and its own owner’s call', () => {
  const d = both();
  const other = d.as(OTHER);
  const [mine, theirs] = [vpcOf(d), vpcOf(other)];
  const zone = privateZone(d, 'corp.test', mine);
  const input = { HostedZoneId: zone, VPC: ref(theirs) };
  const text = `NotAuthorizedException: The VPC: ${theirs} has not authorized to associate with your hosted zone.`;
  assert.equal(other.refusal('AssociateVPCWithHostedZone', input), text);
  assert.deepEqual(d.call('CreateVPCAssociationAuthorization', input), input);
  assert.deepEqual(d.call('CreateVPCAssociationAuthorization', input), input);
  assert.deepEqual(d.call('ListVPCAssociationAuthorizations', { HostedZoneId: zone }).VPCs, [ref(theirs)]);
  assert.equal(d.refusal('AssociateVPCWithHostedZone', input), text);
  assert.match(other.refusal('ListVPCAssociationAuthorizations', { HostedZoneId: zone }), /^NoSuchHostedZone: /);
  other.call('AssociateVPCWithHostedZone', input);
  assert.deepEqual(zonesBy(other, theirs), [`corp.test. ${ACCOUNT}`]);
  assert.match(d.refusal('ListHostedZonesByVPC', ref(theirs)), /^InvalidInput: The VPC ID /);
  assert.match(d.refusal('ListHostedZonesByVPC', ref('vpc-00000000000000000')), /^InvalidInput: The VPC ID /);
  // Leave taken back cuts nothing; either owner may end it.
  const elsewhere = { ...input, VPC: { VPCId: theirs, VPCRegion: 'us-east-1' } } as const;
  assert.match(d.refusal('DeleteVPCAssociationAuthorization', elsewhere), /^VPCAssociationAuthorizationNotFound: /);
  assert.match(other.refusal('DeleteVPCAssociationAuthorization', input), /^NoSuchHostedZone: /);
  d.call('DeleteVPCAssociationAuthorization', input);
  assert.equal(
    d.refusal('DeleteVPCAssociationAuthorization', input),
    `VPCAssociationAuthorizationNotFound: The VPC: ${theirs} is not authorized to be associated with the hosted zone: ${zone}`,
  );
  assert.deepEqual(zonesBy(other, theirs), [`corp.test. ${ACCOUNT}`]);
  assert.match(d.as('777788889999').refusal('DisassociateVPCFromHostedZone', input), /^NoSuchHostedZone: /);
  other.call('DisassociateVPCFromHostedZone', input);
  assert.deepEqual(zonesBy(other, theirs), []);
  assert.match(other.refusal('GetHostedZone', { Id: zone }), /^NoSuchHostedZone: /);
});

test('a zone answers in three hundred VPCs, and a thousand may be let in', () => {
  const d = both();
  const zone = privateZone(d, 'corp.test', vpcOf(d));
  const table = d.h.intent.table('zoneAssociation');
  const [first] = [...table.all()];
  assert.ok(first);
  const copies = (count: number, kind: 'zoneAssociation' | 'zoneAuthorization') =>
    d.h.intent.apply(
      Array.from({ length: count }, (_, at) => {
        const vpcId = `vpc-f${String(at).padStart(16, '0')}`;
        return { op: 'put', resource: { ...first, kind, vpcId, id: `${zone}/${vpcId}` } };
      }),
    );
  const last = vpcOf(d, '10.9.0.0/16');
  copies(299, 'zoneAssociation');
  assert.match(d.refusal('AssociateVPCWithHostedZone', { HostedZoneId: zone, VPC: ref(last) }), /^LimitsExceeded: /);
  copies(1000, 'zoneAuthorization');
  assert.match(
    d.refusal('CreateVPCAssociationAuthorization', { HostedZoneId: zone, VPC: ref(last) }),
    /^TooManyVPCAssociationAuthorizations: /,
  );
  const pages: number[] = [];
  let NextToken: string | undefined;
  do {
    const page = d.call('ListVPCAssociationAuthorizations', { HostedZoneId: zone, ...(NextToken && { NextToken }) });
    pages.push(page.VPCs?.length ?? 0);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  assert.deepEqual(pages, Array(20).fill(50));
  assert.match(
    d.refusal('ListVPCAssociationAuthorizations', { HostedZoneId: zone, NextToken: 'x' }),
    /^InvalidPaginationToken: /,
  );
  assert.match(d.refusal('ListHostedZonesByVPC', { ...ref(last), NextToken: 'x' }), /^InvalidPaginationToken: /);
  assert.match(
    d.refusal('ListVPCAssociationAuthorizations', { HostedZoneId: zone, MaxResults: 0 }),
    /^InvalidInput: .*MaxResults/,
  );
  assert.match(d.refusal('ListHostedZonesByVPC', { ...ref(last), MaxItems: 0 }), /^InvalidInput: .*MaxItems/);
});
