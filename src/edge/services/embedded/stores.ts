/**
 * All stores under CULVERT_HOME/backends: `<account>/<region>/`, opened at first use. Bucket names are one space for all
 * accounts and regions, as AWS's are: a bucket lives in the store of the account and region that made it.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type LogStore, openLogStore } from './log-store.ts';
import { openStore, type Store } from './store.ts';

export interface Stores {
  get(account: string, region: string): Promise<Store>;
  /** CloudWatch Logs', which stand by themselves. */
  logs(account: string, region: string): LogStore;
  /** The store that holds the bucket. */
  ofBucket(bucket: string): Promise<Store | undefined>;
  ofAccount(account: string): Promise<Store[]>;
  close(): Promise<void>;
}

export function createStores(directory: string): Stores {
  const open = new Map<string, Promise<Store>>();
  const openLogs = new Map<string, LogStore>();

  function idOf(account: string, region: string): string {
    if (!/^\d{12}$/.test(account) || !/^[a-z0-9-]{1,40}$/.test(region))
      throw new Error(`no store for account ${account}, region ${region}`);
    return `${account}/${region}`;
  }

  function get(account: string, region: string): Promise<Store> {
    const id = idOf(account, region);
    const store = open.get(id) ?? openStore(directory, account, region);
    open.set(id, store);
    store.catch(() => open.delete(id));
    return store;
  }

  /** Also those of an earlier run that nobody has asked for yet. */
  async function all(): Promise<Store[]> {
    for (const account of directories(directory)) {
      for (const region of directories(join(directory, account))) await get(account, region);
    }
    return Promise.all(open.values());
  }

  return {
    get,
    logs(account, region) {
      const id = idOf(account, region);
      const store = openLogs.get(id) ?? openLogStore(join(directory, id));
      openLogs.set(id, store);
      return store;
    },
    ofBucket: async (bucket) => (await all()).find((store) => store.s3.hasBucket(bucket)),
    ofAccount: async (account) => (await all()).filter((store) => store.account === account),
    async close() {
      for (const store of await Promise.allSettled(open.values())) {
        if (store.status === 'fulfilled') await store.value.close();
      }
      open.clear();
      for (const logs of openLogs.values()) logs.close();
      openLogs.clear();
    },
  };
}

function directories(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
