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
  acm: 'DeleteCertificate DescribeCertificate GetCertificate ImportCertificate ListCertificates ListTagsForCertificate',
  dynamodb: 'CreateTable DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTagsOfResource',
  ec2: `AcceptVpcEndpointConnections AcceptVpcPeeringConnection AllocateAddress AssociateAddress AssociateDhcpOptions
    AssociateRouteTable AssociateTransitGatewayRouteTable AssociateVpcCidrBlock AttachInternetGateway AttachNetworkInterface
    AttachVpnGateway AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateDhcpOptions
    CreateEgressOnlyInternetGateway CreateFlowLogs CreateInternetGateway CreateManagedPrefixList CreateNatGateway
    CreateNetworkAcl CreateNetworkAclEntry CreateNetworkInsightsPath CreateNetworkInterface CreateRoute CreateRouteTable
    CreateSecurityGroup CreateSubnet CreateTags CreateTransitGatewayRoute CreateTransitGatewayRouteTable
    CreateTransitGatewayVpcAttachment CreateVpc CreateVpcEndpoint CreateVpcEndpointConnectionNotification
    CreateVpcEndpointServiceConfiguration CreateVpcPeeringConnection CreateVpnGateway DeleteDhcpOptions DeleteFlowLogs
    DeleteInternetGateway DeleteNetworkAcl DeleteNetworkAclEntry DeleteNetworkInsightsAnalysis DeleteNetworkInsightsPath
    DeleteNetworkInterface DeleteRoute DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteTags DeleteTransitGateway
    DeleteTransitGatewayRoute DeleteTransitGatewayRouteTable DeleteVpc DeleteVpcEndpointConnectionNotifications
    DeleteVpcEndpointServiceConfigurations DeleteVpcEndpoints DescribeAddresses DescribeAddressesAttribute
    DescribeAvailabilityZones DescribeDhcpOptions DescribeEgressOnlyInternetGateways DescribeFlowLogs DescribeImages
    DescribeInstanceAttribute DescribeInstanceCreditSpecifications DescribeInstanceTypeOfferings DescribeInstanceTypes
    DescribeInstances DescribeInternetGateways DescribeKeyPairs DescribeManagedPrefixLists DescribeNatGateways
    DescribeNetworkAcls DescribeNetworkInsightsAnalyses DescribeNetworkInsightsPaths DescribeNetworkInterfaces
    DescribePrefixLists DescribeRegions DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups
    DescribeSubnets DescribeTags DescribeTransitGatewayRouteTables DescribeTransitGatewayVpcAttachments
    DescribeTransitGateways DescribeVpcAttribute DescribeVpcEndpointConnectionNotifications DescribeVpcEndpointConnections
    DescribeVpcEndpointServiceConfigurations DescribeVpcEndpointServicePermissions DescribeVpcEndpointServices
    DescribeVpcEndpoints DescribeVpcPeeringConnections DescribeVpcs DescribeVpnGateways DetachInternetGateway
    DetachNetworkInterface DetachVpnGateway DisableTransitGatewayRouteTablePropagation DisassociateAddress
    DisassociateRouteTable DisassociateVpcCidrBlock EnableVgwRoutePropagation GetInstanceUefiData
    GetManagedPrefixListEntries GetTransitGatewayRouteTableAssociations GetTransitGatewayRouteTablePropagations
    ImportKeyPair ModifyInstanceAttribute ModifyNetworkInterfaceAttribute ModifySubnetAttribute ModifyVpcAttribute
    ModifyVpcEndpoint ModifyVpcEndpointServicePermissions ModifyVpcPeeringConnectionOptions ReleaseAddress
    ReplaceNetworkAclAssociation ReplaceRouteTableAssociation RevokeSecurityGroupEgress RevokeSecurityGroupIngress
    RunInstances SearchTransitGatewayRoutes StartNetworkInsightsAnalysis TerminateInstances`,
  elasticloadbalancing: `CreateListener CreateLoadBalancer CreateTargetGroup DeleteListener DeleteLoadBalancer DeleteTargetGroup
    DeregisterTargets DescribeCapacityReservation DescribeListenerAttributes DescribeListenerCertificates DescribeListeners
    DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups
    DescribeTargetHealth ModifyListenerAttributes ModifyLoadBalancerAttributes ModifyTargetGroupAttributes RegisterTargets
    RemoveListenerCertificates SetSecurityGroups`,
  events: 'DeleteRule DescribeRule ListTagsForResource PutRule PutTargets RemoveTargets',
  iam: `AddRoleToInstanceProfile AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreateAccessKey CreateGroup
    CreateInstanceProfile CreatePolicy CreateRole CreateUser DeleteAccessKey DeleteGroupPolicy DeletePolicy DeleteRole
    DeleteUser DeleteUserPolicy DetachGroupPolicy DetachRolePolicy DetachUserPolicy GetGroup GetGroupPolicy
    GetInstanceProfile GetPolicy GetPolicyVersion GetRole GetRolePolicy GetUser GetUserPolicy ListAccessKeys
    ListAttachedGroupPolicies ListAttachedRolePolicies ListAttachedUserPolicies ListGroupsForUser
    ListInstanceProfilesForRole ListPolicies ListPolicyVersions ListRolePolicies PutGroupPolicy PutRolePolicy PutUserPolicy
    RemoveRoleFromInstanceProfile`,
  logs: 'CreateLogGroup DeleteLogGroup DescribeLogGroups ListTagsForResource PutRetentionPolicy',
  route53: `AssociateVPCWithHostedZone ChangeResourceRecordSets ChangeTagsForResource CreateHostedZone
    CreateVPCAssociationAuthorization DeleteHostedZone DisassociateVPCFromHostedZone GetChange GetHostedZone ListHostedZones
    ListHostedZonesByVPC ListResourceRecordSets ListTagsForResource ListVPCAssociationAuthorizations`,
  route53resolver: `AssociateResolverQueryLogConfig AssociateResolverRule CreateResolverEndpoint CreateResolverQueryLogConfig
    CreateResolverRule DeleteResolverEndpoint DeleteResolverQueryLogConfig DisassociateResolverQueryLogConfig
    DisassociateResolverRule GetResolverEndpoint GetResolverQueryLogConfig GetResolverQueryLogConfigAssociation
    GetResolverRule GetResolverRuleAssociation ListResolverEndpointIpAddresses ListTagsForResource`,
  s3: `CreateBucket DeleteBucket DeleteBucketPolicy DeleteObject GetBucketAccelerateConfiguration GetBucketAcl GetBucketCors
    GetBucketEncryption GetBucketLifecycleConfiguration GetBucketLogging GetBucketPolicy GetBucketReplication
    GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetObjectLockConfiguration
    GetObjectTagging HeadBucket HeadObject PutBucketPolicy PutBucketTagging PutObject`,
  servicequotas: 'GetAWSDefaultServiceQuota GetRequestedServiceQuotaChange GetServiceQuota RequestServiceQuotaIncrease',
  sns: `CreateTopic DeleteTopic GetSubscriptionAttributes GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource
    ListTopics SetTopicAttributes Unsubscribe`,
  sqs: 'CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes',
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
