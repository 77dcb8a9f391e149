/**
 * One AWS request, from whichever door it came in: read, authenticate, hand to the service's backend, answer in the
 * request's own protocol. What reaches an embedded service is authorised before (authority.ts); control authorises its own.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ArrivalHeader } from '../../host/arrival-header.ts';
import { explain, Fault } from '../../host/fault.ts';
import type { Log } from '../../host/log.ts';
import { isSessionKeyId, openSession } from '../../host/seal.ts';
import type { EndpointPolicy } from '../../iam/authorize.ts';
import type { Grants, Identities, KnownKey } from '../../iam/credentials.ts';
import type { Principal } from '../../iam/principal.ts';
import { Refusal } from '../../model/refusal.ts';
import type { Service } from '../../plan/plan.ts';
import {
  authenticate,
  bodyLimit,
  type CallFrame,
  DEFAULT_LIMITS,
  type DecodedCall,
  decodeRequest,
  type RawRequest,
  type RawResponse,
  type RefusedCall,
} from '../../wire/index.ts';
import { checkAllowed } from './authority.ts';
import { callDynamodb } from './embedded/dynamodb.ts';
import { callLogs } from './embedded/logs.ts';
import { callS3 } from './embedded/s3.ts';
import { callSns } from './embedded/sns.ts';
import { callSqs } from './embedded/sqs.ts';
import type { Stores } from './embedded/stores.ts';
import { encodeRefusal, wrongScope } from './errors.ts';
import { headOf, readBody, writeResponse } from './http.ts';
import { isName, publicS3Host } from './names.ts';
import { proxy } from './proxy.ts';

/** Who may call, as control says it. */
export interface Access {
  readonly identities: Identities;
  readonly authMode: 'lenient' | 'strict';
  readonly defaultAccount: string;
}

/** Which door a request came in by. */
export interface Arrival {
  /** null: control's door, for embedded services only. */
  readonly service: Service | null;
  /** The endpoint it crossed; null: by the service's public name. */
  readonly endpoint: {
    readonly vpcEndpointId: string;
    readonly vpcId: string;
    /** null: it allows all. */
    readonly policy: EndpointPolicy | null;
  } | null;
  /** The client's own: private if it crossed an endpoint, else public; null: it cannot be told, or it came by control's door. */
  readonly clientAddress: string | null;
}

export interface Handler {
  allow(access: Access): void;
  /** Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse, arrival: Arrival): Promise<void>;
}

const NO_BODY = new Uint8Array();
const NO_ONE: Access = { identities: { accessKeys: {}, grants: {} }, authMode: 'strict', defaultAccount: '' };

export function createHandler(options: {
  readonly log: Log;
  readonly stores: Stores;
  readonly sealKey: Buffer;
  readonly controlSocket: string;
}): Handler {
  const { log, stores } = options;
  let access = NO_ONE;
  let keys: ReadonlyMap<string, KnownKey> = new Map();

  /** Leniency is for clients on the host's loopback, who came through control; what comes over the network is verified. */
  function whoCalls(raw: RawRequest, frame: CallFrame, { service }: Arrival): Principal {
    const principal = authenticate(raw, frame, {
      mode: service === null ? access.authMode : 'strict',
      defaultAccount: access.defaultAccount,
      lookup: (accessKeyId) => keys.get(accessKeyId),
      openSession: (token) => openSession<Principal>(options.sealKey, token),
      isSessionKey: (accessKeyId) => isSessionKeyId(options.sealKey, accessKeyId),
      now: Date.now(),
    });
    if (principal instanceof Refusal) throw principal;
    return principal;
  }

  function grantsOf(principal: Principal): Grants | undefined {
    if (principal.kind === 'root') return undefined;
    return access.identities.grants[principal.kind === 'user' ? principal.userId : principal.roleId];
  }

