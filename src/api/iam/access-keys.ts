/** Long-term keys of users and of the account's root: at most two each, the secret shown once. */
import { put } from '../../model/edit.ts';
import { owner } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import type { AccessKey } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { iamAction } from './action.ts';
import { findUser, missing } from './find.ts';
import { iamId, secretKey } from './ids.ts';
import { invalid } from './names.ts';
import { byText, page } from './pages.ts';
import { viewKey } from './views.ts';

const MAX_KEYS = 2;

/** null: of the root. */
export function keysOf(context: Context, userName: string | null): AccessKey[] {
  return context.intent
    .table('accessKey')
    .by('owner', owner(context.account, ''))
    .filter((key) => key.userName === userName && !key.isDeleted);
}

/** Whose keys are meant: the named user's, else the caller's. null: the root. */
function ownerOf(context: Context, userName: string | undefined): string | null {
  const { principal } = context;
  if (userName !== undefined) return findUser(context, userName).name;
  if (principal.kind === 'session') invalid('Must specify userName when calling with non-User credentials');
  return principal.kind === 'user' ? principal.userName : null;
}

function findKey(context: Context, userName: string | undefined, id: string): AccessKey {
  const key = keysOf(context, ownerOf(context, userName)).find((each) => each.id === id);
  return key ?? missing(`The Access Key with id ${id} cannot be found.`);
}

export const createAccessKey = iamAction<'CreateAccessKey'>({ UserName: true }, (input, context) => {
  const userName = ownerOf(context, input.UserName);
  if (keysOf(context, userName).length >= MAX_KEYS) {
    refuse('LimitExceeded', `Cannot exceed quota for AccessKeysPerUser: ${MAX_KEYS}`, 409);
  }
  const key: AccessKey = {
    kind: 'accessKey',
    id: iamId('accessKey', context),
    account: context.account,
    region: '',
    tags: {},
    createdAt: context.now,
    userName,
    secret: secretKey(context),
    active: true,
  };
  const output = {
    UserName: userName ?? 'root',
    AccessKeyId: key.id,
    Status: 'Active' as const,
    SecretAccessKey: key.secret,
    CreateDate: new Date(key.createdAt),
  };
  return { edits: [put(key)], output: { AccessKey: output } };
});

export const listAccessKeys = iamAction<'ListAccessKeys'>(
  { UserName: true, Marker: true, MaxItems: true },
  (input, context) => {
    const keys = keysOf(context, ownerOf(context, input.UserName)).sort((a, b) => byText(a.id, b.id));
    const { items, rest } = page(keys, input, (key) => key.id);
    return reply({ AccessKeyMetadata: items.map(viewKey), ...rest });
  },
);

export const updateAccessKey = iamAction<'UpdateAccessKey'>(
  { UserName: true, AccessKeyId: true, Status: ['Active', 'Inactive'] },
  (input, context) => {
    const key = findKey(context, input.UserName, input.AccessKeyId);
    return { edits: [put({ ...key, active: input.Status === 'Active' })], output: {} };
  },
);

export const deleteAccessKey = iamAction<'DeleteAccessKey'>(
  { UserName: true, AccessKeyId: true },
  (input, context) => ({
    edits: [
      put({ ...findKey(context, input.UserName, input.AccessKeyId), secret: '', active: false, isDeleted: true }),
    ],
    output: {},
  }),
);
