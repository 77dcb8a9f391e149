/**
 * What a random topology is made of: VPCs that may have the same range, with instances in them, and then steps, each one or a few
 * API calls. Small numbers stand for whatever there is by then ("the third group"), so that any part can be left out when a
 * failure is made smaller.
 */
import fc from 'fast-check';
import { CHANGES } from './changes.ts';
import { aclEntry, index, ports, protocol, side } from './parts.ts';

/** Of one topology. */
const FLOWS = 40;
const QUESTIONS = 6;

/** Of those that shrinking tries first: that of all VPCs alike. */
const range = fc.constantFrom('10.0', '10.0', '10.1', '172.31');

const vpc = fc.record({
  range,
  hasIpv6: fc.boolean(),
  hasGateway: fc.boolean(),
  zones: fc.integer({ min: 1, max: 2 }),
  isOtherAccount: fc.boolean(),
  /** In another region. */
  isFar: fc.nat(7).map((at) => at === 7),
  /** Groups beside the default one, and what they allow at first. */
  groups: fc.array(fc.constantFrom('open', 'open', 'open', 'web', 'members', 'mute'), { minLength: 1, maxLength: 2 }),
  instances: fc.array(fc.record({ subnet: index, group: index, isPublic: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
    size: 'max',
  }),
});

const peer = fc.oneof(
  fc.record({ kind: fc.constant('group'), group: index }),
  fc.record({ kind: fc.constant('address'), port: index }),
  fc.record({ kind: fc.constant('block'), block: fc.constantFrom('0.0.0.0/0', '::/0', '10.0.0.0/16', '10.0.1.0/24') }),
  fc.record({ kind: fc.constant('list'), list: fc.constantFrom('s3', 'dynamodb', 'own', 'own'), at: index }),
);

const balancer = fc.record({
  vpc: index,
  subnets: index,
  groups: fc.constantFrom('none', 'none', 'one', 'two'),
  group: index,
  isPublic: fc.boolean(),
  /** Where the VPC has IPv6, as the internet is faced where it has a gateway. */
  isDualstack: fc.boolean(),
  crossZone: fc.boolean(),
  guardPrivateLink: fc.boolean(),
  listeners: fc.array(
    fc.record({
      protocol: fc.constantFrom('TCP', 'TCP', 'UDP', 'TCP_UDP', 'TLS'),
      port: fc.constantFrom(80, 443, 9000),
      targetPort: fc.constantFrom(80, 8080, 9000),
      targetType: fc.constantFrom('instance', 'instance', 'ip'),
      isIpv6: fc.constantFrom(false, false, true),
      preserve: fc.constantFrom('default', 'true', 'false'),
      proxyProtocol: fc.constantFrom(false, false, false, true),
      targets: fc.array(
        fc.record({
          instance: index,
          health: fc.constantFrom('healthy', 'healthy', 'unhealthy', 'initial'),
          /** Of those that are addresses: any interface's, of whichever VPC or host, beside the instances'. */
          isAny: fc.constantFrom(false, false, false, true),
        }),
        { maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  acceptanceRequired: fc.boolean(),
  hasPrivateName: fc.boolean(),
  consumers: fc.array(
    fc.record({
      vpc: index,
      subnets: index,
      group: index,
      answer: fc.constantFrom('accept', 'accept', 'accept', 'reject', 'none'),
      /** Other than ipv4 where the load balancer is dualstack; ipv6: in a subnet of its own. */
      addresses: fc.constantFrom('ipv4', 'ipv4', 'dualstack', 'ipv6'),
    }),
    { maxLength: 2 },
  ),
});

const STEPS = {
  rule: { weight: 4, arbitrary: fc.record({ kind: fc.constant('rule'), group: index, side, protocol, ports, peer }) },
  revoke: { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke'), group: index, side }) },
  groupsOf: {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('groupsOf'), port: index, group: index, second: index }),
  },
  sourceDestCheck: { weight: 1, arbitrary: fc.record({ kind: fc.constant('sourceDestCheck'), port: index }) },
  acl: {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('acl'),
      subnet: index,
      base: fc.constantFrom('all', 'all', 'none'),
      entries: fc.array(aclEntry, { minLength: 1, maxLength: 4 }),
    }),
  },
  peering: {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('peering'),
      from: index,
      to: index,
      isAccepted: fc.constantFrom(true, true, true, false),
      routes: fc.constantFrom('both', 'both', 'one', 'narrow', 'none'),
    }),
  },
  route: {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('route'),
      table: index,
      // local: the VPC's own first block, whose local route is replaced.
      destination: fc.constantFrom(
        ...['0.0.0.0/0', '::/0', '10.0.0.0/8', '10.1.1.0/24', '198.18.0.0/15', '172.31.0.0/16', 'local'],
      ),
      target: fc.constantFrom('internetGateway', 'egressOnly', 'peering', 'natGateway', 'transitGateway', 'interface'),
      at: index,
    }),
  },
  ownTable: { weight: 1, arbitrary: fc.record({ kind: fc.constant('ownTable'), subnet: index }) },
  detach: { weight: 1, arbitrary: fc.record({ kind: fc.constant('detach'), vpc: index }) },
  deletePeering: { weight: 1, arbitrary: fc.record({ kind: fc.constant('deletePeering'), at: index }) },
  elastic: { weight: 1, arbitrary: fc.record({ kind: fc.constant('elastic'), port: index }) },
  stop: { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop'), instance: index }) },
  endpoint: {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('endpoint'),
      vpc: index,
      service: fc.constantFrom('sqs', 's3', 'sns', 'ec2'),
      subnets: index,
      group: index,
      privateDns: fc.boolean(),
      isDualstack: fc.boolean(),
      /** Of S3: the private name is for inbound resolver endpoints alone; a gateway endpoint is there too then. */
      isForInbound: fc.boolean(),
    }),
  },
  ipv6Endpoint: {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('ipv6Endpoint'),
      vpc: index,
      service: fc.constantFrom('sqs', 's3'),
      group: index,
    }),
  },
  gatewayEndpoint: {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('gatewayEndpoint'),
      vpc: index,
      service: fc.constantFrom('s3', 'dynamodb'),
      tables: index,
    }),
  },
  balancer: { weight: 4, arbitrary: balancer.map((each) => ({ kind: 'balancer' as const, ...each })) },
  zone: {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('zone'),
      vpc: index,
      second: fc.option(index, { nil: null }),
      name: fc.constantFrom('corp.test', 'eu.corp.test', 'sqs.ap-south-1.amazonaws.com', 'amazonaws.com'),
      record: fc.constantFrom('', 'www.', '*.'),
      type: fc.constantFrom('A', 'CNAME'),
    }),
  },
  natGateway: {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('natGateway'),
      subnet: index,
      isPublic: fc.constantFrom(true, true, false),
      /** Another subnet of the VPC gets a table of its own that leads there. */
      from: index,
      destination: fc.constantFrom('0.0.0.0/0', '0.0.0.0/0', '10.0.0.0/8', '198.18.0.0/15'),
    }),
  },
  transit: {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('transit'),
      vpcs: fc.array(index, { minLength: 2, maxLength: 3 }),
      subnets: index,
      routes: fc.constantFrom('both', 'both', 'first', 'default', 'none'),
    }),
  },
  transitRoute: {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('transitRoute'),
      table: index,
      destination: fc.constantFrom('0.0.0.0/0', '10.0.0.0/16', '10.1.0.0/24', '192.168.0.0/16'),
      /** null: a blackhole. */
      attachment: fc.option(index, { nil: null }),
    }),
  },
  site: {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('site'),
      cidr: fc.constantFrom('192.168.0.0/24', '192.168.0.0/24', '10.1.0.0/16', '10.0.1.0/24'),
      vpc: index,
      end: fc.constantFrom('vpnGateway', 'vpnGateway', 'transitGateway'),
      isStatic: fc.boolean(),
      isPropagated: fc.constantFrom(true, true, false),
    }),
  },
  direct: {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('direct'),
      cidr: fc.constantFrom('192.168.0.0/24', '192.168.0.0/24', '10.1.0.0/16', '10.0.1.0/24'),
      vpc: index,
      end: fc.constantFrom('vpnGateway', 'vpnGateway', 'transitGateway'),
      /** Its virtual interface leads to a Direct Connect gateway, and that to the VPC's. */
      hasGateway: fc.boolean(),
      isPropagated: fc.constantFrom(true, true, false),
    }),
  },
  resolver: {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('resolver'),
      direction: fc.constantFrom('INBOUND', 'OUTBOUND', 'OUTBOUND'),
      vpc: index,
      subnets: index,
      group: index,
      /** Of an outbound one: which names, whom they are asked of, and where the rule holds beside. */
      domain: fc.constantFrom('corp.test', 'corp.test', 'eu.corp.test', 'amazonaws.com'),
      target: index,
      second: index,
    }),
  },
  flowLog: {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('flowLog'),
      at: index,
      of: fc.constantFrom('VPC', 'VPC', 'Subnet', 'NetworkInterface'),
      traffic: fc.constantFrom('ALL', 'ACCEPT', 'REJECT'),
    }),
  },
  dns: {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('dns'),
      vpc: index,
      attribute: fc.constantFrom('EnableDnsSupport', 'EnableDnsHostnames'),
    }),
  },
  ...CHANGES,
} as const;

