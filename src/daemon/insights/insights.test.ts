/** Analyses of Plans: which paths are found, through what, and what is told where none is. Packets: scenarios/vpc/network-insights.md. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../host/log.ts';
import { type Facts, NO_FACTS } from '../../model/facts.ts';
import { RUNNING } from '../../model/insights.ts';
import type { createIntent, Intent } from '../../model/intent.ts';
import type { AnalysisResult, NetworkInsightsAnalysis, NetworkInsightsPath } from '../../model/resources.ts';
import { compile } from '../../plan/compile.ts';
import {
  addBalancer,
  addListener,
  addService,
  addServiceEndpoint,
  addTarget,
  addTargetGroup,
  healthOf,
} from '../../plan/testing/balancing.ts';
import { tellServiceStory } from '../../plan/testing/service-story.ts';
import { ACCOUNT, allow, allowAll, allowTcp, deny, REGION, World } from '../../plan/testing/world.ts';
import { analysePath } from './analyse-path.ts';
import { createInsights } from './insights.ts';

const OWN = { account: ACCOUNT, region: REGION, tags: {}, createdAt: NO_FACTS.now };

function pathOf(fields: Pick<NetworkInsightsPath, 'source'> & Partial<NetworkInsightsPath>): NetworkInsightsPath {
  return {
    ...OWN,
    kind: 'networkInsightsPath',
    id: 'nip-00000000000000001',
    destination: null,
    sourceAddress: null,
    destinationAddress: null,
    protocol: 'tcp',
    port: 80,
    ...fields,
  };
}

function analyse(intent: Intent, fields: Parameters<typeof pathOf>[0], facts: Facts = NO_FACTS) {
  return told(analysePath(compile(intent, facts), intent, pathOf(fields)));
}

/** "found: KINDS" or the codes. */
function told(result: AnalysisResult): string {
  if (result.state === 'failed') return `failed: ${result.message}`;
  if (!result.isFound) return result.explanations.map(({ code, direction }) => `${direction} ${code}`).join(', ');
  const kinds = (steps: typeof result.forward) =>
    steps.map(({ component: { id } }) => /^arn:[^/]*:([a-z]+)/.exec(id)?.[1] ?? id.replace(/-[^-]*$/, '')).join(' ');
  return `${kinds(result.forward)} | ${kinds(result.back)}`;
}

/** Two subnets of a VPC with a gateway, an instance in each. */
function twoSubnets() {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const [near, far] = [world.subnet(vpc, '10.0.1.0/24'), world.subnet(vpc, '10.0.2.0/24')];
  const gateway = world.gateway(vpc, [near]);
  const out = world.group(vpc, 'out', allowAll('egress'));
  const web = world.group(vpc, 'web', allowTcp('ingress', 443));
  const client = world.instance(near, [out], { isPublic: true });
  const server = world.instance(far, [web], { isPublic: true });
  return { world, vpc, near, far, gateway, client, server, web };
}

test('from subnet to subnet: groups, ACLs and routes on the way, and back', () => {
  const { world, client, server } = twoSubnets();
  const path = { source: client.instance.id, destination: server.eni.id };
  assert.equal(
    analyse(world.intent(), { ...path, port: 443 }),
    'i eni sg acl rtb acl sg eni i | i eni acl rtb acl eni i',
  );
  assert.equal(analyse(world.intent(), { ...path, port: 80 }), 'ingress ENI_SG_RULES_MISMATCH');
  // Any port: the one that a rule lets in is found.
  assert.equal(
    analyse(world.intent(), { ...path, port: null }),
    'i eni sg acl rtb acl sg eni i | i eni acl rtb acl eni i',
  );
  assert.equal(analyse(world.intent(), { ...path, port: 443, protocol: 'udp' }), 'ingress ENI_SG_RULES_MISMATCH');
  const elsewhere = { ...path, destinationAddress: '10.0.1.77', port: 443 };
  assert.equal(analyse(world.intent(), elsewhere), 'ingress NO_PATH');
});

test('an ACL is asked for answers too: of the source’s subnet they come in, whatever their port where one fits', () => {
  const { world, vpc, near, client, server } = twoSubnets();
  const path = { source: client.instance.id, destination: server.instance.id, port: 443 };
  const acl = world.acl(vpc, [near], allow('egress', 100, { cidr: '0.0.0.0/0' }));
  const intent = world.intent();
  const result = analysePath(compile(intent, NO_FACTS), intent, pathOf(path));
  assert.equal(told(result), 'ingress SUBNET_ACL_RESTRICTION');
  assert.ok(result.state === 'succeeded');
  assert.deepEqual(
    result.explanations[0]?.components.map(({ id }) => id),
    [acl.id, near.id, vpc.id],
  );
  world.put({
    ...acl,
    entries: [
      ...acl.entries,
      allow('ingress', 100, { cidr: '0.0.0.0/0', protocol: '6', ports: { from: 50_000, to: 50_010 } }),
    ],
  });
  assert.match(analyse(world.intent(), path), /^i eni sg acl rtb/);
});

