/**
 * The actions of managed and inline policies, made once for groups, roles and users: they differ in the name of the member that names
 * the holder, and in how it is found.
 */
import type { Edit } from '../../model/edit.ts';
import type { Group, Role, User } from '../../model/resources.ts';
import { type Context, type Decision, reply } from '../action.ts';
import { action } from '../shared/declare.ts';
import type { Reads } from '../shared/unsupported.ts';
import { attach, bound, detach, listAttached, unbound } from './attachments.ts';
import { deleteInline, getInline, listInline, putInline } from './inline.ts';
import type { PageInput } from './pages.ts';

type Named<Key extends string> = { readonly [K in Key]: string };
type Paged = PageInput & { readonly PathPrefix?: string };

const PAGE = { Marker: true, MaxItems: true } as const;

/** `key`: the member that names the holder. */
function makerFor<Key extends string, Holder>(key: Key, find: (context: Context, name: string) => Holder) {
  /** `more`: what it reads beside the name. */
  function reading<More extends object, Output>(
    more: Reads<More>,
    decide: (holder: Holder, input: Named<Key> & More, context: Context) => Decision<Output>,
  ) {
    const reads = { [key]: true, ...more } as Reads<Named<Key> & More>;
    return action(reads, (input: Named<Key> & More, context) => decide(find(context, input[key]), input, context));
  }
  function editing<More extends object>(
    more: Reads<More>,
    edit: (holder: Holder, input: Named<Key> & More, context: Context) => readonly Edit[],
  ) {
    return reading<More, object>(more, (holder, input, context) => ({
      edits: edit(holder, input, context),
      output: {},
    }));
  }
  return { reading, editing };
}

export function policyActions<Key extends string>(
  key: Key,
  find: (context: Context, name: string) => Group | Role | User,
) {
  const { reading, editing } = makerFor(key, find);
  return {
    attach: editing<{ readonly PolicyArn: string }>({ PolicyArn: true }, (holder, { PolicyArn }, context) =>
      attach(context, holder, PolicyArn),
    ),
    detach: editing<{ readonly PolicyArn: string }>({ PolicyArn: true }, (holder, { PolicyArn }) =>
      detach(holder, PolicyArn),
    ),
    listAttached: reading<Paged, ReturnType<typeof listAttached>>(
      { PathPrefix: true, ...PAGE },
      (holder, input, context) => reply(listAttached(context, holder, input)),
    ),
    put: editing<{ readonly PolicyName: string; readonly PolicyDocument: string }>(
      { PolicyName: true, PolicyDocument: true },
      (holder, { PolicyName, PolicyDocument }) => putInline(holder, PolicyName, PolicyDocument),
    ),
    get: reading<{ readonly PolicyName: string }, Named<Key> & ReturnType<typeof getInline>>(
      { PolicyName: true },
      (holder, input) =>
        reply({ [key]: input[key], ...getInline(holder, input.PolicyName) } as Named<Key> &
          ReturnType<typeof getInline>),
    ),
    delete: editing<{ readonly PolicyName: string }>({ PolicyName: true }, (holder, { PolicyName }) =>
      deleteInline(holder, PolicyName),
    ),
    list: reading<PageInput, ReturnType<typeof listInline>>(PAGE, (holder, input) => reply(listInline(holder, input))),
  };
}

/** Of those that can have one. */
export function boundaryActions<Key extends string>(key: Key, find: (context: Context, name: string) => Role | User) {
  const { editing } = makerFor(key, find);
  return {
    put: editing<{ readonly PermissionsBoundary: string }>({ PermissionsBoundary: true }, (holder, input, context) =>
      bound(context, holder, input.PermissionsBoundary),
    ),
    delete: editing<object>({}, (holder) => unbound(holder)),
  };
}
