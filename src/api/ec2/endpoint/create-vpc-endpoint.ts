/**
 * Interface endpoints for AWS's services and for customers', gateway endpoints for S3 and DynamoDB. The other types are
 * refused by name. The reply is complete: interfaces, names and addresses exist from here on, traffic flows when the state
 * says available, which a gateway endpoint's does at once.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
 */
import { put } from '../../../model/edit.ts';
import { newId } from '../../../model/ids.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Vpc, VpcEndpoint } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find, findIfThere } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { LOWER_CASE_AND_DIGITS, randomText } from '../../shared/random-text.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action, type Input, type Output } from '../action.ts';
import { connectionEvents } from '../endpoint-service/events.ts';
import { groupsInVpc } from '../network-interface/birth.ts';
import { checkedRouteTables, checkGatewayQuotas, linkSerial } from './gateway.ts';
import { checkedIpTypes, refuseGatewayIpType } from './ip-address-types.ts';
import { type Offer, offerNamed, privateNameOf } from './offer.ts';
import { CONFIGURATION_READS, checkedSubnets, fixedAddresses, newEndpointInterfaces } from './placement.ts';
import { policyFor } from './policy.ts';
import { checkInboundOnly, checkPrivateDns, inboundOnlyByDefault, privateDnsByDefault } from './private-dns.ts';
import { viewEndpoint, viewStoredEndpoint } from './view.ts';

/** AWS's default: what a call means that names no type. */
const DEFAULT_TYPE = 'Gateway';
const SUFFIX_LENGTH = 8;

export const createVpcEndpoint = ec2Action<'CreateVpcEndpoint'>(
  {
    VpcId: true,
    VpcEndpointType: ['Interface', 'Gateway'],
    ServiceName: true,
    ServiceRegion: true,
    PolicyDocument: true,
    RouteTableIds: true,
    SubnetIds: true,
    SubnetConfigurations: CONFIGURATION_READS,
    SecurityGroupIds: true,
    IpAddressType: true,
    DnsOptions: { DnsRecordIpType: true, PrivateDnsOnlyForInboundResolverEndpoint: true },
    PrivateDnsEnabled: true,
    TagSpecifications: true,
    ClientToken: true,
  },
  (input, context) => {
    const tags = tagsOnCreate(input.TagSpecifications, 'vpc-endpoint');
    const serviceName = required(input.ServiceName, 'ServiceName');
    checkTypeOfParameters(input);
    const vpc = find(context, 'vpc', input.VpcId);
    const service = serviceFor(input, serviceName, context);
    const common: Common = { tags, vpc, service };
    return (input.VpcEndpointType ?? DEFAULT_TYPE) === 'Gateway'
      ? createGateway(input, context, common)
      : createInterface(input, context, common);
  },
  again,
);

interface Common {
  readonly tags: ReturnType<typeof tagsOnCreate>;
  readonly vpc: Vpc;
  readonly service: Offer;
}

function createInterface(input: Input<'CreateVpcEndpoint'>, context: Context, { tags, vpc, service }: Common) {
  const fixed = fixedAddresses(input.SubnetConfigurations);
  const subnets = checkedSubnets(context, vpc, service, [...(input.SubnetIds ?? []), ...fixed.keys()]);
  const ipTypes = checkedIpTypes(input, service, subnets);
  const groupIds = groupsInVpc(context, input.SecurityGroupIds, vpc, `VPC ${vpc.id}`);
  const policy = input.PolicyDocument === undefined ? null : policyFor(service, input.PolicyDocument);
  const privateDns = input.PrivateDnsEnabled ?? privateDnsByDefault(service);
  const inboundOnly =
    input.DnsOptions?.PrivateDnsOnlyForInboundResolverEndpoint ?? (privateDns && inboundOnlyByDefault(service));
  const acceptance = service.customer?.acceptanceRequired ? 'pending' : 'automatic';
  if (privateDns) checkPrivateDns(service, vpc, context.intent, acceptance, inboundOnly);
  else checkInboundOnly(service, vpc, context.intent, inboundOnly);
  checkQuota(context, vpc);

  const endpoint: VpcEndpoint = {
    ...newResource(context, 'vpcEndpoint', tags),
    ...newborn(context, vpc, service),
    ...ipTypes,
    type: 'Interface',
    subnetIds: subnets.map((subnet) => subnet.id),
    groupIds,
    policy,
    privateDns,
    inboundOnly,
    serviceId: service.customer?.id ?? null,
    connectionId: service.customer === null ? null : newId('endpointConnection', context),
    privateDnsName: privateDns ? privateNameOf(service) : null,
    acceptance,
    dnsSuffix: randomText(context, LOWER_CASE_AND_DIGITS, SUFFIX_LENGTH),
  };
  const made = newEndpointInterfaces(
    context,
    endpoint.id,
    groupIds,
    subnets.map((subnet) => ({ subnet, ...fixed.get(subnet.id) })),
    ipTypes.ipAddressType,
  );
  const view = viewEndpoint(endpoint, made.interfaces, context);
  // AWS tells the default policy when it describes, not here.
  if (policy === null) delete view.PolicyDocument;
  const edits = [put(endpoint), ...made.edits, ...connectionEvents('Connect', endpoint, context)];
  return { edits, output: { VpcEndpoint: view, ClientToken: input.ClientToken } };
}

