/**
 * Whose policies decide a call: those of the instance's role, or of whom the question names instead, a role or a session of one. What
 * policies a session was given nobody keeps: they are read where it was begun, in the trail. One that has fallen out of it is not guessed.
 */
import { NotAsked } from '../../analyse/why.ts';
import { arnOf, defaultDocument, policyByArn } from '../../iam/arn.ts';
import type { Grants } from '../../iam/credentials.ts';
import { grantsOf } from '../../iam/evaluate.ts';
import type { Principal } from '../../iam/principal.ts';
import type { Intent } from '../../model/intent.ts';
import type { Role } from '../../model/resources.ts';
import type { TrailEvent } from '../../model/trail.ts';
import type { Case } from './advise.ts';

export interface Caller {
  readonly role: Role;
  readonly region: string;
  readonly principal: Extract<Principal, { kind: 'session' }>;
  readonly grants: Grants;
  /** Of the principal's policies, in their order: a managed one's ARN; null: it was written for the session. */
  readonly sessionPolicies: readonly (string | null)[];
}

/** A session's, of which a role's ARN says nothing more. */
const SESSION = /^arn:aws:sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/([\w+=,.@-]{2,64})$/;
const ANY_SESSION = 'session';

/** undefined: nobody's policies are asked, as the instance has no role. Throws NotAsked where whom the question names is not here. */
export function callerOf(asked: Case): Caller | undefined {
  const { intent, plan, found, question } = asked;
  const metadata = plan.machines.find(({ id }) => id === found.sender.machine)?.metadata;
  const own = intent.table('role').get(metadata?.role?.roleId ?? '');
  const instance = found.sender.machine ?? '';
  const region = metadata?.region ?? regionOfService(asked);
  if (question.as === undefined) {
    return own && callerFor(intent, own, { region, sessionName: instance, given: [] });
  }
  const { role, sessionName } = namedBy(intent, question.as);
  const isInstance = role === own && sessionName === instance;
  const given = sessionName === null || isInstance ? [] : givenTo(asked, role, sessionName);
  return callerFor(intent, role, { region, sessionName: sessionName ?? ANY_SESSION, given });
}

interface Given {
  /** null: written for the session. */
  readonly arn: string | null;
  readonly document: string;
}

function callerFor(
  intent: Intent,
  role: Role,
  { region, sessionName, given }: { region: string; sessionName: string; given: readonly Given[] },
): Caller {
  const { account, name, id, path } = role;
  const policies = given.map(({ document }) => document);
  return {
    role,
    region,
    principal: { kind: 'session', account, roleName: name, roleId: id, path, sessionName, policies },
    grants: grantsOf(intent, role),
    sessionPolicies: given.map(({ arn }) => arn),
  };
}

function namedBy(intent: Intent, arn: string): { readonly role: Role; readonly sessionName: string | null } {
  const [, account, name = '', sessionName = null] = SESSION.exec(arn) ?? [];
  const last = account === undefined ? (arn.split('/').at(-1) ?? '') : name;
  const role = intent
    .table('role')
    .by('name', last)
    .find((each) => (account === undefined ? arnOf(each) === arn : each.account === account));
  if (role !== undefined) return { role, sessionName };
  throw new NotAsked(
    `no role here is ${arn}: arn:aws:iam::ACCOUNT:role/NAME, or a session, arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`,
  );
}

/** By the call that began the session; of several of one name the last. */
function givenTo({ intent, trail }: Case, role: Role, sessionName: string): readonly Given[] {
  const arn = arnOf(role);
  for (const event of trail?.().toReversed() ?? []) {
    if (event.name !== 'AssumeRole' || event.error !== null) continue;
    const asked = parametersOf(event);
    if (asked.roleArn !== arn || asked.roleSessionName !== sessionName) continue;
    const managed = (asked.policyArns ?? []).map((each): Given => managedOne(intent, each.arn ?? ''));
    return [...managed, ...(asked.policy === undefined ? [] : [{ arn: null, document: asked.policy }])];
  }
  throw new NotAsked(
    `nothing is known of a session ${sessionName} of ${arn}: culvert trail has no AssumeRole of that name`,
  );
}

interface Asked {
  readonly roleArn?: string;
  readonly roleSessionName?: string;
  readonly policy?: string;
  readonly policyArns?: readonly { readonly arn?: string }[];
}

function parametersOf({ parameters }: TrailEvent): Asked {
  return parameters === null ? {} : (JSON.parse(parameters) as Asked);
}

/** As it is now: of a session that lasts it is what it was then. */
function managedOne(intent: Intent, arn: string): Given {
  const policy = policyByArn(intent, arn);
  if (policy === undefined) throw new NotAsked(`${arn}, which the session was given, is gone`);
  return { arn, document: defaultDocument(policy) };
}

/** "com.amazonaws.ap-south-1.sqs" */
function regionOfService({ found }: Case): string {
  const [service] = found.paths.flatMap(({ trace: { receiver } }) => receiver?.id ?? []);
  return /^(?:com\.amazonaws|aws)\.([a-z]{2}-[a-z-]+-\d)\./.exec(service ?? '')?.[1] ?? '';
}
