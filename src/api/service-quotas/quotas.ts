/**
 * Looking at quotas: what AWS gives each account, and what one has. Only those that can be raised are listed.
 * https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html
 */
import type { ServiceQuota as Shown } from '@aws-sdk/client-service-quotas';
import { QUOTA_SERVICES, type QuotaKind, type QuotaService, quotaValue } from '../../model/quotas.ts';
import { type Context, reply } from '../action.ts';
import { quotasAction } from './action.ts';
import { findQuota, findService, nameOf, paged, quotasOf } from './find.ts';

export const listServices = quotasAction<'ListServices'>({ MaxResults: true, NextToken: true }, (input) => {
  const { items, next } = paged(QUOTA_SERVICES, input, ({ code }) => code);
  const shown = items.map(({ code, name }) => ({ ServiceCode: code, ServiceName: name }));
  return reply({ Services: shown, ...(next !== undefined && { NextToken: next }) });
});

/** All are of accounts, none of single resources. */
export const listServiceQuotas = quotasAction<'ListServiceQuotas'>(
  { ServiceCode: true, QuotaCode: true, QuotaAppliedAtLevel: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const service = findService(input.ServiceCode);
    const all = input.QuotaAppliedAtLevel === 'RESOURCE' ? [] : quotasOf(service);
    const found = all.filter(({ code }) => input.QuotaCode === undefined || input.QuotaCode === code);
    const { items, next } = paged(found, input, ({ code }) => code);
    return reply({
      Quotas: items.map((kind) => applied(kind, service, context)),
      ...(next !== undefined && { NextToken: next }),
    });
  },
);

export const getServiceQuota = quotasAction<'GetServiceQuota'>(
  { ServiceCode: true, QuotaCode: true },
  (input, context) =>
    reply({ Quota: applied(findQuota(input.ServiceCode, input.QuotaCode), findService(input.ServiceCode), context) }),
);

export const listDefaultServiceQuotas = quotasAction<'ListAWSDefaultServiceQuotas'>(
  { ServiceCode: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const service = findService(input.ServiceCode);
    const { items, next } = paged(quotasOf(service), input, ({ code }) => code);
    return reply({
      Quotas: items.map((kind) => usual(kind, service, context)),
      ...(next !== undefined && { NextToken: next }),
    });
  },
);

export const getDefaultServiceQuota = quotasAction<'GetAWSDefaultServiceQuota'>(
  { ServiceCode: true, QuotaCode: true },
  (input, context) =>
    reply({ Quota: usual(findQuota(input.ServiceCode, input.QuotaCode), findService(input.ServiceCode), context) }),
);

function applied(kind: QuotaKind, service: QuotaService, context: Context): Shown {
  return {
    ...view(kind, service),
    QuotaArn: quotaArn(kind, service, context),
    Value: quotaValue(context.intent, kind, context),
    QuotaAppliedAtLevel: 'ACCOUNT',
  };
}

/** AWS's own are nobody's: their ARNs name no account. */
function usual(kind: QuotaKind, service: QuotaService, { region }: Context): Shown {
  return {
    ...view(kind, service),
    QuotaArn: quotaArn(kind, service, { region, account: '' }),
    Value: kind.usual,
    QuotaAppliedAtLevel: 'ACCOUNT',
  };
}

function view(kind: QuotaKind, { code, name }: QuotaService): Shown {
  return {
    ServiceCode: code,
    ServiceName: name,
    QuotaCode: kind.code,
    QuotaName: nameOf(kind),
    Unit: 'None',
    Adjustable: true,
    GlobalQuota: false,
  };
}

export function quotaArn(
  { code }: QuotaKind,
  service: QuotaService,
  { account, region }: { readonly account: string; readonly region: string },
): string {
  return `arn:aws:servicequotas:${region}:${account}:${service.code}/${code}`;
}
