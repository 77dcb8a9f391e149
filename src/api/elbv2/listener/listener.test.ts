import assert from 'node:assert/strict';
import { test } from 'node:test';
import { put } from '../../../model/edit.ts';
import { harness } from '../../testing.ts';
import {
  attributesOf,
  balancer,
  callsOf,
  forward,
  group,
  listener,
  listenerRefused,
  type World,
  world,
} from '../fixture.ts';

const ARN = 'arn:aws:elasticloadbalancing:ap-south-1:111122223333:listener/net/n/0123456789abcdef/0123456789abcdef';

/** A certificate that is there; what it says is ACM's affair. */
function certificate({ h }: World, name: string): string {
  const { account, region, now } = h.context;
  const id = `arn:aws:acm:${region}:${account}:certificate/${name}`;
  const content = { certificate: '', privateKey: '', chain: null, importedAt: now };
  h.intent.apply([put({ kind: 'certificate', id, account, region, tags: {}, createdAt: now, ...content })]);
  return id;
}

function tls(CertificateArn: string) {
  return { Protocol: 'TLS' as const, Port: 443, Certificates: [{ CertificateArn }] };
}

test('created, described, deleted', () => {
  const w = world();
  const { LoadBalancerArn } = balancer(w);
  const { TargetGroupArn } = group(w);
  const made = listener(w, LoadBalancerArn, TargetGroupArn);
  assert.match(made.ListenerArn, /:listener\/net\/front\/[0-9a-f]{16}\/[0-9a-f]{16}$/);
  assert.deepEqual(made, {
    ListenerArn: made.ListenerArn,
    LoadBalancerArn,
    Port: 80,
    Protocol: 'TCP',
    DefaultActions: [
      {
        Type: 'forward',
        TargetGroupArn,
        ForwardConfig: {
          TargetGroups: [{ Weight: 1, TargetGroupArn }],
          TargetGroupStickinessConfig: { Enabled: false },
        },
      },
    ],
  });
  const { ListenerArn } = made;
  assert.deepEqual(w.elb('DescribeListeners', { LoadBalancerArn }).Listeners, [made]);
  assert.deepEqual(w.elb('DescribeListeners', { ListenerArns: [ListenerArn] }).Listeners, [made]);
  const refused = (input: object) => w.refused('DescribeListeners', input);
  assert.equal(refused({}), 'ValidationError: You must specify either listener ARNs or a load balancer ARN');
  assert.match(refused({ LoadBalancerArn, ListenerArns: [ListenerArn] }), /^ValidationError/);
  assert.equal(refused({ ListenerArns: [ARN] }), 'ListenerNotFound: One or more listeners not found');
  assert.equal(refused({ ListenerArns: ['x'] }), "ValidationError: 'x' is not a valid listener ARN");
  w.elb('DeleteListener', { ListenerArn });
  assert.equal(w.refused('DeleteListener', { ListenerArn }), `ListenerNotFound: Listener '${ListenerArn}' not found`);
});

