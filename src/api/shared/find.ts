/**
 * Look-ups by id, with AWS's refusals for ids that are malformed or lead nowhere. A resource of another account or region
 * is not there. AWS's codes disagree with one another in their capitals; clients match them exactly.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
import { type IdKind, isId } from '../../model/ids.ts';
import { owner, type Table } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import type { Resource, ResourceOf } from '../../model/resources.ts';
import type { Context } from '../action.ts';

interface Errors {
  readonly notFound: string;
  /** Absent: AWS calls a malformed id of this kind not found. */
  readonly malformed?: string;
  /** What AWS calls it in "The … 'id' does not exist". */
  readonly noun: string;
}

const ERRORS = {
  vpc: { notFound: 'InvalidVpcID.NotFound', noun: 'vpc ID' },
  subnet: { notFound: 'InvalidSubnetID.NotFound', noun: 'subnet ID' },
  routeTable: {
    notFound: 'InvalidRouteTableID.NotFound',
    malformed: 'InvalidRouteTableId.Malformed',
    noun: 'routeTable ID',
  },
  routeTableAssociation: { notFound: 'InvalidAssociationID.NotFound', noun: 'association ID' },
  internetGateway: {
    notFound: 'InvalidInternetGatewayID.NotFound',
    malformed: 'InvalidInternetGatewayId.Malformed',
    noun: 'internetGateway ID',
  },
  egressOnlyInternetGateway: {
    notFound: 'InvalidGatewayID.NotFound',
    malformed: 'InvalidEgressOnlyInternetGatewayId.Malformed',
    noun: 'egressOnlyInternetGateway ID',
  },
  securityGroup: { notFound: 'InvalidGroup.NotFound', malformed: 'InvalidGroupId.Malformed', noun: 'security group' },
  securityGroupRule: {
    notFound: 'InvalidSecurityGroupRuleId.NotFound',
    malformed: 'InvalidSecurityGroupRuleId.Malformed',
    noun: 'security group rule ID',
  },
  networkInterface: {
    notFound: 'InvalidNetworkInterfaceID.NotFound',
    malformed: 'InvalidNetworkInterfaceId.Malformed',
    noun: 'networkInterface ID',
  },
  networkAcl: {
    notFound: 'InvalidNetworkAclID.NotFound',
    malformed: 'InvalidNetworkAclId.Malformed',
    noun: 'networkAcl ID',
  },
  flowLog: { notFound: 'InvalidFlowLogId.NotFound', noun: 'flow log ID' },
  dhcpOptions: {
    notFound: 'InvalidDhcpOptionID.NotFound',
    malformed: 'InvalidDhcpOptionsId.Malformed',
    noun: 'dhcpOption ID',
  },
  prefixList: {
    notFound: 'InvalidPrefixListID.NotFound',
    malformed: 'InvalidPrefixListId.Malformed',
    noun: 'prefix list ID',
  },
  elasticAddress: { notFound: 'InvalidAllocationID.NotFound', noun: 'allocation ID' },
  vpcEndpoint: {
    notFound: 'InvalidVpcEndpointId.NotFound',
    malformed: 'InvalidVpcEndpointId.Malformed',
    noun: 'Vpc Endpoint Id',
  },
  endpointService: {
    notFound: 'InvalidVpcEndpointServiceId.NotFound',
    // AWS's own spelling.
    malformed: 'InvalidVpcEndpointServiceIdId.Malformed',
    noun: 'VpcEndpointService Id',
  },
  servicePermission: { notFound: 'InvalidVpcEndpointServicePermissionId.NotFound', noun: 'service permission ID' },
  connectionNotification: { notFound: 'InvalidConnectionNotification', noun: 'connection notification' },
  networkInsightsPath: {
    notFound: 'InvalidNetworkInsightsPathId.NotFound',
    malformed: 'InvalidNetworkInsightsPathId.Malformed',
    noun: 'network insights path ID',
  },
  networkInsightsAnalysis: {
    notFound: 'InvalidNetworkInsightsAnalysisId.NotFound',
    malformed: 'InvalidNetworkInsightsAnalysisId.Malformed',
    noun: 'network insights analysis ID',
  },
  instance: { notFound: 'InvalidInstanceID.NotFound', malformed: 'InvalidInstanceID.Malformed', noun: 'instance ID' },
  image: { notFound: 'InvalidAMIID.NotFound', malformed: 'InvalidAMIID.Malformed', noun: 'image id' },
  keyPair: { notFound: 'InvalidKeyPair.NotFound', noun: 'key pair ID' },
} as const satisfies Partial<Record<IdKind, Errors>>;

export type FindableKind = keyof typeof ERRORS;
type Whose = Pick<Context, 'intent' | 'account' | 'region'>;

/** The caller's own resource with this id; AWS's refusal otherwise. */
export function find<K extends FindableKind>(context: Context, kind: K, id: string): ResourceOf<K> {
  const errors: Errors = ERRORS[kind];
  if (errors.malformed !== undefined && !isId(kind, id)) refuse(errors.malformed, `Invalid id: "${id}"`);
  return findIfThere(context, kind, id) ?? refuse(errors.notFound, `The ${errors.noun} '${id}' does not exist`);
}

/** The same without a refusal. */
export function findIfThere<K extends FindableKind>(context: Context, kind: K, id: string): ResourceOf<K> | undefined {
  const found: Resource | undefined = context.intent.table(kind).get(id);
  return found !== undefined && isOwn(found, context) ? (found as ResourceOf<K>) : undefined;
}

export function isOwn({ account, region }: Resource, context: Whose): boolean {
  return account === context.account && region === context.region;
}

/** All of the caller's own resources of a kind, in the order of their creation. */
export function own<K extends FindableKind>(context: Whose, kind: K): readonly ResourceOf<K>[] {
  return context.intent.table(kind).by('owner' as never, owner(context.account, context.region));
}

/** The caller's own that an indexed field finds. */
export function ownBy<K extends FindableKind>(
  context: Context,
  kind: K,
  ...[field, value]: Parameters<Table<ResourceOf<K>>['by']>
): readonly ResourceOf<K>[] {
  const found: readonly Resource[] = context.intent.table(kind).by(field as never, value);
  return found.filter((each) => isOwn(each, context)) as readonly Resource[] as never;
}

/** How many they are: for quotas. */
export function ownCount(context: Context, kind: FindableKind): number {
  return context.intent.table(kind).count('owner' as never, owner(context.account, context.region));
}

/** Those with the given ids (each must be there), or all of the caller's own where no ids are given. */
export function select<K extends FindableKind>(
  context: Context,
  kind: K,
  ids: readonly string[] | undefined,
): readonly ResourceOf<K>[] {
  if (ids === undefined || ids.length === 0) return own(context, kind);
  return [...new Set(ids)].map((id) => find(context, kind, id));
}
