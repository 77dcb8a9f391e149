/**
 * By which way a request came to control: through which door, from whom, across which endpoint. What crossed an endpoint the edge
 * says in a header (src/host/arrival-header.ts), which counts at its door only: whoever else sends it says nothing by it.
 */
import type { IncomingMessage } from 'node:http';
import { ARRIVAL_HEADER, type ArrivalHeader } from '../host/arrival-header.ts';

/** api: the listener that the user chose. edge: a call of an instance, passed on; such are verified, whatever the setting. */
export type Door = 'api' | 'edge';

export interface Arrival {
  readonly door: Door;
  /** null: it crossed none. */
  readonly vpcEndpointId: string | null;
  /** null: it cannot be told. */
  readonly clientAddress: string | null;
}

export function arrivalOf(request: IncomingMessage, door: Door): Arrival {
  if (door === 'api') {
    const address = request.socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? null;
    return { door, vpcEndpointId: null, clientAddress: address };
  }
  const header = request.headers[ARRIVAL_HEADER];
  const none: ArrivalHeader = { vpcEndpointId: null, clientAddress: null };
  return { door, ...(typeof header === 'string' ? (JSON.parse(header) as ArrivalHeader) : none) };
}
