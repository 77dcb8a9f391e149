/**
 * Looks whether public DNS tells the TXT record that the provider was asked for. The answer is there at once; AWS takes up to
 * ten minutes. Endpoints that have the name keep it whatever comes out.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StartVpcEndpointServicePrivateDnsVerification.html
 */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { EndpointService } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { ec2Action } from '../action.ts';
import { findService } from './find-service.ts';
import { isVerified } from './private-name.ts';

export const startVpcEndpointServicePrivateDnsVerification = ec2Action<'StartVpcEndpointServicePrivateDnsVerification'>(
  { ServiceId: true },
  (input, context) => {
    const service = findService(context, input.ServiceId);
    const name = service.privateDnsName;
    if (name === null) {
      refuse('InvalidParameter', `The VPC endpoint service ${service.id} does not have a private DNS name.`);
    }
    const state = isVerified(name, context.intent) ? 'verified' : 'failed';
    if (state === name.state) return reply({ ReturnValue: true });
    const changed: EndpointService = { ...service, privateDnsName: { ...name, state } };
    return { edits: [put(changed)], output: { ReturnValue: true } };
  },
);
