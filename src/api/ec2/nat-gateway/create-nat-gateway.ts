/**
 * A NAT gateway in a subnet: a public one with an elastic address, or a private one. What it lacks beyond its input it tells later, in
 * state failed, as AWS does.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html
 * https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html#nat-gateway-troubleshooting-failed
 */
import { put } from '../../../model/edit.ts';
import { newId } from '../../../model/ids.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { ElasticAddress, NatGateway, NetworkInterface, Subnet } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { holderOf } from '../address/find.ts';
import { selectShown } from '../life.ts';
import { refuseIpv6Only, subnetAddresses } from '../network-interface/allocate.ts';
import { checkInterfaceQuota, newInterface } from '../network-interface/birth.ts';
import { natGatewayState, viewNatGateway } from './view.ts';

export const createNatGateway = ec2Action<'CreateNatGateway'>(
  {
    SubnetId: true,
    AllocationId: true,
    ConnectivityType: true,
    PrivateIpAddress: true,
    AvailabilityMode: ['zonal'],
    TagSpecifications: true,
    ClientToken: true,
  },
  (input, context) => {
    const tags = tagsOnCreate(input.TagSpecifications, 'natgateway');
    const connectivity = input.ConnectivityType ?? 'public';
    const subnet = find(context, 'subnet', required(input.SubnetId, 'SubnetId'));
    refuseIpv6Only(subnet);
    const address = addressFor(context, connectivity, input.AllocationId);
    checkQuota(context, subnet);
    const addresses = subnetAddresses(context, subnet);
    const chosen = input.PrivateIpAddress === undefined ? undefined : addresses.claim(input.PrivateIpAddress);
    const failure = failureOf(context, subnet, address, chosen === undefined ? addresses.free : 1);
    const gateway: NatGateway = {
      ...newResource(context, 'natGateway', tags),
      kind: 'natGateway',
      vpcId: subnet.vpcId,
      subnetId: subnet.id,
      connectivity,
      interfaceId: null,
      privateAddress: null,
      elasticAddressId: address?.id ?? null,
      publicAddress: address?.publicIp ?? null,
      failure,
      changedRevision: context.nextRevision,
      // A failed one is deleted by itself, and shown for as long as one that was deleted by hand.
      deletion: failure === null ? null : { at: context.now, revision: context.nextRevision },
    };
    if (failure !== null) return answer(context, gateway, input.ClientToken, []);
    checkInterfaceQuota(context, 1);
    const port: NetworkInterface = {
      ...newInterface(context, {
        subnet,
        addresses: [chosen ?? addresses.take()],
        groupIds: [],
        description: `Interface for NAT Gateway ${gateway.id}`,
      }),
      type: 'natGateway',
      sourceDestCheck: false,
      publicAddress: address?.publicIp ?? null,
      natGatewayId: gateway.id,
    };
    const made = { ...gateway, interfaceId: port.id, privateAddress: port.addresses[0] ?? null };
    const held = address && put({ ...address, associationId: newId('addressAssociation', context) });
    return answer(context, made, input.ClientToken, [put(port), ...(held === undefined ? [] : [held])]);
  },
  (output, context) => {
    // One that failed, or was deleted meanwhile, is still the answer while it is shown.
    const [shown] = selectShown(context, 'natGateway', [output.NatGateway?.NatGatewayId ?? '']);
    return { ...output, ...(shown !== undefined && { NatGateway: viewNatGateway(shown, context) }) };
  },
);

function answer(
  context: Context,
  gateway: NatGateway,
  ClientToken: string | undefined,
  edits: readonly ReturnType<typeof put>[],
) {
  const output = { NatGateway: viewNatGateway(gateway, context), ...(ClientToken !== undefined && { ClientToken }) };
  return { edits: [put(gateway), ...edits], output };
}

function addressFor(
  context: Context,
  connectivity: NatGateway['connectivity'],
  allocationId: string | undefined,
): ElasticAddress | undefined {
  if (connectivity === 'private') {
    if (allocationId === undefined) return undefined;
    refuse('InvalidParameterCombination', 'The AllocationId parameter may not be used with a private NAT gateway.');
  }
  if (allocationId === undefined) {
    refuse(
      'MissingParameter',
      'The request must include the AllocationId parameter. Add the required parameter and retry the request.',
    );
  }
  return find(context, 'elasticAddress', allocationId);
}

/** By zone. Those that failed do not count, those that are being deleted do. */
function checkQuota(context: Context, { zoneId }: Subnet): void {
  const most = quotaOf(context.intent, 'natGatewaysPerZone', context);
  const zoneOf = ({ subnetId }: NatGateway) => context.intent.table('subnet').get(subnetId)?.zoneId;
  const counted = selectShown(context, 'natGateway', undefined).filter(
    (each) => !['failed', 'deleted'].includes(natGatewayState(each, context.facts)) && zoneOf(each) === zoneId,
  );
  if (counted.length < most) return;
  refuse('NatGatewayLimitExceeded', `Performing this operation would exceed the limit of ${most} NAT gateways`);
}

/** In AWS's words; null: nothing is amiss. */
function failureOf(
  context: Context,
  { vpcId }: Subnet,
  address: ElasticAddress | undefined,
  free: number,
): NatGateway['failure'] {
  if (address !== undefined && context.intent.table('internetGateway').count('vpcId', vpcId) === 0) {
    return { code: 'Gateway.NotAttached', message: `Network ${vpcId} has no Internet gateway attached` };
  }
  if (address !== undefined && holderOf(context, address) !== undefined) {
    const message = `Elastic IP address [${address.id}] is already associated`;
    return { code: 'Resource.AlreadyAssociated', message };
  }
  if (free > 0) return null;
  const message = 'Subnet has insufficient free addresses to create this NAT gateway';
  return { code: 'InsufficientFreeAddressesInSubnet', message };
}
