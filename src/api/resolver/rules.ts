/**
 * Resolver rules. FORWARD: names at and below a domain are asked of others, through an outbound endpoint. SYSTEM: they are not,
 * though a rule for a shorter domain says so. One more that AWS makes is listed with them: all else is asked of the internet.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_CreateResolverRule.html
 */
import type { ResolverRule as View } from '@aws-sdk/client-route53resolver';
import { put, remove } from '../../model/edit.ts';
import { newId } from '../../model/ids.ts';
import { refuse } from '../../model/refusal.ts';
import type { ResolverRule } from '../../model/resources.ts';
import { formatIp, parseIp } from '../../net/ip.ts';
import { type Context, reply } from '../action.ts';
import { parseName } from '../route53/names.ts';
import { type Input, resolverAction } from './action.ts';
import { arnOf, findOwn, invalid, listed, nameOf, ownOf, refuseRequest, requestId } from './find.ts';
import { tagsOnCreate } from './tags.ts';

/** AWS's default quotas. */
const MAX_RULES = 1000;
const MAX_TARGETS = 6;
const DNS_PORT = 53;
export const INTERNET_RULE = 'rslvr-autodefined-rr-internet-resolver';

type TargetIps = Input<'CreateResolverRule'>['TargetIps'];

export const createResolverRule = resolverAction<'CreateResolverRule'>(
  {
    CreatorRequestId: true,
    Name: true,
    RuleType: true,
    DomainName: true,
    TargetIps: { Ip: true, Port: true, Protocol: ['Do53'] },
    ResolverEndpointId: true,
    Tags: true,
  },
  (input, context) => {
    const creatorRequestId = requestId(input.CreatorRequestId);
    const { RuleType: ruleType, ResolverEndpointId: endpointId, TargetIps: targets = [] } = input;
    if (ruleType === 'RECURSIVE') refuseRequest('[RSLVR-00718] Cannot create a rule with type RECURSIVE');
    const domain = domainOf(input.DomainName);
    const isForward = ruleType === 'FORWARD';
    if (isForward && (endpointId === undefined || targets.length === 0)) {
      invalid('A rule of type FORWARD needs ResolverEndpointId and TargetIps.');
    }
    if (!isForward && (endpointId !== undefined || targets.length > 0)) {
      invalid('A rule of type SYSTEM has neither ResolverEndpointId nor TargetIps.');
    }
    const own = ownOf(context, 'resolverRule');
    if (own.some((each) => each.creatorRequestId === creatorRequestId)) {
      refuse('ResourceExistsException', `A Resolver rule with CreatorRequestId '${creatorRequestId}' exists already.`);
    }
    if (own.length >= MAX_RULES) {
      refuse('LimitExceededException', `The limit of ${MAX_RULES} Resolver rules in the Region is reached.`);
    }
    const rule: ResolverRule = {
      kind: 'resolverRule',
      id: newId('resolverRule', context),
      account: context.account,
      region: context.region,
      tags: tagsOnCreate(input.Tags),
      createdAt: context.now,
      creatorRequestId,
      name: nameOf(input.Name),
      ruleType: isForward ? 'FORWARD' : 'SYSTEM',
      domain,
      endpointId: isForward ? outbound(context, endpointId) : null,
      targets: targetsOf(targets),
      changedRevision: context.nextRevision,
      changedAt: context.now,
    };
    return { edits: [put(rule)], output: { ResolverRule: viewRule(rule, context) } };
  },
);

export const getResolverRule = resolverAction<'GetResolverRule'>({ ResolverRuleId: true }, (input, context) =>
  reply({
    ResolverRule:
      input.ResolverRuleId === INTERNET_RULE
        ? internetRule(context)
        : viewRule(findOwn(context, 'resolverRule', input.ResolverRuleId), context),
  }),
);

export const listResolverRules = resolverAction<'ListResolverRules'>(
  { MaxResults: true, NextToken: true, Filters: true },
  (input, context) => {
    const own = ownOf(context, 'resolverRule').map((each) => viewRule(each, context));
    const { items, rest } = listed([internetRule(context), ...own], input, {
      CreatorRequestId: (each) => each.CreatorRequestId,
      DomainName: (each) => [each.DomainName ?? '', (each.DomainName ?? '').replace(/(.)\.$/, '$1')],
      Name: (each) => each.Name,
      ResolverEndpointId: (each) => each.ResolverEndpointId,
      Status: (each) => each.Status,
      Type: (each) => each.RuleType,
    });
    return reply({ ResolverRules: items, ...rest });
  },
);

