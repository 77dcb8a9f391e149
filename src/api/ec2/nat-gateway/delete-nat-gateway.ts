/** Its interface goes with the call, its elastic address is free again, and routes to it stay as blackholes. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNatGateway.html */
import { remove } from '../../../model/edit.ts';
import { ec2Action } from '../action.ts';
import { bury, findLive } from '../life.ts';

export const deleteNatGateway = ec2Action<'DeleteNatGateway'>({ NatGatewayId: true }, (input, context) => {
  const gateway = findLive(context, 'natGateway', input.NatGatewayId);
  const ports = context.intent.table('networkInterface').by('natGatewayId', gateway.id);
  return { edits: [...ports.map(remove), bury(context, gateway)], output: { NatGatewayId: gateway.id } };
});
