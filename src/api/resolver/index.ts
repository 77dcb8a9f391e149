/**
 * Route 53 Resolver's actions by their AWS names: endpoints, rules and where these hold. The firewall, profiles, query logs and
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
  createResolverRule,
  deleteResolverRule,
  getResolverRule,
  listResolverRules,
  updateResolverRule,
} from './rules.ts';
import { listTagsForResource, tagResource, untagResource } from './tags.ts';

const actions = {
  AssociateResolverEndpointIpAddress: associateAddress,
  AssociateResolverRule: associateResolverRule,
  CreateResolverEndpoint: createResolverEndpoint,
  CreateResolverRule: createResolverRule,
  DeleteResolverEndpoint: deleteResolverEndpoint,
  DeleteResolverRule: deleteResolverRule,
  DisassociateResolverEndpointIpAddress: disassociateAddress,
  DisassociateResolverRule: disassociateResolverRule,
  GetResolverEndpoint: getResolverEndpoint,
  GetResolverRule: getResolverRule,
  GetResolverRuleAssociation: getResolverRuleAssociation,
  ListResolverEndpointIpAddresses: listAddresses,
  ListResolverEndpoints: listResolverEndpoints,
  ListResolverRuleAssociations: listResolverRuleAssociations,
  ListResolverRules: listResolverRules,
  ListTagsForResource: listTagsForResource,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateResolverEndpoint: updateResolverEndpoint,
  UpdateResolverRule: updateResolverRule,
} satisfies TypedActions<typeof Resolver>;

export const resolverActions: ActionTable = inOpenRegion(actions);
