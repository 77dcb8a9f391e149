/** Resources as analyses name them: id and ARN, by the prefix of the id. */
import type { AnalysisComponent } from '@aws-sdk/client-ec2';
import type { PathComponent } from '../../../model/resources.ts';
import { RESOURCE_TYPES } from '../../authority/named.ts';

/** "tgw-attach" of "tgw-attach-0123…"; of an ARN "loadbalancer", "targetgroup". */
export function prefixOf(id: string): string {
  return id.startsWith('arn:')
    ? (id.split(':')[5]?.split('/')[0] ?? '')
    : id.slice(0, Math.max(0, id.lastIndexOf('-')));
}

export function componentArn({ id, account, region }: PathComponent): string {
  return id.startsWith('arn:')
    ? id
    : `arn:aws:ec2:${region}:${account}:${RESOURCE_TYPES[prefixOf(id)] ?? prefixOf(id)}/${id}`;
}

export function viewComponent(component: PathComponent): AnalysisComponent {
  const { id } = component;
  if (!id.startsWith('arn:')) return { Id: id, Arn: componentArn(component) };
  const parts = id.split('/');
  const name = prefixOf(id) === 'targetgroup' ? parts[1] : parts[2];
  return { Id: parts.at(-1) ?? id, Arn: id, ...(name !== undefined && { Name: name }) };
}
