/** Who has a managed policy, or is bounded by it. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html */
import { arnOf } from '../../iam/arn.ts';
import { reply } from '../action.ts';
import { iamAction } from './action.ts';
import { holders, isBoundedBy } from './attachments.ts';
import { findPolicy } from './find.ts';
import { checkedPrefix } from './names.ts';
import { byText, page } from './pages.ts';

export const listEntitiesForPolicy = iamAction<'ListEntitiesForPolicy'>(
  { PolicyArn: true, EntityFilter: true, PathPrefix: true, PolicyUsageFilter: true, Marker: true, MaxItems: true },
  (input, context) => {
    const arn = arnOf(findPolicy(context, input.PolicyArn));
    const prefix = checkedPrefix(input.PathPrefix);
    const { EntityFilter: kind, PolicyUsageFilter: usage } = input;
    const found = holders(context)
      .filter((each) => kind === undefined || kind.toLowerCase() === each.kind)
      .filter((each) => each.path.startsWith(prefix))
      .filter(
        (each) =>
          (usage !== 'PermissionsBoundary' && each.attachedPolicyArns.includes(arn)) ||
          (usage !== 'PermissionsPolicy' && isBoundedBy(each, arn)),
      )
      .sort((a, b) => byText(a.id, b.id));
    const { items, rest } = page(found, input, (each) => each.id);
    return reply({
      PolicyGroups: items.flatMap((each) =>
        each.kind === 'group' ? [{ GroupName: each.name, GroupId: each.id }] : [],
      ),
      PolicyUsers: items.flatMap((each) => (each.kind === 'user' ? [{ UserName: each.name, UserId: each.id }] : [])),
      PolicyRoles: items.flatMap((each) => (each.kind === 'role' ? [{ RoleName: each.name, RoleId: each.id }] : [])),
      ...rest,
    });
  },
);
