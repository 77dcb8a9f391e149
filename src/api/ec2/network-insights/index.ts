import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { createNetworkInsightsPath } from './create-network-insights-path.ts';
import { deleteNetworkInsightsAnalysis } from './delete-network-insights-analysis.ts';
import { deleteNetworkInsightsPath } from './delete-network-insights-path.ts';
import { describeNetworkInsightsAnalyses } from './describe-network-insights-analyses.ts';
import { describeNetworkInsightsPaths } from './describe-network-insights-paths.ts';
import { startNetworkInsightsAnalysis } from './start-network-insights-analysis.ts';

export const networkInsightsActions = {
  CreateNetworkInsightsPath: createNetworkInsightsPath,
  DeleteNetworkInsightsAnalysis: deleteNetworkInsightsAnalysis,
  DeleteNetworkInsightsPath: deleteNetworkInsightsPath,
  DescribeNetworkInsightsAnalyses: describeNetworkInsightsAnalyses,
  DescribeNetworkInsightsPaths: describeNetworkInsightsPaths,
  StartNetworkInsightsAnalysis: startNetworkInsightsAnalysis,
} satisfies TypedActions<typeof EC2>;
