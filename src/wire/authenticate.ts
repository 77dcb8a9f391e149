/**
 * Who makes a call: the principal of a verified signature, or AWS's refusal in the words of the service.
 *
 * Keys that Culvert issued are verified always. `lenient` lets every other key in, so that a first try needs no set-up: a
 * 12-digit access key is that account's root, anything else the default account's. `strict` lets none in.
 */
import type { KnownKey } from '../iam/credentials.ts';
import type { Principal } from '../iam/principal.ts';
import { Refusal } from '../model/refusal.ts';
import { isFault, parseSigned, type SignatureFault, type Signed, verify } from './sigv4.ts';
import type { CallFrame, RawRequest } from './types.ts';

export interface OpenedSession {
  readonly secret: string;
  readonly principal: Principal;
  /** ISO 8601. */
  readonly expiresAt: string;
  /** The key that the token was issued with, where the seal holds it: another one is refused. */
  readonly accessKeyId?: string;
}

export interface AuthenticateOptions {
  readonly mode: 'lenient' | 'strict';
  readonly defaultAccount: string;
  lookup(accessKeyId: string): KnownKey | undefined;
  /** undefined: not a token of ours. */
  openSession(token: string): OpenedSession | undefined;
  /** Whether this is the id of a session of ours: lenient or not, its token must be. */
  isSessionKey(accessKeyId: string): boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export function authenticate(raw: RawRequest, call: CallFrame, options: AuthenticateOptions): Principal | Refusal {
  const parsed = parseSigned(raw);
  if (isFault(parsed)) return refusalOf(parsed, call, options.now, false);
  const { accessKeyId } = parsed.credential;
  const { sessionToken } = parsed;
  const known = options.lookup(accessKeyId);
  if (known !== undefined) {
    if (!known.active || sessionToken !== null) return WORDS[wordsOf(call)].unknownKey;
    return verified(raw, parsed, call, known, options.now);
  }
  const session = sessionToken === null ? undefined : options.openSession(sessionToken);
  if (session !== undefined) {
    if (session.accessKeyId !== undefined && session.accessKeyId !== accessKeyId) return WORDS[wordsOf(call)].badToken;
    if (Date.parse(session.expiresAt) <= options.now) return WORDS[wordsOf(call)].expiredToken;
    return verified(raw, parsed, call, session, options.now);
  }
  if (options.mode === 'strict' || options.isSessionKey(accessKeyId)) {
    return sessionToken === null ? WORDS[wordsOf(call)].unknownKey : WORDS[wordsOf(call)].badToken;
  }
  return { kind: 'root', account: /^\d{12}$/.test(accessKeyId) ? accessKeyId : options.defaultAccount };
}

function verified(
  raw: RawRequest,
  signed: Signed,
  call: CallFrame,
  key: { readonly secret: string; readonly principal: Principal },
  now: number,
): Principal | Refusal {
  const fault = verify(raw, signed, key.secret, now);
  return fault === null ? key.principal : refusalOf(fault, call, now, signed.expiresSeconds !== null);
}

// ── Words ──────────────────────────────────────────────────────────────────────────────────────────────────────────

type Words = 'ec2' | 'query' | 'json' | 's3';

function wordsOf(call: CallFrame): Words {
  switch (call.protocol) {
    case 'ec2Query':
      return 'ec2';
    case 'awsQuery':
      return 'query';
    case 'restXml':
      return call.service === 's3' || call.service === '' ? 's3' : 'query';
    default:
      return 'json';
  }
}

const INVALID_TOKEN = 'The security token included in the request is invalid.';
const EXPIRED_TOKEN = 'The security token included in the request is expired';
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
  'and signing method. Consult the service documentation for details.';
const EC2_FAILURE = new Refusal('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
const EC2_EXPIRED = new Refusal('RequestExpired', 'Request has expired.');

type Wording = Readonly<Record<'missing' | 'unknownKey' | 'badToken' | 'expiredToken' | 'mismatch', Refusal>>;

const WORDS: Readonly<Record<Words, Wording>> = {
  ec2: {
    missing: new Refusal('MissingParameter', 'The request must contain the parameter AWSAccessKeyId'),
    unknownKey: EC2_FAILURE,
    badToken: EC2_FAILURE,
    expiredToken: EC2_EXPIRED,
    mismatch: EC2_FAILURE,
  },
  query: {
    missing: new Refusal('MissingAuthenticationToken', 'Request is missing Authentication Token', 403),
    unknownKey: new Refusal('InvalidClientTokenId', INVALID_TOKEN, 403),
    badToken: new Refusal('InvalidClientTokenId', INVALID_TOKEN, 403),
    expiredToken: new Refusal('ExpiredToken', EXPIRED_TOKEN, 403),
    mismatch: new Refusal('SignatureDoesNotMatch', MISMATCH, 403),
  },
  json: {
    missing: new Refusal('MissingAuthenticationTokenException', 'Missing Authentication Token'),
    unknownKey: new Refusal('UnrecognizedClientException', INVALID_TOKEN),
    badToken: new Refusal('UnrecognizedClientException', INVALID_TOKEN),
    expiredToken: new Refusal('ExpiredTokenException', EXPIRED_TOKEN),
    mismatch: new Refusal('InvalidSignatureException', MISMATCH),
  },
  s3: {
    missing: new Refusal('AccessDenied', 'Access Denied', 403),
    unknownKey: new Refusal(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
      403,
    ),
    badToken: new Refusal('InvalidToken', 'The provided token is malformed or otherwise invalid.'),
    expiredToken: new Refusal('ExpiredToken', 'The provided token has expired.'),
    mismatch: new Refusal(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      403,
    ),
  },
};

const INCOMPLETE_CODE: Readonly<Record<Words, string>> = {
  ec2: 'AuthFailure',
  query: 'IncompleteSignature',
  json: 'IncompleteSignatureException',
  s3: 'AuthorizationHeaderMalformed',
};

function refusalOf(fault: SignatureFault, call: CallFrame, now: number, presigned: boolean): Refusal {
  const words = wordsOf(call);
  switch (fault.is) {
    case 'missing':
      return WORDS[words].missing;
    case 'incomplete':
      return new Refusal(INCOMPLETE_CODE[words], fault.detail, 400);
    case 'mismatch':
      return WORDS[words].mismatch;
    case 'payload':
      return words === 's3'
        ? new Refusal(
            'XAmzContentSHA256Mismatch',
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
          )
        : WORDS[words].mismatch;
    case 'expired':
    case 'early':
      return outOfTime(fault.is, fault.date, words, now, presigned);
  }
}

function outOfTime(is: 'expired' | 'early', date: string, words: Words, now: number, presigned: boolean): Refusal {
  if (words === 'ec2') return EC2_EXPIRED;
  if (words === 's3') {
    return is === 'expired' && presigned
      ? new Refusal('AccessDenied', 'Request has expired', 403)
      : new Refusal(
          'RequestTimeTooSkewed',
          'The difference between the request time and the current time is too large.',
          403,
        );
  }
  const [at, bound] = [now, is === 'expired' ? now - SKEW_MS : now + SKEW_MS].map(basic);
  const text =
    is === 'expired'
      ? `Signature expired: ${date} is now earlier than ${bound} (${at} - 15 min.)`
      : `Signature not yet current: ${date} is still later than ${bound} (${at} + 15 min.)`;
  return new Refusal(WORDS[words].mismatch.code, text, WORDS[words].mismatch.status);
}

const SKEW_MS = 15 * 60 * 1000;

function basic(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}
