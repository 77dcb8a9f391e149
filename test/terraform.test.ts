/**
 * What Terraform's AWS provider (5.100) asks for the resources of a network, a service and its consumer: each operation is here, or
 * refused in a way that the provider takes for "not at this AWS". How it says things: src/daemon/terraform.test.ts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers } from '../scripts/coverage.ts';
import type { ServiceName } from '../src/wire/services.ts';

/** As recorded: each create, read, update and delete, and a plan over all of it. */
const ASKED: Readonly<Partial<Record<ServiceName, string>>> = {
  acm: 'DeleteCertificate DescribeCertificate ImportCertificate ListTagsForCertificate',
  dynamodb: 'CreateTable DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTagsOfResource',
  ec2: `AcceptVpcEndpointConnections AcceptVpcPeeringConnection AllocateAddress AssociateDhcpOptions AssociateRouteTable
    AssociateTransitGatewayRouteTable AssociateVpcCidrBlock AttachInternetGateway AttachVpnGateway
    AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateDhcpOptions CreateEgressOnlyInternetGateway
    CreateFlowLogs CreateInternetGateway CreateManagedPrefixList CreateNatGateway CreateNetworkAcl CreateNetworkAclEntry
    CreateNetworkInsightsPath CreateNetworkInterface CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet
    CreateTransitGatewayRoute CreateTransitGatewayRouteTable CreateTransitGatewayVpcAttachment CreateVpc CreateVpcEndpoint
    CreateVpcEndpointConnectionNotification CreateVpcEndpointServiceConfiguration CreateVpcPeeringConnection
    CreateVpnGateway DeleteDhcpOptions DeleteFlowLogs DeleteNetworkAcl DeleteNetworkAclEntry DeleteNetworkInsightsAnalysis
    DeleteNetworkInsightsPath DeleteNetworkInterface DeleteRoute DeleteRouteTable DeleteSecurityGroup DeleteSubnet
    DeleteTransitGateway DeleteTransitGatewayRoute DeleteTransitGatewayRouteTable DeleteVpc
    DeleteVpcEndpointConnectionNotifications DeleteVpcEndpointServiceConfigurations DeleteVpcEndpoints DescribeAddresses
    DescribeAddressesAttribute DescribeAvailabilityZones DescribeDhcpOptions DescribeEgressOnlyInternetGateways
    DescribeFlowLogs DescribeImages DescribeInstanceAttribute DescribeInstanceCreditSpecifications DescribeInstanceTypes
    DescribeInstances DescribeInternetGateways DescribeKeyPairs DescribeManagedPrefixLists DescribeNatGateways
    DescribeNetworkAcls DescribeNetworkInsightsAnalyses DescribeNetworkInsightsPaths DescribeNetworkInterfaces
    DescribePrefixLists DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets DescribeTags
    DescribeTransitGatewayRouteTables DescribeTransitGatewayVpcAttachments DescribeTransitGateways DescribeVpcAttribute
    DescribeVpcEndpointConnectionNotifications DescribeVpcEndpointConnections DescribeVpcEndpointServiceConfigurations
    DescribeVpcEndpointServicePermissions DescribeVpcEndpointServices DescribeVpcEndpoints DescribeVpcPeeringConnections
    DescribeVpcs DescribeVpnGateways DetachVpnGateway DisableTransitGatewayRouteTablePropagation DisassociateAddress
    DisassociateRouteTable DisassociateVpcCidrBlock EnableVgwRoutePropagation GetInstanceUefiData
    GetManagedPrefixListEntries GetTransitGatewayRouteTableAssociations GetTransitGatewayRouteTablePropagations
    ImportKeyPair ModifyInstanceAttribute ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint
    ModifyVpcEndpointServicePermissions ModifyVpcPeeringConnectionOptions ReleaseAddress ReplaceNetworkAclAssociation
    ReplaceRouteTableAssociation RevokeSecurityGroupEgress RevokeSecurityGroupIngress RunInstances
    SearchTransitGatewayRoutes StartNetworkInsightsAnalysis TerminateInstances`,
  elasticloadbalancing: `CreateListener CreateLoadBalancer CreateTargetGroup DeleteListener DeleteLoadBalancer DeleteTargetGroup
    DeregisterTargets DescribeCapacityReservation DescribeListenerAttributes DescribeListeners
    DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups
    DescribeTargetHealth ModifyLoadBalancerAttributes ModifyTargetGroupAttributes RegisterTargets SetSecurityGroups`,
  events: 'DeleteRule DescribeRule ListTagsForResource PutRule PutTargets RemoveTargets',
  iam: `AddRoleToInstanceProfile AddUserToGroup AttachRolePolicy CreateAccessKey CreateGroup CreateInstanceProfile CreatePolicy
    CreateRole CreateUser DeleteAccessKey DeletePolicy DeleteRole DeleteUser GetGroup GetInstanceProfile GetPolicy
    GetPolicyVersion GetRole GetRolePolicy GetUser ListAccessKeys ListAttachedRolePolicies ListGroupsForUser
    ListInstanceProfilesForRole ListPolicyVersions ListRolePolicies PutRolePolicy RemoveRoleFromInstanceProfile`,
  logs: 'CreateLogGroup DeleteLogGroup DescribeLogGroups ListTagsForResource PutRetentionPolicy',
  route53: `AssociateVPCWithHostedZone ChangeResourceRecordSets CreateHostedZone CreateVPCAssociationAuthorization DeleteHostedZone
    DisassociateVPCFromHostedZone GetChange GetHostedZone ListHostedZonesByVPC ListResourceRecordSets ListTagsForResource
    ListVPCAssociationAuthorizations`,
  route53resolver: `AssociateResolverQueryLogConfig AssociateResolverRule CreateResolverEndpoint CreateResolverQueryLogConfig
    CreateResolverRule DeleteResolverEndpoint DeleteResolverQueryLogConfig DisassociateResolverQueryLogConfig
    DisassociateResolverRule GetResolverEndpoint GetResolverQueryLogConfig GetResolverQueryLogConfigAssociation
    GetResolverRule GetResolverRuleAssociation ListResolverEndpointIpAddresses ListTagsForResource`,
  s3: `CreateBucket DeleteBucket DeleteBucketPolicy DeleteObject GetBucketAccelerateConfiguration GetBucketAcl GetBucketCors
    GetBucketEncryption GetBucketLifecycleConfiguration GetBucketLogging GetBucketPolicy GetBucketReplication
    GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetObjectLockConfiguration
    GetObjectTagging PutBucketTagging HeadBucket HeadObject PutBucketPolicy PutObject`,
  servicequotas: `GetAWSDefaultServiceQuota GetRequestedServiceQuotaChange GetServiceQuota RequestServiceQuotaIncrease`,
  sns: `CreateTopic GetSubscriptionAttributes GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource SetTopicAttributes
    Unsubscribe`,
  sqs: 'CreateQueue DeleteQueue GetQueueAttributes ListQueueTags SetQueueAttributes',
  sts: 'GetCallerIdentity',
};

/** The provider reads on: it takes these codes for what they say. */
const REFUSED: Readonly<Partial<Record<ServiceName, string>>> = {
  ec2: 'GetInstanceUefiData',
  s3: `GetBucketAccelerateConfiguration GetBucketAcl GetBucketCors GetBucketEncryption GetBucketLifecycleConfiguration
    GetBucketLogging GetBucketReplication GetBucketRequestPayment GetBucketVersioning GetBucketWebsite
    GetObjectLockConfiguration GetObjectTagging`,
};

const namesIn = (text: string | undefined) => text?.split(/\s+/) ?? [];

test('each operation that Terraform’s provider asks for is here, or known to be refused', () => {
  for (const [service, text] of Object.entries(ASKED) as [ServiceName, string][]) {
    const lacking = namesIn(text).filter((name) => !answers(service, name));
    assert.deepEqual(lacking.sort(), namesIn(REFUSED[service]).sort(), service);
  }
});
