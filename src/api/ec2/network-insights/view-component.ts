/** Resources as analyses name them: id and ARN, by the prefix of the id. */
import type { AnalysisComponent } from '@aws-sdk/client-ec2';
import type { PathComponent } from '../../../model/resources.ts';

/** As they stand in ARNs. */
const TYPES: Readonly<Record<string, string>> = {
  acl: 'network-acl',
  cgw: 'customer-gateway',
  eni: 'network-interface',
  i: 'instance',
  igw: 'internet-gateway',
  nat: 'natgateway',
  pcx: 'vpc-peering-connection',
  pl: 'prefix-list',
  rtb: 'route-table',
  sg: 'security-group',
  subnet: 'subnet',
  tgw: 'transit-gateway',
  'tgw-attach': 'transit-gateway-attachment',
  'tgw-rtb': 'transit-gateway-route-table',
  vgw: 'vpn-gateway',
  vpc: 'vpc',
  vpce: 'vpc-endpoint',
  'vpce-svc': 'vpc-endpoint-service',
  vpn: 'vpn-connection',
};

/** "tgw-attach" of "tgw-attach-0123…"; of an ARN "loadbalancer", "targetgroup". */
export function prefixOf(id: string): string {
  return id.startsWith('arn:')
    ? (id.split(':')[5]?.split('/')[0] ?? '')
    : id.slice(0, Math.max(0, id.lastIndexOf('-')));
}

export function componentArn({ id, account, region }: PathComponent): string {
  return id.startsWith('arn:') ? id : `arn:aws:ec2:${region}:${account}:${TYPES[prefixOf(id)] ?? prefixOf(id)}/${id}`;
}

export function viewComponent(component: PathComponent): AnalysisComponent {
  const { id } = component;
  if (!id.startsWith('arn:')) return { Id: id, Arn: componentArn(component) };
  const parts = id.split('/');
  const name = prefixOf(id) === 'targetgroup' ? parts[1] : parts[2];
  return { Id: parts.at(-1) ?? id, Arn: id, ...(name !== undefined && { Name: name }) };
}