test('a forward action names its group in either way, or in both', () => {
  const w = world();
  const { LoadBalancerArn } = balancer(w);
  const { TargetGroupArn } = group(w);
  const other = group(w, { Name: 'other' }).TargetGroupArn;
  const config = (...arns: string[]) => ({ TargetGroups: arns.map((arn) => ({ TargetGroupArn: arn })) });
  const refused = (DefaultActions: ReturnType<typeof forward>) =>
    listenerRefused(w, LoadBalancerArn, TargetGroupArn, { DefaultActions });
  assert.match(refused([]), /^ValidationError: A default action must be specified$/);
  assert.match(refused([...forward(TargetGroupArn), ...forward(other)]), /^TooManyActions/);
  assert.equal(
    refused([{ Type: 'redirect' }]),
    "InvalidLoadBalancerAction: Action type 'redirect' must be one of 'forward'",
  );
  assert.match(refused([{ Type: 'forward' }]), /^ValidationError: A target group ARN must be specified$/);
  assert.match(
    refused([{ Type: 'forward', TargetGroupArn, ForwardConfig: config(other) }]),
    /^ValidationError: .*different/,
  );
  assert.match(refused([{ Type: 'forward', ForwardConfig: config(TargetGroupArn, other) }]), /^UnsupportedOperation/);
  assert.match(
    refused([{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn, Weight: 0 }] } }]),
    /^UnsupportedOperation: The value '0'/,
  );
  assert.match(
    refused([{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn, Weight: 5 }] } }]),
    /^UnsupportedOperation: The value '5'/,
  );
  assert.match(
    refused([{ Type: 'forward', ForwardConfig: { ...config(other), TargetGroupStickinessConfig: { Enabled: true } } }]),
    /^UnsupportedOperation: The value 'true' for parameter DefaultActions\.ForwardConfig/,
  );
  assert.match(
    refused([{ Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_301' } }]),
    /^UnsupportedOperation: The parameter DefaultActions\.RedirectConfig/,
  );
  assert.match(
    refused(forward(TargetGroupArn.replace('web', 'bew'))),
    /^TargetGroupNotFound: Target group '.*' not found$/,
  );
  const both = [{ Type: 'forward' as const, TargetGroupArn, Order: 1, ForwardConfig: config(TargetGroupArn) }];
  assert.equal(
    listener(w, LoadBalancerArn, '', { DefaultActions: both }).DefaultActions[0].TargetGroupArn,
    TargetGroupArn,
  );
});

test('protocols: which a listener can have, and with which groups', () => {
  const w = world();
  const { LoadBalancerArn: arn } = balancer(w);
  const groups = Object.fromEntries(
    (['TCP', 'UDP', 'TCP_UDP', 'TLS'] as const).map((Protocol) => [
      Protocol,
      group(w, { Name: Protocol.replace('_', '-'), Protocol }).TargetGroupArn,
    ]),
  );
  const { TCP = '', UDP = '', TCP_UDP = '', TLS = '' } = groups;
  const Certificates = [{ CertificateArn: certificate(w, 'a') }];
  const good = { TCP: [TCP, TCP_UDP], UDP: [UDP, TCP_UDP], TCP_UDP: [TCP_UDP], TLS: [TCP, TLS] };
  for (const [protocol, fitting] of Object.entries(good)) {
    const Protocol = protocol as keyof typeof good;
    const input = { Protocol, ...(Protocol === 'TLS' && { Certificates }) };
    for (const each of [TCP, UDP, TCP_UDP, TLS]) {
      if (fitting.includes(each)) {
        w.elb('DeleteListener', { ListenerArn: listener(w, arn, each, input).ListenerArn });
      } else assert.match(listenerRefused(w, arn, each, input), /^IncompatibleProtocols: The listener protocol/);
    }
  }
  for (const Protocol of ['HTTP', 'HTTPS', 'GENEVE'] as const) {
    assert.equal(
      listenerRefused(w, arn, TCP, { Protocol }),
      `ValidationError: Listener protocol '${Protocol}' must be one of 'UDP, TCP, TCP_UDP, TLS'`,
    );
  }
  assert.match(listenerRefused(w, arn, TCP, { Protocol: 'QUIC' }), /^UnsupportedProtocol/);
  const bare = { LoadBalancerArn: arn, DefaultActions: forward(TCP) };
  assert.equal(
    w.refused('CreateListener', { ...bare, Port: 80 }),
    'ValidationError: A listener protocol must be specified',
  );
  assert.equal(
    w.refused('CreateListener', { ...bare, Protocol: 'TCP' }),
    'ValidationError: A listener port must be specified',
  );
  assert.match(listenerRefused(w, arn, TCP, { Port: 0 }), /^ValidationError: .*'port'/);
  assert.match(
    listenerRefused(w, arn.replace('front', 'back'), TCP),
    /^LoadBalancerNotFound: Load balancer '.*' not found$/,
  );
});

test('a port is one listener’s; the same again is the same', () => {
  const w = world();
  const { LoadBalancerArn: arn } = balancer(w);
  const { TargetGroupArn } = group(w, { Protocol: 'TCP_UDP' });
  const { ListenerArn } = listener(w, arn, TargetGroupArn);
  assert.equal(listener(w, arn, TargetGroupArn).ListenerArn, ListenerArn);
  const duplicate = `DuplicateListener: A listener already exists on this port for this load balancer '${arn}'`;
  assert.equal(listenerRefused(w, arn, TargetGroupArn, { Protocol: 'UDP' }), duplicate);
  const other = listener(w, arn, TargetGroupArn, { Port: 81 }).ListenerArn;
  assert.equal(w.refused('ModifyListener', { ListenerArn: other, Port: 80 }), duplicate);
});

test('a group is one load balancer’s, and of its VPC', () => {
  const w = world();
  const first = balancer(w).LoadBalancerArn;
  const second = balancer(w, { Name: 'second' }).LoadBalancerArn;
  const { TargetGroupArn } = group(w);
  const { ListenerArn } = listener(w, first, TargetGroupArn);
  listener(w, first, TargetGroupArn, { Port: 81 });
  assert.equal(
    listenerRefused(w, second, TargetGroupArn),
    `TargetGroupAssociationLimit: The following target groups cannot be associated with more than one load balancer: ${TargetGroupArn}`,
  );
  const elsewhere = world(w.h, '10.1');
  const far = group(elsewhere, { Name: 'far' }).TargetGroupArn;
  assert.match(listenerRefused(w, second, far), /^InvalidConfigurationRequest: The target group/);
  assert.match(
    w.refused('ModifyListener', { ListenerArn, DefaultActions: forward(far) }),
    /^InvalidConfigurationRequest/,
  );
  const others = world(w.h.as('444455556666'), '10.2');
  assert.match(listenerRefused(others, balancer(others).LoadBalancerArn, TargetGroupArn), /^TargetGroupNotFound/);
});

test('TLS: a certificate, a policy', () => {
  const w = world();
  const { LoadBalancerArn: arn } = balancer(w);
  const { TargetGroupArn } = group(w);
  const [a, b, c] = ['a', 'b', 'c'].map((name) => certificate(w, name)) as [string, string, string];
  const refused = (input: Parameters<typeof listenerRefused>[3]) => listenerRefused(w, arn, TargetGroupArn, input);
  assert.equal(refused({ Protocol: 'TLS' }), 'ValidationError: A certificate must be specified for TLS listeners');
  const two = [{ CertificateArn: a }, { CertificateArn: b }];
  assert.match(refused({ Protocol: 'TLS', Certificates: two }), /^ValidationError: Exactly one certificate/);
  assert.equal(refused(tls(`${a}x`)), `CertificateNotFound: Certificate '${a}x' not found`);
  assert.match(
    refused({ ...tls(a), SslPolicy: 'ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04' }),
    /^UnsupportedOperation: The value 'ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04' for parameter SslPolicy/,
  );
  assert.match(refused({ ...tls(a), SslPolicy: 'Mine' }), /^SSLPolicyNotFound: SSL policy 'Mine' not found$/);
  assert.match(refused({ ...tls(a), AlpnPolicy: ['Mine'] }), /^ALPNPolicyNotFound/);
  assert.match(refused({ ...tls(a), AlpnPolicy: ['HTTP2Only', 'None'] }), /^ALPNPolicyNotFound/);
  assert.match(
    refused({ Protocol: 'TLS', Certificates: [{ CertificateArn: a, IsDefault: true }] }),
    /^UnsupportedOperation: The parameter Certificates\.IsDefault/,
  );
  for (const part of [{ Certificates: [{ CertificateArn: a }] }, { SslPolicy: 'x' }, { AlpnPolicy: ['None'] }]) {
    assert.match(refused(part), /^ValidationError: .* cannot be specified for TCP listeners$/);
  }
  const made = listener(w, arn, TargetGroupArn, tls(a));
  assert.deepEqual(
    [made.Certificates, made.SslPolicy, made.AlpnPolicy],
    [[{ CertificateArn: a }], 'ELBSecurityPolicy-2016-08', undefined],
  );
  const { ListenerArn } = made;
  const more = (arn_: string) => ({ ListenerArn, Certificates: [{ CertificateArn: arn_ }] });
  assert.deepEqual(w.elb('AddListenerCertificates', more(b)).Certificates, [{ CertificateArn: b, IsDefault: false }]);
  w.elb('AddListenerCertificates', more(b));
  const list = () =>
    w
      .elb('DescribeListenerCertificates', { ListenerArn })
      .Certificates.map((each) => [each.CertificateArn, each.IsDefault]);
  assert.deepEqual(list(), [
    [a, true],
    [b, false],
  ]);
  assert.match(w.refused('RemoveListenerCertificates', more(a)), /^OperationNotPermitted/);
  assert.match(w.refused('AddListenerCertificates', { ListenerArn, Certificates: two }), /^ValidationError/);
  w.elb('ModifyListener', { ListenerArn, Certificates: [{ CertificateArn: c }] });
  assert.deepEqual(list(), [
    [c, true],
    [b, false],
  ]);
  w.elb('RemoveListenerCertificates', more(b));
  w.elb('RemoveListenerCertificates', more(b));
  assert.deepEqual(list(), [[c, true]]);
  const alpn = { ListenerArn, AlpnPolicy: ['HTTP2Preferred'] };
  assert.deepEqual(w.elb('ModifyListener', alpn).Listeners[0].AlpnPolicy, ['HTTP2Preferred']);
  const policy = 'ELBSecurityPolicy-TLS13-1-2-2021-06';
  assert.equal(w.elb('ModifyListener', { ListenerArn, SslPolicy: policy }).Listeners[0].SslPolicy, policy);
  const plain = w.elb('ModifyListener', { ListenerArn, Protocol: 'TCP' }).Listeners[0];
  assert.deepEqual([plain.Certificates, plain.SslPolicy, plain.AlpnPolicy], [undefined, undefined, undefined]);
  assert.match(w.refused('AddListenerCertificates', more(b)), /^InvalidConfigurationRequest: TCP listeners have no/);
  assert.match(
    w.refused('ModifyListener', { ListenerArn, Protocol: 'TLS' }),
    /^ValidationError: A certificate must be/,
  );
  const sticky = group(w, { Name: 'sticky' }).TargetGroupArn;
  w.elb('ModifyTargetGroupAttributes', {
    TargetGroupArn: sticky,
    Attributes: [{ Key: 'stickiness.enabled', Value: 'true' }],
  });
  assert.match(
    listenerRefused(w, arn, sticky, { ...tls(a), Port: 444 }),
    /^InvalidConfigurationRequest: Stickiness is not supported/,
  );
});

test('certificates beside the default: twenty-five on a load balancer', () => {
  const w = world();
  const { ListenerArn } = listener(w, balancer(w).LoadBalancerArn, group(w).TargetGroupArn, tls(certificate(w, 'd')));
  const add = (at: number) => ({ ListenerArn, Certificates: [{ CertificateArn: certificate(w, `c${at}`) }] });
  for (let at = 0; at < 25; at++) w.elb('AddListenerCertificates', add(at));
  assert.match(w.refused('AddListenerCertificates', add(25)), /^TooManyCertificates: .*'25'/);
});

test('attributes: the idle timeout of TCP', () => {
  const w = world();
  const { LoadBalancerArn } = balancer(w);
  const { TargetGroupArn } = group(w, { Protocol: 'TCP_UDP' });
  const { ListenerArn } = listener(w, LoadBalancerArn, TargetGroupArn);
  const told = () => attributesOf(w.elb('DescribeListenerAttributes', { ListenerArn }).Attributes);
  assert.deepEqual(told(), { 'tcp.idle_timeout.seconds': '350' });
  const pair = (Value: string) => ({ ListenerArn, Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value }] });
  w.elb('ModifyListenerAttributes', pair('6000'));
  assert.deepEqual(told(), { 'tcp.idle_timeout.seconds': '6000' });
  for (const value of ['59', '6001', 'x']) {
    assert.match(w.refused('ModifyListenerAttributes', pair(value)), /^ValidationError: Listener attribute value/);
  }
  w.elb('ModifyListener', { ListenerArn, Protocol: 'UDP' });
  assert.deepEqual(told(), {});
  assert.match(w.refused('ModifyListenerAttributes', pair('100')), /^ValidationError: .*is not recognized$/);
  w.elb('ModifyListener', { ListenerArn, Protocol: 'TCP' });
  assert.deepEqual(told(), { 'tcp.idle_timeout.seconds': '350' });
});

