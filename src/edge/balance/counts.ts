/** What the user-space engine counts, at each listener of a node. */

export interface Counts {
  accepted: number;
  open: number;
  /** Reset at once, of UDP not served: too many are open. */
  refused: number;
  /** Reset: no target took it, or nobody can tell whose it is. */
  unserved: number;
  /** Connections to targets that could not be made. */
  targetFailures: number;
  /** Of these: the node's address had no port left. */
  portAllocationErrors: number;
  /** Ended by silence. */
  idle: number;
  bytesFromClients: number;
  bytesToClients: number;
}

export function noCounts(): Counts {
  return {
    accepted: 0,
    open: 0,
    refused: 0,
    unserved: 0,
    targetFailures: 0,
    portAllocationErrors: 0,
    idle: 0,
    bytesFromClients: 0,
    bytesToClients: 0,
  };
}
