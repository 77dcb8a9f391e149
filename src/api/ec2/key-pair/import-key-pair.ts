/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ImportKeyPair.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { tagsOnCreate, viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { checkKeyName, newKeyPair } from './birth.ts';

export const importKeyPair = ec2Action<'ImportKeyPair'>(
  { KeyName: true, PublicKeyMaterial: true, TagSpecifications: true },
  (input, context) => {
    checkKeyName(context, input.KeyName);
    const tags = tagsOnCreate(input.TagSpecifications, 'key-pair');
    const text = Array.from(input.PublicKeyMaterial, (byte) => String.fromCharCode(byte)).join('');
    const key =
      context.keyPairs.read(text) ?? refuse('InvalidKey.Format', 'Key is not in valid OpenSSH public key format');
    const pair = newKeyPair(context, input.KeyName, key, tags);
    return {
      edits: [put(pair)],
      output: {
        KeyPairId: pair.id,
        KeyName: pair.name,
        KeyFingerprint: pair.fingerprint,
        Tags: viewTags(pair.tags),
      },
    };
  },
);
