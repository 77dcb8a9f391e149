/**
 * Interface endpoints for AWS's services and for customers'. The other types are refused by name. The reply is complete:
 * interfaces, names and addresses exist from here on, traffic flows when the state says available.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
 */
import { put } from '../../../model/edit.ts';
import { newId } from '../../../model/ids.ts';
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
import { type Offer, offerNamed, privateNameOf } from './offer.ts';
import { checkedSubnets, fixedAddresses, newEndpointInterfaces } from './placement.ts';
import { policyFor } from './policy.ts';
import { checkInboundOnly, checkPrivateDns, privateDnsByDefault } from './private-dns.ts';
import { viewEndpoint, viewStoredEndpoint } from './view.ts';

/** AWS's default quota. */
const MAX_ENDPOINTS_PER_VPC = 50;
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
    SubnetConfigurations: { SubnetId: true, Ipv4: true },
    SecurityGroupIds: true,
    IpAddressType: ['ipv4'],
    DnsOptions: { DnsRecordIpType: ['ipv4'], PrivateDnsOnlyForInboundResolverEndpoint: true },
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
    const fixed = fixedAddresses(input.SubnetConfigurations);
    const subnets = checkedSubnets(context, vpc, service, [...(input.SubnetIds ?? []), ...fixed.keys()]);
    const groupIds = groupsInVpc(context, input.SecurityGroupIds, vpc, `VPC ${vpc.id}`);
    const policy = input.PolicyDocument === undefined ? null : policyFor(service, input.PolicyDocument);
    const inboundOnly = input.DnsOptions?.PrivateDnsOnlyForInboundResolverEndpoint;
    const privateDns = input.PrivateDnsEnabled ?? privateDnsByDefault(service);
    const acceptance = service.customer?.acceptanceRequired ? 'pending' : 'automatic';
    if (privateDns) checkPrivateDns(service, vpc, context.intent, acceptance, inboundOnly);
    else checkInboundOnly(service, vpc, inboundOnly ?? false);
    checkQuota(context, vpc);

    const endpoint: VpcEndpoint = {
      ...newResource(context, 'vpcEndpoint', tags),
      kind: 'vpcEndpoint',
      type: 'Interface',
      vpcId: vpc.id,
      serviceName,
      subnetIds: subnets.map((subnet) => subnet.id),
      groupIds,
      policy,
      privateDns,
      ipAddressType: 'ipv4',
      dnsRecordIpType: 'ipv4',
      serviceId: service.customer?.id ?? null,
      connectionId: service.customer === null ? null : newId('endpointConnection', context),
      privateDnsName: privateDns ? privateNameOf(service) : null,
      acceptance,
      dnsSuffix: randomText(context, LOWER_CASE_AND_DIGITS, SUFFIX_LENGTH),
      changedRevision: context.nextRevision,
      deletedRevision: null,
      deletedAt: null,
    };
    const made = newEndpointInterfaces(
      context,
      endpoint.id,
      groupIds,
      subnets.map((subnet) => ({ subnet, address: fixed.get(subnet.id) })),
    );
    const view = viewEndpoint(endpoint, made.interfaces, context);
    // AWS tells the default policy when it describes, not here.
    if (policy === null) delete view.PolicyDocument;
    const edits = [put(endpoint), ...made.edits, ...connectionEvents('Connect', endpoint, context)];
    return { edits, output: { VpcEndpoint: view, ClientToken: input.ClientToken } };
  },
  again,
);

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
  if (!isGateway && given(input.RouteTableIds)) {
    refuse('InvalidParameter', 'Route table IDs are only supported for Gateway type VPC Endpoint.');
  }
}

function serviceFor(input: Input<'CreateVpcEndpoint'>, name: string, context: Context): Offer {
  const region = input.ServiceRegion ?? context.region;
  if (region !== context.region) {
    refuse(
      'UnsupportedOperation',
      `The value '${region}' for parameter ServiceRegion is not supported by Culvert: services of other regions cannot be reached yet.`,
    );
  }
  const service = offerNamed(context, name);
  const type = input.VpcEndpointType ?? DEFAULT_TYPE;
  if (!service.types.some((each) => each === type)) {
    refuse(
      'InvalidParameter',
      `Endpoint type (${type}) does not match available service types ([${service.types.join(', ')}]).`,
    );
  }
  if (type === 'Gateway') {
    refuse('UnsupportedOperation', "The value 'Gateway' for parameter VpcEndpointType is not supported by Culvert.");
  }
  return service;
}

function checkQuota(context: Context, vpc: Vpc): void {
  const living = context.intent
    .table('vpcEndpoint')
    .by('vpcId', vpc.id)
    .filter((endpoint) => endpoint.deletedRevision === null);
  if (living.length >= MAX_ENDPOINTS_PER_VPC) {
    refuse('VpcEndpointLimitExceeded', 'The maximum number of VPC endpoints has been reached.');
  }
}

/** A repeated token is answered with what the endpoint is now. */
function again(output: Output<'CreateVpcEndpoint'>, context: Context): Output<'CreateVpcEndpoint'> {
  const endpoint = findIfThere(context, 'vpcEndpoint', output.VpcEndpoint?.VpcEndpointId ?? '');
  if (endpoint === undefined) return output;
  const view = viewStoredEndpoint(endpoint, context);
  if (endpoint.policy === null) delete view.PolicyDocument;
  return { ...output, VpcEndpoint: view };
}