export const updateResolverRule = resolverAction<'UpdateResolverRule'>(
  {
    ResolverRuleId: true,
    Config: { Name: true, TargetIps: { Ip: true, Port: true, Protocol: ['Do53'] }, ResolverEndpointId: true },
  },
  (input, context) => {
    const before = findOwn(context, 'resolverRule', input.ResolverRuleId);
    const { Name: name, TargetIps: targets, ResolverEndpointId: endpointId } = input.Config;
    if (before.ruleType === 'SYSTEM' && (targets !== undefined || endpointId !== undefined)) {
      invalid('A rule of type SYSTEM has neither ResolverEndpointId nor TargetIps.');
    }
    if (targets?.length === 0) invalid('A rule of type FORWARD needs TargetIps.');
    const rule: ResolverRule = {
      ...before,
      name: name === undefined ? before.name : nameOf(name),
      targets: targets === undefined ? before.targets : targetsOf(targets),
      endpointId: endpointId === undefined ? before.endpointId : outbound(context, endpointId),
      changedRevision: context.nextRevision,
      changedAt: context.now,
    };
    return { edits: [put(rule)], output: { ResolverRule: viewRule(rule, context) } };
  },
);

export const deleteResolverRule = resolverAction<'DeleteResolverRule'>({ ResolverRuleId: true }, (input, context) => {
  const rule = findOwn(context, 'resolverRule', input.ResolverRuleId);
  if (context.intent.table('resolverAssociation').count('ruleId', rule.id) > 0) {
    refuse(
      'ResourceInUseException',
      `Please disassociate this resolver rule from VPC first before deleting: ${rule.id}`,
    );
  }
  const view = viewRule(rule, context);
  return { edits: [remove(rule)], output: { ResolverRule: { ...view, Status: 'DELETING' as const } } };
});

/** As it is told: with the dot at its end. */
export function wireDomain(domain: string): string {
  return `${domain}.`;
}

function domainOf(text = ''): string {
  const domain = text === '.' ? '' : parseName(text);
  if (domain === undefined || domain.includes('*')) invalid(`The domain name '${text}' is not valid.`);
  return domain;
}

function outbound(context: Context, id = ''): string {
  const endpoint = findOwn(context, 'resolverEndpoint', id);
  if (endpoint.direction !== 'OUTBOUND') invalid(`${id} is not an outbound Resolver endpoint.`);
  return id;
}

function targetsOf(given: TargetIps = []): ResolverRule['targets'] {
  if (given.length > MAX_TARGETS) {
    refuse('LimitExceededException', `A Resolver rule can have at most ${MAX_TARGETS} target IP addresses.`);
  }
  return given.map(({ Ip: text, Port: port = DNS_PORT }) => {
    const ip = parseIp(text ?? '');
    if (ip?.version !== 4) invalid(`The target IP address '${text ?? ''}' is not valid.`);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) invalid(`The target port ${port} is not valid.`);
    return { address: formatIp(ip), port };
  });
}

function viewRule(rule: ResolverRule, { facts }: Context): View {
  const isThere = facts.appliedRevision >= rule.changedRevision;
  return {
    Id: rule.id,
    CreatorRequestId: rule.creatorRequestId,
    Arn: arnOf(rule, 'resolver-rule'),
    DomainName: wireDomain(rule.domain),
    Status: isThere ? 'COMPLETE' : 'UPDATING',
    StatusMessage: '',
    RuleType: rule.ruleType,
    ...(rule.name !== null && { Name: rule.name }),
    ...(rule.endpointId !== null && { ResolverEndpointId: rule.endpointId }),
    ...(rule.targets.length > 0 && {
      TargetIps: rule.targets.map(({ address, port }) => ({ Ip: address, Port: port, Protocol: 'Do53' as const })),
    }),
    OwnerId: rule.account,
    ShareStatus: 'NOT_SHARED',
    CreationTime: rule.createdAt,
    ModificationTime: rule.changedAt,
  };
}

function internetRule({ region }: Context): View {
  return {
    Id: INTERNET_RULE,
    CreatorRequestId: '',
    Arn: `arn:aws:route53resolver:${region}::autodefined-rule/${INTERNET_RULE}`,
    DomainName: '.',
    Status: 'COMPLETE',
    StatusMessage: '',
    RuleType: 'RECURSIVE',
    Name: 'Internet Resolver',
    OwnerId: 'Route 53 Resolver',
    ShareStatus: 'NOT_SHARED',
  };
}
