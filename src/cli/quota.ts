/** `culvert quota …`: what AWS's support would raise for an account in a region. */
import type { Paths } from '../host/paths.ts';
import { QUOTAS } from '../model/quotas.ts';
import { ask } from './control.ts';
import { columns } from './text.ts';

export async function setQuota(
  paths: Paths,
  code: string,
  value: string,
  where: { readonly account?: string; readonly region: string },
): Promise<void> {
  const { what, account } = await ask<{ what: string; account: string }>(
    paths,
    'PUT',
    `/culvert/quotas/${encodeURIComponent(code)}`,
    { ...where, value: Number(value) },
  );
  process.stdout.write(`${account} may have ${value} ${what} in ${where.region}\n`);
}

export function listQuotas(): void {
  const rows = Object.values(QUOTAS).map(({ code, what, usual, most }) => [code, what, `${usual}, at most ${most}`]);
  process.stdout.write(`${columns(rows, '').join('\n')}\n`);
}