test('through an internet gateway, out and in: from its own only', () => {
  const { world, gateway, client, server, far, vpc } = twoSubnets();
  const out = { source: client.instance.id, destination: gateway.id };
  assert.equal(analyse(world.intent(), out), 'i eni sg acl rtb igw | acl eni i');
  const inward = { source: gateway.id, destination: client.eni.id, port: 22 };
  assert.equal(analyse(world.intent(), inward), 'ingress SG_HAS_NO_RULES');
  // Not public: its subnet has no way back.
  const toServer = { source: gateway.id, destination: server.instance.id, port: 443 };
  assert.equal(analyse(world.intent(), toServer), 'egress NO_ROUTE_TO_DESTINATION');
  world.routeTable(vpc, [{ destination: '0.0.0.0/0', target: { kind: 'internetGateway', id: gateway.id } }], [far]);
  assert.equal(analyse(world.intent(), toServer), 'igw acl sg eni i | i eni acl rtb');
  const other = world.vpc('10.1.0.0/16');
  const stranger = world.gateway(other, [world.subnet(other, '10.1.1.0/24')]);
  assert.equal(analyse(world.intent(), { ...toServer, source: stranger.id }), 'ingress NO_PATH');
  assert.equal(
    analyse(world.intent(), { ...out, source: server.eni.id, destination: stranger.id }),
    'egress SG_HAS_NO_RULES',
  );
});

test('somebody in the internet whom one filter holds and another does not', () => {
  const { world, vpc, near, gateway } = twoSubnets();
  const path = (cidr: string) => {
    const group = world.group(vpc, `from ${cidr}`, allowTcp('ingress', 443, { kind: 'cidr', cidr }));
    const { instance } = world.instance(near, [group], { isPublic: true });
    return { source: gateway.id, destination: instance.id, port: 443 };
  };
  const all = path('0.0.0.0/0');
  world.acl(vpc, [near], deny('ingress', 10, { cidr: '203.0.113.0/25' }), allow('ingress', 20), allow('egress', 10));
  assert.match(analyse(world.intent(), path('203.0.113.0/24')), /^igw /);
  assert.doesNotMatch(analyse(world.intent(), path('203.0.113.0/25')), /^igw /);
  assert.match(analyse(world.intent(), all), /^igw /);
  // Nobody in the internet has an address of these.
  assert.match(analyse(world.intent(), path('10.0.0.0/16')), /ENI_SG_RULES_MISMATCH/);
  assert.match(analyse(world.intent(), path('255.255.255.0/24')), /ENI_SG_RULES_MISMATCH/);
});

test('an end that is gone, and addresses that are equal elsewhere', () => {
  const { world, client } = twoSubnets();
  const other = world.vpc('10.0.0.0/16');
  const group = world.group(other, 'web', allowTcp('ingress', 443));
  const twin = world.instance(world.subnet(other, '10.0.2.0/24'), [group]);
  // The very address leads to another interface in the client's own VPC.
  const path = { source: client.instance.id, destination: twin.instance.id, port: 443 };
  assert.equal(analyse(world.intent(), path), 'ingress NO_PATH');
  const gone = 'eni-0123456789abcdef0';
  assert.equal(analyse(world.intent(), { ...path, source: gone }), 'egress NO_SOURCE_OR_DESTINATION');
  assert.equal(analyse(world.intent(), { ...path, destination: gone }), 'ingress NO_SOURCE_OR_DESTINATION');
  assert.equal(
    analyse(world.intent(), { ...path, destination: null, destinationAddress: '10.9.9.9' }),
    'ingress NO_PATH',
  );
});

