/**
 * The services whose wire forms are known: one row each. Adding a service is adding its row, and its client package.
 *
 * Which protocol a request speaks is read from the request (decode.ts); a row only says which ones the service accepts.
 */
import { createRequire } from 'node:module';
import { clientFrom, type DerivedShapes } from './derived.ts';
import type { Structure } from './types.ts';

export type ServiceName =
  | 'ec2'
  | 'elasticloadbalancing'
  | 'acm'
  | 'sqs'
  | 'sns'
  | 's3'
  | 'dynamodb'
  | 'iam'
  | 'sts'
  | 'route53'
  | 'route53resolver'
  | 'logs'
  | 'directconnect'
  | 'servicequotas'
  | 'cloudtrail'
  | 'monitoring'
  | 'events';

/** How the service words its complaints about parameters (complain.ts). */
export type Wording =
  | 'ec2'
  | 'validation'
  | 'validationException'
  | 'sqs'
  | 'sns'
  | 's3'
  | 'route53'
  | 'logs'
  | 'directconnect';

export interface ServiceRow {
  readonly name: ServiceName;
  /** In SigV4 credential scopes, and the first label of its host names. */
  readonly signingName: string;
  /** Before the operation in X-Amz-Target; null: no JSON protocol. */
  readonly targetPrefix: string | null;
  readonly version: string;
  readonly xmlNamespace: string;
  /** Form-encoded dialect; null: none. */
  readonly form: 'ec2Query' | 'awsQuery' | null;
  readonly rest: boolean;
  readonly cbor: boolean;
  /** Errors carry the code of the older query protocol in a header. */
  readonly queryCompatible: boolean;
  readonly wording: Wording;
  /** Largest body; null: the server says (S3). */
  readonly bodyBytes: number | null;
  /** The input member that the URL's path stands for when the form leaves it out; null: none. */
  readonly pathMember: string | null;
  readonly client: string;
  /** The client has no runtime schemas: generated/shapes.<name>.json stands for it, and it is not needed at run time. */
  readonly isDerived: boolean;
}

const MiB = 1024 * 1024;
/** RunInstances with full user data, IAM with the longest policy: both far below. */
const CONTROL_BODY_BYTES = MiB;
/** A message batch is up to 1 MiB; base64 or form encoding makes at most three of each byte, and there are attributes. */
const MESSAGE_BODY_BYTES = 4 * MiB;

const NO = {
  targetPrefix: null,
  form: null,
  rest: false,
  cbor: false,
  queryCompatible: false,
  pathMember: null,
  isDerived: false,
};

