/** Where a request says who signed it: the Authorization header or, presigned, the query. Nothing is verified here. */
import type { RawRequest } from './types.ts';

export interface Credential {
  readonly accessKeyId: string;
  /** YYYYMMDD. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export function queryOf(raw: RawRequest): string {
  const question = raw.path.indexOf('?');
  return question < 0 ? '' : raw.path.slice(question + 1);
}

export function pathOf(raw: RawRequest): string {
  const question = raw.path.indexOf('?');
  return question < 0 ? raw.path : raw.path.slice(0, question);
}

/** null: absent or without the form of a SigV4 credential. */
export function credentialOf(raw: RawRequest): Credential | null {
  const header = /Credential=([^,\s]+)/.exec(raw.headers.authorization ?? '')?.[1];
  const text = header ?? presignedCredential(raw);
  return text === null ? null : parseCredential(text);
}

function presignedCredential(raw: RawRequest): string | null {
  const query = queryOf(raw);
  return query.includes('X-Amz-Credential') ? new URLSearchParams(query).get('X-Amz-Credential') : null;
}

export function parseCredential(text: string): Credential | null {
  const parts = text.split('/');
  if (parts.length < 5 || parts.at(-1) !== 'aws4_request') return null;
  const [date = '', region = '', service = ''] = parts.slice(-4, -1);
  const accessKeyId = parts.slice(0, -4).join('/');
  return accessKeyId === '' || !/^\d{8}$/.test(date) || region === '' || service === ''
    ? null
    : { accessKeyId, date, region, service };
}
