/** Refusals that only the edge gives, in the request's own protocol. */
import { Refusal } from '../../model/refusal.ts';
import type { Service } from '../../plan/plan.ts';
import type { CallFrame, RawResponse } from '../../wire/index.ts';

/** All other services with a REST protocol answer in JSON. */
const REST_IN_XML: ReadonlySet<string> = new Set(['s3', 's3control', 'route53', 'cloudfront']);

export function encodeRefusal(call: CallFrame, refusal: Refusal, requestId: string, service: string): RawResponse {
  if (call.protocol !== 'restXml' || REST_IN_XML.has(service)) return call.encodeError(refusal, requestId);
  return {
    status: refusal.status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': refusal.code, 'x-amzn-requestid': requestId },
    body: JSON.stringify({ message: refusal.message }),
  };
}

/** The credential's scope names another service or region than the one that was reached. */
export function wrongScope(call: CallFrame, service: Service): Refusal {
  const text =
    call.service === service.service
      ? 'Credential should be scoped to a valid region.'
      : `Credential should be scoped to correct service: '${service.service}'.`;
  return call.protocol.startsWith('awsJson')
    ? new Refusal('InvalidSignatureException', text)
    : new Refusal('SignatureDoesNotMatch', text, 403);
}
