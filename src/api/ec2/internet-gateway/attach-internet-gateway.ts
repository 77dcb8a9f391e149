/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';

export const attachInternetGateway = ec2Action<'AttachInternetGateway'>(
  { InternetGatewayId: true, VpcId: true },
  (input, context) => {
    const gateway = find(context, 'internetGateway', input.InternetGatewayId);
    const vpc = find(context, 'vpc', input.VpcId);
    if (gateway.vpcId !== null) {
      refuse('Resource.AlreadyAssociated', `resource ${gateway.id} is already attached to network ${gateway.vpcId}`);
    }
    if (context.intent.table('internetGateway').count('vpcId', vpc.id) > 0) {
      refuse('InvalidParameterValue', `Network ${vpc.id} already has an internet gateway attached`);
    }
    return { edits: [put({ ...gateway, vpcId: vpc.id })], output: {} };
  },
);
