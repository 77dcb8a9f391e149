/**
 * Asking for more. What AWS's support would give is given at once; there is nobody here whom a case could be opened with, so that what
 * goes beyond is denied at once (docs/decisions/quota-requests.md).
 * https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_RequestServiceQuotaIncrease.html
 */
import type { RequestedServiceQuotaChange as Shown } from '@aws-sdk/client-service-quotas';
import { principalArn } from '../../iam/principal.ts';
import { put, remove } from '../../model/edit.ts';
import { owner } from '../../model/intent.ts';
import { mostOf, quotaKind, quotaResource, quotaValue } from '../../model/quotas.ts';
import { refuse } from '../../model/refusal.ts';
import type { QuotaRequest } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { isOwn } from '../shared/find.ts';
import { dateOf } from '../shared/input.ts';
import { quotasAction } from './action.ts';
import { findQuota, findService, invalid, nameOf, paged } from './find.ts';
import { quotaArn } from './quotas.ts';

const SHOWN_DAYS = 90;
const DAY_MS = 86_400_000;

/** Refuses, in this order: what is not there, a value that is not a whole number, one that is not more than there is. */
export const requestServiceQuotaIncrease = quotasAction<'RequestServiceQuotaIncrease'>(
  { ServiceCode: true, QuotaCode: true, DesiredValue: true, SupportCaseAllowed: true },
  (input, context) => {
    const kind = findQuota(input.ServiceCode, input.QuotaCode);
    const { account, region, now } = context;
    const desired = input.DesiredValue;
    if (!Number.isInteger(desired)) invalid(`The value ${desired} of this quota is not a whole number.`);
    if (desired <= quotaValue(context.intent, kind, context)) {
      invalid('You must provide a quota value greater than the current quota value');
    }
    const isGiven = desired <= (mostOf(context.intent, kind.code, context) ?? kind.most);
    const request: QuotaRequest = {
      kind: 'quotaRequest',
      id: `${context.hex(32)}${context.hex(8)}`,
      ...{ account, region, tags: {}, createdAt: now, code: kind.code, desired },
      status: isGiven ? 'APPROVED' : input.SupportCaseAllowed === false ? 'NOT_APPROVED' : 'DENIED',
      requester: principalArn(context.principal),
    };
    const forgotten = ownRequests(context).filter((each) => !isShown(each, context));
    return {
      edits: [
        ...forgotten.map(remove),
        put(request),
        ...(isGiven ? [put(quotaResource(kind.code, { account, region }, desired, now))] : []),
      ],
      output: { RequestedQuota: view(request) },
    };
  },
);

export const getRequestedServiceQuotaChange = quotasAction<'GetRequestedServiceQuotaChange'>(
  { RequestId: true },
  (input, context) => {
    const found = context.intent.table('quotaRequest').get(input.RequestId);
    if (found === undefined || !isOwn(found, context) || !isShown(found, context)) {
      refuse('NoSuchResourceException', 'The request failed because the specified quota request does not exist.');
    }
    return reply({ RequestedQuota: view(found) });
  },
);

export const listRequestedServiceQuotaChangeHistory = quotasAction<'ListRequestedServiceQuotaChangeHistory'>(
  { ServiceCode: true, Status: true, QuotaRequestedAtLevel: true, MaxResults: true, NextToken: true },
  (input, context) => {
    if (input.ServiceCode !== undefined) findService(input.ServiceCode);
    return history(
      input,
      context,
      (shown) => input.ServiceCode === undefined || shown.ServiceCode === input.ServiceCode,
    );
  },
);

export const listRequestedServiceQuotaChangeHistoryByQuota =
  quotasAction<'ListRequestedServiceQuotaChangeHistoryByQuota'>(
    {
      ServiceCode: true,
      QuotaCode: true,
      Status: true,
      QuotaRequestedAtLevel: true,
      MaxResults: true,
      NextToken: true,
    },
    (input, context) => {
      const { code } = findQuota(input.ServiceCode, input.QuotaCode);
      return history(input, context, ({ QuotaCode }) => QuotaCode === code);
    },
  );

interface History {
  readonly Status?: Shown['Status'];
  readonly QuotaRequestedAtLevel?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** Of the last 90 days, the latest first. */
function history(input: History, context: Context, matches: (shown: Shown) => boolean) {
  const all = input.QuotaRequestedAtLevel === 'RESOURCE' ? [] : ownRequests(context).toReversed();
  const found = all
    .filter((each) => isShown(each, context))
    .map(view)
    .filter((shown) => matches(shown) && (input.Status === undefined || input.Status === shown.Status));
  const { items, next } = paged(found, input, ({ Id }) => Id ?? '');
  return reply({ RequestedQuotas: [...items], ...(next !== undefined && { NextToken: next }) });
}

function ownRequests({ intent, account, region }: Context): readonly QuotaRequest[] {
  return intent.table('quotaRequest').by('owner', owner(account, region));
}

function isShown({ createdAt }: QuotaRequest, { now }: Context): boolean {
  return Date.parse(now) - Date.parse(createdAt) < SHOWN_DAYS * DAY_MS;
}

function view(request: QuotaRequest): Shown {
  const kind = quotaKind(request.code);
  if (kind === undefined) throw new Error(`${request.id} is for ${request.code}, which is no quota`);
  const service = findService(kind.service ?? 'vpc');
  const at = dateOf(request.createdAt);
  return {
    Id: request.id,
    ServiceCode: service.code,
    ServiceName: service.name,
    QuotaCode: kind.code,
    QuotaName: nameOf(kind),
    QuotaArn: quotaArn(kind, service, request),
    DesiredValue: request.desired,
    Status: request.status,
    Created: at,
    LastUpdated: at,
    Requester: JSON.stringify({ accountId: request.account, callerArn: request.requester }),
    GlobalQuota: false,
    Unit: 'None',
    QuotaRequestedAtLevel: 'ACCOUNT',
  };
}
