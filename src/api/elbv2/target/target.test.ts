import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasExpiredBetween } from '../../../model/expiry.ts';
import { sweep } from '../../ec2/sweep.ts';
import { balancer, callsOf, group, instance, listener, settle, type World, world } from '../fixture.ts';

type Target = { Id: string; Port?: number; AvailabilityZone?: string };

function register(w: World, TargetGroupArn: string, ...Targets: Target[]): void {
  w.elb('RegisterTargets', { TargetGroupArn, Targets });
}

function refused(w: World, TargetGroupArn: string, ...Targets: Target[]): string {
  return w.refused('RegisterTargets', { TargetGroupArn, Targets });
}

/** "state reason" of each target. */
function states(w: World, TargetGroupArn: string, Targets?: Target[]): string[] {
  const { TargetHealthDescriptions } = w.elb('DescribeTargetHealth', {
    TargetGroupArn,
    ...(Targets !== undefined && { Targets }),
  });
  return TargetHealthDescriptions.map(({ Target: target, TargetHealth: { State, Reason } }) =>
    [`${target.Id}:${target.Port}`, State, Reason].filter((part) => part !== undefined).join(' '),
  );
}

function set(w: World, TargetGroupArn: string, attributes: Record<string, string>): void {
  const Attributes = Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
  w.elb('ModifyTargetGroupAttributes', { TargetGroupArn, Attributes });
}

test('instances: running, and of the group’s VPC', () => {
  const w = world();
  const other = world(w.h, '10.1');
  const { TargetGroupArn: arn } = group(w);
  const id = instance(w, w.subnetA);
  register(w, arn, { Id: id }, { Id: id, Port: 8080 }, { Id: id });
  assert.deepEqual(states(w, arn), [`${id}:80 unused Target.NotInUse`, `${id}:8080 unused Target.NotInUse`]);
  const far = instance(other, other.subnetA);
  assert.equal(
    refused(w, arn, { Id: id }, { Id: far }),
    `InvalidTarget: The following targets are not in the target group VPC '${w.vpcId}': '${far}'`,
  );
  assert.equal(
    refused(w, arn, { Id: 'i-0123456789abcdef0' }),
    "InvalidTarget: The following targets do not exist: 'i-0123456789abcdef0'",
  );
  assert.equal(refused(w, arn, { Id: '10.0.1.5' }), "ValidationError: Instance ID '10.0.1.5' is not valid");
  w.h.facts.machines.set(id, { state: 'pending', boots: 1, fault: null });
  assert.equal(
    refused(w, arn, { Id: id }),
    `InvalidTarget: The following targets are not in a running state and cannot be registered: '${id}'`,
  );
  assert.match(refused(w, arn), /^ValidationError: At least one target/);
  assert.match(refused(w, arn, { Id: id, Port: 0 }), /^ValidationError: .*targets\.member\.port/);
  assert.match(refused(w, arn, { Id: id, AvailabilityZone: 'all' }), /^InvalidConfigurationRequest/);
  assert.match(
    callsOf(w.h.as('444455556666')).refused('RegisterTargets', { TargetGroupArn: arn, Targets: [{ Id: id }] }),
    /^TargetGroupNotFound/,
  );
});

test('addresses: in a subnet of the VPC, or private and with a zone', () => {
  const w = world();
  const { TargetGroupArn: arn } = group(w, { TargetType: 'ip' });
  register(w, arn, { Id: '10.0.1.9' }, { Id: '10.0.3.9', AvailabilityZone: 'ap-south-1b' });
  register(
    w,
    arn,
    { Id: '192.168.7.7', AvailabilityZone: 'all' },
    { Id: '100.64.0.9', AvailabilityZone: 'ap-south-1c' },
  );
  const { TargetHealthDescriptions } = w.elb('DescribeTargetHealth', { TargetGroupArn: arn });
  assert.deepEqual(
    TargetHealthDescriptions.map(({ Target: target }) => [target.Id, target.AvailabilityZone]),
    [
      ['10.0.1.9', 'ap-south-1a'],
      ['10.0.3.9', 'ap-south-1b'],
      ['192.168.7.7', 'all'],
      ['100.64.0.9', 'ap-south-1c'],
    ],
  );
  assert.match(
    refused(w, arn, { Id: '8.8.8.8', AvailabilityZone: 'all' }),
    /^InvalidTarget: The IP address '8\.8\.8\.8'/,
  );
  assert.match(refused(w, arn, { Id: '169.254.169.254', AvailabilityZone: 'all' }), /^InvalidTarget/);
  assert.match(refused(w, arn, { Id: '10.0.200.1' }), /^InvalidTarget: .*not in any subnet/);
  assert.match(refused(w, arn, { Id: '192.168.7.7' }), /^ValidationError: An Availability Zone must be specified/);
  assert.match(
    refused(w, arn, { Id: '10.0.1.9', AvailabilityZone: 'ap-south-1b' }),
    /^ValidationError: .*'ap-south-1a', not in 'ap-south-1b'$/,
  );
  assert.match(refused(w, arn, { Id: '10.0.1.9', AvailabilityZone: 'all' }), /^ValidationError/);
  for (const zone of ['us-east-1a', 'nowhere', 'ap-south-1z']) {
    assert.match(refused(w, arn, { Id: '192.168.7.8', AvailabilityZone: zone }), /^ValidationError: Availability Zone/);
  }
  for (const Id of ['fd00::1', 'i-0123456789abcdef0', '10.0.1', '10.0.1.256']) {
    assert.match(refused(w, arn, { Id }), /^ValidationError: The IP address '.*' is not a valid IPv4 address$/);
  }
});

