/** A query-protocol call with its SigV4 header, made once and sent many times: what a load generator sends. */
import { createHash, createHmac } from 'node:crypto';

export interface FormCall {
  readonly port: number;
  readonly region: string;
  readonly form: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export function signedForm({ port, region, form, accessKeyId, secretAccessKey }: FormCall) {
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${region}/ec2/aws4_request`;
  const type = 'application/x-www-form-urlencoded; charset=utf-8';
  const host = `127.0.0.1:${port}`;
  const names = 'content-type;host;x-amz-date';
  const canonical = `POST\n/\n\ncontent-type:${type}\nhost:${host}\nx-amz-date:${time}\n\n${names}\n${sha256(form)}`;
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`;
  const key = scope.split('/').reduce<string | Buffer>((chain, part) => hmac(chain, part), `AWS4${secretAccessKey}`);
  return {
    body: form,
    headers: {
      'content-type': type,
      'content-length': String(Buffer.byteLength(form)),
      host,
      'x-amz-date': time,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${hmac(key, toSign).toString('hex')}`,
    },
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
