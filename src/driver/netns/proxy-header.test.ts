/** What the programs of Proxy Protocol are to know, from a Plan. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../plan/compile.ts';
import type { FlowLog } from '../../plan/plan.ts';
import { healthOf } from '../../plan/testing/balancing.ts';
import { tellServiceStory } from '../../plan/testing/service-story.ts';
import { LOGGED, LOGGED_WHOLLY } from './fast-path.ts';
import { crossingLink, NODE_PORTS } from './names.ts';
import { createMemory } from './remember.ts';
import { render } from './render.ts';
import type { NamespaceState } from './state.ts';

function told(attributes: Record<string, string>, kernelHeaders = true) {
  const story = tellServiceStory();
  story.world.put({ ...story.group, attributes });
  const plan = compile(story.world.intent(), { ...healthOf(story.targets), kernelHeaders });
  const { namespaces } = render(plan, createMemory<NamespaceState>(), NODE_PORTS);
  const engines = new Set(
    plan.balancers.flatMap(({ nodes }) => nodes.flatMap(({ listeners }) => listeners.map(({ engine }) => engine))),
  );
  return { story, plan, headers: (id: string) => namespaces.get(id)?.headers ?? [], engines: [...engines] };
}

const ON = { 'proxy_protocol_v2.enabled': 'true' };

test('every way to a node, the endpoint of each that crosses, every link; in the provider’s router alone', () => {
  const { story, plan, headers, engines } = told(ON);
  assert.deepEqual(engines, ['kernel']);
  const entries = headers(story.provider.id);
  const of = (kind: string) => entries.filter((entry) => entry.startsWith(kind));
  const nodes = plan.balancers.flatMap((balancer) => balancer.nodes);
  assert.deepEqual(
    of('front').sort(),
    nodes
      .flatMap(({ address, crossingAddress }) => [
        `front ${address} 80 direct 0.0.0.0 -`,
        `front ${crossingAddress} 80 crossed 0.0.0.0 -`,
      ])
      .sort(),
  );
  assert.deepEqual(
    of('passage').sort(),
    plan.crossings
      .map(({ linkAddress }) => {
        return `passage ${linkAddress} ${story.endpoint.id} ${story.consumer.id} dev ${crossingLink(story.consumer.id)}`;
      })
      .sort(),
  );
  assert.ok(of('at').includes(`at ${crossingLink(story.consumer.id)}`));
  assert.equal(entries.length, of('front').length + of('passage').length + of('at').length);
  assert.deepEqual(headers(story.consumer.id), []);
});

test('nothing where no target asks for it, or the kernel cannot', () => {
  const plain = told({});
  assert.deepEqual([plain.engines, plain.headers(plain.story.provider.id)], [['kernel'], []]);
  const user = told(ON, false);
  assert.deepEqual([user.engines, user.headers(user.story.provider.id)], [['user'], []]);
});

test('where headers are written programs count the flows that they carry; elsewhere all that they take note of', () => {
  const { story, plan } = told(ON);
  const log: Omit<FlowLog, 'id' | 'domain' | 'covers'> = {
    ...{ origin: [], account: '', region: '', traffic: 'ALL', fields: [], intervalSeconds: 60 },
    ...{ hivePrefixes: false, hourly: false, destination: { kind: 'logGroup', name: 'flows' } },
  };
  const flowLogs = [story.provider.id, story.consumer.id].map((id) => ({ ...log, id, domain: id, covers: id }));
  const { namespaces } = render({ ...plan, flowLogs });
  const logsAt = (id: string) => namespaces.get(id)?.fast.filter((each) => each.startsWith('+'));
  assert.deepEqual([logsAt(story.provider.id), logsAt(story.consumer.id)], [[LOGGED], [LOGGED_WHOLLY]]);
  const entry = (id: string) => namespaces.get(id)?.program?.ip.chains.flow_entry?.rules ?? [];
  assert.equal(entry(story.provider.id)[0], 'meta priority set 0:0');
  assert.ok(!entry(story.consumer.id).includes('meta priority set 0:0'));
});
