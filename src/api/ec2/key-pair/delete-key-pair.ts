/** Deleting one that is not there succeeds, as at AWS. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteKeyPair.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { reply } from '../../action.ts';
import { findIfThere } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { keyPairIfThere } from './view.ts';

export const deleteKeyPair = ec2Action<'DeleteKeyPair'>({ KeyName: true, KeyPairId: true }, (input, context) => {
  const { KeyName: name, KeyPairId: id } = input;
  if (name === undefined && id === undefined) {
    refuse('MissingParameter', 'The request must contain the parameter KeyName or KeyPairId');
  }
  const pair = id === undefined ? keyPairIfThere(context, name ?? '') : findIfThere(context, 'keyPair', id);
  if (pair === undefined || (name !== undefined && pair.name !== name)) return reply({ Return: true });
  return { edits: [remove(pair)], output: { Return: true, KeyPairId: pair.id } };
});
