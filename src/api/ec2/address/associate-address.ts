/**
 * With a private address of an interface, the primary one where none is named; an instance stands for its only interface. What that
 * address had before, it gives up. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html
 */
import { put } from '../../../model/edit.ts';
import { newId } from '../../../model/ids.ts';
import { withPublic } from '../../../model/public-addresses.ts';
import { refuse } from '../../../model/refusal.ts';
import type { NetworkInterface } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { onlyInterface } from '../instance/transition.ts';
import { isRequesterManaged } from '../network-interface/view.ts';
import { holderOf, idAsked, privateOf, refuseNatGateways } from './find.ts';

/** Refuses, in this order: which address, which interface, its VPC's gateway, who has the address already. */
export const associateAddress = ec2Action<'AssociateAddress'>(
  {
    AllocationId: true,
    PublicIp: true,
    InstanceId: true,
    NetworkInterfaceId: true,
    PrivateIpAddress: true,
    AllowReassociation: true,
  },
  (input, context) => {
    const id = idAsked(context, input.AllocationId, input.PublicIp, {
      noun: 'allocation',
      doing: 'mapping an address to a VPC instance',
      code: 'InvalidParameterCombination',
    });
    const address = find(context, 'elasticAddress', id);
    const port = target(context, input.InstanceId, input.NetworkInterfaceId);
    const own = input.PrivateIpAddress ?? port.addresses[0] ?? '';
    if (!port.addresses.includes(own)) {
      refuse('InvalidParameterValue', `Invalid value '${own}' for PrivateIpAddress. It is not one of ${port.id}'s.`);
    }
    if (context.intent.table('internetGateway').count('vpcId', port.vpcId) === 0) {
      refuse('Gateway.NotAttached', `Network ${port.vpcId} is not attached to any internet gateway`);
    }
    const holder = holderOf(context, address);
    const held = holder && privateOf(holder, address.publicIp);
    if (holder?.id === port.id && held === own) return reply({ AssociationId: address.associationId ?? '' });
    if (holder !== undefined && input.AllowReassociation === false) {
      refuse(
        'Resource.AlreadyAssociated',
        `resource ${address.id} is already associated with associate-id ${address.associationId}`,
      );
    }
    refuseNatGateways(holder);
    const associationId = newId('addressAssociation', context);
    const released = holder && withPublic(holder, held ?? '', null);
    const now = withPublic(released?.id === port.id ? released : port, own, address.publicIp);
    return {
      edits: [
        ...(released === undefined || released.id === now.id ? [] : [put(released)]),
        put(now),
        put({ ...address, associationId }),
      ],
      output: { AssociationId: associationId },
    };
  },
);

function target(context: Context, instanceId: string | undefined, interfaceId: string | undefined): NetworkInterface {
  if (interfaceId !== undefined) {
    const port = find(context, 'networkInterface', interfaceId);
    if (instanceId !== undefined && port.attachment?.instanceId !== instanceId) {
      refuse(
        'InvalidParameterCombination',
        `Network interface '${port.id}' is not attached to instance '${instanceId}'`,
      );
    }
    if (isRequesterManaged(port)) {
      refuse('OperationNotPermitted', `You are not allowed to manage 'ela-attach' attachments.`);
    }
    return port;
  }
  if (instanceId === undefined)
    refuse('MissingParameter', 'Either instance ID or network interface id must be specified');
  return onlyInterface(context, instanceId);
}
