/** Is a Host header one of a service's names? A wildcard stands for one label; S3's, for a bucket, for more. */
import type { Service } from '../../plan/plan.ts';

export function isName({ names, service }: Pick<Service, 'names' | 'service'>, host: string): boolean {
  const asked = host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
  return names.some((name) => {
    if (name === asked) return true;
    if (!name.startsWith('*.') || !asked.endsWith(name.slice(1))) return false;
    const label = asked.slice(0, asked.length - name.length + 1);
    return label !== '' && (service === 's3' || !label.includes('.'));
  });
}
