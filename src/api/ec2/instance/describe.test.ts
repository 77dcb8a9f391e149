import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, harness, REGION } from '../../testing.ts';
import { IMAGE, launch, network, profile, report, run, running, UNKNOWN } from './fixture.ts';
import { getConsoleOutput } from './get-console-output.ts';

test('reservations hold what was launched together; every filter', () => {
  const n = network();
  const pair = run(n, {
    MinCount: 2,
    MaxCount: 2,
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'team', Value: 'a' }] }],
  });
  const [first, second] = pair.Instances.map((instance) => instance.InstanceId) as [string, string];
  profile(n, 'web');
  const third = running(n, { InstanceType: 't3.small', IamInstanceProfile: { Name: 'web' } });
  const all = n.h.call('DescribeInstances', {}).Reservations;
  assert.deepEqual(
    all.map((reservation) => reservation.Instances.map((instance) => instance.InstanceId)),
    [[first, second], [third]],
  );
  assert.equal(all[0].ReservationId, pair.ReservationId);
  const ids = (Name: string, ...Values: string[]) =>
    n.h
      .call('DescribeInstances', { Filters: [{ Name, Values }] })
      .Reservations.flatMap((reservation) => reservation.Instances.map((instance) => instance.InstanceId));
  const port = n.h.intent.table('networkInterface').by('attachment.instanceId', third)[0];
  assert.deepEqual(ids('instance-state-name', 'running'), [third]);
  assert.deepEqual(ids('instance-state-code', '0'), [first, second]);
  assert.deepEqual(ids('instance-type', 't3.s*'), [third]);
  assert.deepEqual(ids('instance-id', second), [second]);
  assert.deepEqual(ids('reservation-id', pair.ReservationId), [first, second]);
  assert.deepEqual(ids('launch-index', '1'), [second]);
  assert.deepEqual(ids('vpc-id', n.vpcId).length, 3);
  assert.deepEqual(ids('subnet-id', 'subnet-x'), []);
  assert.deepEqual(ids('image-id', IMAGE).length, 3);
  assert.deepEqual(ids('availability-zone', `${REGION}a`).length, 3);
  assert.deepEqual(ids('private-ip-address', port?.addresses[0] ?? ''), [third]);
  assert.deepEqual(ids('private-dns-name', `ip-*-6.${REGION}.compute.internal`), [third]);
  assert.deepEqual(ids('network-interface.network-interface-id', port?.id ?? ''), [third]);
  assert.deepEqual(ids('instance.group-id', n.groupId).length, 3);
  assert.deepEqual(ids('iam-instance-profile.arn', `arn:aws:iam::${ACCOUNT}:instance-profile/app/web`), [third]);
  assert.deepEqual(ids('tag:team', 'a'), [first, second]);
  assert.match(
    n.h.refusal('DescribeInstances', { Filters: [{ Name: 'colour', Values: ['red'] }] }),
    /filter 'colour' is invalid/,
  );
});

test('pages, and ids that cannot stand beside them', () => {
  const n = network();
  run(n, { MinCount: 7, MaxCount: 7 });
  const first = n.h.call('DescribeInstances', { MaxResults: 5 });
  assert.equal(first.Reservations[0].Instances.length, 5);
  const rest = n.h.call('DescribeInstances', { MaxResults: 5, NextToken: first.NextToken });
  assert.equal(rest.Reservations[0].Instances.length, 2);
  assert.equal(rest.NextToken, undefined);
  assert.match(
    n.h.refusal('DescribeInstances', { InstanceIds: [UNKNOWN], MaxResults: 5 }),
    /^InvalidParameterCombination: The parameter instancesSet cannot be used with the parameter maxResults/,
  );
});

test("another account's and another region's instances are not there", () => {
  const n = network();
  running(n);
  assert.deepEqual(n.h.as('444455556666').call('DescribeInstances', {}).Reservations, []);
  assert.deepEqual(n.h.as(ACCOUNT, 'us-east-1').call('DescribeInstances', {}).Reservations, []);
});

test('names in us-east-1 have the old domains', () => {
  const h = harness().as(ACCOUNT, 'us-east-1');
  const { Images } = h.call('DescribeImages', {});
  const [instance] = h.call('RunInstances', { ImageId: Images[0].ImageId, MinCount: 1, MaxCount: 1 }).Instances;
  assert.match(instance.PrivateDnsName, /^ip-172-31-\d+-\d+\.ec2\.internal$/);
  assert.equal(instance.PublicDnsName, 'ec2-198-18-0-16.compute-1.amazonaws.com');
});

