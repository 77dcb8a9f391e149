/** What the sockets of one place share: its answers in force, its limit, the way to others. */
import type { QuerySink } from './collector.ts';
import type { Limiter } from './limiter.ts';
import type { Responder, Wish } from './responder.ts';

export interface Resolver {
  /** Replaced as a whole with each Plan; sockets stay. */
  responder: Responder;
  readonly limiter: Limiter;
  /** Of the domain, where its questions are logged. */
  log: QuerySink | null;
  /** What others answer to the query, as the wish says. Never fails. `sender`: who asks (senderKey). */
  ask(query: Buffer, transport: 'udp' | 'tcp', wish: Wish, sender: string): Promise<Buffer>;
}
