/**
 * What is advised can be run as it is printed, and mends what it is advised for: networks are made by calls, broken, asked about; the
 * first command of the top line is run, as a shell would, and asked again, until packets arrive. Each other command mends its blocker too.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Advice } from '../../analyse/reasons.ts';
import { ACCOUNT, harness } from '../../api/testing.ts';
import { customerServiceName } from '../../model/endpoint-names.ts';
import { compile } from '../../plan/compile.ts';
import type { Deciding } from '../aws.ts';
import { decideAll, type Known, NotPlayed } from '../preview.ts';
import { createSite } from '../sites.ts';
import { explainWhy, type WholeQuestion, type WholeWhy } from './advise.ts';

const CONSUMER = '444455556666';
const MOST_FIXES = 6;

function query(name: string, command: string, path: string): string {
  return `${name}=$(aws ${command} --query '${path}' --output text)`;
}

/** A VPC with a subnet in each of two zones; HTTP is let in from everywhere, and all out. */
function network(name: string, range: string): string {
  const subnet = (zone: string, third: number) =>
    query(
      `${name}_${zone}`,
      `ec2 create-subnet --vpc-id "$${name}" --cidr-block ${range}.${third}.0/24 --availability-zone ap-south-1${zone}`,
      'Subnet.SubnetId',
    );
  return [
    query(name, `ec2 create-vpc --cidr-block ${range}.0.0/16`, 'Vpc.VpcId'),
    `aws ec2 modify-vpc-attribute --vpc-id "$${name}" --enable-dns-hostnames`,
    subnet('a', 1),
    subnet('b', 2),
    query(
      `${name}_TABLE`,
      `ec2 describe-route-tables --filters Name=vpc-id,Values=$${name}`,
      'RouteTables[0].RouteTableId',
    ),
    query(
      `${name}_ACL`,
      `ec2 describe-network-acls --filters Name=vpc-id,Values=$${name}`,
      'NetworkAcls[0].NetworkAclId',
    ),
    query(
      `${name}_GROUP`,
      `ec2 create-security-group --vpc-id "$${name}" --group-name web --description web`,
      'GroupId',
    ),
    `aws ec2 authorize-security-group-ingress --group-id "$${name}_GROUP" --protocol tcp --port 80 --cidr 0.0.0.0/0`,
  ].join('\n');
}

function instance(name: string, vpc: string, zone: string, address: string, more = ''): string {
  const options = `--image-id "$IMAGE" --instance-type t3.micro --subnet-id "$${vpc}_${zone}" --private-ip-address ${address}`;
  return query(
    name,
    `ec2 run-instances ${options} --security-group-ids "$${vpc}_GROUP" ${more}`,
    'Instances[0].InstanceId',
  );
}

const IMAGE = query('IMAGE', 'ec2 describe-images --owners amazon', 'Images[0].ImageId');
/** client, 10.0.1.10, and server, 10.0.2.20, of one VPC. */
const ONE = [
  IMAGE,
  network('VPC', '10.0'),
  instance('CLIENT', 'VPC', 'a', '10.0.1.10'),
  instance('SERVER', 'VPC', 'b', '10.0.2.20'),
].join('\n');
/** server of another, 10.1.2.20. */
const TWO = [
  ...[IMAGE, network('VPC', '10.0'), network('FAR', '10.1'), instance('CLIENT', 'VPC', 'a', '10.0.1.10')],
  instance('SERVER', 'FAR', 'b', '10.1.2.20'),
].join('\n');
const ROUTE = 'aws ec2 create-route --route-table-id';
const PEERED = [
  TWO,
  query(
    'PEERING',
    'ec2 create-vpc-peering-connection --vpc-id "$VPC" --peer-vpc-id "$FAR"',
    'VpcPeeringConnection.VpcPeeringConnectionId',
  ),
  'aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id "$PEERING"',
].join('\n');
const GATEWAY = [
  query('GATEWAY', 'ec2 create-internet-gateway', 'InternetGateway.InternetGatewayId'),
  'aws ec2 attach-internet-gateway --internet-gateway-id "$GATEWAY" --vpc-id "$VPC"',
].join('\n');
function attachment(name: string, vpc: string, subnets: string): string {
  const options = `--transit-gateway-id "$HUB" --vpc-id "$${vpc}" --subnet-ids ${subnets}`;
  return query(
    name,
    `ec2 create-transit-gateway-vpc-attachment ${options}`,
    'TransitGatewayVpcAttachment.TransitGatewayAttachmentId',
  );
}
const HUB_AND_TABLE = [
  query('HUB', 'ec2 create-transit-gateway', 'TransitGateway.TransitGatewayId'),
  query(
    'HUB_TABLE',
    'ec2 describe-transit-gateways --transit-gateway-ids "$HUB"',
    'TransitGateways[0].Options.AssociationDefaultRouteTableId',
  ),
];
const HUB_ONLY = [
  ...HUB_AND_TABLE,
  attachment('NEAR_END', 'VPC', '"$VPC_a"'),
  attachment('FAR_END', 'FAR', '"$FAR_a" "$FAR_b"'),
].join('\n');
const HUB = `${TWO}\n${HUB_ONLY}`;
const HUB_ROUTES = [
  `${ROUTE} "$VPC_TABLE" --destination-cidr-block 10.1.0.0/16 --transit-gateway-id "$HUB"`,
  `${ROUTE} "$FAR_TABLE" --destination-cidr-block 10.0.0.0/16 --transit-gateway-id "$HUB"`,
].join('\n');
const BALANCER = [
  ONE,
  query(
    'NLB',
    'elbv2 create-load-balancer --name web --type network --scheme internal --subnets "$VPC_a" "$VPC_b" --security-groups "$VPC_GROUP"',
    'LoadBalancers[0].LoadBalancerArn',
  ),
  query(
    'POOL',
    'elbv2 create-target-group --name web --protocol TCP --port 80 --vpc-id "$VPC"',
    'TargetGroups[0].TargetGroupArn',
  ),
].join('\n');
const LISTENER =
  'aws elbv2 create-listener --load-balancer-arn "$NLB" --protocol TCP --port 80 --default-actions Type=forward,TargetGroupArn="$POOL"';
