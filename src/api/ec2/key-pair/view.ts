/** A key pair as DescribeKeyPairs shows it, and finding one by name. */
import type { KeyPairInfo } from '@aws-sdk/client-ec2';
import { refuse } from '../../../model/refusal.ts';
import type { KeyPair } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { dateOf } from '../../shared/input.ts';
import { viewTags } from '../../shared/tags.ts';

export function viewKeyPair(pair: KeyPair, withPublicKey: boolean): KeyPairInfo {
  return {
    KeyPairId: pair.id,
    KeyName: pair.name,
    KeyType: pair.type,
    KeyFingerprint: pair.fingerprint,
    CreateTime: dateOf(pair.createdAt),
    Tags: viewTags(pair.tags),
    ...(withPublicKey && { PublicKey: `${pair.publicKey} ${pair.name}` }),
  };
}

/** The caller's own key pair with this name; undefined where there is none. */
export function keyPairIfThere(context: Context, name: string): KeyPair | undefined {
  const pairs = context.intent.table('keyPair').by('name', name);
  return pairs.find((pair) => pair.account === context.account && pair.region === context.region);
}

export function keyPairNamed(context: Context, name: string): KeyPair {
  return keyPairIfThere(context, name) ?? refuse('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
}
