/**
 * Changes an endpoint in place. What is removed goes first, then what is added is checked against what stays. Changes that
 * the network must carry out lead back to "pending"; a policy is none.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html
 */
import { put, remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { NetworkInterface, VpcEndpoint } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { isSame } from '../../shared/input.ts';
import { ec2Action, type Input } from '../action.ts';
import { oneIpv6Address } from '../network-interface/ipv6-addresses.ts';
import { groupsAfter, policyAfter, privateDnsAfter, routeTablesAfter, type Subject, subnetsAfter } from './changes.ts';
import { checkedIpTypes, type IpTypes, refuseGatewayIpType } from './ip-address-types.ts';
import { offerOf, privateNameOf } from './offer.ts';
import { CONFIGURATION_READS, newEndpointInterfaces } from './placement.ts';
import { endpointState, findEndpoint } from './state.ts';

export const modifyVpcEndpoint = ec2Action<'ModifyVpcEndpoint'>(
  {
    VpcEndpointId: true,
    PolicyDocument: true,
    ResetPolicy: true,
    AddRouteTableIds: true,
    RemoveRouteTableIds: true,
    AddSubnetIds: true,
    RemoveSubnetIds: true,
    SubnetConfigurations: CONFIGURATION_READS,
    AddSecurityGroupIds: true,
    RemoveSecurityGroupIds: true,
    PrivateDnsEnabled: true,
    IpAddressType: true,
    DnsOptions: { DnsRecordIpType: true, PrivateDnsOnlyForInboundResolverEndpoint: true },
  },
  (input, context) => {
    const subject = subjectOf(findEndpoint(context, input.VpcEndpointId), context);
    checkTypeOfChanges(input, subject.endpoint);
    return subject.endpoint.type === 'Gateway'
      ? modifyGateway(input, subject, context)
      : modifyInterface(input, subject, context);
  },
);

/** What a type does not have cannot be changed. */
function checkTypeOfChanges(input: Input<'ModifyVpcEndpoint'>, { type }: VpcEndpoint): void {
  const given = (...lists: readonly (readonly unknown[] | undefined)[]) =>
    lists.some((list) => (list?.length ?? 0) > 0);
  if (type === 'Interface') {
    if (given(input.AddRouteTableIds, input.RemoveRouteTableIds)) {
      refuse('InvalidParameter', 'Route table IDs are only supported for Gateway type VPC Endpoint.');
    }
    return;
  }
  if (given(input.AddSubnetIds, input.RemoveSubnetIds, input.SubnetConfigurations)) {
    refuse(
      'InvalidParameter',
      'Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.',
    );
  }
  if (given(input.AddSecurityGroupIds, input.RemoveSecurityGroupIds)) {
    refuse('InvalidParameter', 'Security Group IDs are only supported for Interface type VPC Endpoint.');
  }
  if (input.PrivateDnsEnabled === true) {
    refuse('InvalidParameter', 'Private DNS is only supported for Interface type VPC Endpoint.');
  }
  refuseGatewayIpType(input.IpAddressType);
  if (input.DnsOptions !== undefined) {
    refuse('InvalidParameter', 'DNS options are only supported for Interface type VPC Endpoint.');
  }
}

function modifyGateway(input: Input<'ModifyVpcEndpoint'>, subject: Subject, context: Context) {
  const { endpoint } = subject;
  const routeTableIds = routeTablesAfter(input, subject, context);
  const policy = policyAfter(input, subject);
  if (isSame(routeTableIds, endpoint.routeTableIds) && policy === endpoint.policy) return reply({ Return: true });
  return { edits: [put({ ...endpoint, routeTableIds, policy })], output: { Return: true } };
}

function modifyInterface(input: Input<'ModifyVpcEndpoint'>, subject: Subject, context: Context) {
  const { endpoint } = subject;
  const subnets = subnetsAfter(input, subject, context);
  const ipTypes = checkedIpTypes(
    input,
    subject.service,
    subnets.ids.map((id) => find(context, 'subnet', id)),
    endpoint,
  );
  const groupIds = groupsAfter(input, subject, context);
  const policy = policyAfter(input, subject);
  const { privateDns, inboundOnly } = privateDnsAfter(input, subject, context);

  const kept = subnets.kept.map((port) => ({ ...port, groupIds, ipv6Addresses: ipv6After(port, ipTypes, context) }));
  const isRetyped = ipTypes.ipAddressType !== endpoint.ipAddressType;
  const changedPorts = isSame(groupIds, endpoint.groupIds) && !isRetyped ? [] : kept;
  const isNetworkChanged =
    subnets.gone.length > 0 ||
    subnets.wanted.length > 0 ||
    !isSame(groupIds, endpoint.groupIds) ||
    privateDns !== endpoint.privateDns ||
    inboundOnly !== endpoint.inboundOnly ||
    isRetyped ||
    ipTypes.dnsRecordIpType !== endpoint.dnsRecordIpType;
  if (!isNetworkChanged && policy === endpoint.policy) return reply({ Return: true });
  const made = newEndpointInterfaces(context, endpoint.id, groupIds, subnets.wanted, ipTypes.ipAddressType);
  const changed: VpcEndpoint = {
    ...endpoint,
    ...ipTypes,
    subnetIds: subnets.ids,
    groupIds,
    policy,
    privateDns,
    inboundOnly,
    privateDnsName: privateDns ? (endpoint.privateDnsName ?? privateNameOf(subject.service)) : null,
    changedRevision: isNetworkChanged ? context.nextRevision : endpoint.changedRevision,
  };
  return {
    edits: [...subnets.gone.map(remove), ...changedPorts.map(put), ...made.edits, put(changed)],
    output: { Return: true },
  };
}

function ipv6After(port: NetworkInterface, { ipAddressType }: IpTypes, context: Context): readonly string[] {
  if (ipAddressType === 'ipv4') return [];
  return port.ipv6Addresses.length > 0
    ? port.ipv6Addresses
    : [oneIpv6Address(context, find(context, 'subnet', port.subnetId), undefined)];
}

function subjectOf(endpoint: VpcEndpoint, context: Context): Subject {
  if (endpoint.deletedRevision !== null) {
    const state = endpointState(endpoint, context.facts);
    refuse('IncorrectState', `The VPC endpoint ${endpoint.id} is in the state ${state} and cannot be modified.`);
  }
  return { endpoint, service: offerOf(context, endpoint), vpc: find(context, 'vpc', endpoint.vpcId) };
}
