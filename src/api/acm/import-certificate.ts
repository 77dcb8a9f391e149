/**
 * A certificate of one's own, with its key: stored as given, once they are seen to fit. With an ARN it takes another one's
 * place. https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html
 */
import { put } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import type { Certificate } from '../../model/resources.ts';
import type { CertificateFacts, Certificates, Context } from '../action.ts';
import { acmAction } from './action.ts';
import { findCertificate, invalid, ownCertificates } from './find.ts';
import { withTags } from './tags.ts';

/** AWS's default quota. */
const MAX_CERTIFICATES = 2500;
const MAX_BYTES = { certificate: 32_768, privateKey: 5120, certificateChain: 2_097_152 };

const FAULTS: Readonly<Record<NonNullable<ReturnType<Certificates['fault']>>, string>> = {
  certificate: 'The certificate is not PEM-encoded or is not valid.',
  several:
    'The certificate field contains more than one certificate. You must specify only one certificate in this field.',
  key: 'The private key is not PEM-encoded or is not valid.',
  mismatch: 'The private key does not match the public key of the certificate.',
  chain: 'The certificate chain is not PEM-encoded or is not valid.',
  order: 'Could not validate the certificate with the certificate chain.',
  selfSigned:
    'Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or certificate chain.',
};

export const importCertificate = acmAction<'ImportCertificate'>(
  { CertificateArn: true, Certificate: true, PrivateKey: true, CertificateChain: true, Tags: true },
  (input, context) => {
    const content = {
      certificate: textOf(input.Certificate, 'certificate'),
      privateKey: textOf(input.PrivateKey, 'privateKey'),
      chain: input.CertificateChain === undefined ? null : textOf(input.CertificateChain, 'certificateChain'),
    };
    checkContent(content, context);
    if (input.CertificateArn === undefined) {
      const made = newCertificate(context, content, withTags({}, input.Tags));
      return { edits: [put(made)], output: { CertificateArn: made.id } };
    }
    const present = findCertificate(context, input.CertificateArn);
    if ((input.Tags ?? []).length > 0) {
      invalid('Tags cannot be specified when a certificate is imported again.');
    }
    return {
      edits: [put({ ...present, ...content, importedAt: context.now })],
      output: { CertificateArn: present.id },
    };
  },
);

type Content = Pick<Certificate, 'certificate' | 'privateKey' | 'chain'>;

function textOf(bytes: Uint8Array, member: keyof typeof MAX_BYTES): string {
  const limit = MAX_BYTES[member];
  if (bytes.length === 0 || bytes.length > limit) {
    invalid(
      `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length between 1 and ${limit}`,
    );
  }
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

function checkContent({ certificate, privateKey, chain }: Content, context: Context): void {
  const fault = context.certificates.fault(certificate, privateKey, chain);
  if (fault !== undefined) invalid(FAULTS[fault]);
  const facts: CertificateFacts | undefined = context.certificates.read(certificate);
  if (facts === undefined) invalid(FAULTS.certificate);
  if (facts.keyAlgorithm === null) invalid("The certificate's key is of an algorithm or a size that is not supported.");
  if (Date.parse(context.now) < Date.parse(facts.notBefore)) {
    invalid('The certificate is not in effect yet, is not valid.');
  }
  if (Date.parse(context.now) > Date.parse(facts.notAfter)) invalid('The certificate has expired, is not valid.');
  if (facts.issuer === '') invalid('The certificate has no issuer.');
}

function newCertificate(context: Context, content: Content, tags: Certificate['tags']): Certificate {
  const { account, region, now } = context;
  if (ownCertificates(context).length >= MAX_CERTIFICATES) {
    refuse('LimitExceededException', `You have reached the limit of ${MAX_CERTIFICATES} certificates.`);
  }
  const uuid = context.hex(32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const id = `arn:aws:acm:${region}:${account}:certificate/${uuid}`;
  return { id, account, region, tags, createdAt: now, kind: 'certificate', ...content, importedAt: now };
}
