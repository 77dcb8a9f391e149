/**
 * Route 53 Resolver: endpoints with their addresses, the rules that hold in each VPC, and whose questions are logged. A rule whose endpoint has no address
 * left forwards to nobody: its names are not found elsewhere instead.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-overview-DSN-queries-to-vpc.html
 */
import type { Intent } from '../../model/intent.ts';
import type { ResolverRule as Asked } from '../../model/resources.ts';
import { remember } from '../memo.ts';
import { compareText, sortById } from '../order.ts';
import type { QueryLog, ResolverEndpoint, ResolverRule } from '../plan.ts';

export function compileResolverEndpoints(intent: Intent): readonly ResolverEndpoint[] {
  return sortById(
    [...intent.table('resolverEndpoint').all()].map(({ id, direction, vpcId }) => ({
      id,
      origin: [id],
      direction: direction === 'INBOUND' ? 'inbound' : 'outbound',
      domain: vpcId,
      addresses: sortById(
        intent
          .table('networkInterface')
          .by('resolver.endpointId' as never, id)
          .map((eni) => ({ id: eni.resolver?.addressId ?? '', port: eni.id, address: eni.addresses[0] ?? '' })),
      ),
    })),
  );
}

export function compileQueryLogs(intent: Intent): readonly QueryLog[] {
  return sortById(
    [...intent.table('queryLogAssociation').all()].flatMap(({ id, account, region, configId, vpcId }) => {
      const config = intent.table('queryLog').get(configId);
      if (config === undefined) throw new Error(`${id}: there is no ${configId}`);
      return { id, origin: [id, configId], domain: vpcId, account, region, destination: config.destination };
    }),
  );
}

/** Those that hold in the VPC. */
export function resolverRules(intent: Intent, vpcId: string): readonly ResolverRule[] {
  return intent
    .table('resolverAssociation')
    .by('vpcId', vpcId)
    .flatMap(({ ruleId }) => intent.table('resolverRule').get(ruleId) ?? [])
    .map(ruleOf)
    .sort((a, b) => compareText(a.domain, b.domain));
}

const ruleOf = remember(
  ({ id, domain, endpointId, targets }: Asked): ResolverRule => ({
    id,
    origin: [id],
    domain,
    forward: endpointId === null ? null : { endpoint: endpointId, targets },
  }),
);
