/** The wire's door: bytes to typed calls and back. It knows shapes and signatures, not VPCs. */
export { type AuthenticateOptions, authenticate, type OpenedSession } from './authenticate.ts';
export { type BackendRequest, jsonBody, parseJsonOutput, parseQueryOutput, queryBody } from './backend.ts';
export {
  bodyLimit,
  DEFAULT_LIMITS,
  type DecodeLimits,
  decodeRequest,
  serviceNameOf,
} from './decode.ts';
export { SERVICES, type ServiceName, type ServiceRow, serviceRow } from './services.ts';
export { isOperation, operationNames } from './shape.ts';
export type { CallFrame, DecodedCall, Protocol, RawRequest, RawResponse, RefusedCall, Structure } from './types.ts';
