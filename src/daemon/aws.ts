/**
 * An AWS request from first byte to last: whose it is → decode → authenticate → authorise → decide → commit → durable → encode. Calls
 * for embedded services go to the edge unread, calls for attached ones to their URL: who may make them is decided there.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ActionTable, Context, Decision, SessionCredentials } from '../api/action.ts';
import { type Caller, checkCall } from '../api/authority/check-call.ts';
import { ACTIONS } from '../api/services.ts';
import { invoke } from '../api/shared/dispatch.ts';
import { certificates } from '../host/certificates.ts';
import { explain, Fault } from '../host/fault.ts';
import { keyPairs } from '../host/key-pairs.ts';
import type { Log } from '../host/log.ts';
import { hex, pick } from '../host/random.ts';
import { isSessionKeyId, openSession, sealSession, sessionKeyId } from '../host/seal.ts';
import type { Principal } from '../iam/principal.ts';
import type { Edit } from '../model/edit.ts';
import { EMBEDDED_SERVICES } from '../model/embedded-services.ts';
import type { Facts } from '../model/facts.ts';
import type { Metrics } from '../model/metrics.ts';
import { notImplemented, Refusal } from '../model/refusal.ts';
import {
  authenticate,
  bodyLimit,
  type CallFrame,
  type DecodedCall,
  decodeRequest,
  isOperation,
  type RawRequest,
  type RefusedCall,
  serviceNameOf,
  serviceRow,
} from '../wire/index.ts';
import { type Arrival, arrivalOf, type Door } from './arrival.ts';
import type { Teller } from './events/teller.ts';
import { forward, headOf, readBody, sendRaw, type Upstream } from './http.ts';
import { findKey, isAlive } from './keys.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store/store.ts';
import { type CallTold, isManagement } from './trail/event.ts';
import type { Trail } from './trail/trail.ts';

export interface Host {
  readonly store: Store;
  readonly settings: Settings;
  readonly facts: Facts;
  readonly sealKey: Buffer;
  readonly servicesSocket: string;
  readonly log: Log;
  readonly trail: Trail;
  readonly events: Pick<Teller, 'called' | 'happened'>;
  readonly metrics: Metrics;
  /** ISO 8601. */
  now(): string;
  consoleOutput: Context['consoleOutput'];
  /** A commit was made. */
  changed(): void;
}

export type Deciding = Pick<Host, 'facts' | 'sealKey' | 'now' | 'consoleOutput' | 'trail' | 'metrics'> & {
  readonly store: Pick<Store, 'intent'>;
};

const TABLES: Readonly<Record<string, ActionTable>> = ACTIONS;
const INTERNAL = new Refusal('InternalError', 'An internal error has occurred', 500);

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export type AwsHandler = (request: IncomingMessage, response: ServerResponse, door: Door) => Promise<void>;

export function createAwsHandler(host: Host): AwsHandler {
  return async (request, response, door) => {
    const requestId = randomUUID();
    const head = headOf(request);
    const service = serviceNameOf(head);
    const upstream = upstreamOf(service, host);
    if (upstream !== null) {
      return passOn(request, response, upstream, (reason) => {
        host.log.error({ err: reason, service, requestId }, 'a backend does not answer');
        const call = decodeRequest({ ...head, body: new Uint8Array() });
        const words = `The backend of ${service} does not answer: ${explain(reason)}`;
        sendRaw(response, call.encodeError(new Refusal('ServiceUnavailable', words, 503), requestId), true);
      });
    }
    const limit = bodyLimit(head);
    const body = await readBody(request, limit);
    const raw: RawRequest = { ...head, body };
    const call = decodeRequest(raw);
    const tooLong = body.length > limit;
    try {
      const output = await answer(host, arrivalOf(request, door), call, raw, requestId);
      sendRaw(response, output);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : INTERNAL;
      if (!(error instanceof Refusal)) {
        host.log.error({ err: error, service: call.service, operation: call.operation, requestId }, 'a call failed');
      }
      // Not even a refusal may tell of what is not yet on the disk.
      await host.store.durable().then(
        () => sendRaw(response, call.encodeError(refusal, requestId), tooLong),
        () => response.destroy(),
      );
    }
  };
}

async function answer(
  host: Host,
  arrival: Arrival,
  call: DecodedCall | RefusedCall,
  raw: RawRequest,
  requestId: string,
) {
  const principal = whoCalls(host, arrival.door, raw, call);
  const tell = (refusal: Refusal | null, edits: readonly Edit[]) => {
    const told: CallTold = {
      id: randomUUID(),
      at: host.now(),
      service: call.service,
      operation: call.operation,
      region: call.region,
      principal,
      accessKeyId: call.accessKeyId,
      clientAddress: arrival.clientAddress,
      vpcEndpointId: arrival.vpcEndpointId,
      userAgent: raw.headers['user-agent'] ?? null,
      requestId,
      refusal,
      // What an action that is not here would have been told in confidence nobody has looked for.
      input: call.kind === 'call' && Object.hasOwn(TABLES[call.service] ?? {}, call.operation) ? call.input : null,
      edits,
    };
    if (isManagement(told)) host.trail.record(told);
    host.events.called(told);
  };
  let decision: Decision<unknown>;
  try {
    decision = decide(host, arrival, call, principal, requestId);
  } catch (error) {
    tell(error instanceof Refusal ? error : INTERNAL, []);
    throw error;
  }
  tell(null, decision.edits);
  host.events.happened(decision.events ?? []);
  if (decision.edits.length > 0) {
    host.store.commit(decision.edits);
    host.changed();
  }
  await host.store.durable();
  return (call as DecodedCall).encode(decision.output as object, requestId);
}

