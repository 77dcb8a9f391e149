/** Looking at certificates, and deleting one that nothing uses. https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html */
import { remove } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import { reply } from '../action.ts';
import { page } from '../shared/pages.ts';
import { acmAction } from './action.ts';
import { factsOf, findCertificate, invalid, ownCertificates, usersOf } from './find.ts';
import { statusOf, viewDetail, viewSummary } from './view.ts';

const MAX_ITEMS = 1000;
/** What AWS lists where no key types are asked for. */
const DEFAULT_KEY_TYPES: readonly string[] = ['RSA_1024', 'RSA_2048'];

export const describeCertificate = acmAction<'DescribeCertificate'>({ CertificateArn: true }, (input, context) =>
  reply({ Certificate: viewDetail(findCertificate(context, input.CertificateArn), context) }),
);

/** The private key is never told. */
export const getCertificate = acmAction<'GetCertificate'>({ CertificateArn: true }, (input, context) => {
  const { certificate, chain } = findCertificate(context, input.CertificateArn);
  return reply({ Certificate: certificate, ...(chain !== null && { CertificateChain: chain }) });
});

export const listCertificates = acmAction<'ListCertificates'>(
  { CertificateStatuses: true, Includes: { keyTypes: true }, MaxItems: true, NextToken: true },
  (input, context) => {
    const { MaxItems: count = MAX_ITEMS, CertificateStatuses: statuses = [] } = input;
    if (!Number.isInteger(count) || count < 1 || count > MAX_ITEMS) {
      invalid(
        `1 validation error detected: Value '${count}' at 'maxItems' failed to satisfy constraint: Member must be a whole number from 1 to ${MAX_ITEMS}`,
      );
    }
    const asked: readonly string[] = input.Includes?.keyTypes ?? [];
    const keyTypes = asked.length === 0 ? DEFAULT_KEY_TYPES : asked;
    const found = ownCertificates(context).filter((certificate) => {
      const facts = factsOf(certificate, context);
      if (!keyTypes.includes(facts.keyAlgorithm ?? '')) return false;
      return statuses.length === 0 || statuses.includes(statusOf(facts, context.now));
    });
    const badToken = () => invalid('The NextToken is not valid.');
    const limits = { min: 1, max: MAX_ITEMS, badToken };
    const { items, next } = page(found, { MaxResults: count, NextToken: input.NextToken }, ({ id }) => id, limits);
    return reply({
      CertificateSummaryList: items.map((certificate) => viewSummary(certificate, context)),
      ...(next !== undefined && { NextToken: next }),
    });
  },
);

export const deleteCertificate = acmAction<'DeleteCertificate'>({ CertificateArn: true }, (input, context) => {
  const certificate = findCertificate(context, input.CertificateArn);
  if (usersOf(certificate, context).length > 0) {
    refuse('ResourceInUseException', `Certificate ${certificate.id} in account ${certificate.account} is in use.`);
  }
  return { edits: [remove(certificate)], output: {} };
});
