/**
 * The AWS-managed policies that Culvert knows, with their documents as AWS publishes them. Their ids are not AWS's own.
 * Anyone may attach them; nobody can change them.
 *
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html
 */
import type { Policy } from '../model/resources.ts';
import { type ManagedPolicyRow, MORE_POLICIES } from './managed-policies-data.ts';

const ROWS: readonly ManagedPolicyRow[] = [
  ...MORE_POLICIES,
  {
    name: 'AmazonSQSFullAccess',
    id: 'ANPA2AU4UCJNWNIO4AYTN',
    version: 'v1',
    createdAt: '2015-02-06T18:41:07Z',
    updatedAt: '2015-02-06T18:41:07Z',
    description: 'Provides full access to Amazon SQS via the AWS Management Console.',
    statements: [
      {
        Action: ['sqs:*'],
        Effect: 'Allow',
        Resource: '*',
      },
    ],
  },
  {
    name: 'AmazonSNSFullAccess',
    id: 'ANPAFLB7DR6LM5YZACX2I',
    version: 'v2',
    createdAt: '2015-02-06T18:41:05Z',
    updatedAt: '2024-09-24T22:32:05Z',
    description: 'Provides full access to Amazon SNS via the AWS Management Console.',
    statements: [
      {
        Action: 'sns:*',
        Effect: 'Allow',
        Resource: '*',
        Sid: 'SNSFullAccess',
      },
      {
        Action: [
          'sms-voice:DescribeVerifiedDestinationNumbers',
          'sms-voice:CreateVerifiedDestinationNumber',
          'sms-voice:SendDestinationNumberVerificationCode',
          'sms-voice:SendTextMessage',
          'sms-voice:DeleteVerifiedDestinationNumber',
          'sms-voice:VerifyDestinationNumber',
          'sms-voice:DescribeAccountAttributes',
          'sms-voice:DescribeSpendLimits',
          'sms-voice:DescribePhoneNumbers',
          'sms-voice:SetTextMessageSpendLimitOverride',
          'sms-voice:DescribeOptedOutNumbers',
          'sms-voice:DeleteOptedOutNumber',
        ],
        Condition: {
          StringEquals: {
            'aws:CalledViaLast': 'sns.amazonaws.com',
          },
        },
        Effect: 'Allow',
        Resource: '*',
        Sid: 'SMSAccessViaSNS',
      },
    ],
  },
  {
    name: 'AmazonS3ReadOnlyAccess',
    id: 'ANPAK7ULEEPHQMYC743I5',
    version: 'v3',
    createdAt: '2015-02-06T18:40:59Z',
    updatedAt: '2023-08-10T21:31:39Z',
    description: 'Provides read only access to all buckets via the AWS Management Console.',
    statements: [
      {
        Action: ['s3:Get*', 's3:List*', 's3:Describe*', 's3-object-lambda:Get*', 's3-object-lambda:List*'],
        Effect: 'Allow',
        Resource: '*',
      },
    ],
  },
  {
    name: 'AmazonS3FullAccess',
    id: 'ANPA4FGF6QSYT6EY5VNMA',
    version: 'v2',
    createdAt: '2015-02-06T18:40:58Z',
    updatedAt: '2021-09-27T20:16:37Z',
    description: 'Provides full access to all buckets via the AWS Management Console.',
    statements: [
      {
        Action: ['s3:*', 's3-object-lambda:*'],
        Effect: 'Allow',
        Resource: '*',
      },
    ],
  },
  {
    name: 'AmazonEC2FullAccess',
    id: 'ANPAAAIQ2XYMMTQGUJJMT',
    version: 'v5',
    createdAt: '2015-02-06T18:40:15Z',
    updatedAt: '2018-11-27T02:16:56Z',
    description: 'Provides full access to Amazon EC2 via the AWS Management Console.',
    statements: [
      {
        Action: 'ec2:*',
        Effect: 'Allow',
        Resource: '*',
      },
      {
        Action: 'elasticloadbalancing:*',
        Effect: 'Allow',
        Resource: '*',
      },
      {
        Action: 'cloudwatch:*',
        Effect: 'Allow',
        Resource: '*',
      },
      {
        Action: 'autoscaling:*',
        Effect: 'Allow',
        Resource: '*',
      },
      {
        Action: 'iam:CreateServiceLinkedRole',
        Condition: {
          StringEquals: {
            'iam:AWSServiceName': [
              'autoscaling.amazonaws.com',
              'ec2scheduled.amazonaws.com',
              'elasticloadbalancing.amazonaws.com',
              'spot.amazonaws.com',
              'spotfleet.amazonaws.com',
              'transitgateway.amazonaws.com',
            ],
          },
        },
        Effect: 'Allow',
        Resource: '*',
      },
    ],
  },
  {
    name: 'AmazonEC2ReadOnlyAccess',
    id: 'ANPAXTUJIC2KBY4AWQK7F',
    version: 'v5',
    createdAt: '2015-02-06T18:40:17Z',
    updatedAt: '2026-02-12T18:03:17Z',
    description: 'Provides read only access to Amazon EC2 via the AWS Management Console.',
    statements: [
      {
        Action: ['ec2:Describe*', 'ec2:GetSecurityGroupsForVpc'],
        Effect: 'Allow',
        Resource: '*',
      },
      {
        Action: 'elasticloadbalancing:Describe*',
        Effect: 'Allow',
        Resource: '*',
      },
      {
        Action: ['cloudwatch:ListMetrics', 'cloudwatch:GetMetricStatistics', 'cloudwatch:Describe*'],
        Effect: 'Allow',
        Resource: '*',
      },
      {
        Action: 'autoscaling:Describe*',
        Effect: 'Allow',
        Resource: '*',
      },
    ],
  },
  {
    name: 'AdministratorAccess',
    id: 'ANPAWHSER57Z6JPGWJZ3H',
    version: 'v1',
    createdAt: '2015-02-06T18:39:46Z',
    updatedAt: '2015-02-06T18:39:46Z',
    description: 'Provides full access to AWS services and resources.',
    statements: [
      {
        Action: '*',
        Effect: 'Allow',
        Resource: '*',
      },
    ],
  },
  {
    name: 'AmazonSSMManagedInstanceCore',
    id: 'ANPA6BKLOMJMUUMRCOUS4',
    version: 'v2',
    createdAt: '2019-03-15T17:22:12Z',
    updatedAt: '2019-05-23T16:54:21Z',
    description: 'The policy for Amazon EC2 Role to enable AWS Systems Manager service core functionality.',
    statements: [
      {
        Action: [
          'ssm:DescribeAssociation',
          'ssm:GetDeployablePatchSnapshotForInstance',
          'ssm:GetDocument',
          'ssm:DescribeDocument',
          'ssm:GetManifest',
          'ssm:GetParameter',
          'ssm:GetParameters',
          'ssm:ListAssociations',
          'ssm:ListInstanceAssociations',
          'ssm:PutInventory',
          'ssm:PutComplianceItems',
          'ssm:PutConfigurePackageResult',
          'ssm:UpdateAssociationStatus',
          'ssm:UpdateInstanceAssociationStatus',
          'ssm:UpdateInstanceInformation',
        ],
        Effect: 'Allow',
        Resource: '*',
      },
      {
        Action: [
          'ssmmessages:CreateControlChannel',
          'ssmmessages:CreateDataChannel',
          'ssmmessages:OpenControlChannel',
          'ssmmessages:OpenDataChannel',
        ],
        Effect: 'Allow',
        Resource: '*',
      },
      {
        Action: [
          'ec2messages:AcknowledgeMessage',
          'ec2messages:DeleteMessage',
          'ec2messages:FailMessage',
          'ec2messages:GetEndpoint',
          'ec2messages:GetMessages',
          'ec2messages:SendReply',
        ],
        Effect: 'Allow',
        Resource: '*',
      },
    ],
  },
];

/** The account in their ARNs. */
export const AWS_ACCOUNT = 'aws';

const POLICIES: ReadonlyMap<string, Policy> = new Map(
  ROWS.map((row) => [
    row.name,
    {
      kind: 'policy',
      id: row.id,
      account: AWS_ACCOUNT,
      region: '',
      tags: {},
      createdAt: row.createdAt,
      name: row.name,
      path: '/',
      description: row.description,
      versions: [
        {
          id: row.version,
          document: JSON.stringify({ Version: '2012-10-17', Statement: row.statements }),
          createdAt: row.updatedAt,
        },
      ],
      defaultVersionId: row.version,
      versionsMade: 1,
    },
  ]),
);

export function managedPolicy(name: string): Policy | undefined {
  return POLICIES.get(name);
}

export function managedPolicies(): Iterable<Policy> {
  return POLICIES.values();
}
