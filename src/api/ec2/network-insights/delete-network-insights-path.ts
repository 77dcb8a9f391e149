/** Not while it has analyses. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkInsightsPath.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';

export const deleteNetworkInsightsPath = ec2Action<'DeleteNetworkInsightsPath'>(
  { NetworkInsightsPathId: true },
  (input, context) => {
    const path = find(context, 'networkInsightsPath', required(input.NetworkInsightsPathId, 'NetworkInsightsPathId'));
    if (context.intent.table('networkInsightsAnalysis').count('pathId', path.id) > 0) {
      const message = `The network insights path '${path.id}' cannot be deleted: it has network insights analyses`;
      refuse('AnalysisExistsForNetworkInsightsPath', message);
    }
    return { edits: [remove(path)], output: { NetworkInsightsPathId: path.id } };
  },
);
