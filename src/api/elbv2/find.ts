/** Load balancers, target groups and listeners by ARN or name, with AWS's refusals. Those of others are not there. */
import { owner } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import type { Certificate, Listener, LoadBalancer, Resource, ResourceOf, TargetGroup } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import { distinct } from '../shared/input.ts';
import { invalid } from './checks.ts';

const NOUNS = {
  loadBalancer: { arn: 'loadbalancer', noun: 'load balancer', code: 'LoadBalancerNotFound' },
  targetGroup: { arn: 'targetgroup', noun: 'target group', code: 'TargetGroupNotFound' },
  listener: { arn: 'listener', noun: 'listener', code: 'ListenerNotFound' },
} as const;

export type ElbKind = keyof typeof NOUNS;

export function own<K extends ElbKind>(context: Context, kind: K): readonly ResourceOf<K>[] {
  return context.intent.table(kind).by('owner' as never, owner(context.account, context.region));
}

export function findIfThere<K extends ElbKind>(context: Context, kind: K, arn: string): ResourceOf<K> | undefined {
  checkArn(kind, arn);
  const found: Resource | undefined = context.intent.table(kind).get(arn);
  return isOwn(context, found) ? (found as ResourceOf<K>) : undefined;
}

function checkArn(kind: ElbKind, arn: string): void {
  const { arn: type, noun } = NOUNS[kind];
  const pattern = new RegExp(`^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\\d{12}:${type}/.+$`);
  if (!pattern.test(arn)) invalid(`'${arn}' is not a valid ${noun} ARN`);
}

export function findBalancer(context: Context, arn: string): LoadBalancer {
  return findIfThere(context, 'loadBalancer', arn) ?? lost('loadBalancer', `Load balancer '${arn}' not found`);
}

export function findGroup(context: Context, arn: string): TargetGroup {
  return findIfThere(context, 'targetGroup', arn) ?? lost('targetGroup', `Target group '${arn}' not found`);
}

export function findListener(context: Context, arn: string): Listener {
  return findIfThere(context, 'listener', arn) ?? lost('listener', `Listener '${arn}' not found`);
}

/** Those with the ARNs: all must be there. */
export function findAll<K extends ElbKind>(context: Context, kind: K, arns: readonly string[]): ResourceOf<K>[] {
  return distinct(arns).map(
    (arn) => findIfThere(context, kind, arn) ?? lost(kind, `One or more ${NOUNS[kind].noun}s not found`),
  );
}

/** The caller's own with this name, which is unique in its region. */
export function named<K extends 'loadBalancer' | 'targetGroup'>(
  context: Context,
  kind: K,
  name: string,
): ResourceOf<K> | undefined {
  const found: readonly (LoadBalancer | TargetGroup)[] = context.intent.table(kind).by('name' as never, name);
  return found.find((each) => isOwn(context, each)) as ResourceOf<K> | undefined;
}

/** Those with the names: all must be there. */
export function findNamed<K extends 'loadBalancer' | 'targetGroup'>(
  context: Context,
  kind: K,
  names: readonly string[],
): ResourceOf<K>[] {
  const missing = distinct(names).filter((name) => named(context, kind, name) === undefined);
  if (missing.length > 0) {
    const noun = kind === 'loadBalancer' ? 'Load balancers' : 'Target groups';
    lost(
      kind,
      kind === 'loadBalancer' ? `${noun} '[${missing.join(', ')}]' not found` : 'One or more target groups not found',
    );
  }
  return distinct(names).flatMap((name) => named(context, kind, name) ?? []);
}

export function findCertificate(context: Context, arn: string): Certificate {
  const found = context.intent.table('certificate').get(arn);
  return found !== undefined && isOwn(context, found)
    ? found
    : refuse('CertificateNotFound', `Certificate '${arn}' not found`);
}

function isOwn(context: Context, resource: Resource | undefined): boolean {
  return resource?.account === context.account && resource.region === context.region;
}

function lost(kind: ElbKind, message: string): never {
  refuse(NOUNS[kind].code, message);
}
