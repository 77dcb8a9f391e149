import type * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TypedActions } from '../../sdk.ts';
import { createListener } from './create-listener.ts';
import { deleteListener } from './delete-listener.ts';
import { describeListeners } from './describe-listeners.ts';
import { describeListenerAttributes, modifyListenerAttributes } from './listener-attributes.ts';
import {
  addListenerCertificates,
  describeListenerCertificates,
  removeListenerCertificates,
} from './listener-certificates.ts';
import { modifyListener } from './modify-listener.ts';

export const listenerActions = {
  AddListenerCertificates: addListenerCertificates,
  CreateListener: createListener,
  DeleteListener: deleteListener,
  DescribeListenerAttributes: describeListenerAttributes,
  DescribeListenerCertificates: describeListenerCertificates,
  DescribeListeners: describeListeners,
  ModifyListener: modifyListener,
  ModifyListenerAttributes: modifyListenerAttributes,
  RemoveListenerCertificates: removeListenerCertificates,
} satisfies TypedActions<typeof ELB>;