const TARGET = 'aws elbv2 register-targets --target-group-arn "$POOL" --targets Id="$SERVER"';
const CROSS_ZONE =
  'aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$NLB" --attributes Key=load_balancing.cross_zone.enabled,Value=true';
/** The service of that load balancer, and a consumer of another account, 10.0.1.30. */
const SERVED = [
  ...[BALANCER, LISTENER, TARGET, CROSS_ZONE],
  query(
    'SERVICE',
    'ec2 create-vpc-endpoint-service-configuration --network-load-balancer-arns "$NLB"',
    'ServiceConfiguration.ServiceId',
  ),
  query(
    'SERVICE_NAME',
    'ec2 describe-vpc-endpoint-service-configurations --service-ids "$SERVICE"',
    'ServiceConfigurations[0].ServiceName',
  ),
  `aws ec2 modify-vpc-endpoint-service-permissions --service-id "$SERVICE" --add-allowed-principals arn:aws:iam::${CONSUMER}:root`,
  `export AWS_ACCESS_KEY_ID=${CONSUMER}`,
  ...[network('USER', '10.0'), instance('GUEST', 'USER', 'a', '10.0.1.30')],
  query(
    'ENDPOINT',
    'ec2 create-vpc-endpoint --vpc-endpoint-type Interface --vpc-id "$USER" --service-name "$SERVICE_NAME" --subnet-ids "$USER_a" --security-group-ids "$USER_GROUP"',
    'VpcEndpoint.VpcEndpointId',
  ),
  `export AWS_ACCESS_KEY_ID=${ACCOUNT}`,
].join('\n');
/** Another VPC of that consumer's, with 10.7.1.40 in a zone where the service is not. */
const elsewhere = (block: string) => [
  `export AWS_ACCESS_KEY_ID=${CONSUMER}`,
  query('FAR', `ec2 create-vpc --cidr-block ${block}`, 'Vpc.VpcId'),
  query(
    'FAR_c',
    'ec2 create-subnet --vpc-id "$FAR" --cidr-block 10.7.1.0/24 --availability-zone ap-south-1c',
    'Subnet.SubnetId',
  ),
  query('FAR_GROUP', 'ec2 create-security-group --vpc-id "$FAR" --group-name web --description web', 'GroupId'),
  instance('LONELY', 'FAR', 'c', '10.7.1.40'),
];
const ENDPOINT = [
  ONE,
  query('DOORS', 'ec2 create-security-group --vpc-id "$VPC" --group-name doors --description doors', 'GroupId'),
  'aws ec2 authorize-security-group-ingress --group-id "$DOORS" --protocol tcp --port 443 --cidr 10.0.0.0/16',
  query(
    'ENDPOINT',
    'ec2 create-vpc-endpoint --vpc-endpoint-type Interface --vpc-id "$VPC" --service-name com.amazonaws.ap-south-1.sqs --subnet-ids "$VPC_a" --security-group-ids "$DOORS" --private-dns-enabled',
    'VpcEndpoint.VpcEndpointId',
  ),
].join('\n');
const SQS = 'sqs.ap-south-1.amazonaws.com';

/** The far VPC is another account's. */
const FOREIGN = [
  ...[IMAGE, network('VPC', '10.0'), instance('CLIENT', 'VPC', 'a', '10.0.1.10')],
  `export AWS_ACCESS_KEY_ID=${CONSUMER}`,
  ...[network('FAR', '10.1'), instance('SERVER', 'FAR', 'b', '10.1.2.20'), `export AWS_ACCESS_KEY_ID=${ACCOUNT}`],
].join('\n');

