/**
 * The default VPC, as AWS gives it to every account in every region: 172.31.0.0/16, a public /20 in each zone, an
 * internet gateway and the route to it. https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
 */

import { type Edit, put } from '../../../model/edit.ts';
import { withEdits } from '../../../model/intent.ts';
import type { Subnet, Vpc } from '../../../model/resources.ts';
import { zonesOf } from '../../../model/zones.ts';
import { cidrOf, formatCidr } from '../../../net/cidr.ts';
import type { Context } from '../../action.ts';
import { find, own } from '../../shared/find.ts';
import { newResource } from '../../shared/resource.ts';
import { newVpc } from './birth.ts';

const DEFAULT_VPC_CIDR = '172.31.0.0/16';
const SUBNET_PREFIX = 20;

export function defaultVpcOf(context: Pick<Context, 'intent' | 'account' | 'region'>): Vpc | undefined {
  return own(context, 'vpc').find((vpc) => vpc.isDefault);
}

export function newDefaultVpc(
  context: Context,
  dhcpOptionsId: string,
): { readonly vpc: Vpc; readonly edits: readonly Edit[] } {
  const { vpc, edits } = newVpc(context, {
    cidr: DEFAULT_VPC_CIDR,
    isDefault: true,
    instanceTenancy: 'default',
    dhcpOptionsId,
    tags: {},
  });
  const gateway = newResource(context, 'internetGateway');
  const after = { ...context, intent: withEdits(context.intent, edits) };
  const table = find(after, 'routeTable', vpc.mainRouteTableId);
  const subnets = zonesOf(context.account, context.region).map((zone, at) =>
    newDefaultSubnet(context, vpc, zone.id, defaultBlock(at)),
  );
  return {
    vpc,
    edits: [
      ...edits,
      put({ ...gateway, kind: 'internetGateway', vpcId: vpc.id }),
      put({
        ...table,
        routes: [{ destination: '0.0.0.0/0', target: { kind: 'internetGateway', id: gateway.id } }],
      }),
      ...subnets.map(put),
    ],
  };
}

export function newDefaultSubnet(context: Context, vpc: Vpc, zoneId: string, cidr: string): Subnet {
  return {
    ...newResource(context, 'subnet'),
    kind: 'subnet',
    vpcId: vpc.id,
    cidr,
    zoneId,
    isDefaultForZone: true,
    mapPublicIpOnLaunch: true,
    ipv6Cidr: null,
    assignIpv6OnCreation: false,
  };
}

/** The `n`-th block of a default subnet's size inside the default VPC. */
export function defaultBlock(n: number): string {
  const { first } = cidrOf(DEFAULT_VPC_CIDR);
  const size = 1n << BigInt(32 - SUBNET_PREFIX);
  return formatCidr({ version: 4, first: first + size * BigInt(n), last: 0n, prefix: SUBNET_PREFIX });
}

/** How many of them there are. */
export const DEFAULT_BLOCKS = 2 ** (SUBNET_PREFIX - 16);
