/** A new key pair, made or imported: its name must be free. */
import { refuse } from '../../../model/refusal.ts';
import type { KeyPair } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { invalidValue } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import type { Tags } from '../../shared/tags.ts';
import { keyPairIfThere } from './view.ts';

const MAX_NAME = 255;

export function checkKeyName(context: Context, name: string): void {
  if (name === '') refuse('MissingParameter', 'The request must contain the parameter KeyName');
  if (name.length > MAX_NAME || !/^[\x20-\x7e]+$/.test(name)) {
    invalidValue(name, 'KeyName', `Names are 1 to ${MAX_NAME} ASCII characters.`);
  }
  if (keyPairIfThere(context, name) !== undefined) {
    refuse('InvalidKeyPair.Duplicate', `The keypair already exists`);
  }
}

export function newKeyPair(
  context: Context,
  name: string,
  key: Pick<KeyPair, 'type' | 'fingerprint' | 'publicKey'>,
  tags: Tags,
): KeyPair {
  const { type, fingerprint, publicKey } = key;
  return { ...newResource(context, 'keyPair', tags), kind: 'keyPair', name, type, fingerprint, publicKey };
}
