/** For kernel tests: clients of the AWS SDK that stand in an instance: its resolver, its addresses, TLS to AWS's own names. */
import { readFileSync } from 'node:fs';
import type { Agent } from 'node:https';
import { CONNECT_MS, insideAgent } from '../src/scenario/inside.ts';
import { REGION, type TestCulvert } from './culvert.ts';
import { lookUp } from './flows.ts';
import type { Site } from './private-service.ts';

export interface Inside {
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
  readonly requestHandler: { readonly httpsAgent: Agent; readonly connectionTimeout: number };
}

/** Options for a client. The addresses that names led to are added to `reached`. */
export function inside(
  culvert: TestCulvert,
  { netns }: Pick<Site, 'netns'>,
  credentials: Inside['credentials'],
  reached: Set<string> = new Set(),
): Inside {
  const firstOf = async (host: string) => {
    const found = await lookUp(netns, host);
    const address = typeof found === 'string' ? undefined : found[0];
    if (address === undefined) throw new Error(`no address of ${host}`);
    reached.add(address);
    return address;
  };
  const httpsAgent = insideAgent({ netns, lookUp: firstOf }, readFileSync(culvert.paths.caCert));
  return {
    region: REGION,
    credentials,
    maxAttempts: 1,
    requestHandler: { httpsAgent, connectionTimeout: CONNECT_MS },
  };
}
