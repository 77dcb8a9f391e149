/**
 * Route 53 Resolver's actions by their AWS names: endpoints, rules and where these hold, query logs. The firewall, profiles and
 * sharing with other accounts are refused by name.
 */
import type * as Resolver from '@aws-sdk/client-route53resolver';
import type { ActionTable } from '../action.ts';
import { inOpenRegion } from '../ec2/region-use.ts';
import type { TypedActions } from '../sdk.ts';
import {
  associateResolverRule,
  disassociateResolverRule,
  getResolverRuleAssociation,
  listResolverRuleAssociations,
} from './associations.ts';
import {
  associateAddress,
  createResolverEndpoint,
  deleteResolverEndpoint,
  disassociateAddress,
  getResolverEndpoint,
  listAddresses,
  listResolverEndpoints,
  updateResolverEndpoint,
} from './endpoints.ts';
import {
  associateQueryLog,
  disassociateQueryLog,
  getQueryLogAssociation,
  listQueryLogAssociations,
} from './query-log-associations.ts';
import { createQueryLog, deleteQueryLog, getQueryLog, listQueryLogs } from './query-logs.ts';
import {
  createResolverRule,
  deleteResolverRule,
  getResolverRule,
  listResolverRules,
  updateResolverRule,
} from './rules.ts';
import { listTagsForResource, tagResource, untagResource } from './tags.ts';

const actions = {
  AssociateResolverEndpointIpAddress: associateAddress,
  AssociateResolverQueryLogConfig: associateQueryLog,
  AssociateResolverRule: associateResolverRule,
  CreateResolverEndpoint: createResolverEndpoint,
  CreateResolverQueryLogConfig: createQueryLog,
  CreateResolverRule: createResolverRule,
  DeleteResolverEndpoint: deleteResolverEndpoint,
  DeleteResolverQueryLogConfig: deleteQueryLog,
  DeleteResolverRule: deleteResolverRule,
  DisassociateResolverEndpointIpAddress: disassociateAddress,
  DisassociateResolverQueryLogConfig: disassociateQueryLog,
  DisassociateResolverRule: disassociateResolverRule,
  GetResolverEndpoint: getResolverEndpoint,
  GetResolverQueryLogConfig: getQueryLog,
  GetResolverQueryLogConfigAssociation: getQueryLogAssociation,
  GetResolverRule: getResolverRule,
  GetResolverRuleAssociation: getResolverRuleAssociation,
  ListResolverEndpointIpAddresses: listAddresses,
  ListResolverEndpoints: listResolverEndpoints,
  ListResolverQueryLogConfigAssociations: listQueryLogAssociations,
  ListResolverQueryLogConfigs: listQueryLogs,
  ListResolverRuleAssociations: listResolverRuleAssociations,
  ListResolverRules: listResolverRules,
  ListTagsForResource: listTagsForResource,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateResolverEndpoint: updateResolverEndpoint,
  UpdateResolverRule: updateResolverRule,
} satisfies TypedActions<typeof Resolver>;

export const resolverActions: ActionTable = inOpenRegion(actions);
