import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { createKeyPair } from './create-key-pair.ts';
import { deleteKeyPair } from './delete-key-pair.ts';
import { describeKeyPairs } from './describe-key-pairs.ts';
import { importKeyPair } from './import-key-pair.ts';

export const keyPairActions = {
  CreateKeyPair: createKeyPair,
  DeleteKeyPair: deleteKeyPair,
  DescribeKeyPairs: describeKeyPairs,
  ImportKeyPair: importKeyPair,
} satisfies TypedActions<typeof EC2>;
