/** The members that every new resource starts with, and the ARNs of resources. */
import { type IdKind, newId } from '../../model/ids.ts';
import type { Resource } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import type { Tags } from './tags.ts';

export function newResource(context: Context, kind: IdKind, tags: Tags = {}): Resource {
  return {
    id: newId(kind, context),
    account: context.account,
    region: context.region,
    tags,
    createdAt: context.now,
  };
}

/** `type` as in the ARN's resource part: "subnet" of "arn:aws:ec2:…:subnet/subnet-…". */
export function ec2Arn(resource: Resource, type: string): string {
  return `arn:aws:ec2:${resource.region}:${resource.account}:${type}/${resource.id}`;
}

/** An id that follows from another one, for things that AWS numbers and we keep no resource for. */
export function derivedId(prefix: string, resource: { readonly id: string }): string {
  return `${prefix}-${resource.id.slice(resource.id.lastIndexOf('-') + 1)}`;
}
