/** The private half is told once and never stored. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateKeyPair.html */
import { put } from '../../../model/edit.ts';
import { tagsOnCreate, viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { checkKeyName, newKeyPair } from './birth.ts';

export const createKeyPair = ec2Action<'CreateKeyPair'>(
  { KeyName: true, KeyType: ['rsa', 'ed25519'], KeyFormat: ['pem'], TagSpecifications: true },
  (input, context) => {
    checkKeyName(context, input.KeyName);
    const tags = tagsOnCreate(input.TagSpecifications, 'key-pair');
    const type = input.KeyType === 'ed25519' ? 'ed25519' : 'rsa';
    const made = context.keyPairs.make(type);
    const pair = newKeyPair(context, input.KeyName, { ...made, type }, tags);
    return {
      edits: [put(pair)],
      output: {
        KeyPairId: pair.id,
        KeyName: pair.name,
        KeyFingerprint: pair.fingerprint,
        KeyMaterial: made.material,
        Tags: viewTags(pair.tags),
      },
    };
  },
);
