/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkInsightsAnalysis.html */
import { remove } from '../../../model/edit.ts';
import { find } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';

export const deleteNetworkInsightsAnalysis = ec2Action<'DeleteNetworkInsightsAnalysis'>(
  { NetworkInsightsAnalysisId: true },
  (input, context) => {
    const id = required(input.NetworkInsightsAnalysisId, 'NetworkInsightsAnalysisId');
    const analysis = find(context, 'networkInsightsAnalysis', id);
    return { edits: [remove(analysis)], output: { NetworkInsightsAnalysisId: id } };
  },
);
