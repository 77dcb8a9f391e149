/**
 * Secondary IPv4 addresses, chosen ones or any. One that another interface of the subnet has as a secondary address moves if the caller
 * says so, with the elastic address that it has. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssignPrivateIpAddresses.html
 */
import { type Edit, put } from '../../../model/edit.ts';
import { withEdits } from '../../../model/intent.ts';
import { publicPairs, withoutAddresses, withPublic } from '../../../model/public-addresses.ts';
import { refuse } from '../../../model/refusal.ts';
import type { NetworkInterface } from '../../../model/resources.ts';
import { byAddress } from '../../../model/subnet-addresses.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { distinct } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { subnetAddresses } from './allocate.ts';
import { checkMoreAddresses } from './attachment.ts';
import { isRequesterManaged } from './view.ts';

/** Refuses, in this order: whose interface, what is asked for, the type's limit, addresses that others have. */
export const assignPrivateIpAddresses = ec2Action<'AssignPrivateIpAddresses'>(
  {
    NetworkInterfaceId: true,
    PrivateIpAddresses: true,
    SecondaryPrivateIpAddressCount: true,
    AllowReassignment: true,
  },
  (input, context) => {
    const port = find(context, 'networkInterface', input.NetworkInterfaceId ?? '');
    if (isRequesterManaged(port)) {
      refuse('AuthFailure', 'You do not have permission to access the specified resource.', 403);
    }
    const chosen = distinct(input.PrivateIpAddresses ?? []).filter((each) => !port.addresses.includes(each));
    const count = countOf(input.PrivateIpAddresses, input.SecondaryPrivateIpAddressCount);
    checkMoreAddresses(context, port, { ipv4: port.addresses.length + chosen.length + count });
    const moves = movesOf(context, port, chosen, input.AllowReassignment === true);
    const subnet = find(context, 'subnet', port.subnetId);
    const addresses = subnetAddresses({ ...context, intent: withEdits(context.intent, moves) }, subnet);
    const assigned = [
      ...chosen.map((each) => addresses.claim(each)),
      ...Array.from({ length: count }, () => addresses.take()),
    ];
    const brought = holdersOf(context, port, chosen)
      .flatMap(publicPairs)
      .filter(({ address }) => chosen.includes(address));
    const now = brought.reduce<NetworkInterface>(
      (each, { address, publicAddress }) => withPublic(each, address, publicAddress),
      {
        ...port,
        addresses: [...port.addresses, ...assigned],
      },
    );
    return {
      edits: [...moves, put(now)],
      output: {
        NetworkInterfaceId: port.id,
        AssignedPrivateIpAddresses: assigned.map((PrivateIpAddress) => ({ PrivateIpAddress })),
      },
    };
  },
);

function countOf(addresses: readonly string[] | undefined, count: number | undefined): number {
  if (addresses !== undefined && count !== undefined) {
    refuse(
      'InvalidParameterCombination',
      'The parameter privateIpAddresses may not be used in combination with secondaryPrivateIpAddressCount',
    );
  }
  if (addresses === undefined && (count ?? 0) < 1) {
    refuse(
      'MissingParameter',
      'The request must contain the parameter privateIpAddresses or secondaryPrivateIpAddressCount',
    );
  }
  return count ?? 0;
}

/** Who has one of these in the interface's subnet. */
function holdersOf(
  { intent }: Context,
  { subnetId }: NetworkInterface,
  addresses: readonly string[],
): readonly NetworkInterface[] {
  const ports = intent.table('networkInterface');
  return [...new Set(addresses.flatMap((each) => ports.by('subnetAddresses', byAddress(subnetId, each))))];
}

/** What takes chosen addresses from who has them now. */
function movesOf(
  context: Context,
  port: NetworkInterface,
  chosen: readonly string[],
  mayMove: boolean,
): readonly Edit[] {
  const holders = holdersOf(context, port, chosen);
  for (const holder of holders) {
    const [primary = ''] = holder.addresses;
    const held = holder.addresses.filter((address) => chosen.includes(address));
    if (!mayMove) refuse('InvalidParameterValue', `[${held.join(', ')}] is assigned but move is not allowed.`);
    if (chosen.includes(primary)) {
      refuse('InvalidParameterValue', `Address ${primary} is the primary address of ${holder.id} and cannot be moved.`);
    }
  }
  return holders.map((each) => put(withoutAddresses(each, chosen)));
}
