/** Whose readings are whose, and what follows from the Intent; the same as text for Prometheus; and when it is read. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { metersOf } from '../../driver/netns/meters.ts';
import { silentLog } from '../../host/log.ts';
import { compile } from '../../plan/compile.ts';
import { healthOf } from '../../plan/testing/balancing.ts';
import { CONSUMER_ACCOUNT, tellServiceStory } from '../../plan/testing/service-story.ts';
import { ACCOUNT } from '../../plan/testing/world.ts';
import { gather } from './gather.ts';
import { openMeterStore } from './meter-store.ts';
import { createMeters } from './meters.ts';
import { isForMetrics, prometheusText } from './prometheus.ts';

const folder = mkdtempSync(join(tmpdir(), 'culvert-gather-'));
after(() => rmSync(folder, { recursive: true }));

function story() {
  const told = tellServiceStory();
  const facts = { ...healthOf([told.targets[0]], [told.targets[1]]), appliedRevision: 1_000 };
  const intent = told.world.intent();
  const plan = compile(intent, facts);
  const [first] = told.interfaces;
  assert.ok(first);
  const [address = ''] = first.addresses;
  const count = (bytes: number) => ({ packets: 1, bytes });
  const readings = metersOf(
    plan,
    [
      {
        ...{ domain: told.consumer.id, address, forward: count(100), back: count(20) },
        ...{ newConnections: 1, activeConnections: 1, droppedPackets: 3, resets: { forward: 0, back: 2 } },
      },
    ],
    [],
  );
  return { ...told, facts, intent, plan, first, readings };
}

test('an endpoint’s part knows its subnet, its zone, and who takes its connections', () => {
  const { first, endpoint, service, balancer, nodes, world, ...moment } = story();
  const found = gather(moment);
  const part = found.find(({ key }) => key === `${endpoint.id}/${first.id}`);
  assert.ok(part);
  assert.equal(part.account, CONSUMER_ACCOUNT);
  const zoneId = world.intent().table('subnet').get(first.subnetId)?.zoneId;
  assert.deepEqual(part.subject, {
    ...{ kind: 'endpoint', vpcEndpointId: endpoint.id, type: 'Interface', serviceName: endpoint.serviceName },
    ...{ vpcId: endpoint.vpcId, subnetId: first.subnetId, zoneId },
    service: { id: service.id, account: ACCOUNT, region: service.region, loadBalancerId: balancer.id, zoneId },
  });
  assert.deepEqual(part.values, {
    ...{ forwardBytes: 100, backBytes: 20, forwardPackets: 1, backPackets: 1, newConnections: 1 },
    ...{ activeConnections: 1, droppedPackets: 3, forwardResets: 0, backResets: 2 },
  });
  assert.equal(found.filter(({ subject }) => subject.kind === 'balancer').length, nodes.length);
});

test('endpoints of a service and targets by health are counted where nothing is read', () => {
  const { service, ...moment } = story();
  const found = gather({ ...moment, readings: [] });
  assert.deepEqual(found.find(({ key }) => key === service.id)?.values, { endpoints: 1 });
  const zones = found.filter(({ subject }) => subject.kind === 'targets').map(({ values }) => values);
  assert.deepEqual(zones, [
    { healthyTargets: 1, unhealthyTargets: 0 },
    { healthyTargets: 0, unhealthyTargets: 1 },
  ]);
});

test('Prometheus: totals with whose they are, each family with its type, nothing that was never known', () => {
  const { endpoint, first, ...moment } = story();
  const store = openMeterStore(join(folder, 'prometheus.sqlite'));
  store.write(gather({ ...moment }), [], Date.parse('2026-01-01T00:00:00Z'));
  const text = prometheusText(store.totals());
  store.close();
  const line = text.split('\n').find((each) => each.includes('bytes_total') && each.includes(first.subnetId));
  assert.match(
    line ?? '',
    new RegExp(
      `^culvert_bytes_total\\{account="${CONSUMER_ACCOUNT}",.*vpc_endpoint="${endpoint.id}".*direction="forward"\\} 100$`,
    ),
  );
  assert.match(text, /^# TYPE culvert_bytes_total counter$/m);
  assert.match(text, /^# TYPE culvert_active_connections gauge$/m);
  assert.match(text, /^culvert_targets\{.*health="unhealthy"\} 1$/m);
  for (const each of text.trimEnd().split('\n'))
    assert.match(each, /^(# (HELP|TYPE) culvert_\w+ .+|culvert_\w+\{.+\} \d+)$/);
});

test('Prometheus is answered from this machine by its own name, and not through a proxy that stands here', () => {
  const asked = (headers: Record<string, string>, remoteAddress = '127.0.0.1', url = '/metrics') =>
    isForMetrics({ method: 'GET', url, headers, socket: { remoteAddress } });
  for (const host of ['127.0.0.1:4566', 'localhost:4566', '[::1]:4566', 'LOCALHOST']) assert.ok(asked({ host }), host);
  assert.ok(asked({ host: '[::1]:4566' }, '::1'));
  assert.ok(asked({ host: '127.0.0.1:4566' }, '::ffff:127.0.0.1'));
  const host = '127.0.0.1:4566';
  for (const [headers, remoteAddress, url] of [
    [{ host }, '192.0.2.7'],
    [{ host }, '::ffff:192.0.2.7'],
    [{}],
    [{ host: 'culvert.example.com' }],
    [{ host: '127.0.0.1.example.com' }],
    [{ host, 'x-forwarded-for': '192.0.2.7' }],
    [{ host, forwarded: 'for=192.0.2.7' }],
    [{ host, via: '1.1 proxy' }],
    [{ host, 'x-real-ip': '192.0.2.7' }],
    [{ host, authorization: 'AWS4-HMAC-SHA256 …' }],
    [{ host }, '127.0.0.1', '/metrics/'],
  ] as const)
    assert.ok(!asked(headers as Record<string, string>, remoteAddress, url), JSON.stringify([headers, url]));
});

test('who asks for a reading gets one that began after; a reading that fails is made up for by the next', async () => {
  const { intent, facts, plan, readings, endpoint, first } = story();
  const store = openMeterStore(join(folder, 'meters.sqlite'));
  const began: (() => void)[] = [];
  let fails = true;
  const meters = createMeters({
    ...{ store, intent, facts, plan: () => plan, now: () => '2026-01-01T00:00:00Z', log: silentLog() },
    readings: () =>
      new Promise((resolve, reject) => began.push(() => (fails ? reject(new Error('no')) : resolve(readings)))),
  });
  const beganTimes = async (count: number) => {
    for (const end = Date.now() + 10_000; began.length < count; await new Promise((resolve) => setImmediate(resolve)))
      assert.ok(Date.now() < end, `${began.length} of ${count} readings began`);
  };
  assert.equal(began.length, 1, 'one at the start');
  const asked = [meters.read(), meters.read()];
  began[0]?.();
  await beganTimes(2);
  assert.deepEqual(store.totals(), []);
  fails = false;
  began[1]?.();
  await Promise.all(asked);
  assert.equal(began.length, 2, 'one for both');
  const total = store.totals().find(({ key }) => key === `${endpoint.id}/${first.id}`);
  assert.equal(total?.values.forwardBytes, 100);
  const end = meters.stop();
  await beganTimes(3);
  began[2]?.();
  await end;
  store.close();
});
