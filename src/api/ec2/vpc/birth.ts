/**
 * A new VPC with what it is born with: main route table and its association, default group with its rules, default
 * network ACL. https://docs.aws.amazon.com/vpc/latest/userguide/create-vpc.html
 */

import { type Edit, put } from '../../../model/edit.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Vpc } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { ownCount } from '../../shared/find.ts';
import { newResource } from '../../shared/resource.ts';
import type { Tags } from '../../shared/tags.ts';
import { allowAll } from '../network-acl/birth.ts';
import { allOut } from '../security-group/birth.ts';

interface Wanted {
  readonly cidr: string;
  readonly ipv6Cidrs?: readonly string[];
  readonly isDefault: boolean;
  readonly instanceTenancy: 'default' | 'dedicated';
  readonly dhcpOptionsId: string;
  readonly tags: Tags;
}

export function newVpc(context: Context, wanted: Wanted): { readonly vpc: Vpc; readonly edits: readonly Edit[] } {
  if (ownCount(context, 'vpc') >= quotaOf(context.intent, 'vpcsPerRegion', context)) {
    refuse('VpcLimitExceeded', 'The maximum number of VPCs has been reached.');
  }
  const id = newResource(context, 'vpc', wanted.tags);
  const table = newResource(context, 'routeTable');
  const group = newResource(context, 'securityGroup');
  const acl = newResource(context, 'networkAcl');
  const vpc: Vpc = {
    ...id,
    kind: 'vpc',
    cidrs: [wanted.cidr],
    ipv6Cidrs: wanted.ipv6Cidrs ?? [],
    isDefault: wanted.isDefault,
    dnsSupport: true,
    dnsHostnames: wanted.isDefault,
    instanceTenancy: wanted.instanceTenancy,
    dhcpOptionsId: wanted.dhcpOptionsId,
    mainRouteTableId: table.id,
    defaultGroupId: group.id,
    defaultAclId: acl.id,
  };
  const vpcId = vpc.id;
  const edits: readonly Edit[] = [
    put(vpc),
    put({ ...table, kind: 'routeTable', vpcId, routes: [] }),
    put({
      ...newResource(context, 'routeTableAssociation'),
      kind: 'routeTableAssociation',
      vpcId,
      routeTableId: table.id,
      subnetId: null,
    }),
    put({ ...acl, kind: 'networkAcl', vpcId, isDefault: true, entries: allowAll((wanted.ipv6Cidrs ?? []).length > 0) }),
    put({ ...group, kind: 'securityGroup', vpcId, name: 'default', description: 'default VPC security group' }),
    put({
      ...newResource(context, 'securityGroupRule'),
      kind: 'securityGroupRule',
      groupId: group.id,
      direction: 'ingress',
      protocol: '-1',
      fromPort: -1,
      toPort: -1,
      peer: { kind: 'group', groupId: group.id, account: context.account },
      description: null,
    }),
    put(allOut(context, group.id)),
    ...(vpc.ipv6Cidrs.length === 0 ? [] : [put(allOut(context, group.id, 6))]),
  ];
  return { vpc, edits };
}
