/** What is not associated is no failure by its public address. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateAddress.html */
import { put } from '../../../model/edit.ts';
import { withPublic } from '../../../model/public-addresses.ts';
import { refuse } from '../../../model/refusal.ts';
import type { ElasticAddress } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { ownBy } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { addressByIp, holderOf, privateOf, refuseNatGateways } from './find.ts';

export const disassociateAddress = ec2Action<'DisassociateAddress'>(
  { AssociationId: true, PublicIp: true },
  (input, context) => {
    const address = asked(context, input.AssociationId, input.PublicIp);
    const holder = holderOf(context, address);
    refuseNatGateways(holder);
    if (holder === undefined) return { edits: [], output: {} };
    return { edits: [put(withPublic(holder, privateOf(holder, address.publicIp), null))], output: {} };
  },
);

function asked(context: Context, id: string | undefined, publicIp: string | undefined): ElasticAddress {
  if (id === undefined) {
    if (publicIp === undefined) refuse('MissingParameter', 'Either public IP or association id must be specified');
    return addressByIp(context, publicIp);
  }
  const [found] = ownBy(context, 'elasticAddress', 'associationId', id);
  if (found === undefined || holderOf(context, found) === undefined) {
    refuse('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`);
  }
  return found;
}
