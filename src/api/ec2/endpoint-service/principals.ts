/**
 * Who may see a service and make endpoints of it: everyone ("*"), an account, one of its users or roles. AWS writes users and
 * roles without their path here. What AWS lets in beside (its own services, organisational units) is refused as unsupported.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html#add-remove-permissions
 */
import type { PrincipalType } from '@aws-sdk/client-ec2';
import type { Principal } from '../../../iam/principal.ts';
import type { Intent } from '../../../model/intent.ts';
import { refuse } from '../../../model/refusal.ts';
import type { EndpointService } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';

type Kind = Extract<PrincipalType, 'All' | 'Account' | 'User' | 'Role'>;
const EVERYONE = '*';
const IAM_ARN = /^arn:aws:iam::(\d{12}):([^/]+)(?:\/(.+))?$/;

/** Refuses what is no principal, or one that is not there. Accounts cannot be looked up, so any is one. */
export function checkPrincipal(text: string, intent: Intent): void {
  if (text === EVERYONE) return;
  const [, account = '', type, name] = IAM_ARN.exec(text) ?? [];
  if (type === undefined) {
    if (/^[a-z0-9.-]+\.amazonaws\.com$/.test(text) || /^arn:aws:organizations:/.test(text)) refuseType();
    refuseText(text);
  }
  if (!isThere(type, account, name, intent)) refuseText(text);
}

function isThere(type: string, account: string, name: string | undefined, intent: Intent): boolean {
  if (type === 'root') return name === undefined;
  if (type !== 'user' && type !== 'role') refuseType();
  const named = intent.table(type).by('name', name ?? '');
  return named.some((each) => each.account === account);
}

function refuseType(): never {
  refuse('UnknownPrincipalType.Unsupported', 'The principal type is not supported.');
}

function refuseText(text: string): never {
  refuse('InvalidPrincipal', `Invalid Principal: '${text}'`);
}

/** Of a text that was checked. */
export function principalType(text: string): Kind {
  if (text === EVERYONE) return 'All';
  const [, , type] = IAM_ARN.exec(text) ?? [];
  return type === 'root' ? 'Account' : type === 'user' ? 'User' : 'Role';
}

/** Whether the caller knows of the service at all: AWS tells everyone else that it does not exist. */
export function isPermitted(service: EndpointService, { principal, account, intent }: Context): boolean {
  if (service.account === account) return true;
  const names = [EVERYONE, `arn:aws:iam::${account}:root`, ...ownName(principal)];
  return intent
    .table('servicePermission')
    .by('serviceId', service.id)
    .some((permission) => names.includes(permission.principal));
}

function ownName(principal: Principal): readonly string[] {
  switch (principal.kind) {
    case 'root':
      return [];
    case 'user':
      return [`arn:aws:iam::${principal.account}:user/${principal.userName}`];
    case 'session':
      return [`arn:aws:iam::${principal.account}:role/${principal.roleName}`];
  }
}