type StepKind = keyof typeof STEPS;

/** What is made, and steps that lead to it, change it and take it away. */
const THEMES: readonly { readonly makes: readonly StepKind[]; readonly changes: readonly StepKind[] }[] = [
  {
    makes: ['balancer'],
    changes: [
      'balancerChange',
      'balancerChange',
      'balancerChange',
      'endpointChange',
      'rule',
      'acl',
      'secondary',
      'instanceLife',
    ],
  },
  {
    makes: ['transit', 'site', 'direct', 'vpcBlock'],
    changes: [
      'transitTable',
      'transitTable',
      'transitRoute',
      'takeAway',
      'route',
      'listRoute',
      'deleteRoute',
      'aclChange',
    ],
  },
  {
    makes: ['peering', 'vpcBlock', 'secondInterface'],
    changes: ['deletePeering', 'rule', 'listRule', 'listRoute', 'listEntry', 'deleteRoute', 'groupsOf', 'revoke'],
  },
  {
    makes: ['elastic', 'natGateway', 'ownTable', 'secondary'],
    changes: ['elasticChange', 'takeAway', 'route', 'tableOf', 'deleteRoute', 'detach', 'instanceLife', 'subnetIpv6'],
  },
  {
    makes: ['zone', 'resolver', 'resolver', 'endpoint', 'gatewayEndpoint', 'ipv6Endpoint', 'balancer'],
    changes: ['record', 'record', 'record', 'endpointChange', 'endpointChange', 'takeAway', 'dns', 'peering'],
  },
  {
    makes: ['secondInterface', 'secondary', 'sourceDestCheck', 'route'],
    changes: ['ipv6Address', 'instanceLife', 'acl', 'aclChange', 'groupsOf', 'sourceDestCheck', 'listRule', 'elastic'],
  },
];

