/** Sites' DNS servers, each software in earnest: what is forwarded is answered, the rest refused, and a killed one comes back. Needs root. */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { decode, encode } from 'dns-packet';
import { ip } from '../host/ip.ts';
import { silentLog } from '../host/log.ts';
import { createNetns, removePins } from '../host/netns.ts';
import { hostPaths } from '../host/paths.ts';
import { udpSocket } from '../host/sockets.ts';
import { bringPrograms } from '../host/testing/programs.ts';
import type { Site } from '../plan/plan.ts';
import { createSiteDns } from './site-dns.ts';

const PATIENCE_MS = 20_000;
const AGAIN_MS = 300;
const NOERROR = 0;
const REFUSED = 5;
const SERVER = '192.168.0.5';
const UPSTREAM = '192.168.0.70';

const { cache } = hostPaths();
const folder = mkdtempSync(join(tmpdir(), 'culvert-site-dns-'));
const netns = join(folder, 'netns', 'office-dns');
const siteDns = createSiteDns({ log: silentLog(), netnsOf: () => netns, folder: join(folder, 'sites'), cache });
let upstream: dgram.Socket;

before(async () => {
  await bringPrograms({ packages: { unbound: ['unbound'] }, folder: join(cache, 'unbound') });
  createNetns(netns);
  const addresses = [SERVER, UPSTREAM].map((address) => `address replace ${address}/32 dev lo`);
  ip(netns, ['link set dev lo up', ...addresses]);
  upstream = dgram.createSocket('udp4');
  upstream.bind({ fd: udpSocket(netns, { address: UPSTREAM, port: 53 }) });
  upstream.on('message', (message, { port, address }) => {
    const { id = 0, questions = [] } = decode(message);
    const answers = questions.map(({ name }) => ({ type: 'A' as const, name, data: '10.0.1.4' }));
    upstream.send(encode({ type: 'response', id, questions, answers }), port, address);
  });
});

after(async () => {
  await siteDns.stop();
  upstream.close();
  removePins(join(folder, 'netns'));
  rmSync(folder, { recursive: true });
});

function site(software: 'dnsmasq' | 'unbound', ...domains: readonly string[]): Site {
  const forwards = domains.map((domain) => ({ domain, servers: [UPSTREAM] }));
  return {
    ...{ id: 'site-office', origin: ['site-office'], hosts: [] },
    dns: { host: 'office-dns', address: SERVER, software, forwards },
  };
}

/** Asked until somebody answers: the code, and the addresses. */
async function ask(name: string): Promise<readonly [number, ...string[]]> {
  const socket = dgram.createSocket('udp4');
  socket.bind({ fd: udpSocket(netns, { address: UPSTREAM, port: 0 }) });
  try {
    const question = encode({ type: 'query', id: 7, flags: 0x100, questions: [{ type: 'A', name }] });
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
      const answer = once(socket, 'message').then(([message]) => message as Buffer);
      socket.send(question, 53, SERVER);
      const message = await Promise.race([answer, setTimeout(AGAIN_MS, undefined)]);
      if (message === undefined) continue;
      const { answers = [] } = decode(message);
      const data = answers.flatMap((each) => (each.type === 'A' ? [each.data] : []));
      return [message.readUInt16BE(2) & 15, ...data];
    }
  } finally {
    socket.close();
  }
  assert.fail(`nobody answers for ${name}`);
}

function pidOf(software: string): number {
  const pid = readdirSync('/proc').find((each) => {
    try {
      const words = readFileSync(`/proc/${each}/cmdline`, 'utf8').split('\0');
      return words[0]?.endsWith(`/${software}`) && words.includes(join(folder, 'sites', 'office-dns.conf'));
    } catch {
      return false;
    }
  });
  assert.ok(pid, `no ${software} runs`);
  return Number(pid);
}

for (const software of ['dnsmasq', 'unbound'] as const) {
  test(`${software} asks whom it is told to ask and refuses the rest; killed, it comes back`, async () => {
    assert.deepEqual(await siteDns.apply([site(software)]), []);
    assert.deepEqual(await ask('sqs.ap-south-1.amazonaws.com'), [REFUSED]);
    assert.deepEqual(await siteDns.apply([site(software, 'amazonaws.com', 'ap-south-1.amazonaws.com')]), []);
    assert.deepEqual(await ask('sqs.ap-south-1.amazonaws.com'), [NOERROR, '10.0.1.4']);
    assert.deepEqual(await ask('example.com'), [REFUSED]);
    assert.deepEqual(await ask('1.0.168.192.in-addr.arpa'), [REFUSED]);
    const before = pidOf(software);
    process.kill(before, 'SIGKILL');
    assert.deepEqual(await ask('sqs.ap-south-1.amazonaws.com'), [NOERROR, '10.0.1.4']);
    assert.notEqual(pidOf(software), before);
  });
}