test('status: running ones, or all', () => {
  const n = network();
  const up = running(n);
  const down = launch(n);
  const broken = running(n);
  report(n, broken, 'running', { fault: 'its init does not answer' });
  const shown = (input: object) =>
    n.h
      .call('DescribeInstanceStatus', input)
      .InstanceStatuses.map((status) => [status.InstanceId, status.InstanceState.Name, status.InstanceStatus.Status]);
  assert.deepEqual(shown({}), [
    [up, 'running', 'ok'],
    [broken, 'running', 'impaired'],
  ]);
  assert.deepEqual(shown({ IncludeAllInstances: true, InstanceIds: [down] }), [[down, 'pending', 'initializing']]);
  assert.deepEqual(shown({ Filters: [{ Name: 'instance-status.status', Values: ['impaired'] }] }).length, 1);
});

test('console output is base64 of the newest there is', () => {
  const n = network();
  const id = running(n);
  assert.equal(n.h.call('GetConsoleOutput', { InstanceId: id, Latest: true }).Output, undefined);
  const at = '2026-11-01T00:00:00.000Z';
  const context = { ...n.h.context, consoleOutput: () => ({ text: 'läuft\n', at }) };
  const { output } = getConsoleOutput({ InstanceId: id }, context);
  assert.equal(Buffer.from(output.Output ?? '', 'base64').toString('utf8'), 'läuft\n');
  assert.deepEqual(output.Timestamp, new Date(at));
  assert.match(n.h.refusal('GetConsoleOutput', { InstanceId: UNKNOWN }), /^InvalidInstanceID\.NotFound: /);
});

test('attributes: groups, source check, protection and behaviour at any time; user data and type when stopped', () => {
  const n = network();
  const id = running(n);
  const modify = (change: object) => n.h.call('ModifyInstanceAttribute', { InstanceId: id, ...change });
  const refused = (change: object) => n.h.refusal('ModifyInstanceAttribute', { InstanceId: id, ...change });
  const attribute = (Attribute: 'userData' | 'instanceType' | 'groupSet' | 'sourceDestCheck') =>
    n.h.call('DescribeInstanceAttribute', { InstanceId: id, Attribute });
  const { GroupId } = n.h.call('CreateSecurityGroup', { VpcId: n.vpcId, GroupName: 'web', Description: 'web' });
  modify({ Groups: [GroupId] });
  assert.deepEqual(attribute('groupSet').Groups, [{ GroupId, GroupName: 'web' }]);
  modify({ SourceDestCheck: { Value: false } });
  assert.deepEqual(attribute('sourceDestCheck').SourceDestCheck, { Value: false });
  modify({ InstanceInitiatedShutdownBehavior: { Value: 'terminate' } });
  assert.equal(n.h.intent.table('instance').get(id)?.shutdownBehavior, 'terminate');
  assert.match(refused({ InstanceInitiatedShutdownBehavior: { Value: 'sleep' } }), /^InvalidParameterValue: /);
  const UserData = { Value: new TextEncoder().encode('#!/bin/sh\n') };
  assert.match(refused({ UserData }), /^IncorrectInstanceState: /);
  assert.match(refused({ InstanceType: { Value: 't3.large' } }), /^IncorrectInstanceState: /);
  n.h.call('StopInstances', { InstanceIds: [id] });
  report(n, id, 'stopped');
  modify({ UserData });
  assert.deepEqual(attribute('userData').UserData, { Value: 'IyEvYmluL3NoCg==' });
  modify({ InstanceType: { Value: 't3.large' } });
  assert.deepEqual(attribute('instanceType').InstanceType, { Value: 't3.large' });
  assert.match(refused({ InstanceType: { Value: 'x9.huge' } }), /^InvalidInstanceAttributeValue: /);
  assert.match(refused({}), /^InvalidParameterCombination: No attributes specified/);
  assert.match(refused({ DisableApiStop: { Value: true }, Groups: [GroupId] }), /^InvalidParameterCombination: /);
  assert.match(
    n.h.refusal('DescribeInstanceAttribute', { InstanceId: id, Attribute: 'kernel' }),
    /^UnsupportedOperation: The value 'kernel'/,
  );
  n.h.call('TerminateInstances', { InstanceIds: [id] });
  assert.match(refused({ DisableApiStop: { Value: true } }), /^IncorrectInstanceState: /);
});

