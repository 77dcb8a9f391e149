/**
 * The checks that a Plan asks for, by target. `fingerprint` names what is checked and how: what was measured by another
 * check says nothing about this one. Pure.
 */
import { createHash } from 'node:crypto';
import type { Pool } from '../../plan/plan.ts';

export interface Check {
  /** Target.id of the model. */
  readonly id: string;
  readonly fingerprint: string;
  readonly domain: string;
  readonly address: string;
  readonly port: number;
  /** The node's address that the check comes from. */
  readonly from: string;
  /** The target expects a Proxy Protocol header before all else. */
  readonly proxyProtocol: boolean;
  readonly settings: Pool['check'];
}

export function checksOf(pools: readonly Pool[]): Map<string, Check> {
  const checks = new Map<string, Check>();
  for (const { domain, proxyProtocol, check: settings, targets } of pools) {
    const how = JSON.stringify([domain, proxyProtocol, settings]);
    for (const { id, address, checkPort: port, from } of targets) {
      const fingerprint = createHash('sha256').update(`${how} ${address} ${port}`).digest('base64url').slice(0, 16);
      checks.set(id, { id, fingerprint, domain, address, port, from, proxyProtocol, settings });
    }
  }
  return checks;
}
