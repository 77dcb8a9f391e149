/** Flow logs in the Plan: of a VPC, a subnet and an interface, while these are there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_FORMAT, formatOf } from '../../model/flow-log-fields.ts';
import type { FlowLog } from '../../model/resources.ts';
import { World } from '../testing/world.ts';
import { compileFlowLogs } from './flow-logs.ts';

test('a log covers a VPC, a subnet or an interface, and nothing once that is gone', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.0.0/24');
  const log = (id: string, resourceId: string): FlowLog => ({
    ...{
      kind: 'flowLog',
      id,
      account: vpc.account,
      region: vpc.region,
      tags: {},
      createdAt: vpc.createdAt,
      resourceId,
    },
    ...{ traffic: 'REJECT', destination: { kind: 'bucket', bucket: 'logs', prefix: '' }, destinationArn: null },
    ...{ roleArn: null, format: DEFAULT_FORMAT, intervalSeconds: 600, options: { hivePrefixes: true, hourly: false } },
  });
  world.put(log('fl-2', vpc.id));
  world.put({ ...log('fl-1', subnet.id), format: formatOf(['dstaddr', 'version']), options: null });
  world.put(log('fl-3', 'eni-0'));
  const [ofSubnet, ofVpc, none] = compileFlowLogs(world.intent());
  assert.deepEqual(ofVpc, {
    ...{ id: 'fl-2', origin: ['fl-2', vpc.id], domain: vpc.id, account: vpc.account, region: vpc.region },
    ...{ destination: { kind: 'bucket', bucket: 'logs', prefix: '' }, covers: vpc.id, traffic: 'REJECT' },
    fields: [
      ...['version', 'account-id', 'interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol'],
      ...['packets', 'bytes', 'start', 'end', 'action', 'log-status'],
    ],
    ...{ intervalSeconds: 600, hivePrefixes: true, hourly: false },
  });
  assert.deepEqual([ofSubnet?.covers, ofSubnet?.domain, ofSubnet?.hivePrefixes], [subnet.id, vpc.id, false]);
  assert.deepEqual(ofSubnet?.fields, ['dstaddr', 'version']);
  assert.equal(none, undefined);
});
