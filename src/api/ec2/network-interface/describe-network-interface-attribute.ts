/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaceAttribute.html */
import { reply } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { invalidValue, required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { viewAttachment, viewGroups } from './view.ts';

export const describeNetworkInterfaceAttribute = ec2Action<'DescribeNetworkInterfaceAttribute'>(
  { NetworkInterfaceId: true, Attribute: true },
  (input, context) => {
    const port = find(context, 'networkInterface', input.NetworkInterfaceId);
    const NetworkInterfaceId = port.id;
    const attribute = required(input.Attribute, 'attribute');
    switch (attribute) {
      case 'attachment':
        return reply({ NetworkInterfaceId, Attachment: viewAttachment(port, context.facts) });
      case 'description':
        return reply({ NetworkInterfaceId, Description: { Value: port.description } });
      case 'groupSet':
        return reply({ NetworkInterfaceId, Groups: viewGroups(port.groupIds, context) });
      case 'sourceDestCheck':
        return reply({ NetworkInterfaceId, SourceDestCheck: { Value: port.sourceDestCheck } });
      default:
        return invalidValue(attribute, 'attribute', 'Unknown attribute.');
    }
  },
);
