/**
 * Amazon Time Sync as instances see it: answers of a server of stratum 3 that tells the host's clock. Keeps nothing of its clients;
 * an answer is as long as the question. RFC 5905, sections 7.3 and 14.
 */
const BYTES = 48;
const CLIENT = 3;
const SERVER = 4;
const VERSIONS = { least: 1, most: 4 };
const STRATUM = 3;
/** A millionth of a second, as a power of two. */
const PRECISION = -20;
/** A millisecond, in units of 2^-16 s: of the host's clock nobody here knows more. */
const ROOT_DISPERSION = 66;
/** Whom AWS's servers name as the one that they follow. */
const REFERENCE = [169, 254, 169, 122];
/** From 1900 to 1970. */
const ERA_SECONDS = 2_208_988_800n;
const NANOSECONDS = 1_000_000_000n;

/** Of datagrams that are no client's question: none. Times in nanoseconds since 1970. */
export function answerTo(question: Uint8Array, received: bigint, sent: bigint): Buffer | undefined {
  const [first = 0] = question;
  const version = (first >> 3) & 7;
  const isQuestion = question.length >= BYTES && (first & 7) === CLIENT;
  if (!isQuestion || version < VERSIONS.least || version > VERSIONS.most) return undefined;
  const answer = Buffer.alloc(BYTES);
  answer[0] = (version << 3) | SERVER;
  answer[1] = STRATUM;
  answer[2] = question[2] ?? 0;
  answer.writeInt8(PRECISION, 3);
  answer.writeUInt32BE(ROOT_DISPERSION, 8);
  answer.set(REFERENCE, 12);
  answer.writeBigUInt64BE(timestamp(received), 16);
  // What the client sent as its own time tells it which question this answers.
  answer.set(question.subarray(40, BYTES), 24);
  answer.writeBigUInt64BE(timestamp(received), 32);
  answer.writeBigUInt64BE(timestamp(sent), 40);
  return answer;
}

/** Seconds of the era in the upper half, fractions of one in the lower. */
function timestamp(nanoseconds: bigint): bigint {
  const seconds = nanoseconds / NANOSECONDS + ERA_SECONDS;
  return BigInt.asUintN(64, (seconds << 32n) | (((nanoseconds % NANOSECONDS) << 32n) / NANOSECONDS));
}
