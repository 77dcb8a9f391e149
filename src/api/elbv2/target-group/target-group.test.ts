import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, balancer, callsOf, group, groupRefused, listener, world } from '../fixture.ts';

const ARN = 'arn:aws:elasticloadbalancing:ap-south-1:111122223333:targetgroup/nothing/0123456789abcdef';

test('AWS’s defaults', () => {
  const w = world();
  const { TargetGroupArn, ...made } = group(w);
  assert.match(TargetGroupArn, /^arn:aws:elasticloadbalancing:ap-south-1:111122223333:targetgroup\/web\/[0-9a-f]{16}$/);
  assert.deepEqual(made, {
    TargetGroupName: 'web',
    Protocol: 'TCP',
    Port: 80,
    VpcId: w.vpcId,
    HealthCheckProtocol: 'TCP',
    HealthCheckPort: 'traffic-port',
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: 30,
    HealthCheckTimeoutSeconds: 10,
    HealthyThresholdCount: 5,
    UnhealthyThresholdCount: 2,
    LoadBalancerArns: [],
    TargetType: 'instance',
    IpAddressType: 'ipv4',
  });
  const http = group(w, { Name: 'http', HealthCheckProtocol: 'HTTP' });
  assert.deepEqual([http.HealthCheckPath, http.HealthCheckTimeoutSeconds], ['/', 6]);
  assert.deepEqual(http.Matcher, { HttpCode: '200-399' });
  assert.equal(group(w, { Name: 'https', HealthCheckProtocol: 'HTTPS' }).HealthCheckTimeoutSeconds, 10);
});

test('what a new group must say, and may', () => {
  const w = world();
  const cases: readonly [Parameters<typeof groupRefused>[1], RegExp][] = [
    [{ Name: 'a'.repeat(33) }, /^ValidationError: Target group name '.*' cannot be longer than '32' characters$/],
    [{ Name: 'a.b' }, /^ValidationError: .*alphanumeric characters or hyphens/],
    [{ Name: '-a' }, /^ValidationError: .* cannot begin or end with '-'$/],
    [{ VpcId: 'vpc-0123456789abcdef0' }, /^ValidationError: The VPC ID 'vpc-0123456789abcdef0' is not found$/],
    [{ Port: 0 }, /^ValidationError: .*'port'.*greater than or equal to 1$/],
    [{ Port: 65_536 }, /^ValidationError: .*'port'.*less than or equal to 65535$/],
    [{ Port: 80.5 }, /^ValidationError: .*'port'.*whole number$/],
    [{ Protocol: 'HTTP' }, /^UnsupportedOperation: The value 'HTTP' for parameter Protocol/],
    [{ Protocol: 'GENEVE' }, /^UnsupportedOperation/],
    [{ Protocol: 'QUIC' }, /^UnsupportedOperation/],
    [{ TargetType: 'alb' }, /^UnsupportedOperation: The value 'alb' for parameter TargetType/],
    [{ TargetType: 'lambda' }, /^UnsupportedOperation: The value 'lambda'/],
    [{ ProtocolVersion: 'HTTP2' }, /^UnsupportedOperation: The parameter ProtocolVersion/],
    [{ HealthCheckEnabled: false }, /^InvalidConfigurationRequest: Health check enabled must be true/],
    [
      { HealthCheckProtocol: 'UDP' },
      /^ValidationError: Health check protocol 'UDP' must be one of 'TCP, HTTP, HTTPS'$/,
    ],
    [{ HealthCheckPort: '0' }, /^ValidationError: Health check port '0'/],
    [{ HealthCheckPort: 'any' }, /^ValidationError: Health check port 'any'/],
    [{ HealthCheckIntervalSeconds: 4 }, /^ValidationError: .*greater than or equal to 5$/],
    [{ HealthCheckIntervalSeconds: 301 }, /^ValidationError: .*less than or equal to 300$/],
    [{ HealthCheckTimeoutSeconds: 1 }, /^ValidationError: .*greater than or equal to 2$/],
    [{ HealthCheckTimeoutSeconds: 121, HealthCheckIntervalSeconds: 300 }, /less than or equal to 120$/],
    [
      { HealthCheckTimeoutSeconds: 11, HealthCheckIntervalSeconds: 10 },
      /^ValidationError: Health check timeout '11' must be smaller than or equal to the interval '10'$/,
    ],
    [{ HealthyThresholdCount: 1 }, /^ValidationError: .*'healthyThresholdCount'.*greater than or equal to 2$/],
    [{ UnhealthyThresholdCount: 11 }, /^ValidationError: .*'unhealthyThresholdCount'.*less than or equal to 10$/],
    [{ HealthCheckPath: '/' }, /^InvalidConfigurationRequest: Health check path cannot be specified for TCP/],
    [{ Matcher: { HttpCode: '200' } }, /^InvalidConfigurationRequest: Health check matcher cannot be specified/],
    [{ HealthCheckProtocol: 'HTTP', HealthCheckPath: 'x' }, /^ValidationError: Health check path 'x'/],
    [{ HealthCheckProtocol: 'HTTP', HealthCheckPath: '/a b\r\nX: y' }, /^ValidationError: Health check path/],
    [{ HealthCheckProtocol: 'HTTP', Matcher: { GrpcCode: '0' } }, /^UnsupportedOperation: .*Matcher\.GrpcCode/],
  ];
  for (const code of ['199', '600', '300-200', '200,', '2xx', '']) {
    assert.match(
      groupRefused(w, { HealthCheckProtocol: 'HTTP', Matcher: { HttpCode: code } }),
      /^ValidationError: Health check matcher HTTP code '.*' must be within '200-599' inclusive$/,
    );
  }
  for (const [input, expected] of cases) assert.match(groupRefused(w, input), expected, JSON.stringify(input));
  const bare = (input: object) => w.refused('CreateTargetGroup', { Name: 'x', ...input });
  assert.equal(bare({ Port: 80, VpcId: w.vpcId }), 'ValidationError: A protocol must be specified');
  assert.equal(bare({ Protocol: 'TCP', VpcId: w.vpcId }), 'ValidationError: A port must be specified');
  assert.equal(bare({ Protocol: 'TCP', Port: 80 }), 'ValidationError: A VPC ID must be specified');
  const other = callsOf(w.h.as('444455556666'));
  const wish = { Name: 'x', Protocol: 'TCP', Port: 80, VpcId: w.vpcId } as const;
  assert.match(other.refused('CreateTargetGroup', wish), /^ValidationError: The VPC ID/);
  assert.deepEqual(group(w, { HealthCheckProtocol: 'HTTP', Matcher: { HttpCode: '200,202-204,301' } }).Matcher, {
    HttpCode: '200,202-204,301',
  });
});

