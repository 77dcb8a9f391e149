/** Inline policies of roles, users and groups: the same rules for all. */
import { checkIdentityDocument } from '../../iam/document.ts';
import { type Edit, put } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import type { Group, Role, User } from '../../model/resources.ts';
import { missing } from './find.ts';
import { checkedName } from './names.ts';
import { byText, type PageInput, page } from './pages.ts';
import { encodedDocument } from './views.ts';

/** Characters of all inline policies together, white space not counted. */
const MAX_SIZE = { role: 10_240, user: 2048, group: 5120 } as const;

type Holder = Role | User | Group;

export function putInline(identity: Holder, name: string, document: string): readonly Edit[] {
  checkedName(name, 'policyName', 128);
  checkIdentityDocument(document);
  const inlinePolicies = { ...identity.inlinePolicies, [name]: document };
  const size = Object.values(inlinePolicies).reduce((sum, text) => sum + text.replace(/\s/g, '').length, 0);
  const limit = MAX_SIZE[identity.kind];
  if (size > limit) {
    refuse(
      'LimitExceeded',
      `Maximum policy size of ${limit} bytes exceeded for ${identity.kind} ${identity.name}`,
      409,
    );
  }
  return [put({ ...identity, inlinePolicies })];
}

export function getInline(identity: Holder, name: string): { PolicyName: string; PolicyDocument: string } {
  return { PolicyName: name, PolicyDocument: encodedDocument(inline(identity, name)) };
}

export function deleteInline(identity: Holder, name: string): readonly Edit[] {
  inline(identity, name);
  const { [name]: _, ...inlinePolicies } = identity.inlinePolicies;
  return [put({ ...identity, inlinePolicies })];
}

function inline(identity: Holder, name: string): string {
  const document = Object.hasOwn(identity.inlinePolicies, name) ? identity.inlinePolicies[name] : undefined;
  return document ?? missing(`The ${identity.kind} policy with name ${name} cannot be found.`);
}

export function listInline(
  identity: Holder,
  input: PageInput,
): { PolicyNames: string[]; IsTruncated: boolean; Marker?: string } {
  const { items, rest } = page(Object.keys(identity.inlinePolicies).sort(byText), input, (name) => name);
  return { PolicyNames: [...items], ...rest };
}