const of = (kinds: readonly StepKind[]) => fc.oneof(...kinds.map((kind) => STEPS[kind].arbitrary));
const steps = fc.oneof(
  {
    weight: THEMES.length,
    arbitrary: fc.array(fc.oneof(...Object.values(STEPS)), { minLength: 4, maxLength: 14, size: 'max' }),
  },
  ...THEMES.map(({ makes, changes }) => ({
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.array(of(makes), { minLength: 3, maxLength: 5, size: 'max' }),
        fc.array(of([...makes, ...changes, ...changes]), { minLength: 3, maxLength: 9, size: 'max' }),
      )
      .map((parts) => parts.flat()),
  })),
);

/** Whom a flow goes to, of those that its sender's VPC has to do with; `at` says which. peer: by one link; beyond: by several. */
const toward = fc.constantFrom(
  ...[
    'near',
    'near',
    'near',
    'near',
    'peer',
    'peer',
    'peer',
    'beyond',
    'beyond',
    'endpoint',
    'endpoint',
    'endpoint',
    'balancer',
    'balancer',
  ],
  ...['balancer', 'public', 'public', 'service', 'service', 'router', 'hidden', 'nobody', 'far'],
);

const flow = fc.record({
  from: index,
  /** From an address of the internet that is no customer's, to a public one; by TCP. */
  isOutsider: fc.nat(19).map((at) => at === 19),
  isForged: fc.constantFrom(false, false, false, false, false, false, false, false, false, true),
  toward,
  at: fc.nat(63),
  protocol: fc.constantFrom('tcp', 'tcp', 'tcp', 'udp', 'udp', 'icmp'),
  port: fc.constantFrom(22, 80, 80, 443, 443, 8080, 9000, 53),
  isIpv6: fc.constantFrom(false, false, true),
});

const question = fc.record({
  vpc: index,
  name: fc.nat(63),
  type: fc.constantFrom('A', 'A', 'AAAA'),
  /** By which inbound endpoint, where there is one; null: the VPC's own resolver. */
  inbound: fc.option(index, { nil: null }),
});

export const topologies = fc.record({
  /** Whether the kernel is asked if all is there: that takes as long as all the rest. */
  isObserved: fc.nat(9).map((at) => at === 9),
  vpcs: fc.array(vpc, { minLength: 2, maxLength: 3, size: 'max' }),
  steps,
  flows: fc.array(flow, { minLength: FLOWS, maxLength: FLOWS }),
  questions: fc.array(question, { minLength: QUESTIONS, maxLength: QUESTIONS }),
});

export type Toward =
  | 'near'
  | 'peer'
  | 'beyond'
  | 'far'
  | 'endpoint'
  | 'balancer'
  | 'public'
  | 'service'
  | 'router'
  | 'hidden'
  | 'nobody';
export type Topology = typeof topologies extends fc.Arbitrary<infer T> ? T : never;
export type Step = Topology['steps'][number];
export type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>;
export type FlowSeed = Topology['flows'][number];
export type QuestionSeed = Topology['questions'][number];
