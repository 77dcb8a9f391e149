/** Tags of certificates, within AWS's limits. https://docs.aws.amazon.com/acm/latest/userguide/tags-restrictions.html */
import type { Tag } from '@aws-sdk/client-acm';
import { put } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import { reply } from '../action.ts';
import type { Tags } from '../shared/tags.ts';
import { acmAction } from './action.ts';
import { findCertificate } from './find.ts';

const MAX_TAGS = 50;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** `present` with the given ones put over it. */
export function withTags(present: Tags, given: readonly Tag[] | undefined): Tags {
  const after = new Map(Object.entries(present));
  for (const { Key: key = '', Value: value = '' } of given ?? []) {
    const isBad =
      key === '' || key.length > 128 || value.length > 256 || !CHARACTERS.test(key) || !CHARACTERS.test(value);
    if (isBad) refuse('InvalidTagException', `The tag '${key}' is not valid.`);
    if (/^aws:/i.test(key)) refuse('InvalidTagException', `The tag key '${key}' is reserved: it begins with aws:.`);
    after.set(key, value);
  }
  if (after.size > MAX_TAGS) {
    refuse('TooManyTagsException', `The request contains too many tags: a certificate can have ${MAX_TAGS}.`);
  }
  return Object.fromEntries(after);
}

export const addTagsToCertificate = acmAction<'AddTagsToCertificate'>(
  { CertificateArn: true, Tags: true },
  (input, context) => {
    const certificate = findCertificate(context, input.CertificateArn);
    return { edits: [put({ ...certificate, tags: withTags(certificate.tags, input.Tags) })], output: {} };
  },
);

/** A tag with a value is removed only where it has that value. */
export const removeTagsFromCertificate = acmAction<'RemoveTagsFromCertificate'>(
  { CertificateArn: true, Tags: true },
  (input, context) => {
    const certificate = findCertificate(context, input.CertificateArn);
    const isGone = (key: string, value: string) =>
      input.Tags.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value));
    const kept = Object.entries(certificate.tags).filter(([key, value]) => !isGone(key, value));
    return { edits: [put({ ...certificate, tags: Object.fromEntries(kept) })], output: {} };
  },
);

export const listTagsForCertificate = acmAction<'ListTagsForCertificate'>(
  { CertificateArn: true },
  (input, context) => {
    const { tags } = findCertificate(context, input.CertificateArn);
    return reply({ Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) });
  },
);