test('the same again is the same; with other settings it is refused', () => {
  const w = world();
  const { TargetGroupArn } = group(w);
  assert.equal(group(w).TargetGroupArn, TargetGroupArn);
  assert.equal(group(w, { HealthCheckIntervalSeconds: 30 }).TargetGroupArn, TargetGroupArn);
  const duplicate =
    "DuplicateTargetGroupName: A target group with the same name 'web' exists, but with different settings";
  for (const input of [
    { Port: 81 },
    { Protocol: 'UDP' },
    { TargetType: 'ip' },
    { UnhealthyThresholdCount: 3 },
  ] as const) {
    assert.equal(groupRefused(w, input), duplicate);
  }
});

test('described by name, ARN and load balancer', () => {
  const w = world();
  const one = group(w, { Name: 'one' }).TargetGroupArn;
  const two = group(w, { Name: 'two' }).TargetGroupArn;
  const { LoadBalancerArn } = balancer(w);
  listener(w, LoadBalancerArn, two);
  const names = (input: object) =>
    w.elb('DescribeTargetGroups', input).TargetGroups.map((each) => each.TargetGroupName);
  assert.deepEqual(names({}), ['one', 'two']);
  assert.deepEqual(names({ Names: ['two'] }), ['two']);
  assert.deepEqual(names({ TargetGroupArns: [one] }), ['one']);
  assert.deepEqual(names({ LoadBalancerArn }), ['two']);
  assert.deepEqual(names({ PageSize: 1 }), ['one']);
  assert.deepEqual(w.elb('DescribeTargetGroups', { Names: ['two'] }).TargetGroups[0].LoadBalancerArns, [
    LoadBalancerArn,
  ]);
  const refused = (input: object) => w.refused('DescribeTargetGroups', input);
  assert.equal(refused({ Names: ['three'] }), 'TargetGroupNotFound: One or more target groups not found');
  assert.equal(refused({ TargetGroupArns: [ARN] }), 'TargetGroupNotFound: One or more target groups not found');
  assert.equal(refused({ TargetGroupArns: ['x'] }), "ValidationError: 'x' is not a valid target group ARN");
  assert.match(refused({ Names: ['one'], LoadBalancerArn }), /^ValidationError: Only one of/);
});