interface Broken {
  readonly what: string;
  readonly made: string;
  /** What breaks it; empty: it is not whole as it is made. */
  readonly by: readonly string[];
  /** By its address, or the first instance's with such a one. */
  readonly from?: string;
  readonly to?: string;
  readonly protocol?: '6' | '17' | '1';
  readonly port?: number;
  /** The codes that the top line has, one after another, as each is mended. */
  readonly codes: readonly string[];
  /** What cannot be mended, and is left. */
  readonly left?: string;
  /** Of the client's role. */
  readonly action?: string;
}

const ACL_OUT =
  'aws ec2 create-network-acl-entry --network-acl-id "$VPC_ACL" --rule-number 50 --egress --rule-action deny';
const ACL_IN = ACL_OUT.replace('--egress', '--ingress');

const CASES: readonly Broken[] = [
  { what: 'a group that lets another port in', made: ONE, by: [], port: 8080, codes: ['ENI_SG_RULES_MISMATCH'] },
  { what: 'UDP', made: ONE, by: [], protocol: '17', port: 53, codes: ['ENI_SG_RULES_MISMATCH'] },
  { what: 'a ping', made: ONE, by: [], protocol: '1', codes: ['ENI_SG_RULES_MISMATCH'] },
  {
    ...{ what: 'a group with no rule either way', made: ONE, codes: ['SG_HAS_NO_RULES', 'SG_HAS_NO_RULES'] },
    by: [
      'aws ec2 revoke-security-group-ingress --group-id "$VPC_GROUP" --protocol tcp --port 80 --cidr 0.0.0.0/0',
      'aws ec2 revoke-security-group-egress --group-id "$VPC_GROUP" --protocol all --cidr 0.0.0.0/0',
    ],
  },
  {
    ...{ what: 'ACLs that deny both ways', made: ONE },
    by: [
      `${ACL_OUT} --protocol 6 --port-range From=0,To=65535 --cidr-block 0.0.0.0/0`,
      `${ACL_IN} --protocol 6 --port-range From=0,To=65535 --cidr-block 0.0.0.0/0`,
    ],
    codes: Array(4).fill('SUBNET_ACL_RESTRICTION'),
  },
  {
    ...{ what: 'an ACL that denies answers', made: ONE, codes: ['SUBNET_ACL_RESTRICTION'] },
    by: [`${ACL_OUT} --protocol 6 --port-range From=1024,To=65535 --cidr-block 10.0.1.0/24`],
  },
  {
    ...{ what: 'an ACL that denies pings', made: ONE, protocol: '1' },
    by: [
      `${ACL_IN} --protocol 1 --icmp-type-code Type=-1,Code=-1 --cidr-block 0.0.0.0/0`,
      'aws ec2 authorize-security-group-ingress --group-id "$VPC_GROUP" --protocol icmp --port -1 --cidr 0.0.0.0/0',
    ],
    codes: ['SUBNET_ACL_RESTRICTION', 'SUBNET_ACL_RESTRICTION'],
  },
  {
    ...{ what: 'an instance that is stopped', made: ONE, codes: ['BAD_STATE'] },
    by: ['aws ec2 stop-instances --instance-ids "$SERVER"', 'aws ec2 wait instance-stopped --instance-ids "$SERVER"'],
  },
  {
    what: 'two VPCs that nothing joins',
    made: TWO,
    by: [],
    to: '10.1.2.20',
    codes: ['NO_ROUTE_TO_DESTINATION', 'CULVERT_NO_WAY_BACK'],
  },
  {
    what: 'a peering connection that was not accepted',
    made: TWO,
    by: ['aws ec2 create-vpc-peering-connection --vpc-id "$VPC" --peer-vpc-id "$FAR"'],
    to: '10.1.2.20',
    codes: ['NO_ROUTE_TO_DESTINATION', 'CULVERT_NO_WAY_BACK'],
  },
  {
    what: 'no routes to a peer',
    made: PEERED,
    by: [],
    to: '10.1.2.20',
    codes: ['NO_ROUTE_TO_DESTINATION', 'CULVERT_NO_WAY_BACK'],
  },
  {
    ...{ what: 'no route back from a peer', made: PEERED, to: '10.1.2.20', codes: ['CULVERT_NO_WAY_BACK'] },
    by: [`${ROUTE} "$VPC_TABLE" --destination-cidr-block 10.1.0.0/16 --vpc-peering-connection-id "$PEERING"`],
  },
  {
    ...{ what: 'no internet gateway, no route, no public address', made: ONE, to: SQS, port: 443 },
    // The likeliest cause is that there is no endpoint.
    ...{ by: [], codes: ['CULVERT_NO_ENDPOINT', 'ENI_SG_RULES_MISMATCH'] },
  },
  {
    ...{
      what: 'no public address',
      made: ONE,
      to: SQS,
      port: 443,
      codes: ['CULVERT_NO_ENDPOINT', 'ENI_SG_RULES_MISMATCH'],
    },
    by: [GATEWAY, `${ROUTE} "$VPC_TABLE" --destination-cidr-block 0.0.0.0/0 --gateway-id "$GATEWAY"`],
  },
  {
    ...{ what: 'an internet gateway that is detached', made: ONE, to: SQS, port: 443 },
    by: [
      GATEWAY,
      `${ROUTE} "$VPC_TABLE" --destination-cidr-block 0.0.0.0/0 --gateway-id "$GATEWAY"`,
      'aws ec2 detach-internet-gateway --internet-gateway-id "$GATEWAY" --vpc-id "$VPC"',
    ],
    codes: ['CULVERT_NO_ENDPOINT', 'ENI_SG_RULES_MISMATCH'],
  },
  {
    what: 'no routes to a transit gateway',
    made: HUB,
    by: [],
    to: '10.1.2.20',
    codes: ['NO_ROUTE_TO_DESTINATION', 'CULVERT_NO_WAY_BACK'],
  },
  {
    ...{ what: 'an attachment that no table is associated with', made: HUB, to: '10.1.2.20' },
    by: [
      HUB_ROUTES,
      'aws ec2 disassociate-transit-gateway-route-table --transit-gateway-attachment-id "$NEAR_END" --transit-gateway-route-table-id "$HUB_TABLE"',
    ],
    codes: ['TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION'],
  },
  {
    ...{ what: 'a transit gateway that does not know the way', made: HUB, to: '10.1.2.20' },
    by: [
      HUB_ROUTES,
      'aws ec2 disable-transit-gateway-route-table-propagation --transit-gateway-attachment-id "$FAR_END" --transit-gateway-route-table-id "$HUB_TABLE"',
      'aws ec2 disable-transit-gateway-route-table-propagation --transit-gateway-attachment-id "$NEAR_END" --transit-gateway-route-table-id "$HUB_TABLE"',
    ],
    codes: ['NO_ROUTE_TO_DESTINATION', 'CULVERT_NO_WAY_BACK'],
  },
  {
    ...{ what: 'a blackhole in a transit gateway', made: HUB, to: '10.1.2.20', codes: ['TGW_RTB_BAD_STATE_ROUTE'] },
    by: [
      HUB_ROUTES,
      'aws ec2 create-transit-gateway-route --transit-gateway-route-table-id "$HUB_TABLE" --destination-cidr-block 10.1.2.0/24 --blackhole',
    ],
  },
  {
    ...{
      what: 'a blackhole where a peer was, and a gateway that knows the way',
      made: `${PEERED}\n${HUB_ONLY}`,
      to: '10.1.2.20',
    },
    by: [
      `${ROUTE} "$VPC_TABLE" --destination-cidr-block 10.1.0.0/16 --vpc-peering-connection-id "$PEERING"`,
      `${ROUTE} "$FAR_TABLE" --destination-cidr-block 10.0.0.0/16 --vpc-peering-connection-id "$PEERING"`,
      'aws ec2 delete-vpc-peering-connection --vpc-peering-connection-id "$PEERING"',
    ],
    codes: ['BAD_STATE_ROUTE', 'CULVERT_NO_WAY_BACK'],
  },
  {
    ...{ what: 'a zone without a subnet of the attachment', made: HUB, from: '10.0.2.11', to: '10.1.2.20' },
    by: [HUB_ROUTES, instance('OTHER', 'VPC', 'b', '10.0.2.11')],
    codes: ['TGW_ROUTE_AZ_RESTRICTION'],
  },
  {
    ...{ what: 'name servers of one’s own', made: ENDPOINT, to: SQS, port: 443, codes: ['CULVERT_OWN_NAME_SERVERS'] },
    by: [
      query(
        'OPTIONS',
        'ec2 create-dhcp-options --dhcp-configurations Key=domain-name-servers,Values=10.0.1.53',
        'DhcpOptions.DhcpOptionsId',
      ),
      'aws ec2 associate-dhcp-options --dhcp-options-id "$OPTIONS" --vpc-id "$VPC"',
    ],
  },
  {
    what: 'VPCs of two accounts that nothing joins',
    made: FOREIGN,
    by: [],
    to: '10.1.2.20',
    codes: ['NO_ROUTE_TO_DESTINATION', 'CULVERT_NO_WAY_BACK'],
  },
  {
    what: 'a load balancer without a listener',
    made: BALANCER,
    by: [TARGET, CROSS_ZONE],
    to: 'web',
    codes: ['ELBV2_LISTENERS_MISMATCH'],
  },
  {
    what: 'a target group without targets',
    made: BALANCER,
    by: [LISTENER, CROSS_ZONE],
    to: 'web',
    codes: ['ELBV2_NO_TARGETS_IN_AZ'],
  },
  { what: 'a zone without targets', made: BALANCER, by: [LISTENER, TARGET], to: 'web', codes: ['ELB_NOT_CROSSZONE'] },
  {
    ...{
      what: 'a target that would be its own client',
      made: BALANCER,
      from: '10.0.2.20',
      to: 'web',
      codes: ['CULVERT_NO_WAY_BACK'],
    },
    by: [LISTENER, TARGET, CROSS_ZONE],
  },
  { what: 'an endpoint that waits', made: SERVED, by: [], from: '10.0.1.30', to: 'endpoint', codes: ['BAD_STATE'] },
  {
    ...{ what: 'an endpoint that was rejected', made: SERVED, from: '10.0.1.30', to: 'endpoint', codes: ['BAD_STATE'] },
    by: ['aws ec2 reject-vpc-endpoint-connections --service-id "$SERVICE" --vpc-endpoint-ids "$ENDPOINT"'],
  },
  {
    ...{ what: 'private DNS off', made: ENDPOINT, to: SQS, port: 443, codes: ['CULVERT_PRIVATE_DNS_OFF'] },
    by: ['aws ec2 modify-vpc-endpoint --vpc-endpoint-id "$ENDPOINT" --no-private-dns-enabled'],
  },
  {
    ...{
      what: 'DNS attributes off',
      made: ENDPOINT,
      to: SQS,
      port: 443,
      codes: ['CULVERT_DNS_SUPPORT_OFF', 'CULVERT_DNS_HOSTNAMES_OFF'],
    },
    by: [
      'aws ec2 modify-vpc-attribute --vpc-id "$VPC" --no-enable-dns-hostnames',
      'aws ec2 modify-vpc-attribute --vpc-id "$VPC" --no-enable-dns-support',
    ],
  },
  {
    ...{
      what: 'a gateway endpoint that no route leads to',
      made: ONE,
      to: 's3.ap-south-1.amazonaws.com',
      port: 443,
      codes: ['CULVERT_NO_ENDPOINT'],
    },
    by: ['aws ec2 create-vpc-endpoint --vpc-id "$VPC" --service-name com.amazonaws.ap-south-1.s3'],
  },
  {
    ...{ what: 'a forwarder that takes only what is its own', made: ONE, to: '10.9.0.5' },
    by: [
      query(
        'PORT',
        'ec2 describe-instances --instance-ids "$SERVER"',
        'Reservations[0].Instances[0].NetworkInterfaces[0].NetworkInterfaceId',
      ),
      `${ROUTE} "$VPC_TABLE" --destination-cidr-block 10.9.0.0/16 --network-interface-id "$PORT"`,
    ],
    ...{ codes: ['ENI_SOURCE_DEST_CHECK_RESTRICTION', 'CULVERT_ROUTE_LOOP'], left: 'NO_ROUTE_TO_DESTINATION' },
  },
  {
    ...{
      what: 'a service that is not in any of the VPC’s zones',
      made: [SERVED, ...elsewhere('10.7.0.0/16')].join('\n'),
      from: '10.7.1.40',
      to: 'service',
    },
    ...{ by: [], codes: ['VPCE_SERVICE_NOT_INSTALLED_IN_AZ', 'ENI_SG_RULES_MISMATCH', 'BAD_STATE'] },
  },
  {
    ...{
      what: 'a service that is not in any of the VPC’s zones, and room in a block that is smaller than a subnet',
      made: [SERVED, ...elsewhere('10.7.1.0/24')].join('\n'),
      from: '10.7.1.40',
      to: 'service',
    },
    by: ['aws ec2 associate-vpc-cidr-block --vpc-id "$FAR" --cidr-block 10.8.0.0/28'],
    codes: ['VPCE_SERVICE_NOT_INSTALLED_IN_AZ', 'ENI_SG_RULES_MISMATCH', 'BAD_STATE'],
  },
];

