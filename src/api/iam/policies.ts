/** Customer-managed policies and their versions; AWS's own can be read. */

import { checkIdentityDocument } from '../../iam/document.ts';
import { managedPolicies } from '../../iam/managed-policies.ts';
import { put, remove } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import type { Policy, PolicyVersion } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { iamAction } from './action.ts';
import { attachmentCount, boundaryCount } from './attachments.ts';
import { findOwnPolicy, findPolicy, missing, nameIsTaken, ownByName } from './find.ts';
import { iamId } from './ids.ts';
import { checkedDescription, checkedName, checkedPath } from './names.ts';
import { byText, page } from './pages.ts';
import { withTags } from './tags.ts';
import { viewPolicy, viewVersion } from './views.ts';

const MAX_SIZE = 6144;
const MAX_VERSIONS = 5;

function checkedDocument(document: string): string {
  checkIdentityDocument(document);
  if (document.replace(/\s/g, '').length > MAX_SIZE) {
    refuse('LimitExceeded', `Cannot exceed quota for PolicySize: ${MAX_SIZE}`, 409);
  }
  return document;
}

export const createPolicy = iamAction<'CreatePolicy'>(
  { PolicyName: true, Path: true, PolicyDocument: true, Description: true, Tags: true },
  (input, context) => {
    const name = checkedName(input.PolicyName, 'policyName', 128);
    const policy: Policy = {
      kind: 'policy',
      id: iamId('policy', context),
      account: context.account,
      region: '',
      createdAt: context.now,
      name,
      path: checkedPath(input.Path),
      description: checkedDescription(input.Description),
      tags: withTags({}, input.Tags),
      versions: [{ id: 'v1', document: checkedDocument(input.PolicyDocument), createdAt: context.now }],
      defaultVersionId: 'v1',
      versionsMade: 1,
    };
    if (nameIsTaken(context, 'policy', name)) {
      refuse('EntityAlreadyExists', `A policy called ${name} already exists. Duplicate names are not allowed.`, 409);
    }
    const { Description: _, ...view } = viewPolicy(policy, context, true);
    return { edits: [put(policy)], output: { Policy: view } };
  },
);

export const getPolicy = iamAction<'GetPolicy'>({ PolicyArn: true }, (input, context) =>
  reply({ Policy: viewPolicy(findPolicy(context, input.PolicyArn), context, true) }),
);

export const listPolicies = iamAction<'ListPolicies'>(
  { Scope: true, OnlyAttached: true, PathPrefix: true, PolicyUsageFilter: true, Marker: true, MaxItems: true },
  (input, context) => {
    const scope = input.Scope ?? 'All';
    const prefix = checkedPath(input.PathPrefix);
    const all = [
      ...(scope === 'Local' ? [] : managedPolicies()),
      ...(scope === 'AWS' ? [] : ownByName(context, 'policy')),
    ];
    const wanted = all
      .filter((policy) => policy.path.startsWith(prefix))
      .filter((policy) => input.OnlyAttached !== true || attachmentCount(context, policy) > 0)
      .filter((policy) => isUsedAs(context, policy, input.PolicyUsageFilter))
      .sort((a, b) => byText(keyOf(a), keyOf(b)));
    const { items, rest } = page(wanted, input, keyOf);
    return reply({ Policies: items.map((policy) => viewPolicy(policy, context, false)), ...rest });
  },
);

/** A customer's policy may have the name of one of AWS's. */
function keyOf(policy: Policy): string {
  return `${policy.name}/${policy.account}`;
}

function isUsedAs(context: Context, policy: Policy, usage: string | undefined): boolean {
  if (usage === 'PermissionsPolicy') return attachmentCount(context, policy) > 0;
  return usage !== 'PermissionsBoundary' || boundaryCount(context, policy) > 0;
}

export const deletePolicy = iamAction<'DeletePolicy'>({ PolicyArn: true }, (input, context) => {
  const policy = findOwnPolicy(context, input.PolicyArn);
  if (attachmentCount(context, policy) > 0 || boundaryCount(context, policy) > 0) {
    refuse('DeleteConflict', 'Cannot delete a policy attached to entities.', 409);
  }
  if (policy.versions.length > 1) {
    refuse(
      'DeleteConflict',
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      409,
    );
  }
  return { edits: [remove(policy)], output: {} };
});

export const createPolicyVersion = iamAction<'CreatePolicyVersion'>(
  { PolicyArn: true, PolicyDocument: true, SetAsDefault: true },
  (input, context) => {
    const policy = findOwnPolicy(context, input.PolicyArn);
    const document = checkedDocument(input.PolicyDocument);
    if (policy.versions.length >= MAX_VERSIONS) {
      refuse(
        'LimitExceeded',
        `A managed policy can have up to ${MAX_VERSIONS} versions. Before you create a new version, you must delete an existing version.`,
        409,
      );
    }
    const version: PolicyVersion = { id: `v${policy.versionsMade + 1}`, document, createdAt: context.now };
    const changed: Policy = {
      ...policy,
      versions: [...policy.versions, version],
      versionsMade: policy.versionsMade + 1,
      defaultVersionId: input.SetAsDefault === true ? version.id : policy.defaultVersionId,
    };
    return { edits: [put(changed)], output: { PolicyVersion: viewVersion(changed, version, false) } };
  },
);

function serialOf(versionId: string): number {
  return Number(versionId.slice(1));
}

export const getPolicyVersion = iamAction<'GetPolicyVersion'>(
  { PolicyArn: true, VersionId: true },
  (input, context) => {
    const policy = findPolicy(context, input.PolicyArn);
    return reply({ PolicyVersion: viewVersion(policy, findVersion(policy, input.PolicyArn, input.VersionId), true) });
  },
);

export const listPolicyVersions = iamAction<'ListPolicyVersions'>(
  { PolicyArn: true, Marker: true, MaxItems: true },
  (input, context) => {
    const policy = findPolicy(context, input.PolicyArn);
    // Newest first, and of one length, so that they sort as text.
    const key = (version: PolicyVersion) => String(1e6 - serialOf(version.id));
    const sorted = [...policy.versions].sort((a, b) => byText(key(a), key(b)));
    const { items, rest } = page(sorted, input, key);
    return reply({ Versions: items.map((version) => viewVersion(policy, version, false)), ...rest });
  },
);

export const deletePolicyVersion = iamAction<'DeletePolicyVersion'>(
  { PolicyArn: true, VersionId: true },
  (input, context) => {
    const policy = findOwnPolicy(context, input.PolicyArn);
    const version = findVersion(policy, input.PolicyArn, input.VersionId);
    if (version.id === policy.defaultVersionId) {
      refuse('DeleteConflict', 'Cannot delete the default version of a policy.', 409);
    }
    return { edits: [put({ ...policy, versions: policy.versions.filter((each) => each !== version) })], output: {} };
  },
);

export const setDefaultPolicyVersion = iamAction<'SetDefaultPolicyVersion'>(
  { PolicyArn: true, VersionId: true },
  (input, context) => {
    const policy = findOwnPolicy(context, input.PolicyArn);
    const version = findVersion(policy, input.PolicyArn, input.VersionId);
    return { edits: [put({ ...policy, defaultVersionId: version.id })], output: {} };
  },
);

function findVersion(policy: Policy, arn: string, id: string): PolicyVersion {
  return (
    policy.versions.find((version) => version.id === id) ??
    missing(`Policy ${arn} version ${id} does not exist or is not attachable.`)
  );
}
