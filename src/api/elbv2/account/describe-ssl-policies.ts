/** The policies that TLS listeners here can have. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeSSLPolicies.html */
import type { SslPolicy as Shown } from '@aws-sdk/client-elastic-load-balancing-v2';
import { refuse } from '../../../model/refusal.ts';
import { findSslPolicy, SSL_POLICIES, type SslPolicy } from '../../../model/ssl-policies.ts';
import { reply } from '../../action.ts';
import { elbAction } from '../action.ts';
import { PAGE, page } from '../pages.ts';

export const describeSSLPolicies = elbAction<'DescribeSSLPolicies'>(
  { Names: true, LoadBalancerType: ['network'], ...PAGE },
  (input) => {
    const names = input.Names ?? [];
    const found = names.length === 0 ? SSL_POLICIES : names.map((name) => findSslPolicy(name) ?? lost(name));
    const { items, rest } = page(found, input, (policy) => policy.name);
    return reply({ SslPolicies: items.map(view), ...rest });
  },
);

function lost(name: string): never {
  refuse('SSLPolicyNotFound', `SSL policy '${name}' not found`);
}

function view({ name, versions, ciphers }: SslPolicy): Shown {
  return {
    Name: name,
    SslProtocols: [...versions],
    Ciphers: ciphers.map((cipher, at) => ({ Name: cipher, Priority: at + 1 })),
    SupportedLoadBalancerTypes: ['network'],
  };
}
