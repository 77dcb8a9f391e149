/**
 * In which VPCs a rule holds. A VPC has one rule for a domain. Beside the caller's own, each VPC's association with the rule
 * that AWS makes is listed.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_AssociateResolverRule.html
 */
import type { ResolverRuleAssociation as View } from '@aws-sdk/client-route53resolver';
import { put, remove } from '../../model/edit.ts';
import { newId } from '../../model/ids.ts';
import { owner } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import type { ResolverAssociation } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { findIfThere } from '../shared/find.ts';
import { resolverAction } from './action.ts';
import { findOwn, listed, nameOf, ownOf, refuseRequest } from './find.ts';
import { INTERNET_RULE, wireDomain } from './rules.ts';

/** AWS's default quota. */
const MAX_ASSOCIATIONS = 2000;

export const associateResolverRule = resolverAction<'AssociateResolverRule'>(
  { ResolverRuleId: true, VPCId: true, Name: true },
  (input, context) => {
    const { intent } = context;
    const rule = findOwn(context, 'resolverRule', input.ResolverRuleId);
    const vpc = findIfThere(context, 'vpc', input.VPCId);
    if (vpc === undefined) refuse('ResourceNotFoundException', `The vpc ID '${input.VPCId}' does not exist`);
    const present = intent.table('resolverAssociation').by('vpcId', vpc.id);
    if (present.some((each) => each.ruleId === rule.id)) {
      refuse('ResourceExistsException', `Resolver rule ${rule.id} is associated with VPC ${vpc.id} already.`);
    }
    const twin = present.find((each) => intent.table('resolverRule').get(each.ruleId)?.domain === rule.domain);
    if (twin !== undefined) {
      refuseRequest(
        `Cannot associate rules with same domain name with same VPC. Conflict with resolver rule '${twin.ruleId}' and domain '${wireDomain(rule.domain)}'`,
      );
    }
    if (ownOf(context, 'resolverAssociation').length >= MAX_ASSOCIATIONS) {
      refuse('LimitExceededException', `The limit of ${MAX_ASSOCIATIONS} rule associations in the Region is reached.`);
    }
    const association: ResolverAssociation = {
      kind: 'resolverAssociation',
      id: newId('resolverAssociation', context),
      account: context.account,
      region: context.region,
      tags: {},
      createdAt: context.now,
      ruleId: rule.id,
      vpcId: vpc.id,
      name: nameOf(input.Name),
      madeRevision: context.nextRevision,
    };
    return { edits: [put(association)], output: { ResolverRuleAssociation: view(association, context) } };
  },
);

export const disassociateResolverRule = resolverAction<'DisassociateResolverRule'>(
  { VPCId: true, ResolverRuleId: true },
  (input, context) => {
    const rule = findOwn(context, 'resolverRule', input.ResolverRuleId);
    const found = context.intent
      .table('resolverAssociation')
      .by('ruleId', rule.id)
      .find((each) => each.vpcId === input.VPCId);
    if (found === undefined) {
      refuse(
        'ResourceNotFoundException',
        `Resolver rule association between ${rule.id} and VPC ${input.VPCId} does not exist.`,
      );
    }
    const told = { ...view(found, context), Status: 'DELETING' as const };
    return { edits: [remove(found)], output: { ResolverRuleAssociation: told } };
  },
);

export const getResolverRuleAssociation = resolverAction<'GetResolverRuleAssociation'>(
  { ResolverRuleAssociationId: true },
  (input, context) => {
    const id = input.ResolverRuleAssociationId;
    const made = autodefined(context).find((each) => each.Id === id);
    return reply({ ResolverRuleAssociation: made ?? view(findOwn(context, 'resolverAssociation', id), context) });
  },
);

export const listResolverRuleAssociations = resolverAction<'ListResolverRuleAssociations'>(
  { MaxResults: true, NextToken: true, Filters: true },
  (input, context) => {
    const own = ownOf(context, 'resolverAssociation').map((each) => view(each, context));
    const { items, rest } = listed([...autodefined(context), ...own], input, {
      Name: (each) => each.Name,
      ResolverRuleId: (each) => each.ResolverRuleId,
      Status: (each) => each.Status,
      VPCId: (each) => each.VPCId,
    });
    return reply({ ResolverRuleAssociations: items, ...rest });
  },
);

function autodefined({ intent, account, region }: Context): readonly View[] {
  return intent
    .table('vpc')
    .by('owner', owner(account, region))
    .map(({ id }) => ({
      Id: `rslvr-autodefined-assoc-${id}-internet-resolver`,
      ResolverRuleId: INTERNET_RULE,
      Name: 'System Rule Association',
      VPCId: id,
      Status: 'COMPLETE',
      StatusMessage: '',
    }));
}

function view(association: ResolverAssociation, { facts }: Context): View {
  return {
    Id: association.id,
    ResolverRuleId: association.ruleId,
    ...(association.name !== null && { Name: association.name }),
    VPCId: association.vpcId,
    Status: facts.appliedRevision >= association.madeRevision ? 'COMPLETE' : 'CREATING',
    StatusMessage: '',
  };
}