test('metadata options change in part', () => {
  const n = network();
  const id = running(n, { MetadataOptions: { HttpPutResponseHopLimit: 5 } });
  const answer = n.h.call('ModifyInstanceMetadataOptions', { InstanceId: id, HttpTokens: 'optional' });
  assert.equal(answer.InstanceMetadataOptions.HttpPutResponseHopLimit, 5);
  assert.equal(n.h.intent.table('instance').get(id)?.metadata.httpTokens, 'optional');
  assert.match(
    n.h.refusal('ModifyInstanceMetadataOptions', { InstanceId: id, HttpPutResponseHopLimit: 0 }),
    /^InvalidParameterValue: /,
  );
});

test('profile associations: made, replaced, ended', () => {
  const n = network();
  const [web, db] = [profile(n, 'web'), profile(n, 'db')];
  const id = running(n);
  const made = n.h.call('AssociateIamInstanceProfile', {
    InstanceId: id,
    IamInstanceProfile: { Name: 'web' },
  }).IamInstanceProfileAssociation;
  assert.equal(made.State, 'associating');
  assert.match(made.AssociationId, /^iip-assoc-[0-9a-f]{17}$/);
  assert.equal(made.IamInstanceProfile.Id, web.id);
  assert.equal(
    n.h.refusal('AssociateIamInstanceProfile', { InstanceId: id, IamInstanceProfile: { Name: 'db' } }),
    `IncorrectState: There is an existing association for instance ${id}`,
  );
  const replaced = n.h.call('ReplaceIamInstanceProfileAssociation', {
    AssociationId: made.AssociationId,
    IamInstanceProfile: { Name: 'db' },
  }).IamInstanceProfileAssociation;
  assert.notEqual(replaced.AssociationId, made.AssociationId);
  const listed = n.h.call('DescribeIamInstanceProfileAssociations', {
    Filters: [{ Name: 'instance-id', Values: [id] }],
  });
  assert.deepEqual(
    listed.IamInstanceProfileAssociations.map((each) => [each.IamInstanceProfile.Id, each.State]),
    [[db.id, 'associated']],
  );
  const stale = { AssociationId: made.AssociationId };
  assert.equal(
    n.h.refusal('DisassociateIamInstanceProfile', stale),
    `InvalidAssociationID.NotFound: An invalid association-id of '${made.AssociationId}' was given`,
  );
  const ended = n.h.call('DisassociateIamInstanceProfile', { AssociationId: replaced.AssociationId });
  assert.equal(ended.IamInstanceProfileAssociation.State, 'disassociating');
  assert.deepEqual(n.h.call('DescribeIamInstanceProfileAssociations', {}).IamInstanceProfileAssociations, []);
});

test('the public image is in every region, with an id of its own', () => {
  const h = harness();
  const [image] = h.call('DescribeImages', { Owners: ['amazon'] }).Images;
  assert.equal(image.ImageId, IMAGE);
  assert.match(image.ImageId, /^ami-[0-9a-f]{17}$/);
  assert.match(image.Name, /^culvert-debian-12-/);
  assert.equal(image.State, 'available');
  assert.equal(image.Public, true);
  assert.equal(image.ImdsSupport, 'v2.0');
  const found = (input: object) => h.call('DescribeImages', input).Images.length;
  assert.equal(found({ Filters: [{ Name: 'name', Values: ['culvert-debian-12-*'] }] }), 1);
  assert.equal(found({ Filters: [{ Name: 'architecture', Values: ['arm64'] }] }), 0);
  assert.equal(found({ Owners: ['self'] }), 0);
  assert.equal(found({ Owners: [image.OwnerId, '444455556666'] }), 1);
  assert.equal(found({ ExecutableUsers: ['all'] }), 1);
  assert.notEqual(h.as(ACCOUNT, 'us-east-1').call('DescribeImages', {}).Images[0].ImageId, IMAGE);
  assert.match(h.refusal('DescribeImages', { ImageIds: ['ami-0123456789abcdef0'] }), /^InvalidAMIID\.NotFound: /);
});

