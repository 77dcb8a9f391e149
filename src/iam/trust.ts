/**
 * May a principal assume a role? The role's trust policy must name it. Naming the principal itself (user, role, session)
 * is enough within one account; naming its account hands the decision to the principal's own policies, which across
 * accounts must allow it in any case.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 */
import type { Intent } from '../model/intent.ts';
import type { Role } from '../model/resources.ts';
import type { RequestContext } from './conditions.ts';
import { parseDocument, type Statement } from './document.ts';
import { evaluate, identityVerdict, type Request } from './evaluate.ts';
import type { Principal } from './principal.ts';
import { accountNames, directNames, matchesBlock, roleNames } from './principal-names.ts';

export function mayAssume(intent: Intent, role: Role, request: Request): boolean {
  const { principal } = request;
  const trust = [parseDocument(role.trustPolicy, 'trust')];
  const named = (who: (principal: Principal) => readonly string[]) => (statement: Statement) =>
    statement.principals !== null && matchesBlock(statement.principals, who(principal));
  if (evaluate(trust, request, named(everyName)).verdict !== 'allow') return false;
  const own = identityVerdict(intent, request);
  if (own === 'deny') return false;
  const direct = principal.account === role.account && evaluate(trust, request, named(ownNames)).verdict === 'allow';
  return direct || own === 'allow';
}

/** May an AWS service assume it ("ec2.amazonaws.com")? */
export function serviceMayAssume(role: Role, service: string, context: RequestContext = {}): boolean {
  const request: Request = {
    principal: { kind: 'root', account: role.account },
    action: 'sts:AssumeRole',
    resource: '*',
    context,
  };
  return (
    evaluate([parseDocument(role.trustPolicy, 'trust')], request, ({ principals }) => {
      if (principals === null) return false;
      return (principals.values.Service?.includes(service) ?? false) !== principals.not;
    }).verdict === 'allow'
  );
}

/** The principal itself or its role. */
function ownNames(principal: Principal): readonly string[] {
  return [...directNames(principal), ...roleNames(principal)];
}

function everyName(principal: Principal): readonly string[] {
  return [...ownNames(principal), ...accountNames(principal)];
}
