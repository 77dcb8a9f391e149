/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDefaultVpc.html */
import { refuse } from '../../../model/refusal.ts';
import { ec2Action } from '../action.ts';
import { usualOptionsId } from '../dhcp-options/usual.ts';
import { defaultVpcOf, newDefaultVpc } from './default-vpc.ts';
import { viewVpc } from './view.ts';

export const createDefaultVpc = ec2Action<'CreateDefaultVpc'>({}, (_input, context) => {
  if (defaultVpcOf(context) !== undefined) {
    refuse('DefaultVpcAlreadyExists', 'A Default VPC already exists for this account in this region.');
  }
  const { vpc, edits } = newDefaultVpc(context, usualOptionsId(context));
  return { edits, output: { Vpc: viewVpc(vpc) } };
});
