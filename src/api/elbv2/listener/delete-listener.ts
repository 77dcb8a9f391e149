/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteListener.html */
import { remove } from '../../../model/edit.ts';
import { elbAction } from '../action.ts';
import { findListener } from '../find.ts';

export const deleteListener = elbAction<'DeleteListener'>({ ListenerArn: true }, (input, context) => ({
  edits: [remove(findListener(context, input.ListenerArn))],
  output: {},
}));
