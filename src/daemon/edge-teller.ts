/**
 * Gives the edge its state, and only where it is news: the edge reads neither groups, ACLs nor routes, and a change of those is
 * in force without it. What it was told last it keeps on its disk, so that its own restart needs no telling.
 */
import { isDeepStrictEqual } from 'node:util';
import { Fault } from '../host/fault.ts';
import type { Identities } from '../iam/credentials.ts';
import type { Plan } from '../plan/plan.ts';

export interface EdgeNews {
  readonly plan: Plan;
  readonly identities: Identities;
}

export interface EdgeTeller {
  /** Resolves when the edge has it in force. */
  tell(news: EdgeNews): Promise<void>;
  /** Namespaces came or went: the edge must look at its sockets again, whatever it was told before. */
  look(): void;
}

export interface EdgeTellerOptions {
  /** Sends a state to the edge; an error whose cause has the code ENOENT or ECONNREFUSED: it is not up (yet). */
  put(state: EdgeNews): Promise<{ readonly status: number; readonly text: string }>;
  /** How long an edge that is being started is waited for. */
  readonly patienceMs: number;
}

const AGAIN_MS = 20;

export function createEdgeTeller({ put, patienceMs }: EdgeTellerOptions): EdgeTeller {
  let told: EdgeNews | null = null;

  async function send(news: EdgeNews): Promise<void> {
    const until = performance.now() + patienceMs;
    for (;;) {
      try {
        const { status, text } = await put(news);
        if (status !== 200) throw new Fault(`the edge refused the state: ${text.trim()}`);
        return;
      } catch (error) {
        const code = (error as { cause?: NodeJS.ErrnoException }).cause?.code;
        if ((code !== 'ENOENT' && code !== 'ECONNREFUSED') || performance.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  return {
    async tell(news) {
      // Pieces of a plan that did not change are the same objects as before: comparing ends at them.
      if (told !== null && isDeepStrictEqual(readByEdge(told), readByEdge(news))) return;
      told = null;
      await send(news);
      told = news;
    },
    look() {
      told = null;
    },
  };
}

function readByEdge({ plan, identities }: EdgeNews): unknown {
  const { revision: _, segments: _s, routeTables: _t, filters: _f, acls: _a, gateways: _g, links: _l, ...rest } = plan;
  return { ...rest, identities };
}
