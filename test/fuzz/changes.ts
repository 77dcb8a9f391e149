/** Steps that change or take away what others made, and what lies beside the usual: with their weights. */
import fc from 'fast-check';
import { aclEntry, index, ports, protocol, side } from './parts.ts';

const block = fc.constantFrom('10.0.0.0/16', '10.0.0.0/24', '10.0.1.0/24', '10.1.0.0/16', '172.31.0.0/16', '0.0.0.0/0');

/** Of a list that is made where its number is too high for those that are there. */
const blocks = fc.array(block, { minLength: 1, maxLength: 3 });

export const CHANGES = {
  secondary: {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('secondary'),
      port: index,
      /** An elastic address of its own. */
      isElastic: fc.boolean(),
      isGone: fc.constantFrom(false, false, true),
    }),
  },
  ipv6Address: {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('ipv6Address'), port: index, isGone: fc.boolean() }),
  },
  secondInterface: {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('secondInterface'),
      instance: index,
      subnet: index,
      group: index,
      end: fc.constantFrom('attached', 'attached', 'attached', 'detached', 'never'),
    }),
  },
  instanceLife: {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('instanceLife'),
      instance: index,
      end: fc.constantFrom('started', 'terminated'),
    }),
  },
  elasticChange: {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('elasticChange'),
      address: index,
      port: index,
      what: fc.constantFrom('move', 'move', 'disassociate'),
    }),
  },
  vpcBlock: {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('vpcBlock'),
      vpc: index,
      cidr: fc.constantFrom('10.2.0.0/16', '10.3.0.0/16', '100.64.0.0/16'),
      group: index,
      isGone: fc.constantFrom(false, false, false, true),
    }),
  },
  subnetIpv6: {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('subnetIpv6'),
      subnet: index,
      isGone: fc.constantFrom(false, false, true),
    }),
  },
  listEntry: {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('listEntry'), list: index, block, isAdded: fc.boolean() }),
  },
  listRule: {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('listRule'),
      group: index,
      side,
      protocol,
      ports,
      list: index,
      blocks,
    }),
  },
  listRoute: {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('listRoute'),
      table: index,
      list: index,
      blocks,
      target: fc.constantFrom('internetGateway', 'peering', 'natGateway', 'transitGateway', 'interface'),
      at: index,
    }),
  },
  tableOf: {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('tableOf'), subnet: index, table: index, isMain: fc.boolean() }),
  },
  deleteRoute: { weight: 1, arbitrary: fc.record({ kind: fc.constant('deleteRoute'), table: index, route: index }) },
  aclChange: {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('aclChange'),
      acl: index,
      what: fc.constantFrom('create', 'replace', 'delete'),
      entry: aclEntry,
    }),
  },
  endpointChange: {
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
  balancerChange: {
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
  transitTable: {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('transitTable'),
      attachment: index,
      /** Whose routes its table has: by attachment. */
      propagated: fc.array(index, { maxLength: 2 }),
      isAssociated: fc.constantFrom(true, true, true, false),
    }),
  },
  record: {
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
  takeAway: { weight: 1, arbitrary: fc.record({ kind: fc.constant('takeAway'), at: index }) },
} as const;
