import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type * as ACM from '@aws-sdk/client-acm';
import { issue, type MadeCertificate, selfSigned } from '../../host/test-certificates.ts';
import { put } from '../../model/edit.ts';
import type { Decision } from '../action.ts';
import type { ActionOf, HandlerMap } from '../sdk.ts';
import { type Filled, type Harness, harness } from '../testing.ts';
import { acmActions } from './index.ts';

type Operation = keyof HandlerMap<typeof ACM>;
type Input<Name extends Operation> = Parameters<ActionOf<typeof ACM, Name>>[0];
type Output<Name extends Operation> =
  ReturnType<ActionOf<typeof ACM, Name>> extends Decision<infer Reply> ? Filled<Reply> : never;

function acm(h: Harness = harness(acmActions)) {
  return {
    h,
    call: <Name extends Operation>(name: Name, input: Input<Name>) =>
      (h.call as (name: string, input: object) => unknown)(name, input as object) as Output<Name>,
    refused: <Name extends Operation>(name: Name, input: Input<Name>) =>
      (h.refusal as (name: string, input: object) => string)(name, input as object),
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);

let root: MadeCertificate;
let leaf: MadeCertificate;
let own: MadeCertificate;
let expired: MadeCertificate;
let future: MadeCertificate;
before(async () => {
  root = await selfSigned('CN=Example Root');
  leaf = await issue(root, 'CN=www.example.com', { names: ['www.example.com', 'example.com'] });
  own = await selfSigned('CN=own.example.com', { rsa: 2048 });
  expired = await selfSigned('CN=old', { notAfter: new Date('2025-01-01T00:00:00Z') });
  future = await selfSigned('CN=new', { notBefore: new Date('2040-01-01T00:00:00Z') });
});

function wish({ certificate, key }: MadeCertificate, chain?: MadeCertificate): Input<'ImportCertificate'> {
  return {
    Certificate: bytes(certificate),
    PrivateKey: bytes(key),
    ...(chain !== undefined && { CertificateChain: bytes(chain.certificate) }),
  };
}

test('imported, described, got back without its key', () => {
  const aws = acm();
  const input = { ...wish(leaf, root), Tags: [{ Key: 'a', Value: 'b' }] };
  const { CertificateArn } = aws.call('ImportCertificate', input);
  assert.match(
    CertificateArn,
    /^arn:aws:acm:ap-south-1:111122223333:certificate\/[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/,
  );
  const told = aws.call('DescribeCertificate', { CertificateArn }).Certificate;
  assert.deepEqual(
    [told.DomainName, told.SubjectAlternativeNames, told.Status, told.Type, told.Issuer, told.Subject],
    ['www.example.com', ['www.example.com', 'example.com'], 'ISSUED', 'IMPORTED', 'Example Root', 'CN=www.example.com'],
  );
  assert.equal(String(told.KeyAlgorithm), 'EC-prime256v1');
  assert.deepEqual([told.SignatureAlgorithm, told.RenewalEligibility], ['SHA256WITHECDSA', 'INELIGIBLE']);
  assert.deepEqual(told.InUseBy, []);
  assert.deepEqual(told.ExtendedKeyUsages, [{ Name: 'TLS_WEB_SERVER_AUTHENTICATION', OID: '1.3.6.1.5.5.7.3.1' }]);
  assert.deepEqual(told.NotAfter, new Date('2050-01-01T00:00:00Z'));
  const got = aws.call('GetCertificate', { CertificateArn });
  assert.deepEqual(got, { Certificate: leaf.certificate, CertificateChain: root.certificate });
  assert.ok(!JSON.stringify([told, got]).includes('PRIVATE KEY'));
  assert.deepEqual(aws.call('ListTagsForCertificate', { CertificateArn }).Tags, [{ Key: 'a', Value: 'b' }]);
});

test('what cannot be imported', () => {
  const aws = acm();
  const refused = (input: Input<'ImportCertificate'>) => aws.refused('ImportCertificate', input);
  const exception = (text: string) => `ValidationException: ${text}`;
  assert.equal(
    refused(wish(leaf)),
    exception(
      'Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or certificate chain.',
    ),
  );
  assert.equal(refused(wish(leaf, own)), exception('Could not validate the certificate with the certificate chain.'));
  assert.equal(
    refused({ ...wish(own), PrivateKey: bytes(leaf.key) }),
    exception('The private key does not match the public key of the certificate.'),
  );
  assert.equal(
    refused({ ...wish(own), PrivateKey: bytes('x') }),
    exception('The private key is not PEM-encoded or is not valid.'),
  );
  assert.equal(
    refused({ ...wish(own), Certificate: bytes('x') }),
    exception('The certificate is not PEM-encoded or is not valid.'),
  );
  assert.match(
    refused({ ...wish(own), Certificate: bytes(own.certificate + own.certificate) }),
    /^ValidationException: The certificate field contains more than one certificate\./,
  );
  assert.equal(
    refused({ ...wish(leaf), CertificateChain: bytes('x') }),
    exception('The certificate chain is not PEM-encoded or is not valid.'),
  );
  assert.equal(refused(wish(expired)), exception('The certificate has expired, is not valid.'));
  assert.equal(refused(wish(future)), exception('The certificate is not in effect yet, is not valid.'));
  assert.match(refused({ ...wish(own), PrivateKey: new Uint8Array() }), /^ValidationException: .*'privateKey'/);
  assert.match(refused({ ...wish(own), Certificate: new Uint8Array(32_769) }), /^ValidationException: .*'certificate'/);
  assert.match(refused({ ...wish(own), Tags: [{ Key: 'aws:x', Value: '' }] }), /^InvalidTagException/);
});

test('a key of a size that ACM does not take', async () => {
  const odd = await selfSigned('CN=odd', { rsa: 1536 });
  assert.match(acm().refused('ImportCertificate', wish(odd)), /^ValidationException: The certificate's key is of/);
});

test('imported again under its ARN: another certificate, the same tags and age', () => {
  const aws = acm();
  const { CertificateArn } = aws.call('ImportCertificate', { ...wish(leaf, root), Tags: [{ Key: 'a', Value: 'b' }] });
  const before_ = aws.call('DescribeCertificate', { CertificateArn }).Certificate;
  assert.equal(aws.call('ImportCertificate', { CertificateArn, ...wish(own) }).CertificateArn, CertificateArn);
  const after_ = aws.call('DescribeCertificate', { CertificateArn }).Certificate;
  assert.equal(after_.DomainName, 'own.example.com');
  assert.deepEqual(after_.CreatedAt, before_.CreatedAt);
  assert.ok(after_.ImportedAt > before_.ImportedAt);
  assert.equal(aws.call('GetCertificate', { CertificateArn }).CertificateChain, undefined);
  assert.match(
    aws.refused('ImportCertificate', { CertificateArn, ...wish(own), Tags: [{ Key: 'x', Value: 'y' }] }),
    /^ValidationException: Tags cannot be specified/,
  );
  const other = `${CertificateArn.slice(0, -1)}0`;
  assert.match(aws.refused('ImportCertificate', { CertificateArn: other, ...wish(own) }), /^ResourceNotFoundException/);
  const foreign = acm(aws.h.as('444455556666'));
  assert.match(foreign.refused('ImportCertificate', { CertificateArn, ...wish(own) }), /^ResourceNotFoundException/);
});

test('listed: RSA unless other keys are asked for, by status, in pages', () => {
  const aws = acm();
  const ec = aws.call('ImportCertificate', wish(leaf, root)).CertificateArn;
  const rsa = ['1', '2'].map(() => aws.call('ImportCertificate', wish(own)).CertificateArn);
  const arns = (input: Input<'ListCertificates'>) =>
    aws.call('ListCertificates', input).CertificateSummaryList.map((each) => each.CertificateArn);
  assert.deepEqual(arns({}), rsa);
  assert.deepEqual(arns({ Includes: { keyTypes: ['EC_prime256v1'] } }), [ec]);
  assert.deepEqual(arns({ CertificateStatuses: ['EXPIRED'] }), []);
  assert.deepEqual(arns({ CertificateStatuses: ['ISSUED'] }), rsa);
  const first = aws.call('ListCertificates', { MaxItems: 1 });
  assert.deepEqual(arns({ MaxItems: 1, NextToken: first.NextToken }), rsa.slice(1));
  const summary = first.CertificateSummaryList[0];
  assert.deepEqual([summary.DomainName, summary.InUse, summary.Status], ['own.example.com', false, 'ISSUED']);
  assert.match(aws.refused('ListCertificates', { MaxItems: 0 }), /^ValidationException/);
  assert.match(aws.refused('ListCertificates', { NextToken: 'x' }), /^ValidationException/);
  assert.match(
    aws.refused('ListCertificates', { SortBy: 'CREATED_AT' }),
    /^UnsupportedOperation: The parameter SortBy/,
  );
  assert.match(aws.refused('ListCertificates', { Includes: { keyUsage: ['ANY'] } }), /^UnsupportedOperation/);
  assert.deepEqual(acm(aws.h.as('444455556666')).call('ListCertificates', {}).CertificateSummaryList, []);
});

test('deleted when no listener uses it', () => {
  const aws = acm();
  const { CertificateArn } = aws.call('ImportCertificate', wish(own));
  const { account, region, now } = aws.h.context;
  const loadBalancerId = 'arn:aws:elasticloadbalancing:ap-south-1:111122223333:loadbalancer/net/n/0123456789abcdef';
  const owned = { account, region, tags: {}, createdAt: now };
  const listener = put({
    kind: 'listener',
    id: 'l',
    ...owned,
    loadBalancerId,
    protocol: 'TLS',
    port: 443,
    targetGroupId: 't',
    certificateIds: [CertificateArn],
    sslPolicy: null,
    alpnPolicy: null,
    attributes: {},
  });
  aws.h.intent.apply([listener]);
  assert.deepEqual(aws.call('DescribeCertificate', { CertificateArn }).Certificate.InUseBy, [loadBalancerId]);
  assert.equal(
    aws.refused('DeleteCertificate', { CertificateArn }),
    `ResourceInUseException: Certificate ${CertificateArn} in account 111122223333 is in use.`,
  );
  aws.h.intent.apply([{ op: 'delete', kind: 'listener', id: 'l' }]);
  aws.call('DeleteCertificate', { CertificateArn });
  for (const name of [
    'DescribeCertificate',
    'GetCertificate',
    'DeleteCertificate',
    'ListTagsForCertificate',
  ] as const) {
    assert.equal(
      aws.refused(name, { CertificateArn }),
      `ResourceNotFoundException: Could not find certificate ${CertificateArn}.`,
    );
    assert.match(aws.refused(name, { CertificateArn: 'x' }), /^ValidationException: .*'certificateArn'/);
  }
});

test('tags', () => {
  const aws = acm();
  const { CertificateArn } = aws.call('ImportCertificate', wish(own));
  const tags = () =>
    aws.call('ListTagsForCertificate', { CertificateArn }).Tags.map(({ Key, Value }) => `${Key}=${Value}`);
  aws.call('AddTagsToCertificate', {
    CertificateArn,
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ],
  });
  aws.call('AddTagsToCertificate', { CertificateArn, Tags: [{ Key: 'a', Value: '3' }] });
  assert.deepEqual(tags(), ['a=3', 'b=2']);
  aws.call('RemoveTagsFromCertificate', { CertificateArn, Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] });
  assert.deepEqual(tags(), ['a=3']);
  const many = Array.from({ length: 50 }, (_, at) => ({ Key: `k${at}`, Value: '' }));
  assert.match(aws.refused('AddTagsToCertificate', { CertificateArn, Tags: many }), /^TooManyTagsException/);
});

test('certificates that ACM would issue are refused by name', () => {
  const aws = acm();
  assert.equal(
    aws.refused('RequestCertificate', { DomainName: 'example.com' }),
    'UnsupportedOperation: The action RequestCertificate is not supported by Culvert. docs/coverage.md lists those that are.',
  );
});
