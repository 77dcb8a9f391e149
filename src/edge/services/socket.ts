/** Where the main thread passes on what came by services.sock for the services' thread. */
import { join } from 'node:path';

export function threadSocket(run: string): string {
  return join(run, 'services-thread.sock');
}