const SHUT = [
  'aws ec2 revoke-security-group-ingress --group-id "$FAR_GROUP" --protocol tcp --port 80 --cidr 0.0.0.0/0',
  `${ACL_IN.replace('VPC_ACL', 'FAR_ACL')} --protocol 6 --port-range From=0,To=65535 --cidr-block 0.0.0.0/0`,
  `${ACL_OUT.replace('VPC_ACL', 'FAR_ACL')} --protocol 6 --port-range From=1024,To=65535 --cidr-block 0.0.0.0/0`,
];
const SHUT_CODES = ['SUBNET_ACL_RESTRICTION', 'SG_HAS_NO_RULES', 'SUBNET_ACL_RESTRICTION', 'CULVERT_NO_WAY_BACK'];
/** The attachment's interface is behind that ACL too. */
const HUB_CODES = [...SHUT_CODES, 'SUBNET_ACL_RESTRICTION'];
/** Those that one answer mends, with what is to be told behind the missing route. */
const AT_ONCE: readonly (Omit<Broken, 'codes'> & { readonly next?: readonly string[] })[] = [
  { what: 'two VPCs that nothing joins, the far one shut', made: TWO, by: SHUT },
  {
    ...{ what: 'one that waits to be accepted', made: TWO },
    by: ['aws ec2 create-vpc-peering-connection --vpc-id "$VPC" --peer-vpc-id "$FAR"', ...SHUT],
  },
  {
    ...{ what: 'one that waits, asked for from there', made: TWO },
    by: ['aws ec2 create-vpc-peering-connection --vpc-id "$FAR" --peer-vpc-id "$VPC"', ...SHUT],
  },
  { what: 'two VPCs that are peered and shut', made: PEERED, by: SHUT },
  { what: 'two VPCs at a transit gateway', made: HUB, by: SHUT, next: HUB_CODES },
  {
    ...{ what: 'VPCs of two accounts', made: FOREIGN },
    by: [`export AWS_ACCESS_KEY_ID=${CONSUMER}`, ...SHUT, `export AWS_ACCESS_KEY_ID=${ACCOUNT}`],
  },
];
const NOT_TOLD: readonly Omit<Broken, 'codes'>[] = [
  {
    ...{ what: 'another VPC has the same address', made: TWO },
    by: [...SHUT, network('THIRD', '10.1'), instance('TWIN', 'THIRD', 'b', '10.1.2.20')],
  },
  {
    what: 'two peers have equal ranges',
    made: PEERED,
    by: [
      ...[...SHUT, network('THIRD', '10.1')],
      query(
        'OTHER',
        'ec2 create-vpc-peering-connection --vpc-id "$VPC" --peer-vpc-id "$THIRD"',
        'VpcPeeringConnection.VpcPeeringConnectionId',
      ),
      'aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id "$OTHER"',
    ],
  },
  {
    ...{ what: 'the peer is another than who was asked for', made: PEERED, to: 'twin' },
    by: [...SHUT, network('THIRD', '10.1'), instance('TWIN', 'THIRD', 'b', '10.1.2.20', '--client-token twin')],
  },
  { what: 'nobody there has the address', made: PEERED, by: SHUT, to: '10.1.2.21' },
];

