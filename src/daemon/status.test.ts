/** What `culvert status` tells of sites: the connections in force that end at each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, harness } from '../api/testing.ts';
import { createSite } from './sites.ts';
import { statusOf } from './status.ts';

const ABOUT = {
  version: '0.0.0',
  listen: { host: '127.0.0.1', port: 0 },
  auth: 'strict',
  defaultAccount: ACCOUNT,
  startedAt: '2026-01-01T00:00:00Z',
  fastPath: null,
  outOfPorts: [],
} as const;

test('a site has the tunnels of its router’s address, as long as they live', () => {
  const h = harness();
  const addresses = ['left', 'right'].map((name, at) => {
    const asked = { cidr: `192.168.${at}.0/24` };
    const decided = createSite(name, asked, { intent: h.intent, account: ACCOUNT, now: h.facts.now });
    assert.ok('site' in decided);
    h.intent.apply(decided.edits);
    return decided.site.publicAddress;
  });
  const Type = 'ipsec.1';
  const { VpnGatewayId } = h.call('CreateVpnGateway', { Type }).VpnGateway;
  const [first = '', second = ''] = [...addresses.slice(0, 1), '203.0.113.9'].map((IpAddress) => {
    const { CustomerGatewayId } = h.call('CreateCustomerGateway', { Type, IpAddress }).CustomerGateway;
    return h.call('CreateVpnConnection', { Type, CustomerGatewayId, VpnGatewayId }).VpnConnection.VpnConnectionId;
  });
  const told = () =>
    statusOf(h.intent, h.facts, { trouble: null, round: null }, ABOUT).sites.map(({ name, tunnels }) => [
      name,
      ...tunnels.map(({ id, end }) => `${id} ${end}`),
    ]);
  assert.notEqual(first, second);
  assert.deepEqual(told(), [['left', `${first} ${VpnGatewayId}`], ['right']]);
  h.call('DeleteVpnConnection', { VpnConnectionId: first });
  assert.deepEqual(told(), [['left'], ['right']]);
});