test('attributes: no idle timeout of its own where other regions reach the load balancer', () => {
  const w = world();
  const { LoadBalancerArn } = balancer(w);
  const { ListenerArn } = listener(w, LoadBalancerArn, group(w).TargetGroupArn);
  const pair = (Value: string) => ({ ListenerArn, Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value }] });
  const far = { NetworkLoadBalancerArns: [LoadBalancerArn], SupportedRegions: ['eu-west-1'] };
  w.elb('ModifyListenerAttributes', pair('60'));
  assert.match(
    w.h.refusal('CreateVpcEndpointServiceConfiguration', far),
    /^InvalidParameter: The TCP idle timeout of the listener \S+ is not supported for remote access/,
  );
  w.elb('ModifyListenerAttributes', pair('350'));
  const { ServiceId } = w.h.call('CreateVpcEndpointServiceConfiguration', far).ServiceConfiguration;
  assert.match(w.refused('ModifyListenerAttributes', pair('60')), /^ValidationError: .*other Regions/);
  w.elb('ModifyListenerAttributes', pair('350'));
  w.h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId, RemoveSupportedRegions: ['eu-west-1'] });
  w.elb('ModifyListenerAttributes', pair('60'));
});

test('quota: fifty on a load balancer', () => {
  const w = world();
  const { LoadBalancerArn } = balancer(w);
  const { TargetGroupArn } = group(w);
  for (let Port = 1; Port <= 50; Port++) listener(w, LoadBalancerArn, TargetGroupArn, { Port });
  assert.match(listenerRefused(w, LoadBalancerArn, TargetGroupArn, { Port: 51 }), /^TooManyListeners: .*'50'/);
});

test('another account’s listeners are not there', () => {
  const w = world(harness());
  const { ListenerArn } = listener(w, balancer(w).LoadBalancerArn, group(w).TargetGroupArn);
  const other = callsOf(w.h.as('444455556666'));
  assert.match(other.refused('DeleteListener', { ListenerArn }), /^ListenerNotFound/);
  assert.match(other.refused('ModifyListener', { ListenerArn, Port: 81 }), /^ListenerNotFound/);
  assert.match(other.refused('DescribeListenerAttributes', { ListenerArn }), /^ListenerNotFound/);
});