function decide(
  host: Host,
  arrival: Arrival,
  call: DecodedCall | RefusedCall,
  principal: Principal,
  requestId: string,
): Decision<unknown> {
  const table = TABLES[call.service];
  if (table === undefined && call.service !== '') throw unattached(call.service);
  if (call.kind === 'refused') throw isLacking(table, call) ? notImplemented(call.operation) : call.refusal;
  // What nobody has is told to whoever asks; all else only to those who may.
  if (table !== undefined && Object.hasOwn(table, call.operation))
    checkCall(call, callerOf(host, arrival, call, principal));
  return invoke(table ?? {}, call.operation, call.input, contextOf(host, call, principal, requestId));
}

/** That an action is not here is told before what its parameters lack. */
export function isLacking(table: ActionTable | undefined, { service, operation }: CallFrame): boolean {
  const row = serviceRow(service);
  return row !== undefined && isOperation(row, operation) && !Object.hasOwn(table ?? {}, operation);
}

function whoCalls(host: Host, door: Door, raw: RawRequest, call: CallFrame): Principal {
  const { auth, defaultAccount } = host.settings;
  const principal = authenticate(raw, call, {
    mode: door === 'edge' ? 'strict' : auth,
    defaultAccount,
    lookup: (accessKeyId) => findKey(host.store.intent, accessKeyId),
    openSession: (token) => {
      const session = openSession<Principal>(host.sealKey, token);
      return session !== undefined && isAlive(host.store.intent, session.principal) ? session : undefined;
    },
    isSessionKey: (accessKeyId) => isSessionKeyId(host.sealKey, accessKeyId),
    now: Date.now(),
  });
  if (principal instanceof Refusal) throw principal;
  return principal;
}

function callerOf(
  host: Host,
  { door, vpcEndpointId, clientAddress }: Arrival,
  call: CallFrame,
  principal: Principal,
): Caller {
  const { intent } = host.store;
  const crossed = vpcEndpointId === null ? undefined : intent.table('vpcEndpoint').get(vpcEndpointId);
  const way = {
    now: new Date(host.now()),
    region: call.region,
    isSecure: door === 'edge',
    endpoint: crossed === undefined ? null : { vpcEndpointId: crossed.id, vpcId: crossed.vpcId },
    clientAddress,
  };
  const document = crossed?.policy ?? null;
  const endpointPolicy = document === null ? null : ({ kind: 'interface', document } as const);
  return { principal, intent, way, endpointPolicy };
}

/** `host`: what decisions are made of. */
export function contextOf(host: Deciding, call: CallFrame, principal: Principal, requestId: string): Context {
  const { intent } = host.store;
  return {
    account: principal.account,
    region: call.region,
    principal,
    intent,
    facts: host.facts,
    nextRevision: intent.revision + 1,
    now: host.now(),
    requestId,
    hex,
    issueSession: (session, seconds) => issueSession(host.sealKey, session, seconds),
    consoleOutput: host.consoleOutput,
    trail: host.trail,
    metrics: host.metrics,
    keyPairs,
    certificates,
  };
}

export function issueSession(key: Buffer, principal: Principal, seconds: number): SessionCredentials {
  const accessKeyId = sessionKeyId(key);
  const secret = pick(40, BASE64);
  const expiresAt = new Date(Date.now() + seconds * 1000).toISOString();
  const sessionToken = sealSession(key, { accessKeyId, secret, principal, expiresAt });
  return { accessKeyId, secretAccessKey: secret, sessionToken, expiresAt };
}

/** Who answers for the service if not this process; null: this one does, if only to refuse. */
function upstreamOf(service: string, host: Host): Upstream | null {
  const attached = host.store.intent.table('serviceBackend').get(service);
  if (attached !== undefined) return { url: attached.url };
  return EMBEDDED_SERVICES.includes(service) ? { socketPath: host.servicesSocket } : null;
}

function unattached(service: string): Refusal {
  return new Refusal(
    'NotImplemented',
    `Culvert has no ${service} of its own. To put one behind it: culvert service attach ${service} http://…`,
    501,
  );
}

async function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: Upstream,
  failed: (reason: unknown) => void,
): Promise<void> {
  try {
    await forward(request, response, upstream);
  } catch (reason) {
    if (response.headersSent) response.destroy();
    else failed(new Fault('it cannot be reached', reason));
  }
}