test('health checks can be changed; what belongs to another protocol does not carry over', () => {
  const w = world();
  const { TargetGroupArn } = group(w, { HealthCheckPort: '8080', HealthyThresholdCount: 3 });
  const modify = (input: object) => w.elb('ModifyTargetGroup', { TargetGroupArn, ...input }).TargetGroups[0];
  const http = modify({ HealthCheckProtocol: 'HTTP', HealthCheckPath: '/up', Matcher: { HttpCode: '204' } });
  assert.deepEqual(
    [http.HealthCheckPath, http.Matcher.HttpCode, http.HealthCheckTimeoutSeconds, http.HealthCheckPort],
    ['/up', '204', 6, '8080'],
  );
  assert.equal(http.HealthyThresholdCount, 3);
  assert.equal(modify({ HealthCheckIntervalSeconds: 10 }).HealthCheckPath, '/up');
  const tcp = modify({ HealthCheckProtocol: 'TCP' });
  assert.deepEqual([tcp.HealthCheckPath, tcp.Matcher, tcp.HealthCheckTimeoutSeconds], [undefined, undefined, 10]);
  assert.match(
    w.refused('ModifyTargetGroup', { TargetGroupArn, HealthCheckIntervalSeconds: 5 }),
    /^ValidationError: Health check timeout '10'/,
  );
  assert.equal(
    w.refused('ModifyTargetGroup', { TargetGroupArn: ARN }),
    `TargetGroupNotFound: Target group '${ARN}' not found`,
  );
});

test('attributes: defaults by protocol and type', () => {
  const w = world();
  const told = (input: Parameters<typeof group>[1]) => {
    const { TargetGroupArn } = group(w, input);
    return attributesOf(w.elb('DescribeTargetGroupAttributes', { TargetGroupArn }).Attributes);
  };
  assert.deepEqual(told({}), {
    'deregistration_delay.connection_termination.enabled': 'false',
    'deregistration_delay.timeout_seconds': '300',
    'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
    'preserve_client_ip.enabled': 'true',
    'proxy_protocol_v2.enabled': 'false',
    'stickiness.enabled': 'false',
    'stickiness.type': 'source_ip',
    'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
    'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
    'target_health_state.unhealthy.connection_termination.enabled': 'true',
    'target_health_state.unhealthy.draining_interval_seconds': '0',
  });
  const preserve = (name: string, input: Parameters<typeof group>[1]) =>
    told({ Name: name, ...input })['preserve_client_ip.enabled'];
  assert.equal(preserve('ip-tcp', { TargetType: 'ip' }), 'false');
  assert.equal(preserve('ip-tls', { TargetType: 'ip', Protocol: 'TLS' }), 'false');
  assert.equal(preserve('ip-udp', { TargetType: 'ip', Protocol: 'UDP' }), 'true');
  const udp = told({ Name: 'udp', Protocol: 'TCP_UDP' });
  assert.equal(udp['deregistration_delay.connection_termination.enabled'], 'true');
  assert.equal(udp['target_health_state.unhealthy.connection_termination.enabled'], 'false');
});