test('health: from registration to healthy, unhealthy and gone', () => {
  const w = world();
  const { TargetGroupArn: arn } = group(w);
  const id = instance(w, w.subnetA);
  register(w, arn, { Id: id });
  const { LoadBalancerArn } = balancer(w, { Subnets: [w.subnetA] });
  listener(w, LoadBalancerArn, arn);
  assert.deepEqual(states(w, arn), [`${id}:80 initial Elb.RegistrationInProgress`]);
  settle(w);
  assert.deepEqual(states(w, arn), [`${id}:80 initial Elb.InitialHealthChecking`]);
  const key = `${arn}#${id}:80`;
  w.h.facts.targets.set(key, { state: 'healthy', reason: null });
  assert.deepEqual(states(w, arn), [`${id}:80 healthy`]);
  w.h.facts.targets.set(key, { state: 'unhealthy', reason: 'Target.Timeout' });
  const told = w.elb('DescribeTargetHealth', { TargetGroupArn: arn }).TargetHealthDescriptions[0];
  assert.deepEqual(told, {
    Target: { Id: id, Port: 80 },
    HealthCheckPort: '80',
    TargetHealth: { State: 'unhealthy', Reason: 'Target.Timeout', Description: 'Connection to target timed out' },
  });
  w.h.facts.targets.set(key, { state: 'unhealthy', reason: 'Target.ResponseCodeMismatch', status: 502 });
  assert.equal(
    w.elb('DescribeTargetHealth', { TargetGroupArn: arn }).TargetHealthDescriptions[0]?.TargetHealth?.Description,
    'Health checks failed with these codes: [502]',
  );
  const since = w.h.facts.now;
  w.h.facts.targets.set(key, { state: 'unhealthy', reason: 'Target.Timeout', since });
  const Attributes = [
    { Key: 'target_health_state.unhealthy.connection_termination.enabled', Value: 'false' },
    { Key: 'target_health_state.unhealthy.draining_interval_seconds', Value: '60' },
  ];
  w.elb('ModifyTargetGroupAttributes', { TargetGroupArn: arn, Attributes });
  assert.deepEqual(states(w, arn), [`${id}:80 unhealthy.draining Target.Timeout`]);
  const after = (seconds: number) => new Date(Date.parse(since) + seconds * 1000).toISOString();
  w.h.forward(60);
  assert.deepEqual(states(w, arn), [`${id}:80 unhealthy Target.Timeout`]);
  assert.equal(hasExpiredBetween(w.h.intent, w.h.facts, after(1), after(59)), false);
  assert.equal(hasExpiredBetween(w.h.intent, w.h.facts, after(59), after(60)), true);
  assert.deepEqual(states(w, arn, [{ Id: id }, { Id: id, Port: 81 }]), [
    `${id}:80 unhealthy Target.Timeout`,
    `${id}:81 unused Target.NotRegistered`,
  ]);
  w.h.call('StopInstances', { InstanceIds: [id] });
  assert.deepEqual(states(w, arn), [`${id}:80 unused Target.InvalidState`]);
  w.h.call('TerminateInstances', { InstanceIds: [id] });
  assert.deepEqual(states(w, arn), [`${id}:80 unused Target.InvalidState`]);
});

test('a zone that is not enabled, an address that is a load balancer’s own', () => {
  const w = world();
  const { TargetGroupArn: arn } = group(w, { TargetType: 'ip', HealthCheckPort: '9000' });
  const { LoadBalancerArn } = balancer(w, {
    SubnetMappings: [{ SubnetId: w.subnetA, PrivateIPv4Address: '10.0.1.50' }],
  });
  listener(w, LoadBalancerArn, arn);
  settle(w);
  register(
    w,
    arn,
    { Id: '10.0.1.9' },
    { Id: '10.0.3.9' },
    { Id: '10.0.1.50' },
    { Id: '172.16.0.1', AvailabilityZone: 'all' },
  );
  assert.deepEqual(states(w, arn), [
    '10.0.1.9:80 initial Elb.InitialHealthChecking',
    '10.0.3.9:80 unused Target.NotInUse',
    '10.0.1.50:80 unused Target.IpUnusable',
    '172.16.0.1:80 initial Elb.InitialHealthChecking',
  ]);
  const { TargetHealthDescriptions } = w.elb('DescribeTargetHealth', { TargetGroupArn: arn });
  assert.equal(TargetHealthDescriptions[0].HealthCheckPort, '9000');
  assert.match(TargetHealthDescriptions[1]?.TargetHealth.Description ?? '', /Availability Zone that is not enabled/);
});

