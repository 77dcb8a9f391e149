/** What costs money at AWS and has no price here, by name, where there is any of it. */
import type { Intent } from '../model/intent.ts';
import type { Kind } from '../model/resources.ts';

const KINDS: readonly (readonly [Kind, string])[] = [
  ['instance', 'instances and their disks'],
  ['image', 'images'],
  ['resolverEndpoint', 'resolver endpoints and queries through them'],
  ['queryLog', 'query logs'],
  ['hostedZone', 'hosted zones and their queries'],
  ['dxConnection', 'Direct Connect connections and what leaves through them'],
  ['networkInsightsAnalysis', 'analyses of Reachability Analyzer'],
];

/** Traffic and services, whose amounts nobody meters here. */
const ALWAYS: readonly string[] = [
  'what is sent out to the internet, and through VPN connections',
  'what goes between zones of one VPC',
  'requests to and storage of AWS’s services (S3, DynamoDB, SQS, SNS, CloudWatch and its logs)',
];

export function notPriced(intent: Intent): readonly string[] {
  const found = KINDS.flatMap(([kind, what]) => {
    const count = [...intent.table(kind).all()].filter((each) => isCustomers(each)).length;
    return count === 0 ? [] : [`${what}: ${count}`];
  });
  return [...found, ...ALWAYS];
}

/** The images that are there from the start are nobody's. */
function isCustomers(resource: object): boolean {
  return !('source' in resource) || resource.source !== null;
}
