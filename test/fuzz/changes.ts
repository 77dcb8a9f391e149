/** Steps that change or take away what others made, and what lies beside the usual: with their weights. */
import fc from 'fast-check';
import { aclEntry, index, ports, protocol, side } from './parts.ts';

const block = fc.constantFrom('10.0.0.0/16', '10.0.0.0/24', '10.0.1.0/24', '10.1.0.0/16', '172.31.0.0/16', '0.0.0.0/0');

export const changes = [
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('secondary'),
      port: index,
      /** An elastic address of its own. */
      isElastic: fc.boolean(),
      isGone: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ipv6Address'), port: index, isGone: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('secondInterface'),
      instance: index,
      subnet: index,
      group: index,
      end: fc.constantFrom('attached', 'attached', 'attached', 'detached', 'never'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('instanceLife'),
      instance: index,
      end: fc.constantFrom('started', 'terminated'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('elasticChange'),
      address: index,
      port: index,
      what: fc.constantFrom('move', 'move', 'disassociate'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('vpcBlock'),
      vpc: index,
      cidr: fc.constantFrom('10.2.0.0/16', '10.3.0.0/16', '100.64.0.0/16'),
      group: index,
      isGone: fc.constantFrom(false, false, false, true),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('subnetIpv6'),
      subnet: index,
      isGone: fc.constantFrom(false, false, true),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('ownList'),
      vpc: index,
      blocks: fc.array(block, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('listEntry'), list: index, block, isAdded: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('listRule'),
      group: index,
      side,
      protocol,
      ports,
      list: index,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('listRoute'),
      table: index,
      list: index,
      target: fc.constantFrom('internetGateway', 'peering', 'natGateway', 'transitGateway', 'interface'),
      at: index,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('tableOf'), subnet: index, table: index, isMain: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deleteRoute'), table: index, route: index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('aclChange'),
      acl: index,
      what: fc.constantFrom('create', 'replace', 'delete'),
      entry: aclEntry,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('endpointChange'),
      endpoint: index,
      what: fc.constantFrom(
        'addSubnet',
        'removeSubnet',
        'addGroup',
        'removeGroup',
        'tables',
        'privateDns',
        'reject',
        'accept',
        'delete',
      ),
      at: index,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('balancerChange'),
      balancer: index,
      what: fc.oneof(
        fc.constantFrom('deregister', 'register', 'health', 'deleteListener', 'preserve'),
        fc.constantFrom('groups', 'guard', 'subnets', 'crossZone', 'delete'),
      ),
      at: index,
      second: index,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('transitTable'),
      attachment: index,
      /** Whose routes its table has: by attachment. */
      propagated: fc.array(index, { maxLength: 2 }),
      isAssociated: fc.constantFrom(true, true, true, false),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('record'),
      zone: index,
      name: fc.constantFrom('', 'www.', '*.', 'ns.'),
      type: fc.constantFrom('A', 'AAAA', 'CNAME', 'NS', 'endpoint', 'balancer'),
      at: index,
      isGone: fc.constantFrom(false, false, true),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('takeAway'),
      what: fc.constantFrom(
        'natGateway',
        'transitAttachment',
        'vpnGateway',
        'resolverRule',
        'resolverEndpoint',
        'zoneAssociation',
        'propagation',
      ),
      at: index,
    }),
  },
] as const;
