/** What the host has that is nobody's to reach, from the texts that the kernel tells it in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localBlocks, networks } from './outside.ts';

const TRIE = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
     +-- 203.0.113.0/24 2 0 2
        |-- 203.0.113.0
           /24 link UNICAST
        |-- 203.0.113.9
           /32 host LOCAL
        |-- 203.0.113.255
           /32 link BROADCAST
`;

test('the host’s own addresses are those that it takes for local, not its routes or broadcasts', () => {
  assert.deepEqual(localBlocks(TRIE), ['127.0.0.0/8', '127.0.0.1/32', '203.0.113.9/32']);
  assert.deepEqual(localBlocks(''), []);
});

const ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0171CBCB\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t0071CBCB\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth1\t0000000A\t0171CBCB\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0
tun0\t00000080\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0
ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0
eth2\t08C83FC6\t00000000\t0001\t0\t0\t0\tF8FFFFFF\t0\t0\t0
`;

test('its networks are those without a gateway, save routes to half of the world', () => {
  assert.deepEqual(networks(ROUTES), ['203.203.113.0/24', '198.63.200.8/29']);
  assert.deepEqual(networks(''), []);
});
