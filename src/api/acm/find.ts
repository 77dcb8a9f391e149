/** Certificates by ARN, what they say, and who uses them. */
import { owner } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import type { Certificate } from '../../model/resources.ts';
import type { CertificateFacts, Context } from '../action.ts';
import { distinct } from '../shared/input.ts';

const ARN = /^arn:[\w+=/,.@-]+:acm:[\w+=/,.@-]*:[0-9]+:[\w+=,.@-]+(\/[\w+=,.@-]+)*$/;

export function invalid(message: string): never {
  refuse('ValidationException', message);
}

export function findCertificate(context: Context, arn: string): Certificate {
  if (!ARN.test(arn)) {
    invalid(
      `1 validation error detected: Value '${arn}' at 'certificateArn' failed to satisfy constraint: ` +
        `Member must satisfy regular expression pattern: ${ARN.source.slice(1, -1)}`,
    );
  }
  const found = context.intent.table('certificate').get(arn);
  const isOwn = found?.account === context.account && found.region === context.region;
  return isOwn ? found : refuse('ResourceNotFoundException', `Could not find certificate ${arn}.`);
}

export function ownCertificates({ intent, account, region }: Context): readonly Certificate[] {
  return intent.table('certificate').by('owner', owner(account, region));
}

/** It was read when it was imported, so it can be read. */
export function factsOf({ id, certificate }: Certificate, { certificates }: Context): CertificateFacts {
  const facts = certificates.read(certificate);
  if (facts === undefined) throw new Error(`${id} holds no certificate`);
  return facts;
}

/** The load balancers that have it on a listener, each once. */
export function usersOf({ id }: Certificate, { intent }: Context): readonly string[] {
  return distinct(
    intent
      .table('listener')
      .by('certificateIds', id)
      .map((listener) => listener.loadBalancerId),
  );
}
