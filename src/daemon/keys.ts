/**
 * Long-term keys: whose they are, for verifying signatures here and in the edge; and the root key of the default account, made
 * at the first start and left in a credentials file that the AWS CLI and the SDKs read as it is.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pick } from '../host/random.ts';
import type { Identities, KnownKey } from '../iam/credentials.ts';
import { grantsOf } from '../iam/evaluate.ts';
import type { Principal } from '../iam/principal.ts';
import { put } from '../model/edit.ts';
import { type Intent, owner } from '../model/intent.ts';
import type { AccessKey } from '../model/resources.ts';
import type { Store } from './store/store.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function findKey(intent: Intent, accessKeyId: string): KnownKey | undefined {
  const key = intent.table('accessKey').get(accessKeyId);
  if (key?.isDeleted) return { secret: '', principal: { kind: 'root', account: key.account }, active: false };
  const principal = key === undefined ? undefined : principalOf(intent, key);
  return key === undefined || principal === undefined
    ? undefined
    : { secret: key.secret, principal, active: key.active };
}

/** Whether a session's role or user is still there: with it go its credentials. */
export function isAlive(intent: Intent, principal: Principal): boolean {
  switch (principal.kind) {
    case 'root':
      return true;
    case 'user':
      return intent.table('user').get(principal.userId) !== undefined;
    case 'session':
      return intent.table('role').get(principal.roleId) !== undefined;
  }
}

/** Every key, and what its holder may do, for the edge. */
export function identitiesOf(intent: Intent): Identities {
  const accessKeys: Record<string, KnownKey> = {};
  for (const { id } of intent.table('accessKey').all()) {
    const known = findKey(intent, id);
    if (known !== undefined) accessKeys[id] = known;
  }
  const holders = [...intent.table('user').all(), ...intent.table('role').all()];
  return { accessKeys, grants: Object.fromEntries(holders.map((each) => [each.id, grantsOf(intent, each)])) };
}

function principalOf(intent: Intent, key: AccessKey): Principal | undefined {
  const { account, userName } = key;
  if (userName === null) return { kind: 'root', account };
  const user = intent
    .table('user')
    .by('name', userName)
    .find((each) => each.account === account);
  return user === undefined
    ? undefined
    : { kind: 'user', account, userName: user.name, userId: user.id, path: user.path };
}

export function credentialsFile(home: string, account: string): string {
  return join(home, 'keys', `root-${account}.credentials`);
}

/** The account's root key, made if there is none; its file is written anew if it was lost. True: the key is new. */
export function ensureRootKey(store: Store, home: string, account: string, now: string): boolean {
  const known = store.intent
    .table('accessKey')
    .by('owner', owner(account, ''))
    .find((key) => key.userName === null && key.active);
  const key: AccessKey = known ?? {
    kind: 'accessKey',
    id: `AKIA${pick(16, BASE32)}`,
    account,
    region: '',
    tags: {},
    createdAt: now,
    userName: null,
    secret: pick(40, BASE64),
    active: true,
  };
  if (known === undefined) store.commit([put(key)]);
  const file = credentialsFile(home, account);
  if (known === undefined || !existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const text = `[default]\naws_access_key_id = ${key.id}\naws_secret_access_key = ${key.secret}\n`;
    writeFileSync(file, text, { mode: 0o600 });
  }
  return known === undefined;
}