  async function embedded(raw: RawRequest, call: DecodedCall | RefusedCall, arrival: Arrival, requestId: string) {
    const { service } = arrival;
    if (
      service !== null &&
      (call.service !== service.service || (call.region !== service.region && call.service !== 's3'))
    )
      throw wrongScope(call, service);
    const principal = whoCalls(raw, call, arrival);
    const { vpcEndpointId, vpcId } = arrival.endpoint ?? {};
    const door = { vpcEndpointId, vpcId, clientAddress: arrival.clientAddress };
    log.debug({ requestId, service: call.service, operation: call.operation, principal, ...door }, 'call');
    if (call.kind === 'refused') throw call.refusal;
    await checkAllowed(stores, call, principal, arrival, grantsOf(principal));
    switch (call.service) {
      case 'sqs':
        return call.encode(await callSqs(stores, call, principal.account), requestId);
      case 'sns':
        return call.encode(await callSns(stores, call, principal.account), requestId);
      case 'dynamodb':
        return call.encode(await callDynamodb(stores, call, principal.account), requestId);
      case 'logs':
        return call.encode(callLogs(stores, call, principal.account), requestId);
      case 's3':
        return callS3(stores, call, principal.account, raw, requestId);
      default:
        throw new Refusal(
          'NotImplemented',
          `The edge embeds DynamoDB, CloudWatch Logs, SQS, SNS and S3, not "${call.service}".`,
          501,
        );
    }
  }

  /** Undefined: the answer is on its way already. */
  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    arrival: Arrival,
    requestId: string,
  ): Promise<RawResponse | undefined> {
    const head = headOf(request);
    let call: CallFrame = decodeRequest({ ...head, body: NO_BODY });
    const { service } = arrival;
    const backend = service === null ? ({ kind: 'embedded' } as const) : service.backend;
    try {
      if (service !== null && !isName(service, head.headers.host ?? '')) {
        throw new Refusal('MisdirectedRequest', `${head.headers.host ?? ''} is not a name of ${service.id}.`, 421);
      }
      if (backend === null && service !== null) throw unattached(service);
      switch (backend?.kind) {
        case 'control': {
          // First: who sends slowly keeps nobody's way to control.
          const body = await readBody(request, bodyLimit(head));
          await proxy({ socketPath: options.controlSocket }, request, response, { body, told: toldOf(arrival) });
          return undefined;
        }
        case 'url': {
          const raw = { ...head, body: await readBody(request, DEFAULT_LIMITS.bodyBytes) };
          whoCalls(raw, call, arrival);
          await proxy(backend, request, response, { body: raw.body });
          return undefined;
        }
        default: {
          const raw = { ...head, body: await readBody(request, bodyLimit(head)) };
          const decoded = decodeRequest(asPublic(raw));
          call = decoded;
          return await embedded(raw, decoded, arrival, requestId);
        }
      }
    } catch (error) {
      if (response.headersSent || request.errored) throw error;
      const refusal = error instanceof Refusal ? error : failure(error, backend?.kind, service);
      if (!(error instanceof Refusal)) log.error({ err: error, requestId, service: call.service }, 'request failed');
      return encodeRefusal(call, refusal, requestId, service?.service ?? call.service);
    }
  }

  return {
    allow(next) {
      access = next;
      keys = new Map(Object.entries(next.identities.accessKeys));
    },
    async handle(request, response, arrival) {
      try {
        const reply = await answer(request, response, arrival, randomUUID());
        if (reply !== undefined) await writeResponse(request, response, reply);
      } catch (error) {
        // The client left, or the answer broke off in the middle: all that can be said is that it is not whole.
        log.debug({ err: error }, 'connection lost');
        response.destroy();
      }
    },
  };
}

/** What control authorises the call by. */
function toldOf({ endpoint, clientAddress }: Arrival): ArrivalHeader {
  return { vpcEndpointId: endpoint?.vpcEndpointId ?? null, clientAddress };
}

/** For finding the bucket only: the signature is of the name that was used. */
function asPublic(raw: RawRequest): RawRequest {
  const { host } = raw.headers;
  return host === undefined ? raw : { ...raw, headers: { ...raw.headers, host: publicS3Host(host) } };
}

function unattached({ service }: Service): Refusal {
  return new Refusal(
    'NotImplemented',
    `Culvert has no backend for ${service}. Attach one with: culvert service attach ${service} <url>`,
    501,
  );
}

/** 503 where waiting may help: the SDKs retry it. */
function failure(error: unknown, backend: string | undefined, service: Service | null): Refusal {
  if (!(error instanceof Fault)) return new Refusal('InternalFailure', 'An internal error occurred.', 500);
  if (backend === 'control') {
    return new Refusal('ServiceUnavailable', 'The API process does not answer; it may be restarting.', 503);
  }
  return new Refusal(
    'ServiceUnavailable',
    `The backend of ${service?.service} does not answer: ${explain(error)}`,
    503,
  );
}
