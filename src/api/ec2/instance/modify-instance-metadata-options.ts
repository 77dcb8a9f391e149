/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html */
import { put } from '../../../model/edit.ts';
import type { Instance } from '../../../model/resources.ts';
import { ec2Action } from '../action.ts';
import { METADATA_READS, metadataAfter, viewMetadata } from './metadata-options.ts';
import { findInstances, refuseTerminated } from './state.ts';

export const modifyInstanceMetadataOptions = ec2Action<'ModifyInstanceMetadataOptions'>(
  { InstanceId: true, ...METADATA_READS },
  (input, context) => {
    const [instance] = findInstances(context, [input.InstanceId]) as [Instance];
    refuseTerminated(instance, context.facts);
    const metadata = metadataAfter(instance.metadata, input);
    return {
      edits: [put({ ...instance, metadata })],
      output: { InstanceId: instance.id, InstanceMetadataOptions: { ...viewMetadata(metadata), State: 'pending' } },
    };
  },
);
