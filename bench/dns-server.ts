/**
 * Culvert's DNS server alone, as the edge makes it, for dns.bench.ts: `dns-server.ts PLAN NAMESPACE`. Without the limit of
 * 1,024 packets a second that an interface has, which the other servers do not know. Says "ready" once it listens.
 */
import { readFileSync } from 'node:fs';
import { createDnsServer } from '../src/edge/dns/server.ts';
import { silentLog } from '../src/host/log.ts';

const [planFile = '', namespace = ''] = process.argv.slice(2);
const server = createDnsServer({
  log: silentLog(),
  upstreams: [],
  netnsOf: () => namespace,
  packetsPerSecond: Number.POSITIVE_INFINITY,
});
await server.apply(JSON.parse(readFileSync(planFile, 'utf8')));
process.stdout.write('ready\n');
