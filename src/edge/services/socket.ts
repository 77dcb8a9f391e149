/** Where the main thread passes on what came by edge.sock for the services' thread. */
import { join } from 'node:path';

export function servicesSocket(run: string): string {
  return join(run, 'services.sock');
}
