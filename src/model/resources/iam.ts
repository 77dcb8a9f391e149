/** Identities; region ''. */
import type { Resource } from './resource.ts';

export interface Role extends Resource {
  readonly kind: 'role';
  readonly name: string;
  readonly path: string;
  readonly description: string | null;
  readonly trustPolicy: string;
  readonly maxSessionSeconds: number;
  readonly attachedPolicyArns: readonly string[];
  readonly inlinePolicies: Readonly<Record<string, string>>;
  readonly permissionsBoundaryArn: string | null;
}

export interface User extends Resource {
  readonly kind: 'user';
  readonly name: string;
  readonly path: string;
  /** Absent: in none. */
  readonly groupIds?: readonly string[];
  readonly attachedPolicyArns: readonly string[];
  readonly inlinePolicies: Readonly<Record<string, string>>;
  readonly permissionsBoundaryArn: string | null;
}

/** Users have its policies beside their own: who they are is kept with them. */
export interface Group extends Resource {
  readonly kind: 'group';
  readonly name: string;
  readonly path: string;
  readonly attachedPolicyArns: readonly string[];
  readonly inlinePolicies: Readonly<Record<string, string>>;
}

/** A customer-managed policy; AWS's own are a table in src/iam. */
export interface Policy extends Resource {
  readonly kind: 'policy';
  readonly name: string;
  readonly path: string;
  readonly description: string | null;
  readonly versions: readonly PolicyVersion[];
  readonly defaultVersionId: string;
  /** How many versions it has had: the numbers of deleted ones are not given again. */
  readonly versionsMade: number;
}

export interface PolicyVersion {
  readonly id: string;
  readonly document: string;
  readonly createdAt: string;
}

export interface InstanceProfile extends Resource {
  readonly kind: 'instanceProfile';
  readonly name: string;
  readonly path: string;
  /** Role name; null: empty. */
  readonly roleName: string | null;
}

/** A long-term key. `id` is the access key id (AKIA…). The root of an account has `userName` null. */
export interface AccessKey extends Resource {
  readonly kind: 'accessKey';
  readonly userName: string | null;
  readonly secret: string;
  readonly active: boolean;
  /** Kept, without its secret, so that it is known for one of ours: lenient Culverts let in keys that are not. */
  readonly isDeleted?: true;
}
