/**
 * Who pays for the endpoints. The service's owner can take it on, and never hand it back.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpointServicePayerResponsibility.html
 */
import { put } from '../../../model/edit.ts';
import { ec2Action } from '../action.ts';
import { findService } from './find-service.ts';

export const modifyVpcEndpointServicePayerResponsibility = ec2Action<'ModifyVpcEndpointServicePayerResponsibility'>(
  { ServiceId: true, PayerResponsibility: ['ServiceOwner'] },
  (input, context) => {
    const service = findService(context, input.ServiceId);
    const edits = service.payer === 'serviceOwner' ? [] : [put({ ...service, payer: 'serviceOwner' })];
    return { edits, output: { ReturnValue: true } };
  },
);
