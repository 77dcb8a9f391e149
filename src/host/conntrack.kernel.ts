/** Ending tracked connections of either address family, and no others. Needs root. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CT_GET, cutFlows, cutSpreadFlows, dump, endsIn } from './conntrack.ts';
import { crowdedWays } from './conntrack-ports.ts';
import { run } from './exec.ts';
import { createNetns, removePins } from './netns.ts';
import { runNft } from './nftables.ts';
import { hostPaths } from './paths.ts';
import { sendPacket } from './raw-packets.ts';
import { tcpListener, tcpSocket } from './sockets.ts';

const root = mkdtempSync(join(tmpdir(), 'culvert-conntrack-'));
const paths = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
const netns = paths.netnsOf('vpc-a');
/** As the driver marks what a listener of TCP port 80 spread. */
const MARK = 0x60050;
/** A protocol that nobody speaks (RFC 3692). */
const EXPERIMENTAL = 253;
const FAMILIES = [
  { family: 'ip', one: '10.0.0.1', two: '10.0.0.2', hidden: '10.0.0.3', server: '10.0.0.9' },
  { family: 'ip6', one: '3fff::1', two: '3fff::2', hidden: '3fff::3', server: '3fff::9' },
] as const;
const opened: { close?: () => unknown; destroy?: () => unknown }[] = [];

before(async () => {
  createNetns(netns);
  await run('ip', ['link', 'set', 'lo', 'up'], { netns });
  for (const { family, one, two, hidden, server } of FAMILIES) {
    for (const address of [one, two, hidden, server]) {
      const nodad = family === 'ip' ? [] : ['nodad'];
      await run('ip', ['address', 'add', address, 'dev', 'lo', ...nodad], { netns });
    }
    // Translated: only such connections are counted.
    const lines = [
      `add table ${family} t`,
      `add chain ${family} t marks { type filter hook output priority mangle; }`,
      `add rule ${family} t marks ${family} saddr ${one} ct mark set ${MARK}`,
      `add chain ${family} t out { type nat hook postrouting priority srcnat; }`,
      `add rule ${family} t out tcp dport 80 snat to ${hidden}`,
    ];
    runNft(netns, lines.join('\n'));
    const listening = createServer((socket) => opened.push(socket.on('error', () => undefined)));
    opened.push(listening);
    listening.listen({ fd: tcpListener(netns, { address: server, port: 80 }) });
    await once(listening, 'listening');
  }
});
after(() => {
  for (const each of opened) (each.destroy ?? each.close)?.call(each);
  removePins(paths.netns);
  rmSync(root, { recursive: true });
});

for (const { family, one, two, server } of FAMILIES) {
  const connect = async () => {
    for (const address of [one, two]) {
      const socket = new Socket({ fd: tcpSocket(netns, { address, port: 0 }) });
      opened.push(socket.on('error', () => undefined));
      socket.connect({ host: server, port: 80 });
      await once(socket, 'connect');
    }
  };
  const tracked = () => crowdedWays(netns, 1).reduce((sum, { flows }) => sum + flows, 0);

  test(`${family}: an address's connections end, and no other's`, async () => {
    await connect();
    assert.equal(tracked(), 2);
    for (const [address, left] of [
      ['10.9.9.9', 2],
      ['3fff:9::9', 2],
      [one, 1],
      [one, 1],
      [two, 0],
    ] as const) {
      await cutFlows(netns, [address]);
      assert.equal(tracked(), left, address);
    }
  });

  test(`${family}: what has no ports ends too`, async () => {
    const portless = () => {
      let found = 0;
      dump(netns, CT_GET, one, (connection) => {
        if (endsIn(connection) === undefined) found++;
      });
      return found;
    };
    for (const source of [one, two]) {
      sendPacket(netns, { source, destination: server, protocol: EXPERIMENTAL, payload: Buffer.alloc(8) });
    }
    assert.equal(portless(), 2);
    await cutFlows(netns, [one]);
    assert.equal(portless(), 1);
    await cutFlows(netns, [two]);
    assert.equal(portless(), 0);
  });

  test(`${family}: those with a mark end, that led to this address and port`, async () => {
    await connect();
    for (const [flows, left] of [
      [{ address: server, port: 81, mark: MARK }, 2],
      [{ address: one, port: 80, mark: MARK }, 2],
      [{ address: server, port: 80, mark: MARK + 1 }, 2],
      [{ address: server, port: 80, mark: MARK }, 1],
    ] as const) {
      await cutSpreadFlows(netns, flows);
      assert.equal(tracked(), left, JSON.stringify(flows));
    }
    await cutFlows(netns, [one]);
    assert.equal(tracked(), 1);
    await cutFlows(netns, [server]);
    assert.equal(tracked(), 0);
  });
}
