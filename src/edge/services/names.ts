/** Host names of services: whose they are, and what S3's say of the bucket. */
import type { Service } from '../../plan/plan.ts';

/** A wildcard stands for one label; S3's, for a bucket, for more. */
export function isName({ names, service }: Pick<Service, 'names' | 'service'>, host: string): boolean {
  const asked = host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
  return names.some((name) => {
    if (name === asked) return true;
    if (!name.startsWith('*.') || !asked.endsWith(name.slice(1))) return false;
    const label = asked.slice(0, asked.length - name.length + 1);
    return label !== '' && (service === 's3' || !label.includes('.'));
  });
}

/**
 * The public form of the names that an S3 interface endpoint has: bucket.vpce-1.s3.REGION.vpce.amazonaws.com is
 * s3.REGION.amazonaws.com, with "name." before it name.s3.REGION.amazonaws.com. Other hosts stay as they are.
 * Read "AWS PrivateLink for Amazon S3" in its user guide.
 */
export function publicS3Host(host: string): string {
  const [, bucket = '', region] =
    /^(.+\.)?bucket\.vpce-[\w-]+\.s3\.([\w-]+)\.vpce\.amazonaws\.com(?::\d+)?$/.exec(host) ?? [];
  return region === undefined ? host : `${bucket}s3.${region}.amazonaws.com`;
}
