import type * as Route53 from '@aws-sdk/client-route-53';
import type { TypedActions } from '../sdk.ts';
import { changeResourceRecordSets } from './change-resource-record-sets.ts';
import { createHostedZone } from './create-hosted-zone.ts';
import {
  deleteHostedZone,
  getChange,
  getHostedZone,
  getHostedZoneCount,
  listHostedZones,
  listHostedZonesByName,
  updateHostedZoneComment,
} from './hosted-zones.ts';
import { listResourceRecordSets } from './list-resource-record-sets.ts';
import { changeTagsForResource, listTagsForResource, listTagsForResources } from './tags.ts';

export const route53Actions = {
  ChangeResourceRecordSets: changeResourceRecordSets,
  ChangeTagsForResource: changeTagsForResource,
  CreateHostedZone: createHostedZone,
  DeleteHostedZone: deleteHostedZone,
  GetChange: getChange,
  GetHostedZone: getHostedZone,
  GetHostedZoneCount: getHostedZoneCount,
  ListHostedZones: listHostedZones,
  ListHostedZonesByName: listHostedZonesByName,
  ListResourceRecordSets: listResourceRecordSets,
  ListTagsForResource: listTagsForResource,
  ListTagsForResources: listTagsForResources,
  UpdateHostedZoneComment: updateHostedZoneComment,
} satisfies TypedActions<typeof Route53>;
