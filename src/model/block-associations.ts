/** Ids of the associations of blocks with VPCs and subnets. They follow from both, so an association needs no resource of its own. */
import { fingerprint } from './fingerprint.ts';
import type { AnyResource } from './resources.ts';
import { blocksOf } from './vpc-blocks.ts';

export function blockAssociationId(
  owner: { readonly id: string; readonly kind: 'vpc' | 'subnet' },
  block: string,
): string {
  return `${owner.kind}-cidr-assoc-0${fingerprint(`${owner.id} ${block}`, 16)}`;
}

/** By which a VPC or a subnet is found; none of others. */
export function blockAssociationIds(resource: AnyResource): readonly string[] {
  if (resource.kind === 'vpc') {
    return blocksOf(resource).map((block) => blockAssociationId(resource, block));
  }
  if (resource.kind !== 'subnet' || resource.ipv6Cidr === null) return [];
  return [blockAssociationId(resource, resource.ipv6Cidr)];
}
