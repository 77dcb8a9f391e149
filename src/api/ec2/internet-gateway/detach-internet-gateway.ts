/** Routes to the gateway stay and lead nowhere. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html */
import { put } from '../../../model/edit.ts';
import { publicPairs } from '../../../model/public-addresses.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';

export const detachInternetGateway = ec2Action<'DetachInternetGateway'>(
  { InternetGatewayId: true, VpcId: true },
  (input, context) => {
    const gateway = find(context, 'internetGateway', input.InternetGatewayId);
    const vpc = find(context, 'vpc', input.VpcId);
    if (gateway.vpcId !== vpc.id) {
      refuse('Gateway.NotAttached', `resource ${gateway.id} is not attached to network ${vpc.id}`);
    }
    const ports = context.intent.table('networkInterface').by('vpcId', vpc.id);
    if (ports.some((port) => publicPairs(port).length > 0)) {
      refuse(
        'DependencyViolation',
        `Network ${vpc.id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
      );
    }
    return { edits: [put({ ...gateway, vpcId: null })], output: {} };
  },
);
