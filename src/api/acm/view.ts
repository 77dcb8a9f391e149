/** A certificate as DescribeCertificate and ListCertificates show it: what it says itself, and who uses it. */
import type {
  CertificateDetail,
  CertificateStatus,
  CertificateSummary,
  ExtendedKeyUsage,
  ExtendedKeyUsageName,
  KeyAlgorithm,
} from '@aws-sdk/client-acm';
import type { Certificate } from '../../model/resources.ts';
import type { CertificateFacts, Context } from '../action.ts';
import { dateOf } from '../shared/input.ts';
import { factsOf, usersOf } from './find.ts';

const USAGES: Readonly<Record<string, ExtendedKeyUsageName>> = {
  '1.3.6.1.5.5.7.3.1': 'TLS_WEB_SERVER_AUTHENTICATION',
  '1.3.6.1.5.5.7.3.2': 'TLS_WEB_CLIENT_AUTHENTICATION',
  '1.3.6.1.5.5.7.3.3': 'CODE_SIGNING',
  '1.3.6.1.5.5.7.3.4': 'EMAIL_PROTECTION',
  '1.3.6.1.5.5.7.3.8': 'TIME_STAMPING',
  '1.3.6.1.5.5.7.3.9': 'OCSP_SIGNING',
  '2.5.29.37.0': 'ANY',
};

export function statusOf(facts: CertificateFacts, now: string): CertificateStatus {
  return Date.parse(now) > Date.parse(facts.notAfter) ? 'EXPIRED' : 'ISSUED';
}

/** What both views begin with. */
function common(certificate: Certificate, facts: CertificateFacts, now: string) {
  return {
    CertificateArn: certificate.id,
    DomainName: facts.commonName ?? facts.names[0],
    Status: statusOf(facts, now),
    Type: 'IMPORTED',
    KeyAlgorithm: wireAlgorithm(facts),
    RenewalEligibility: 'INELIGIBLE',
    NotBefore: dateOf(facts.notBefore),
    NotAfter: dateOf(facts.notAfter),
    CreatedAt: dateOf(certificate.createdAt),
    ImportedAt: dateOf(certificate.importedAt),
  } as const;
}

export function viewDetail(certificate: Certificate, context: Context): CertificateDetail {
  const facts = factsOf(certificate, context);
  return {
    ...common(certificate, facts, context.now),
    SubjectAlternativeNames: [...facts.names],
    Serial: facts.serial,
    Subject: facts.subject,
    Issuer: commonNameOf(facts.issuer),
    SignatureAlgorithm: facts.signatureAlgorithm,
    InUseBy: [...usersOf(certificate, context)],
    ExtendedKeyUsages: facts.extendedKeyUsages.map(viewUsage),
    Options: { CertificateTransparencyLoggingPreference: 'DISABLED' },
  };
}

export function viewSummary(certificate: Certificate, context: Context): CertificateSummary {
  const facts = factsOf(certificate, context);
  return {
    ...common(certificate, facts, context.now),
    SubjectAlternativeNameSummaries: [...facts.names],
    HasAdditionalSubjectAlternativeNames: false,
    ExtendedKeyUsages: facts.extendedKeyUsages.map((oid) => USAGES[oid] ?? 'CUSTOM'),
    InUse: usersOf(certificate, context).length > 0,
  };
}

/** AWS's servers write a hyphen where its model has an underscore. */
function wireAlgorithm({ keyAlgorithm }: CertificateFacts): KeyAlgorithm {
  return (keyAlgorithm ?? '').replaceAll('_', '-') as KeyAlgorithm;
}

function viewUsage(oid: string): ExtendedKeyUsage {
  return { Name: USAGES[oid] ?? 'CUSTOM', OID: oid };
}

/** AWS tells the issuer by its common name, or its organisation where it has none. */
function commonNameOf(name: string): string {
  const part = (key: string) => name.split(',').find((each) => each.startsWith(`${key}=`));
  return (part('CN') ?? part('O') ?? name).replace(/^(CN|O)=/, '');
}
