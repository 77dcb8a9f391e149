/** ACM's actions by their AWS names: certificates that were imported. Those that ACM would issue are refused by name. */
import type * as ACM from '@aws-sdk/client-acm';
import type { ActionTable } from '../action.ts';
import { inOpenRegion } from '../ec2/region-use.ts';
import type { TypedActions } from '../sdk.ts';
import { deleteCertificate, describeCertificate, getCertificate, listCertificates } from './certificates.ts';
import { importCertificate } from './import-certificate.ts';
import { addTagsToCertificate, listTagsForCertificate, removeTagsFromCertificate } from './tags.ts';

const actions = {
  AddTagsToCertificate: addTagsToCertificate,
  DeleteCertificate: deleteCertificate,
  DescribeCertificate: describeCertificate,
  GetCertificate: getCertificate,
  ImportCertificate: importCertificate,
  ListCertificates: listCertificates,
  ListTagsForCertificate: listTagsForCertificate,
  RemoveTagsFromCertificate: removeTagsFromCertificate,
} satisfies TypedActions<typeof ACM>;

export const acmActions: ActionTable = inOpenRegion(actions);