/** What the daemon does from time to time. */
function swept(w: World, now: string): void {
  const edits = sweep(w.h.intent, w.h.facts, now);
  w.h.intent.apply(edits);
  if (edits.length > 0) w.h.intent.revision++;
}

test('draining, then gone; registered again it is back', () => {
  const w = world();
  const { TargetGroupArn: arn } = group(w, { TargetType: 'ip' });
  listener(w, balancer(w).LoadBalancerArn, arn);
  settle(w);
  register(w, arn, { Id: '10.0.1.9' }, { Id: '10.0.1.10' });
  w.elb('DeregisterTargets', { TargetGroupArn: arn, Targets: [{ Id: '10.0.1.9' }, { Id: '10.0.1.200' }] });
  assert.equal(states(w, arn)[0], '10.0.1.9:80 draining Target.DeregistrationInProgress');
  register(w, arn, { Id: '10.0.1.9' });
  assert.equal(states(w, arn)[0], '10.0.1.9:80 initial Elb.InitialHealthChecking');
  w.elb('DeregisterTargets', { TargetGroupArn: arn, Targets: [{ Id: '10.0.1.9' }] });
  const since = Date.parse(w.h.intent.table('target').get(`${arn}#10.0.1.9:80`)?.deregisteredAt ?? '');
  const later = (seconds: number) => new Date(since + seconds * 1000).toISOString();
  swept(w, later(299));
  assert.equal(states(w, arn).length, 2);
  // Asked again, it does not begin anew.
  w.elb('DeregisterTargets', { TargetGroupArn: arn, Targets: [{ Id: '10.0.1.9' }] });
  swept(w, later(300));
  assert.deepEqual(states(w, arn), ['10.0.1.10:80 initial Elb.InitialHealthChecking']);
});

test('with connection termination, flows are cut before a drained target goes', () => {
  const w = world();
  const { TargetGroupArn: arn } = group(w, { TargetType: 'ip' });
  set(w, arn, {
    'deregistration_delay.timeout_seconds': '0',
    'deregistration_delay.connection_termination.enabled': 'true',
  });
  listener(w, balancer(w).LoadBalancerArn, arn);
  register(w, arn, { Id: '10.0.1.9' });
  settle(w);
  w.elb('DeregisterTargets', { TargetGroupArn: arn, Targets: [{ Id: '10.0.1.9' }] });
  const target = () => w.h.intent.table('target').get(`${arn}#10.0.1.9:80`);
  swept(w, '2027-01-01T00:00:00Z');
  assert.equal(target()?.cutRevision, w.h.intent.revision);
  swept(w, '2027-01-01T00:00:01Z');
  assert.ok(target() !== undefined);
  settle(w);
  swept(w, '2027-01-01T00:00:02Z');
  assert.equal(target(), undefined);
});

test('what nothing sends to goes at once', () => {
  const w = world();
  const { TargetGroupArn: arn } = group(w, { TargetType: 'ip' });
  register(w, arn, { Id: '10.0.1.9' });
  w.elb('DeregisterTargets', { TargetGroupArn: arn, Targets: [{ Id: '10.0.1.9' }] });
  assert.deepEqual(states(w, arn), []);
});

test('an instance that is forgotten is no target any more', () => {
  const w = world();
  const { TargetGroupArn: arn } = group(w);
  const id = instance(w, w.subnetA);
  register(w, arn, { Id: id });
  w.h.call('TerminateInstances', { InstanceIds: [id] });
  w.h.facts.machines.set(id, { state: 'terminated', boots: 1, fault: null });
  swept(w, '2027-01-01T00:00:00Z');
  swept(w, '2027-01-01T00:00:05Z');
  assert.deepEqual(states(w, arn), []);
});

test('quotas: of a group, of a zone', () => {
  const w = world();
  const { TargetGroupArn: arn } = group(w, { TargetType: 'ip' });
  const targets = (third: number, count: number, first = 0): Target[] =>
    Array.from({ length: count }, (_, at) => ({ Id: `10.0.${third}.9`, Port: 1000 + first + at }));
  register(w, arn, ...targets(1, 500), ...targets(3, 500));
  assert.match(refused(w, arn, { Id: '10.0.1.10' }), /^TooManyTargets: .*'1000'.*target group/);
  register(w, arn, { Id: '10.0.1.9', Port: 1000 });
  const { LoadBalancerArn } = balancer(w);
  listener(w, LoadBalancerArn, arn);
  const second = group(w, { Name: 'second', TargetType: 'ip' }).TargetGroupArn;
  listener(w, LoadBalancerArn, second, { Port: 81 });
  assert.match(refused(w, second, { Id: '10.0.1.9' }), /^TooManyTargets: .*Availability Zone, '500'/);
});
