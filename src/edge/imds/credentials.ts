/**
 * The credentials of an instance's role. Key and secret follow from the installation's seal key, the instance, the role and
 * the period: the same within a period, whichever edge process is asked, and nothing is stored. AWS shows new ones at least
 * five minutes before the old expire; here an hour before.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import { sealSession, sessionKeyId } from '../../host/seal.ts';
import type { Principal } from '../../iam/principal.ts';
import type { Machine } from '../../plan/plan.ts';
import { document, seconds } from './tree.ts';

const HOUR_MS = 3_600_000;
const LIFE_MS = 6 * HOUR_MS;
const PERIOD_MS = 5 * HOUR_MS;

export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly updatedAt: string;
  readonly expiresAt: string;
}

export type CredentialSource = (machine: Machine, nowMs: number) => RoleCredentials;

/** For machines that have a role. */
export function createCredentialSource(sealKey: Buffer): CredentialSource {
  const key = Buffer.from(hkdfSync('sha256', sealKey, '', 'instance credentials', 32));
  const current = new Map<string, { readonly period: string; readonly credentials: RoleCredentials }>();

  return (machine, nowMs) => {
    const { role } = machine.metadata;
    if (role === null) throw new Error(`${machine.id} has no role`);
    const start = periodStart(Date.parse(machine.metadata.launchedAt), nowMs);
    const period = JSON.stringify([machine.id, role.roleArn, role.roleId, start]);
    const known = current.get(machine.id);
    if (known?.period === period) return known.credentials;

    const expiresAt = seconds(start + LIFE_MS);
    const secretAccessKey = createHmac('sha256', key)
      .update(`secret ${period}`)
      .digest()
      .toString('base64')
      .slice(0, 40);
    const accessKeyId = sessionKeyId(sealKey, createHmac('sha256', key).update(`id ${period}`).digest());
    const session = { accessKeyId, secret: secretAccessKey, principal: principalOf(machine), expiresAt };
    const credentials = {
      accessKeyId,
      secretAccessKey,
      sessionToken: sealSession(sealKey, session),
      updatedAt: seconds(start),
      expiresAt,
    };
    current.set(machine.id, { period, credentials });
    return credentials;
  };
}

export function credentialsDocument(credentials: RoleCredentials): string {
  return document({
    Code: 'Success',
    LastUpdated: credentials.updatedAt,
    Type: 'AWS-HMAC',
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: credentials.expiresAt,
  });
}

function principalOf({ id, metadata: { role, account } }: Machine): Principal {
  if (role === null) throw new Error(`${id} has no role`);
  return {
    kind: 'session',
    account,
    roleName: role.roleName,
    roleId: role.roleId,
    path: /:role(\/(?:.*\/)?)[^/]*$/.exec(role.roleArn)?.[1] ?? '/',
    sessionName: id,
    policies: [],
  };
}

/** Periods are counted from the launch, so that not all instances renew at once. */
function periodStart(launchedMs: number, nowMs: number): number {
  return launchedMs + Math.max(0, Math.floor((nowMs - launchedMs) / PERIOD_MS)) * PERIOD_MS;
}
