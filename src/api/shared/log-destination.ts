/** Where logs can go, by its ARN: a bucket, with what stands before its objects' keys, or a log group. */
import type { LogDestination } from '../../model/resources.ts';

/** elsewhere: a log group of another account or region. stream: a delivery stream. undefined: the text is no such ARN. */
export function readLogDestination(
  arn: string,
  { account, region }: { readonly account: string; readonly region: string },
): LogDestination | 'elsewhere' | 'stream' | undefined {
  const [, bucket, prefix = ''] = /^arn:aws:s3:::([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(arn) ?? [];
  if (bucket !== undefined) return { kind: 'bucket', bucket, prefix: prefix === '' ? '' : prefix.replace(/\/*$/, '/') };
  const [, theirRegion, owner, name] =
    /^arn:aws:logs:([a-z0-9-]+):(\d{12}):log-group:([\w./#-]+)(?::\*)?$/.exec(arn) ?? [];
  if (name !== undefined) return theirRegion === region && owner === account ? { kind: 'logGroup', name } : 'elsewhere';
  return /^arn:aws:(firehose|kinesis):/.test(arn) ? 'stream' : undefined;
}
