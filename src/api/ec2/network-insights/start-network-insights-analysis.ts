/**
 * Runs on the state that all calls before it ask for, once that is in force: until then its status is "running". What a path must
 * or must not traverse, and other accounts' resources, are refused by name.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StartNetworkInsightsAnalysis.html
 */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { NetworkInsightsAnalysis } from '../../../model/resources.ts';
import { find, findIfThere, ownCount } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { viewAnalysis } from './view-analysis.ts';

/** https://docs.aws.amazon.com/vpc/latest/reachability/reachability-analyzer-limits.html */
const MOST_ANALYSES = 1000;

export const startNetworkInsightsAnalysis = ec2Action<'StartNetworkInsightsAnalysis'>(
  { NetworkInsightsPathId: true, TagSpecifications: true, ClientToken: true },
  (input, context) => {
    const tags = tagsOnCreate(input.TagSpecifications, 'network-insights-analysis');
    const path = find(context, 'networkInsightsPath', required(input.NetworkInsightsPathId, 'NetworkInsightsPathId'));
    if (ownCount(context, 'networkInsightsAnalysis') >= MOST_ANALYSES) {
      const message = `Performing this operation would exceed the limit of ${MOST_ANALYSES} network insights analyses`;
      refuse('AnalysisLimitExceeded', message);
    }
    const analysis: NetworkInsightsAnalysis = {
      ...newResource(context, 'networkInsightsAnalysis', tags),
      kind: 'networkInsightsAnalysis',
      pathId: path.id,
      result: null,
    };
    return { edits: [put(analysis)], output: { NetworkInsightsAnalysis: viewAnalysis(analysis) } };
  },
  (output, context) => {
    const id = output.NetworkInsightsAnalysis?.NetworkInsightsAnalysisId ?? '';
    const found = findIfThere(context, 'networkInsightsAnalysis', id);
    return found === undefined ? output : { NetworkInsightsAnalysis: viewAnalysis(found) };
  },
);
