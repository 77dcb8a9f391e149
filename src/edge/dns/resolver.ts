/** What the sockets of one domain share: its answers in force, its limit, the way to the world. */
import type { Forwarder } from './forwarder.ts';
import type { Limiter } from './limiter.ts';
import type { Responder } from './responder.ts';

export interface Resolver {
  /** Replaced as a whole with each Plan; sockets stay. */
  responder: Responder;
  readonly limiter: Limiter;
  readonly forwarder: Forwarder;
}