test('attributes: what they can be set to', () => {
  const w = world();
  const { TargetGroupArn } = group(w);
  const udp = group(w, { Name: 'udp', Protocol: 'UDP' }).TargetGroupArn;
  const tls = group(w, { Name: 'tls', Protocol: 'TLS' }).TargetGroupArn;
  const pair = (Key: string, Value: string, arn = TargetGroupArn) => ({
    TargetGroupArn: arn,
    Attributes: [{ Key, Value }],
  });
  const set = (key: string, value: string) =>
    attributesOf(w.elb('ModifyTargetGroupAttributes', pair(key, value)).Attributes)[key];
  const health = 'target_group_health';
  for (const [key, value] of [
    ['deregistration_delay.timeout_seconds', '0'],
    ['deregistration_delay.timeout_seconds', '3600'],
    ['deregistration_delay.connection_termination.enabled', 'true'],
    ['load_balancing.cross_zone.enabled', 'true'],
    ['preserve_client_ip.enabled', 'false'],
    ['proxy_protocol_v2.enabled', 'true'],
    ['stickiness.enabled', 'true'],
    ['stickiness.type', 'source_ip'],
    ['target_health_state.unhealthy.connection_termination.enabled', 'false'],
    ['target_health_state.unhealthy.draining_interval_seconds', '0'],
    [`${health}.dns_failover.minimum_healthy_targets.count`, 'off'],
    [`${health}.unhealthy_state_routing.minimum_healthy_targets.count`, '3'],
    [`${health}.unhealthy_state_routing.minimum_healthy_targets.percentage`, '50'],
  ] as const) {
    assert.equal(set(key, value), value);
  }
  const refused = (key: string, value: string, arn?: string) =>
    w.refused('ModifyTargetGroupAttributes', pair(key, value, arn));
  for (const [key, value] of [
    ['deregistration_delay.timeout_seconds', '3601'],
    ['deregistration_delay.timeout_seconds', '-1'],
    ['deregistration_delay.timeout_seconds', '1e3'],
    ['deregistration_delay.timeout_seconds', ''],
    ['stickiness.type', 'lb_cookie'],
    ['proxy_protocol_v2.enabled', 'on'],
    ['load_balancing.cross_zone.enabled', 'maybe'],
    [`${health}.unhealthy_state_routing.minimum_healthy_targets.count`, 'off'],
    [`${health}.dns_failover.minimum_healthy_targets.percentage`, '101'],
  ] as const) {
    assert.match(refused(key, value), /^ValidationError: Target group attribute value/, `${key} ${value}`);
  }
  assert.equal(
    attributesOf(w.elb('ModifyTargetGroupAttributes', pair('proxy_protocol_v2.enabled', 'true', udp)).Attributes)[
      'proxy_protocol_v2.enabled'
    ],
    'true',
  );
  assert.match(refused('slow_start.duration_seconds', '30'), /^ValidationError: .*is not recognized$/);
  assert.match(
    refused('target_health_state.unhealthy.draining_interval_seconds', '5', tls),
    /^InvalidConfigurationRequest: The unhealthy draining interval can only be configured when/,
  );
  assert.match(
    refused('target_health_state.unhealthy.draining_interval_seconds', '360001', udp),
    /^ValidationError: Target group attribute value/,
  );
  assert.match(
    refused(`${health}.dns_failover.minimum_healthy_targets.count`, '2'),
    /^InvalidConfigurationRequest: The minimum healthy targets count for DNS failover/,
  );
  assert.match(
    refused('preserve_client_ip.enabled', 'false', udp),
    /^InvalidConfigurationRequest: Client IP preservation cannot be disabled for target groups with the UDP protocol$/,
  );
  assert.match(
    refused('target_health_state.unhealthy.connection_termination.enabled', 'true', udp),
    /^InvalidConfigurationRequest/,
  );
  assert.match(refused('stickiness.enabled', 'true', tls), /^InvalidConfigurationRequest: Stickiness is not supported/);
});

test('deleting: in use by a listener, with its targets, twice', () => {
  const w = world();
  const { TargetGroupArn } = group(w, { TargetType: 'ip' });
  w.elb('RegisterTargets', { TargetGroupArn, Targets: [{ Id: '10.0.1.9' }] });
  const { ListenerArn } = listener(w, balancer(w).LoadBalancerArn, TargetGroupArn);
  assert.equal(
    w.refused('DeleteTargetGroup', { TargetGroupArn }),
    `ResourceInUse: Target group '${TargetGroupArn}' is currently in use by a listener or a rule`,
  );
  w.elb('DeleteListener', { ListenerArn });
  w.elb('DeleteTargetGroup', { TargetGroupArn });
  assert.equal(w.h.intent.table('target').size, 0);
  w.elb('DeleteTargetGroup', { TargetGroupArn });
});
