/** Who calls, and temporary credentials for the same. */
import { userIdOf } from '../../iam/evaluate.ts';
import { principalArn } from '../../iam/principal.ts';
import { refuse } from '../../model/refusal.ts';
import { reply } from '../action.ts';
import { stsAction } from './action.ts';
import { checkedSeconds, issue } from './credentials.ts';

/** Needs no permission: a caller may always ask who it is. */
export const getCallerIdentity = stsAction<'GetCallerIdentity'>({}, (_input, { principal }) =>
  reply({ UserId: userIdOf(principal), Account: principal.account, Arn: principalArn(principal) }),
);

const USER_SECONDS = { default: 43_200, most: 129_600 };
const ROOT_SECONDS = { default: 3600, most: 3600 };

export const getSessionToken = stsAction<'GetSessionToken'>({ DurationSeconds: true }, (input, context) => {
  const { principal } = context;
  if (principal.kind === 'session') {
    refuse('AccessDenied', 'Cannot call GetSessionToken with session credentials', 403);
  }
  const limits = principal.kind === 'root' ? ROOT_SECONDS : USER_SECONDS;
  const seconds = checkedSeconds(input.DurationSeconds, limits.default, USER_SECONDS.most);
  return reply({ Credentials: issue(context, principal, Math.min(seconds, limits.most)) });
});