test('instance types', () => {
  const h = harness();
  const [type] = h.call('DescribeInstanceTypes', { InstanceTypes: ['t3.micro'] }).InstanceTypes;
  assert.equal(type.VCpuInfo.DefaultVCpus, 2);
  assert.equal(type.MemoryInfo.SizeInMiB, 1024);
  const small = h.call('DescribeInstanceTypes', { Filters: [{ Name: 'memory-info.size-in-mib', Values: ['512'] }] });
  assert.deepEqual(
    small.InstanceTypes.map((each) => each.InstanceType),
    ['t2.nano', 't3.nano', 't3a.nano'],
  );
  assert.equal(
    h.refusal('DescribeInstanceTypes', { InstanceTypes: ['t3.micro', 'x9.huge' as 't3.micro'] }),
    'InvalidInstanceType: The following supplied instance types do not exist: [x9.huge]',
  );
});

test('T instances have unlimited credits, others have none', () => {
  const n = network();
  const t = running(n, { InstanceType: 't3.micro', CreditSpecification: { CpuCredits: 'unlimited' } });
  const m = running(n, { InstanceType: 'm5.large' });
  const { h } = n;
  const credits = [{ InstanceId: t, CpuCredits: 'unlimited' }];
  assert.deepEqual(h.call('DescribeInstanceCreditSpecifications', {}).InstanceCreditSpecifications, credits);
  const named = h.call('DescribeInstanceCreditSpecifications', { InstanceIds: [t] });
  assert.deepEqual(named.InstanceCreditSpecifications, credits);
  assert.match(
    h.refusal('DescribeInstanceCreditSpecifications', { InstanceIds: [t, m] }),
    /^InstanceCreditSpecification\.NotSupported: .*'i-/,
  );
  assert.match(h.refusal('DescribeInstanceCreditSpecifications', { InstanceIds: [UNKNOWN] }), /^InvalidInstanceID/);
});

test('types by what they have', () => {
  const { h } = network();
  const count = (Name: string, value: string) =>
    h.call('DescribeInstanceTypes', { Filters: [{ Name, Values: [value] }] }).InstanceTypes.length;
  const all = h.call('DescribeInstanceTypes', {}).InstanceTypes.length;
  assert.equal(count('supported-usage-class', 'on-demand'), all);
  assert.equal(count('supported-usage-class', 'spot'), 0);
  assert.equal(count('free-tier-eligible', 'false'), all);
  assert.ok(count('network-info.ena-support', 'required') < all);
  assert.ok(count('vcpu-info.default-cores', '1') > 0);
});

test('types are offered in the region and in each of its zones', () => {
  const { h } = network();
  const offered = (LocationType: 'region' | 'availability-zone' | 'availability-zone-id', ...Values: string[]) =>
    h
      .call('DescribeInstanceTypeOfferings', {
        LocationType,
        Filters: [
          { Name: 'instance-type', Values: ['t3.micro'] },
          { Name: 'location', Values },
        ],
      })
      .InstanceTypeOfferings.map((each) => each.Location);
  assert.deepEqual(offered('region', '*'), [REGION]);
  assert.deepEqual(offered('availability-zone', `${REGION}b`), [`${REGION}b`]);
  assert.equal(offered('availability-zone-id', 'aps1-az*').length, 3);
  assert.deepEqual(offered('region', 'us-east-1'), []);
  assert.match(h.refusal('DescribeInstanceTypeOfferings', { LocationType: 'outpost' }), /^UnsupportedOperation/);
});

test('filters by what an interface has, and by what no instance here has', () => {
  const n = network();
  const id = running(n);
  const port = n.h.intent.table('networkInterface').by('attachment.instanceId', id)[0];
  const found = (Name: string, value: string) =>
    n.h.call('DescribeInstances', { Filters: [{ Name, Values: [value] }] }).Reservations.length;
  assert.equal(found('network-interface.private-ip-address', port?.addresses[0] ?? ''), 1);
  assert.equal(found('network-interface.attachment.instance-id', id), 1);
  assert.equal(found('platform-details', 'Linux/UNIX'), 1);
  assert.equal(found('platform', '*'), 0);
  assert.equal(found('instance-lifecycle', 'spot'), 0);
});
