/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html: counts, and the quotas that are kept here. */
import { reply } from '../action.ts';
import { keysOf } from './access-keys.ts';
import { iamAction } from './action.ts';
import { ownByName } from './find.ts';

const QUOTAS = {
  AccessKeysPerUserQuota: 2,
  AssumeRolePolicySizeQuota: 2048,
  AttachedPoliciesPerGroupQuota: 10,
  AttachedPoliciesPerRoleQuota: 10,
  AttachedPoliciesPerUserQuota: 10,
  GroupPolicySizeQuota: 5120,
  GroupsPerUserQuota: 10,
  GroupsQuota: 300,
  PolicySizeQuota: 6144,
  RolePolicySizeQuota: 10_240,
  UserPolicySizeQuota: 2048,
  VersionsPerPolicyQuota: 5,
};

export const getAccountSummary = iamAction<'GetAccountSummary'>({}, (_input, context) =>
  reply({
    SummaryMap: {
      ...QUOTAS,
      AccountAccessKeysPresent: keysOf(context, null).length > 0 ? 1 : 0,
      Groups: ownByName(context, 'group').length,
      InstanceProfiles: ownByName(context, 'instanceProfile').length,
      Policies: ownByName(context, 'policy').length,
      PolicyVersionsInUse: ownByName(context, 'policy').reduce((sum, { versions }) => sum + versions.length, 0),
      Roles: ownByName(context, 'role').length,
      Users: ownByName(context, 'user').length,
    },
  }),
);
