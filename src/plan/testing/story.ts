/**
 * The story that the goldens tell: a VPC with public and private subnets in two zones, an instance in each, an endpoint for
 * SQS in the private ones; beside it a second VPC with the same range. Each step gives the Intent as it then is.
 */
import type { Intent } from '../../model/intent.ts';
import type {
  NetworkInterface,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
  Vpc,
  VpcEndpoint,
} from '../../model/resources.ts';
import { allowAll, allowTcp, inGroup, World } from './world.ts';

export interface Story {
  readonly world: World;
  readonly vpc: Vpc;
  readonly publicSubnets: readonly Subnet[];
  readonly privateSubnets: readonly Subnet[];
  readonly publicEni: NetworkInterface;
  readonly privateEni: NetworkInterface;
  readonly instanceGroup: SecurityGroup;
  readonly endpointGroup: SecurityGroup;
  readonly endpointRule: SecurityGroupRule;
  readonly endpoint: VpcEndpoint;
  readonly endpointInterfaces: readonly NetworkInterface[];
  readonly twin: Vpc;
  readonly twinEni: NetworkInterface;
  readonly intent: Intent;
}

export function tellStory(): Story {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const publicSubnets = [world.subnet(vpc, '10.0.0.0/24', 'a'), world.subnet(vpc, '10.0.1.0/24', 'b')];
  const privateSubnets = [world.subnet(vpc, '10.0.10.0/24', 'a'), world.subnet(vpc, '10.0.11.0/24', 'b')];
  world.gateway(vpc, publicSubnets);
  const [publicA, privateA] = [publicSubnets[0] as Subnet, privateSubnets[0] as Subnet];

  const instanceGroup = world.group(vpc, 'instances', allowTcp('ingress', 22), allowAll('egress'));
  const endpointGroup = world.group(vpc, 'endpoint', allowAll('egress'));
  const endpointRule = world.rule(endpointGroup, allowTcp('ingress', 443, inGroup(instanceGroup)));

  const role = world.put({
    kind: 'role',
    id: 'AROA0000000000000STORY',
    account: world.account,
    region: '',
    tags: {},
    createdAt: vpc.createdAt,
    name: 'sender',
    path: '/',
    description: null,
    trustPolicy: '{}',
    maxSessionSeconds: 3600,
    attachedPolicyArns: ['arn:aws:iam::aws:policy/AmazonSQSFullAccess'],
    inlinePolicies: {},
    permissionsBoundaryArn: null,
  });
  const profile = world.put({
    kind: 'instanceProfile',
    id: 'AIPA0000000000000STORY',
    account: world.account,
    region: '',
    tags: {},
    createdAt: vpc.createdAt,
    name: 'sender',
    path: '/',
    roleName: role.name,
  });
  const { eni: publicEni } = world.instance(publicA, [instanceGroup], { isPublic: true, profileId: profile.id });
  const { eni: privateEni } = world.instance(privateA, [instanceGroup], {
    profileId: profile.id,
    tags: { Name: 'private', Env: 'test' },
    metadata: { httpTokens: 'required', httpEndpoint: 'enabled', hopLimit: 2, instanceTags: 'enabled' },
  });
  const { endpoint, interfaces } = world.endpoint(vpc, 'sqs', privateSubnets, [endpointGroup]);

  const twin = world.vpc('10.0.0.0/16');
  const twinSubnet = world.subnet(twin, '10.0.10.0/24', 'a');
  const { eni: twinEni } = world.instance(twinSubnet, [
    world.group(twin, 'open', allowAll('ingress'), allowAll('egress')),
  ]);

  return {
    world,
    vpc,
    publicSubnets,
    privateSubnets,
    publicEni,
    privateEni,
    instanceGroup,
    endpointGroup,
    endpointRule,
    endpoint,
    endpointInterfaces: interfaces,
    twin,
    twinEni,
    intent: world.intent(),
  };
}
