/** A path as DescribeNetworkInsightsPaths shows it, and the ARNs of its ends. */
import type { NetworkInsightsPath as Shown } from '@aws-sdk/client-ec2';
import type { NetworkInsightsPath } from '../../../model/resources.ts';
import { dateOf } from '../../shared/input.ts';
import { ec2Arn } from '../../shared/resource.ts';
import { viewTags } from '../../shared/tags.ts';
import { componentArn } from './view-component.ts';

export function viewPath(path: NetworkInsightsPath): Shown {
  const { account, region, source, destination, sourceAddress, destinationAddress } = path;
  return {
    NetworkInsightsPathId: path.id,
    NetworkInsightsPathArn: ec2Arn(path, 'network-insights-path'),
    CreatedDate: dateOf(path.createdAt),
    Source: source,
    SourceArn: componentArn({ id: source, account, region }),
    ...(destination !== null && {
      Destination: destination,
      DestinationArn: componentArn({ id: destination, account, region }),
    }),
    ...(sourceAddress !== null && { SourceIp: sourceAddress }),
    ...(destinationAddress !== null && { DestinationIp: destinationAddress }),
    Protocol: path.protocol,
    ...(path.port !== null && { DestinationPort: path.port }),
    Tags: viewTags(path.tags),
  };
}
