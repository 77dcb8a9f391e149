/** The newest output there is, whether or not "latest" is asked for. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html */
import { reply } from '../../action.ts';
import { dateOf } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { findInstances } from './state.ts';

export const getConsoleOutput = ec2Action<'GetConsoleOutput'>({ InstanceId: true, Latest: true }, (input, context) => {
  findInstances(context, [input.InstanceId]);
  const output = context.consoleOutput(input.InstanceId);
  return reply({
    InstanceId: input.InstanceId,
    Timestamp: dateOf(output?.at ?? context.now),
    ...(output !== null && { Output: Buffer.from(output.text, 'utf8').toString('base64') }),
  });
});
