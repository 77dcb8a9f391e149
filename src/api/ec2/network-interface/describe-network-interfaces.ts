/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html */

import { privateInstanceName, publicInstanceName } from '../../../model/instance-names.ts';
import { publicPairs } from '../../../model/public-addresses.ts';
import type { NetworkInterface } from '../../../model/resources.ts';
import { zoneName } from '../../../model/zones.ts';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { elasticOf } from '../address/find.ts';
import { attachmentOf } from './attachment.ts';
import { interfaceStatus, interfaceType, isRequesterManaged, viewAttachment, viewInterface } from './view.ts';

export const describeNetworkInterfaces = ec2Action<'DescribeNetworkInterfaces'>(
  // Nothing is managed by another AWS service, so including what is changes nothing.
  { NetworkInterfaceIds: true, Filters: true, MaxResults: true, NextToken: true, IncludeManagedResources: true },
  (input, context) => {
    const ports = select(context, 'networkInterface', input.NetworkInterfaceIds);
    const found = filterResources(ports, input.Filters, fields(context));
    const { items, next } = page(found, input, (port) => port.id);
    return reply({ NetworkInterfaces: items.map((port) => viewInterface(port, context)), NextToken: next });
  },
);

function fields(context: Context): FilterFields<NetworkInterface> {
  const { intent, facts } = context;
  const attachment = (port: NetworkInterface) => viewAttachment(port, facts);
  const publicAddress = (port: NetworkInterface) => publicPairs(port).map((each) => each.publicAddress);
  const publicDnsName = (port: NetworkInterface) =>
    publicAddress(port).map((address) => publicInstanceName(port.region, address));
  const elastic = (port: NetworkInterface) => publicAddress(port).map((address) => elasticOf(context, address));
  const ipOwner = (port: NetworkInterface) => elastic(port).map((each) => each?.account ?? 'amazon');
  return {
    'addresses.association.ip-owner-id': ipOwner,
    'addresses.association.owner-id': ipOwner,
    'addresses.association.public-ip': publicAddress,
    'addresses.primary': (port) => port.addresses.map((_, at) => at === 0),
    'addresses.private-ip-address': (port) => port.addresses,
    'association.allocation-id': (port) => elastic(port).map((each) => each?.id),
    'association.association-id': (port) => elastic(port).map((each) => each?.associationId),
    'association.ip-owner-id': ipOwner,
    'association.public-dns-name': publicDnsName,
    'association.public-ip': publicAddress,
    'attachment.attach-time': (port) => attachmentOf(port, facts)?.attachment.attachedAt,
    'attachment.attachment-id': (port) => attachment(port)?.AttachmentId,
    'attachment.delete-on-termination': (port) => attachment(port)?.DeleteOnTermination,
    'attachment.device-index': (port) => attachment(port)?.DeviceIndex,
    'attachment.instance-id': (port) => attachment(port)?.InstanceId,
    'attachment.instance-owner-id': (port) => attachment(port)?.InstanceOwnerId,
    'attachment.status': (port) => attachment(port)?.Status,
    'availability-zone': (port) => {
      const subnet = intent.table('subnet').get(port.subnetId);
      return subnet && zoneName(context.account, subnet.zoneId);
    },
    'availability-zone-id': (port) => intent.table('subnet').get(port.subnetId)?.zoneId,
    description: (port) => port.description,
    'group-id': (port) => port.groupIds,
    'group-name': (port) => port.groupIds.map((id) => intent.table('securityGroup').get(id)?.name),
    'interface-type': interfaceType,
    'ipv6-addresses.ipv6-address': (port) => port.ipv6Addresses,
    'mac-address': (port) => port.mac,
    'network-interface-id': (port) => port.id,
    'operator.managed': () => false,
    'operator.principal': () => [],
    'owner-id': (port) => port.account,
    'private-dns-name': (port) => port.addresses.slice(0, 1).map((each) => privateInstanceName(port.region, each)),
    'private-ip-address': (port) => port.addresses[0],
    'requester-id': (port) => (isRequesterManaged(port) ? viewInterface(port, context).RequesterId : undefined),
    'requester-managed': isRequesterManaged,
    'source-dest-check': (port) => port.sourceDestCheck,
    status: (port) => interfaceStatus(port, facts),
    'subnet-id': (port) => port.subnetId,
    'vpc-id': (port) => port.vpcId,
  };
}