const document = (...Statement: object[]) => `'${JSON.stringify({ Version: '2012-10-17', Statement })}'`;
const statement = (Effect: 'Allow' | 'Deny', Action: string | string[], more: object = {}) => ({
  ...{ Effect, Action, Resource: '*' },
  ...more,
});
const TRUST = document({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' });
/** The client's role may send. */
const ROLE = [
  ENDPOINT,
  `aws iam create-role --role-name app --assume-role-policy-document ${TRUST}`,
  `aws iam put-role-policy --role-name app --policy-name send --policy-document ${document(statement('Allow', 'sqs:SendMessage'))}`,
  'aws iam create-instance-profile --instance-profile-name app',
  'aws iam add-role-to-instance-profile --instance-profile-name app --role-name app',
  'aws ec2 associate-iam-instance-profile --instance-id "$CLIENT" --iam-instance-profile Name=app',
].join('\n');
const put = (name: string, ...statements: object[]) =>
  `aws iam put-role-policy --role-name app --policy-name ${name} --policy-document ${document(...statements)}`;
const own = (name: string, ...statements: object[]) =>
  query(name, `iam create-policy --policy-name ${name} --policy-document ${document(...statements)}`, 'Policy.Arn');
const attach = (name: string) => `aws iam attach-role-policy --role-name app --policy-arn "$${name}"`;
const fence = (arn: string) => `aws iam put-role-permissions-boundary --role-name app --permissions-boundary ${arn}`;
const doors = (...statements: object[]) =>
  `aws ec2 modify-vpc-endpoint --vpc-endpoint-id "$ENDPOINT" --policy-document ${document(...statements)}`;
const SENDING = { made: ROLE, to: SQS, port: 443, action: 'sqs:SendMessage' } as const;
const ANYBODY = { Principal: '*' };
const IDENTITY = 'CULVERT_IDENTITY_POLICY';
const BOUNDARY = 'CULVERT_PERMISSIONS_BOUNDARY';
const DOORS = 'CULVERT_ENDPOINT_POLICY';

const CALLS: readonly Broken[] = [
  {
    ...SENDING,
    what: 'no policy',
    by: ['aws iam delete-role-policy --role-name app --policy-name send'],
    codes: [IDENTITY],
  },
  { ...SENDING, what: 'a deny alone', by: [put('guard', statement('Deny', 'sqs:SendMessage'))], codes: [IDENTITY] },
  { ...SENDING, what: 'a deny of more', by: [put('guard', statement('Deny', 'sqs:*'))], codes: [IDENTITY] },
  {
    ...{ ...SENDING, what: 'a deny in a managed policy', codes: [IDENTITY] },
    by: [own('GUARD', statement('Deny', 'sqs:Send*')), attach('GUARD')],
  },
  {
    ...{ ...SENDING, what: 'a boundary of AWS’s own', codes: [BOUNDARY] },
    by: [fence('arn:aws:iam::aws:policy/AmazonS3FullAccess')],
  },
  {
    ...{ ...SENDING, what: 'a boundary that leaves it out', codes: [BOUNDARY] },
    by: [own('FENCE', statement('Allow', 's3:*')), fence('"$FENCE"')],
  },
  {
    ...{ ...SENDING, what: 'an endpoint for somebody else', codes: [DOORS] },
    by: [doors(statement('Allow', 'sqs:*', { Principal: { AWS: CONSUMER } }))],
  },
  {
    ...{ ...SENDING, what: 'denies in all three', codes: [IDENTITY, BOUNDARY, DOORS] },
    by: [
      put('guard', statement('Deny', 'sqs:*')),
      own('FENCE', statement('Deny', 'sqs:*'), statement('Allow', '*')),
      fence('"$FENCE"'),
      doors(statement('Deny', '*', ANYBODY), statement('Allow', '*', ANYBODY)),
    ],
  },
];

async function play(known: Known | undefined, text: string, account = ACCOUNT): Promise<Known> {
  const { facts, context, intent } = harness();
  const host: Deciding = {
    ...{ facts, store: { intent: known?.intent ?? intent }, sealKey: Buffer.alloc(32), now: () => facts.now },
    ...{ consoleOutput: () => null, trail: {} as Deciding['trail'], metrics: context.metrics },
  };
  return (await decideAll(host, account, { text, files: {}, region: 'ap-south-1' })).after;
}

function questionOf(
  known: Known,
  { from = '10.0.1.10', to = '10.0.2.20', protocol = '6', port = 80, action }: Broken,
): WholeQuestion {
  const [endpoint] = known.intent.table('vpcEndpoint').all();
  const [node] = [...known.intent.table('networkInterface').all()].filter(({ type }) => type === 'networkLoadBalancer');
  const [address = ''] = node?.addresses ?? [];
  const [service] = known.intent.table('endpointService').all();
  const name = service && customerServiceName(service.id, service.region);
  if (to === 'service') return { from, to: name ?? '', protocol, port };
  const host = to === 'endpoint' ? (endpoint?.id ?? '') : to === 'web' ? address : to;
  return { from, to: host, protocol, port: protocol === '1' ? null : port, ...(action !== undefined && { action }) };
}

function explain({ intent, plan }: Known, question: WholeQuestion): WholeWhy {
  return explainWhy({ intent, plan, facts: harness().facts }, question);
}

function blockersOf({ paths, hints }: WholeWhy): readonly string[] {
  const all = [...hints, ...paths.flatMap(({ advice }) => advice)];
  return all.map(textOf);
}

function textOf({ code, sentence }: Pick<Advice, 'code' | 'sentence'>): string {
  return `${code} ${sentence}`;
}

/** Run by whose things it names. */
async function mended(known: Known, fix: string): Promise<Known> {
  return play(known, fix).catch((error: unknown) => {
    if (!(error instanceof NotPlayed) || !error.code?.endsWith('.NotFound')) throw error;
    return play(known, fix, CONSUMER);
  });
}

function isWhole(fix: string): boolean {
  return fix !== '' && !fix.includes('…');
}

function serverIn({ intent }: Known): string {
  const ports = [...intent.table('networkInterface').all()];
  return ports.find(({ addresses }) => addresses.includes('10.0.2.20'))?.attachment?.instanceId ?? '';
}

for (const broken of [...CASES, ...CALLS]) {
  test(`${broken.what}: ${broken.codes.join(', then ')}`, async () => {
    let known = await play(undefined, [broken.made, ...broken.by].join('\n'));
    const question = questionOf(known, broken);
    const codes: string[] = [];
    let found = explain(known, question);
    for (let fixes = 0; found.outcome !== 'delivered' && fixes < MOST_FIXES; fixes++) {
      const { top } = found;
      if (top !== null && top.code === broken.left) break;
      assert.ok(top !== null, found.headline);
      codes.push(top.code);
      const [before, told] = [known, found];
      for (const advice of [...told.hints, ...told.paths.flatMap((path) => path.advice)]) {
        for (const fix of advice.fixes) {
          if (!isWhole(fix)) continue;
          const after = explain(await mended(before, fix), question);
          assert.ok(!blockersOf(after).includes(textOf(advice)), `${fix} does not mend ${advice.sentence}`);
        }
      }
      // Whom it is to be sent to, nobody else can know.
      const first = (top.fixes[0] ?? '').replace('Id=i-…', `Id=${serverIn(known)}`);
      assert.ok(isWhole(first), `${top.sentence}: ${first}`);
      known = await mended(before, first);
      found = explain(known, question);
      assert.ok(!blockersOf(found).includes(textOf(top)), `${first} does not mend ${top.sentence}`);
    }
    const end = broken.left === undefined ? found.outcome : found.top?.code;
    assert.deepEqual([end, codes], [broken.left ?? 'delivered', broken.codes]);
  });
}

for (const broken of AT_ONCE) {
  test(`at once, ${broken.what}: all that one answer says`, async () => {
    const known = await play(undefined, [broken.made, ...broken.by].join('\n'));
    const question = questionOf(known, { to: '10.1.2.20', ...broken, codes: [] });
    const found = explain(known, question);
    const [path] = found.paths;
    assert.deepEqual(
      [found.outcome, found.top?.code, path?.advice.map(({ code }) => code), path?.next.map(({ code }) => code)],
      ['dropped', 'NO_ROUTE_TO_DESTINATION', ['NO_ROUTE_TO_DESTINATION'], broken.next ?? SHUT_CODES],
    );
    const script = [...(path?.advice ?? []), ...(path?.next ?? [])].map(({ fixes: [fix = ''] }) => {
      assert.ok(isWhole(fix), fix);
      return found.menders[fix] === undefined
        ? fix
        : [`export AWS_ACCESS_KEY_ID=${found.menders[fix]}`, fix].join('\n');
    });
    const after = explain(await play(known, script.join(`\nexport AWS_ACCESS_KEY_ID=${ACCOUNT}\n`)), question);
    assert.deepEqual([after.outcome, blockersOf(after)], ['delivered', []]);
  });
}

for (const broken of NOT_TOLD) {
  test(`nothing is told behind a missing route: ${broken.what}`, async () => {
    const known = await play(undefined, [broken.made, ...broken.by].join('\n'));
    const twin = [...known.intent.table('networkInterface').all()]
      .filter(({ addresses }) => addresses.includes('10.1.2.20'))
      .at(-1)?.attachment?.instanceId;
    const { to = '10.1.2.20' } = broken;
    const question = questionOf(known, { ...broken, to: to === 'twin' ? (twin ?? '') : to, codes: [] });
    const found = explain(known, question);
    assert.equal(found.top?.code, 'NO_ROUTE_TO_DESTINATION');
    assert.deepEqual(found.paths[0]?.next, []);
  });
}

test('no IPv6 address: the subnet gets a block and the interface an address', async () => {
  const made = [
    ONE,
    'aws ec2 associate-vpc-cidr-block --vpc-id "$VPC" --amazon-provided-ipv6-cidr-block',
    query('BLOCK', 'ec2 describe-vpcs --vpc-ids "$VPC"', 'Vpcs[0].Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock'),
  ].join('\n');
  let known = await play(undefined, made);
  const [vpc] = [...known.intent.table('vpc').all()].filter(({ ipv6Cidrs }) => ipv6Cidrs.length > 0);
  const [block = ''] = vpc?.ipv6Cidrs ?? [];
  const address = block.replace(/::\/56$/, '::99');
  const question = { from: '10.0.1.10', to: address, protocol: '6', port: 80 } as const;
  const found = explain(known, question);
  const advice = found.paths[0]?.advice.find(({ code }) => code === 'CULVERT_NO_ADDRESS_OF_FAMILY');
  const [fix = ''] = advice?.fixes ?? [];
  assert.match(fix, /^aws ec2 associate-subnet-cidr-block .*; aws ec2 assign-ipv6-addresses /);
  known = await mended(known, fix);
  assert.ok(!explain(known, question).paths[0]?.advice.some(({ code }) => code === 'CULVERT_NO_ADDRESS_OF_FAMILY'));
});

const VPN = query(
  'CGW',
  'ec2 create-customer-gateway --type ipsec.1 --ip-address 198.18.0.2',
  'CustomerGateway.CustomerGatewayId',
);
const SITES = [
  {
    ...{ what: 'a VPN gateway that is of no VPC', command: /^aws ec2 attach-vpn-gateway / },
    made: [
      query('VGW', 'ec2 create-vpn-gateway --type ipsec.1', 'VpnGateway.VpnGatewayId'),
      'aws ec2 create-vpn-connection --type ipsec.1 --customer-gateway-id "$CGW" --vpn-gateway-id "$VGW"',
    ],
  },
  {
    ...{ what: 'a transit gateway without the VPC', command: /^aws ec2 create-transit-gateway-vpc-attachment / },
    made: [
      query('HUB', 'ec2 create-transit-gateway', 'TransitGateway.TransitGatewayId'),
      'aws ec2 create-vpn-connection --type ipsec.1 --customer-gateway-id "$CGW" --transit-gateway-id "$HUB"',
    ],
  },
  {
    ...{ what: 'a transit gateway’s table without the VPC', command: /^aws ec2 create-transit-gateway-route / },
    made: [
      ...HUB_AND_TABLE,
      attachment('NEAR_END', 'VPC', '"$VPC_b"'),
      'aws ec2 disable-transit-gateway-route-table-propagation --transit-gateway-attachment-id "$NEAR_END" --transit-gateway-route-table-id "$HUB_TABLE"',
      'aws ec2 create-vpn-connection --type ipsec.1 --customer-gateway-id "$CGW" --transit-gateway-id "$HUB"',
    ],
  },
];

for (const { what, made, command } of SITES) {
  test(`a site without a route: ${what}`, async () => {
    const { intent, facts } = harness();
    const site = createSite('office', { cidr: '192.168.0.0/16' }, { intent, account: ACCOUNT, now: facts.now });
    assert.ok('site' in site);
    intent.apply(site.edits);
    const vpn = VPN.replace('198.18.0.2', site.site.publicAddress);
    const known = await play({ intent, plan: compile(intent, facts) }, [ONE, vpn, ...made].join('\n'));
    const question = { from: 'office', to: '10.0.2.20', protocol: '6', port: 80 } as const;
    const { top } = explain(known, question);
    const [fix = ''] = top?.fixes ?? [];
    assert.equal(top?.code, 'NO_ROUTE_TO_DESTINATION');
    assert.match(fix, command);
    assert.notEqual(explain(await mended(known, fix), question).top?.sentence, top?.sentence);
  });
}