test('through a service: to its endpoint, or on to a target, whatever the targets’ health', () => {
  const story = tellServiceStory();
  const { world, client, endpoint, service, targetGroup, servers, targets } = story;
  const facts = healthOf(targets);
  const toEndpoint = { source: client.id, destination: endpoint.id };
  assert.equal(analyse(world.intent(), toEndpoint, facts), 'i eni sg rtb sg vpce | eni i');
  // What the service listens on is no matter of the endpoint.
  assert.equal(analyse(world.intent(), { ...toEndpoint, port: 81 }, facts), 'ingress ENI_SG_RULES_MISMATCH');
  const toService = { source: client.id, destination: service.id };
  assert.equal(
    analyse(world.intent(), toService, facts),
    'i eni sg rtb sg vpce loadbalancer rtb sg eni i | i eni eni i',
  );
  assert.equal(analyse(world.intent(), { ...toService, port: null }, facts), analyse(world.intent(), toService, facts));
  assert.equal(
    analyse(world.intent(), { ...toService, source: servers[0]?.eni.id ?? '' }),
    'ingress NO_SOURCE_OR_DESTINATION',
  );
  assert.equal(
    analyse(world.intent(), { source: endpoint.id, destination: client.id }),
    'egress VPCE_INTRA_VPC_TRAFFIC',
  );
  for (const rule of world.intent().table('securityGroupRule').by('groupId', targetGroup.id)) world.remove(rule);
  assert.equal(analyse(world.intent(), toService, facts), 'ingress SG_HAS_NO_RULES');
});

test('to an endpoint that has IPv6 only, and on to its service', () => {
  const world = new World();
  const provider = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:1::/56'] });
  const behind = world.subnet(provider, '10.0.10.0/24', 'a', '3fff:0:1:a::/64');
  const { balancer } = addBalancer(world, provider, 'shop', [behind], { ipv6: ['3fff:0:1:a::5'] });
  const servers = world.group(provider, 'servers', allowTcp('ingress', 80, { kind: 'cidr', cidr: '::/0' }));
  world.instance(behind, [servers], { ipv6: '3fff:0:1:a::80' });
  const web = addTargetGroup(world, provider, 'web', { targetType: 'ip', ipAddressType: 'ipv6' });
  addListener(world, balancer, web);
  const target = addTarget(world, web, { address: '3fff:0:1:a::80', zoneId: behind.zoneId });
  const service = addService(world, [balancer]);
  const vpc = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:2::/56'] });
  const [both, alone] = [
    world.subnet(vpc, '10.0.10.0/24', 'a', '3fff:0:2::/64'),
    world.subnet(vpc, null, 'a', '3fff:0:2:6::/64'),
  ];
  const clients = world.group(vpc, 'clients', allowAll('egress', { kind: 'cidr', cidr: '::/0' }));
  const client = world.instance(both, [clients], { ipv6: '3fff:0:2::c' }).eni;
  const doors = world.group(vpc, 'doors');
  const shop = addServiceEndpoint(world, vpc, service, [alone], [doors], {}, ['3fff:0:2:6::e2']);
  const facts = healthOf([target]);
  const ends = [shop.endpoint.id, service.id].map((destination) => ({ source: client.id, destination }));
  const found = () => ends.map((path) => analyse(world.intent(), path, facts));
  assert.deepEqual(found(), ['ingress SG_HAS_NO_RULES', 'ingress SG_HAS_NO_RULES']);
  world.rule(doors, allowTcp('ingress', 80, { kind: 'cidr', cidr: '3fff:0:2::c/128' }));
  assert.deepEqual(found(), [
    'i eni sg acl rtb acl sg vpce | acl acl eni i',
    'i eni sg acl rtb acl sg vpce loadbalancer rtb sg eni i | i eni acl rtb acl eni i',
  ]);
});

test('an analysis runs on the first plan that includes it, once, when that is in force', () => {
  const { world, client, server } = twoSubnets();
  const intent = world.intent() as ReturnType<typeof createIntent>;
  let commits = 0;
  let compiled = 0;
  const insights = createInsights({
    store: {
      intent,
      commit(edits) {
        commits++;
        intent.apply(edits);
        intent.revision++;
      },
    },
    log: silentLog(),
    compileWithoutHealth() {
      compiled++;
      return compile(intent, NO_FACTS);
    },
    changed() {},
  });
  const path = world.put(pathOf({ source: client.instance.id, destination: server.eni.id, port: 443 }));
  const before = compile(intent, NO_FACTS);
  insights.compiled(before);
  const analysis = world.put<NetworkInsightsAnalysis>({
    ...OWN,
    kind: 'networkInsightsAnalysis',
    id: 'nia-00000000000000001',
    pathId: path.id,
    result: null,
  });
  const state = () => intent.table('networkInsightsAnalysis').get(analysis.id)?.result?.state;
  const waiting = () => intent.table('networkInsightsAnalysis').count('progress', RUNNING);
  insights.applied(before);
  assert.equal(state(), undefined);
  assert.equal(waiting(), 1);
  const plan = compile(intent, NO_FACTS);
  insights.compiled(plan);
  assert.equal(state(), undefined);
  insights.applied(plan);
  assert.equal(state(), 'succeeded');
  assert.equal(waiting(), 0);
  insights.applied(plan);
  insights.compiled(compile(intent, NO_FACTS));
  assert.equal(commits, 1);
  assert.equal(compiled, 0);
});
