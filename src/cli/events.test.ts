/** How an event reads on a terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { styleText } from 'node:util';
import type { Envelope } from '../api/eventbridge/envelope.ts';
import type { TrailEvent } from '../model/trail.ts';
import { eventLine } from './events.ts';
import { eventLine as trailLine } from './trail.ts';

/** Shows where colours begin: an uncoloured terminal has the words alone. */
const pen = (style: unknown, text: string) => (style === 'dim' || style === 'bold' ? text : `${style}(${text})`);

function line(type: string, resources: readonly string[], detail: object, source = 'culvert'): string {
  const event: Envelope = {
    ...{ version: '0', id: 'x', 'detail-type': type, source, account: '123456789012' },
    ...{ time: '2026-01-01T00:00:00Z', region: 'ap-south-1', resources, detail },
  };
  return eventLine(event, pen).replace(/^2026-01-01T00:00:00Z {2}123456789012 {2}ap-south-1 {2}/, '');
}

const EC2 = 'arn:aws:ec2:ap-south-1:123456789012';
const ELB = 'arn:aws:elasticloadbalancing:ap-south-1:123456789012';

for (const [what, told, expected] of [
  [
    'an instance',
    line(
      'EC2 Instance State-change Notification',
      [`${EC2}:instance/i-1`],
      { 'instance-id': 'i-1', state: 'running' },
      'aws.ec2',
    ),
    'aws.ec2  EC2 Instance State-change Notification   i-1  green(running)',
  ],
  [
    'an image',
    line(
      'EC2 AMI State Change',
      ['arn:aws:ec2:ap-south-1::image/ami-1'],
      { ImageId: 'ami-1', State: 'failed' },
      'aws.ec2',
    ),
    'aws.ec2  EC2 AMI State Change                     ami-1  red(failed)',
  ],
  [
    'an endpoint',
    line('VPC Endpoint State Change', [`${EC2}:vpc-endpoint/vpce-1`], {
      vpcEndpointId: 'vpce-1',
      state: 'pending',
      previousState: 'pendingAcceptance',
    }),
    'culvert  VPC Endpoint State Change                vpce-1  pendingAcceptance → yellow(pending)',
  ],
  [
    'a connection',
    line('VPC Endpoint Connection State Change', [`${EC2}:vpc-endpoint-service/vpce-svc-1`], {
      vpcEndpointId: 'vpce-1',
      state: 'rejected',
      previousState: 'available',
    }),
    'culvert  VPC Endpoint Connection State Change     vpce-1 to vpce-svc-1  available → red(rejected)',
  ],
  [
    'a notification',
    line('VPC Endpoint Connection Notification', [`${EC2}:vpc-endpoint/vpce-1`], {
      event: 'Accept',
      vpcEndpointId: 'vpce-1',
    }),
    'culvert  VPC Endpoint Connection Notification     vpce-1  green(Accept)',
  ],
  [
    'a target',
    line('Target Health State Change', [`${ELB}:targetgroup/web/0123`], {
      ...{ targetId: 'i-1', port: 80, state: 'unhealthy', previousState: 'healthy', reason: 'Target.Timeout' },
    }),
    'culvert  Target Health State Change               i-1:80 in web/0123  healthy → red(unhealthy)  Target.Timeout',
  ],
  [
    'a load balancer',
    line('Load Balancer State Change', [`${ELB}:loadbalancer/net/web/0123`], { state: 'active', previousState: null }),
    'culvert  Load Balancer State Change               web/0123  green(active)',
  ],
  [
    'a call that was refused',
    line(
      'AWS API Call via CloudTrail',
      [],
      {
        ...{ eventName: 'DeleteVpc', userIdentity: { arn: 'arn:aws:iam::123456789012:root' } },
        ...{ sourceIPAddress: '127.0.0.1', errorCode: 'Client.DependencyViolation', errorMessage: 'no' },
      },
      'aws.ec2',
    ),
    'aws.ec2  AWS API Call via CloudTrail              DeleteVpc  by arn:aws:iam::123456789012:root from 127.0.0.1  red(Client.DependencyViolation: no)',
  ],
] as const) {
  test(what, () => assert.equal(told, expected));
}

test("a customer's own event stays one line of letters, whatever it says", () => {
  const wild = 'a\n\u001b[2Jb\u009b';
  const told = line(`Order ${wild}`, [`${wild}`], { state: wild, previousState: { toString: 1 } }, `app${wild}`);
  assert.doesNotMatch(told, /\p{Cc}/u);
  assert.match(told, /^appa.*Order a.*yellow\(a.*\)$/u);
  const event: Envelope = {
    ...{ version: '0', id: 'x', 'detail-type': 'x', source: 'app', account: '123456789012' },
    ...{ time: '2026-01-01T00:00:00Z', region: 'ap-south-1', resources: [], detail: {} },
  };
  const colours = (style: Parameters<typeof styleText>[0], text: string) =>
    styleText(style, text, { validateStream: false });
  for (const value of [5, {}, [], null, true, 'constructor', { toString: 1 }]) {
    for (const name of [
      'state',
      'State',
      'event',
      'eventName',
      'reason',
      'targetId',
      'vpcEndpointId',
      'userIdentity',
    ]) {
      const detail = { [name]: value, errorCode: value, port: value };
      assert.match(eventLine({ ...event, detail }, colours), /ap-south-1/, JSON.stringify(detail));
    }
  }
});

test('what a caller wrote stays one line of letters in the trail too', () => {
  const wild = 'a\n\u001b[2Jb';
  const call: TrailEvent = {
    ...{ serial: 1, id: 'x', at: '2026-01-01T00:00:00Z', name: wild, source: 'ec2.amazonaws.com', isReadOnly: false },
    ...{ account: '123456789012', region: wild, username: wild, clientAddress: null, vpcEndpointId: null },
    ...{ principal: { type: 'Root', id: 'x', arn: 'x', issuerArn: null }, accessKeyId: null, userAgent: null },
    ...{
      requestId: 'x',
      error: { code: wild, message: wild },
      resources: [{ type: null, name: wild }],
      parameters: null,
    },
  };
  const told = trailLine(call, pen);
  assert.doesNotMatch(told, /\p{Cc}/u);
  assert.equal(told.match(/\ufffd/gu)?.length, 12);
});