function createGateway(input: Input<'CreateVpcEndpoint'>, context: Context, { tags, vpc, service }: Common) {
  refuseGatewayIpType(input.IpAddressType);
  const tables = checkedRouteTables(context, vpc, service.name, input.RouteTableIds);
  const policy = input.PolicyDocument === undefined ? null : policyFor(service, input.PolicyDocument);
  checkGatewayQuotas(context, vpc);
  const link = linkSerial(context);
  const endpoint: VpcEndpoint = {
    ...newResource(context, 'vpcEndpoint', tags),
    ...newborn(context, vpc, service),
    type: 'Gateway',
    routeTableIds: tables.map(({ id }) => id),
    linkSerial: link.serial,
    policy,
  };
  const output = { VpcEndpoint: viewEndpoint(endpoint, [], context), ClientToken: input.ClientToken };
  return { edits: [put(endpoint), ...link.edits], output };
}

/** What no type sets is nothing. */
function newborn(context: Context, vpc: Vpc, service: Offer) {
  return {
    kind: 'vpcEndpoint',
    vpcId: vpc.id,
    serviceName: service.name,
    serviceRegion: service.region,
    routeTableIds: [],
    linkSerial: null,
    subnetIds: [],
    groupIds: [],
    privateDns: false,
    inboundOnly: false,
    privateDnsName: null,
    ipAddressType: 'ipv4',
    dnsRecordIpType: 'ipv4',
    serviceId: null,
    connectionId: null,
    acceptance: 'automatic',
    dnsSuffix: '',
    changedRevision: context.nextRevision,
    deletedRevision: null,
    deletedAt: null,
  } as const;
}

/** What a type does not take is refused before the service is looked at. */
function checkTypeOfParameters(input: Input<'CreateVpcEndpoint'>): void {
  const isGateway = (input.VpcEndpointType ?? DEFAULT_TYPE) === 'Gateway';
  const given = (list: readonly unknown[] | undefined) => list !== undefined && list.length > 0;
  if (isGateway && (given(input.SubnetIds) || given(input.SubnetConfigurations))) {
    refuse(
      'InvalidParameter',
      'Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.',
    );
  }
  if (isGateway && given(input.SecurityGroupIds)) {
    refuse('InvalidParameter', 'Security Group IDs are only supported for Interface type VPC Endpoint.');
  }
  if (isGateway && input.PrivateDnsEnabled === true) {
    refuse('InvalidParameter', 'Private DNS is only supported for Interface type VPC Endpoint.');
  }
  if (isGateway && input.DnsOptions !== undefined) {
    refuse('InvalidParameter', 'DNS options are only supported for Interface type VPC Endpoint.');
  }
  if (!isGateway && given(input.RouteTableIds)) {
    refuse('InvalidParameter', 'Route table IDs are only supported for Gateway type VPC Endpoint.');
  }
}

function serviceFor(input: Input<'CreateVpcEndpoint'>, name: string, context: Context): Offer {
  const region = input.ServiceRegion ?? context.region;
  const service = offerNamed(context, name, region);
  const type = input.VpcEndpointType ?? DEFAULT_TYPE;
  if (!service.types.some((each) => each === type)) {
    refuse(
      'InvalidParameter',
      `Endpoint type (${type}) does not match available service types ([${service.types.join(', ')}]).`,
    );
  }
  return service;
}

function checkQuota(context: Context, vpc: Vpc): void {
  const living = context.intent
    .table('vpcEndpoint')
    .by('vpcId', vpc.id)
    .filter((endpoint) => endpoint.type === 'Interface' && endpoint.deletedRevision === null);
  if (living.length >= quotaOf(context.intent, 'interfaceEndpointsPerVpc', vpc)) {
    refuse('VpcEndpointLimitExceeded', 'The maximum number of VPC endpoints has been reached.');
  }
}

/** A repeated token is answered with what the endpoint is now. */
function again(output: Output<'CreateVpcEndpoint'>, context: Context): Output<'CreateVpcEndpoint'> {
  const endpoint = findIfThere(context, 'vpcEndpoint', output.VpcEndpoint?.VpcEndpointId ?? '');
  if (endpoint === undefined) return output;
  const view = viewStoredEndpoint(endpoint, context);
  if (endpoint.type === 'Interface' && endpoint.policy === null) delete view.PolicyDocument;
  return { ...output, VpcEndpoint: view };
}
