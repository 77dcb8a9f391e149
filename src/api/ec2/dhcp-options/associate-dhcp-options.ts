/** A set, or none ("default"). https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateDhcpOptions.html */
import { NO_OPTIONS } from '../../../model/dhcp-options.ts';
import { put } from '../../../model/edit.ts';
import { find } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';

export const associateDhcpOptions = ec2Action<'AssociateDhcpOptions'>(
  { DhcpOptionsId: true, VpcId: true },
  (input, context) => {
    const asked = required(input.DhcpOptionsId, 'dhcpOptionsId');
    const dhcpOptionsId = asked === NO_OPTIONS ? NO_OPTIONS : find(context, 'dhcpOptions', asked).id;
    const vpc = find(context, 'vpc', input.VpcId);
    return { edits: [put({ ...vpc, dhcpOptionsId })], output: {} };
  },
);
