/**
 * The regions of the commercial partition, with the ids of their zones. Facts about AWS, not about this installation.
 * Regions that need opting in are listed but cannot be used: no account here has opted in.
 * https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */

export interface Region {
  readonly name: string;
  readonly longName: string;
  /** True where an account must opt in before it can use the region. */
  readonly needsOptIn: boolean;
  /** Physical zones, the same for every account. */
  readonly zoneIds: readonly string[];
  /** The letters that zone names of this region end with; as many as there are zones. */
  readonly letters: string;
}

export const REGIONS: readonly Region[] = [
  optIn('af-south-1', 'Africa (Cape Town)', 'afs1'),
  optIn('ap-east-1', 'Asia Pacific (Hong Kong)', 'ape1'),
  optIn('ap-east-2', 'Asia Pacific (Taipei)', 'ape2'),
  region('ap-northeast-1', 'Asia Pacific (Tokyo)', 'apne1', [1, 2, 4], 'acd'),
  region('ap-northeast-2', 'Asia Pacific (Seoul)', 'apne2', [1, 2, 3, 4], 'abcd'),
  region('ap-northeast-3', 'Asia Pacific (Osaka)', 'apne3'),
  region('ap-south-1', 'Asia Pacific (Mumbai)', 'aps1'),
  optIn('ap-south-2', 'Asia Pacific (Hyderabad)', 'aps2'),
  region('ap-southeast-1', 'Asia Pacific (Singapore)', 'apse1'),
  region('ap-southeast-2', 'Asia Pacific (Sydney)', 'apse2'),
  optIn('ap-southeast-3', 'Asia Pacific (Jakarta)', 'apse3'),
  optIn('ap-southeast-4', 'Asia Pacific (Melbourne)', 'apse4'),
  optIn('ap-southeast-5', 'Asia Pacific (Malaysia)', 'apse5'),
  optIn('ap-southeast-6', 'Asia Pacific (New Zealand)', 'apse6'),
  optIn('ap-southeast-7', 'Asia Pacific (Thailand)', 'apse7'),
  region('ca-central-1', 'Canada (Central)', 'cac1', [1, 2, 4], 'abd'),
  optIn('ca-west-1', 'Canada West (Calgary)', 'caw1'),
  region('eu-central-1', 'Europe (Frankfurt)', 'euc1'),
  optIn('eu-central-2', 'Europe (Zurich)', 'euc2'),
  region('eu-north-1', 'Europe (Stockholm)', 'eun1'),
  optIn('eu-south-1', 'Europe (Milan)', 'eus1'),
  optIn('eu-south-2', 'Europe (Spain)', 'eus2'),
  region('eu-west-1', 'Europe (Ireland)', 'euw1'),
  region('eu-west-2', 'Europe (London)', 'euw2'),
  region('eu-west-3', 'Europe (Paris)', 'euw3'),
  optIn('il-central-1', 'Israel (Tel Aviv)', 'ilc1'),
  optIn('me-central-1', 'Middle East (UAE)', 'mec1'),
  optIn('me-south-1', 'Middle East (Bahrain)', 'mes1'),
  optIn('mx-central-1', 'Mexico (Central)', 'mxc1'),
  region('sa-east-1', 'South America (Sao Paulo)', 'sae1'),
  region('us-east-1', 'US East (N. Virginia)', 'use1', [1, 2, 3, 4, 5, 6], 'abcdef'),
  region('us-east-2', 'US East (Ohio)', 'use2'),
  region('us-west-1', 'US West (N. California)', 'usw1', [1, 3], 'ab'),
  region('us-west-2', 'US West (Oregon)', 'usw2', [1, 2, 3, 4], 'abcd'),
];

const BY_NAME = new Map(REGIONS.map((entry) => [entry.name, entry]));

export function findRegion(name: string): Region | undefined {
  return BY_NAME.get(name);
}

function region(name: string, longName: string, prefix: string, numbers = [1, 2, 3], letters = 'abc'): Region {
  return { name, longName, needsOptIn: false, zoneIds: numbers.map((number) => `${prefix}-az${number}`), letters };
}

function optIn(name: string, longName: string, prefix: string): Region {
  return { ...region(name, longName, prefix), needsOptIn: true };
}