export const SERVICES: readonly ServiceRow[] = [
  {
    ...NO,
    name: 'ec2',
    signingName: 'ec2',
    version: '2016-11-15',
    xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
    form: 'ec2Query',
    wording: 'ec2',
    bodyBytes: CONTROL_BODY_BYTES,
    client: '@aws-sdk/client-ec2',
  },
  {
    ...NO,
    name: 'elasticloadbalancing',
    signingName: 'elasticloadbalancing',
    // The classic load balancers' API is 2012-06-01: its calls are told that their version is unknown.
    version: '2015-12-01',
    xmlNamespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
    form: 'awsQuery',
    wording: 'validation',
    bodyBytes: CONTROL_BODY_BYTES,
    client: '@aws-sdk/client-elastic-load-balancing-v2',
  },
  {
    ...NO,
    name: 'acm',
    signingName: 'acm',
    targetPrefix: 'CertificateManager',
    version: '2015-12-08',
    xmlNamespace: '',
    wording: 'validationException',
    bodyBytes: CONTROL_BODY_BYTES,
    client: '@aws-sdk/client-acm',
  },
  {
    ...NO,
    name: 'sqs',
    signingName: 'sqs',
    targetPrefix: 'AmazonSQS',
    version: '2012-11-05',
    xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
    form: 'awsQuery',
    // Not offered by AWS's SQS today; new SDKs move their services to it one by one.
    cbor: true,
    queryCompatible: true,
    wording: 'sqs',
    bodyBytes: MESSAGE_BODY_BYTES,
    pathMember: 'QueueUrl',
    client: '@aws-sdk/client-sqs',
  },
  {
    ...NO,
    name: 'sns',
    signingName: 'sns',
    version: '2010-03-31',
    xmlNamespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
    form: 'awsQuery',
    wording: 'sns',
    bodyBytes: MESSAGE_BODY_BYTES,
    client: '@aws-sdk/client-sns',
  },
  {
    ...NO,
    name: 's3',
    signingName: 's3',
    version: '2006-03-01',
    xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/',
    rest: true,
    wording: 's3',
    bodyBytes: null,
    client: '@aws-sdk/client-s3',
  },
  {
    ...NO,
    name: 'dynamodb',
    signingName: 'dynamodb',
    targetPrefix: 'DynamoDB_20120810',
    version: '2012-08-10',
    xmlNamespace: '',
    wording: 'validationException',
    bodyBytes: 16 * MiB,
    client: '@aws-sdk/client-dynamodb',
  },
  {
    ...NO,
    name: 'iam',
    signingName: 'iam',
    version: '2010-05-08',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    form: 'awsQuery',
    wording: 'validation',
    bodyBytes: CONTROL_BODY_BYTES,
    client: '@aws-sdk/client-iam',
  },
  {
    ...NO,
    name: 'sts',
    signingName: 'sts',
    version: '2011-06-15',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    form: 'awsQuery',
    wording: 'validation',
    bodyBytes: CONTROL_BODY_BYTES,
    client: '@aws-sdk/client-sts',
  },
  {
    ...NO,
    name: 'route53',
    signingName: 'route53',
    version: '2013-04-01',
    xmlNamespace: 'https://route53.amazonaws.com/doc/2013-04-01/',
    rest: true,
    wording: 'route53',
    bodyBytes: CONTROL_BODY_BYTES,
    client: '@aws-sdk/client-route-53',
  },
  {
    ...NO,
    name: 'route53resolver',
    signingName: 'route53resolver',
    targetPrefix: 'Route53Resolver',
    version: '2018-04-01',
    xmlNamespace: '',
    wording: 'validationException',
    bodyBytes: CONTROL_BODY_BYTES,
    client: '@aws-sdk/client-route53resolver',
    isDerived: true,
  },
  {
    ...NO,
    name: 'logs',
    signingName: 'logs',
    targetPrefix: 'Logs_20140328',
    version: '2014-03-28',
    xmlNamespace: '',
    wording: 'logs',
    // A batch of 1 MiB; JSON's escapes make up to six bytes of each.
    bodyBytes: 8 * MiB,
    client: '@aws-sdk/client-cloudwatch-logs',
  },
  {
    ...NO,
    name: 'directconnect',
    signingName: 'directconnect',
    targetPrefix: 'OvertureService',
    version: '2012-10-25',
    xmlNamespace: '',
    wording: 'directconnect',
    bodyBytes: CONTROL_BODY_BYTES,
    client: '@aws-sdk/client-direct-connect',
  },
  {
    ...NO,
    name: 'servicequotas',
    signingName: 'servicequotas',
    targetPrefix: 'ServiceQuotasV20190624',
    version: '2019-06-24',
    xmlNamespace: '',
    wording: 'validationException',
    bodyBytes: CONTROL_BODY_BYTES,
    client: '@aws-sdk/client-service-quotas',
  },
  {
    ...NO,
    name: 'cloudtrail',
    signingName: 'cloudtrail',
    targetPrefix: 'CloudTrail_20131101',
    version: '2013-11-01',
    xmlNamespace: '',
    wording: 'validationException',
    bodyBytes: CONTROL_BODY_BYTES,
    client: '@aws-sdk/client-cloudtrail',
  },
  {
    ...NO,
    name: 'monitoring',
    signingName: 'monitoring',
    targetPrefix: 'GraniteServiceVersion20100801',
    version: '2010-08-01',
    xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
    form: 'awsQuery',
    cbor: true,
    queryCompatible: true,
    wording: 'validation',
    bodyBytes: CONTROL_BODY_BYTES,
    client: '@aws-sdk/client-cloudwatch',
  },
  {
    ...NO,
    name: 'events',
    signingName: 'events',
    targetPrefix: 'AWSEvents',
    version: '2015-10-07',
    xmlNamespace: '',
    wording: 'validationException',
    bodyBytes: CONTROL_BODY_BYTES,
    client: '@aws-sdk/client-eventbridge',
  },
];

const BY_NAME = new Map<string, ServiceRow>(SERVICES.map((row) => [row.name, row]));

export function serviceRow(name: string): ServiceRow | undefined {
  return BY_NAME.get(name);
}

const require = createRequire(import.meta.url);
const clients = new Map<ServiceName, Structure>();

/** The client's module, loaded at the service's first request: `require` is twice as fast as `import` for these. */
export function clientOf(row: ServiceRow): Structure {
  let client = clients.get(row.name);
  if (client === undefined) {
    client = row.isDerived
      ? clientFrom(require(`./generated/shapes.${row.name}.json`) as DerivedShapes)
      : (require(row.client) as Structure);
    clients.set(row.name, client);
  }
  return client;
}
