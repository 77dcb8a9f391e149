/** Service Quotas by its AWS names: those quotas that Culvert lets be raised. Templates, tags and reports are refused by name. */
import type * as ServiceQuotas from '@aws-sdk/client-service-quotas';
import type { ActionTable } from '../action.ts';
import { inOpenRegion } from '../ec2/region-use.ts';
import type { TypedActions } from '../sdk.ts';
import {
  getDefaultServiceQuota,
  getServiceQuota,
  listDefaultServiceQuotas,
  listServiceQuotas,
  listServices,
} from './quotas.ts';
import {
  getRequestedServiceQuotaChange,
  listRequestedServiceQuotaChangeHistory,
  listRequestedServiceQuotaChangeHistoryByQuota,
  requestServiceQuotaIncrease,
} from './requests.ts';

const actions = {
  GetAWSDefaultServiceQuota: getDefaultServiceQuota,
  GetRequestedServiceQuotaChange: getRequestedServiceQuotaChange,
  GetServiceQuota: getServiceQuota,
  ListAWSDefaultServiceQuotas: listDefaultServiceQuotas,
  ListRequestedServiceQuotaChangeHistory: listRequestedServiceQuotaChangeHistory,
  ListRequestedServiceQuotaChangeHistoryByQuota: listRequestedServiceQuotaChangeHistoryByQuota,
  ListServiceQuotas: listServiceQuotas,
  ListServices: listServices,
  RequestServiceQuotaIncrease: requestServiceQuotaIncrease,
} satisfies TypedActions<typeof ServiceQuotas>;

export const serviceQuotasActions: ActionTable = inOpenRegion(actions);
