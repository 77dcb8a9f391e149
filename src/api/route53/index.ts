import type * as Route53 from '@aws-sdk/client-route-53';
import type { TypedActions } from '../sdk.ts';
import { associateVpc, disassociateVpc, listHostedZonesByVpc } from './associations.ts';
import { createAuthorization, deleteAuthorization, listAuthorizations } from './authorizations.ts';
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
  AssociateVPCWithHostedZone: associateVpc,
  ChangeResourceRecordSets: changeResourceRecordSets,
  ChangeTagsForResource: changeTagsForResource,
  CreateHostedZone: createHostedZone,
  CreateVPCAssociationAuthorization: createAuthorization,
  DeleteHostedZone: deleteHostedZone,
  DeleteVPCAssociationAuthorization: deleteAuthorization,
  DisassociateVPCFromHostedZone: disassociateVpc,
  GetChange: getChange,
  GetHostedZone: getHostedZone,
  GetHostedZoneCount: getHostedZoneCount,
  ListHostedZones: listHostedZones,
  ListHostedZonesByName: listHostedZonesByName,
  ListHostedZonesByVPC: listHostedZonesByVpc,
  ListResourceRecordSets: listResourceRecordSets,
  ListTagsForResource: listTagsForResource,
  ListTagsForResources: listTagsForResources,
  ListVPCAssociationAuthorizations: listAuthorizations,
  UpdateHostedZoneComment: updateHostedZoneComment,
} satisfies TypedActions<typeof Route53>;
