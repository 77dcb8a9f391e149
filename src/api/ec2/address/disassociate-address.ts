/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateAddress.html */
import { put } from '../../../model/edit.ts';
import { withPublic } from '../../../model/public-addresses.ts';
import { refuse } from '../../../model/refusal.ts';
import { ownBy } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { holderOf, idAsked, privateOf, refuseNatGateways } from './find.ts';

export const disassociateAddress = ec2Action<'DisassociateAddress'>(
  { AssociationId: true, PublicIp: true },
  (input, context) => {
    const id = idAsked(context, input.AssociationId, input.PublicIp, {
      noun: 'association',
      doing: 'unmapping an address from a VPC instance',
      code: 'InvalidParameterValue',
    });
    const [address] = ownBy(context, 'elasticAddress', 'associationId', id);
    const holder = address && holderOf(context, address);
    if (address === undefined || holder === undefined) {
      refuse('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`);
    }
    refuseNatGateways(holder);
    return { edits: [put(withPublic(holder, privateOf(holder, address.publicIp), null))], output: {} };
  },
);
