/** What makes a site, and what does not; what becomes of it in the Plan. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { put } from '../model/edit.ts';
import { NO_FACTS } from '../model/facts.ts';
import { createIntent } from '../model/intent.ts';
import type { VpnConnection } from '../model/resources.ts';
import { check } from '../plan/check.ts';
import { compile } from '../plan/compile.ts';
import { createSite, deleteSite, forwardAtSite, routeAtSite } from './sites.ts';

const start = () => {
  const intent = createIntent();
  const by = { intent, account: '123456789012', now: '2026-01-01T00:00:00.000Z' };
  const done = (decided: ReturnType<typeof createSite>) => {
    if ('refusal' in decided) return decided.refusal;
    intent.apply(decided.edits);
    return decided.site;
  };
  return { intent, by, done };
};

test('names and blocks that could be mistaken for others are refused', () => {
  const { by, done } = start();
  for (const name of ['', 'Office', 'head-office', 'internet', 'services', '1st', 'wonderland']) {
    assert.match(String(done(createSite(name, { cidr: '192.168.0.0/16' }, by))), /^a site has a name/, name);
  }
  for (const cidr of [undefined, '192.168.0.0', '192.168.0.0/29', '0.0.0.0/0', '2001:db8::/64', 7]) {
    assert.match(String(done(createSite('office', { cidr }, by))), /IPv4 block/);
  }
  for (const cidr of ['127.0.0.0/8', '198.18.0.0/16', '240.0.0.0/8', '169.254.0.0/16']) {
    assert.match(String(done(createSite('office', { cidr }, by))), /is reserved/);
  }
  assert.match(
    String(done(createSite('office', { cidr: '192.168.0.0/16', dns: 'bind' }, by))),
    /is dnsmasq or unbound/,
  );
  assert.equal(typeof done(createSite('office', { cidr: '192.168.0.9/16' }, by)), 'object');
  assert.match(String(done(createSite('office', { cidr: '10.0.0.0/16' }, by))), /already/);
});

test('two may look alike; each has an address of its own in the world', () => {
  const { intent, by, done } = start();
  done(createSite('north', { cidr: '192.168.0.0/16' }, by));
  done(createSite('south', { cidr: '192.168.0.0/16', dns: 'dnsmasq' }, by));
  const addresses = [...intent.table('site').all()].map(({ publicAddress }) => publicAddress);
  assert.equal(new Set(addresses).size, 2);
  const plan = compile(intent, NO_FACTS);
  assert.deepEqual(check(plan), []);
  assert.deepEqual(
    plan.sites.flatMap(({ hosts }) => hosts.map(({ id, address }) => [id, address])),
    [
      ['north', '192.168.0.10'],
      ['south', '192.168.0.10'],
      ['south-dns', '192.168.0.5'],
    ],
  );
  assert.deepEqual(plan.links, []);
  done(deleteSite('north', by));
  assert.match(String(done(deleteSite('north', by))), /no site named north/);
});

test('its DNS server asks whom it is told to', () => {
  const { by, done } = start();
  done(createSite('north', { cidr: '192.168.0.0/16' }, by));
  const forward = (name: string, domain: unknown, servers: unknown) =>
    done(forwardAtSite(name, { domain, servers }, by));
  assert.match(String(forward('north', 'amazonaws.com', ['10.0.0.5'])), /no DNS server/);
  assert.match(String(forward('west', 'amazonaws.com', ['10.0.0.5'])), /no site named west/);
  done(createSite('south', { cidr: '192.168.0.0/16', dns: 'dnsmasq' }, by));
  assert.match(String(forward('south', 'bad name', ['10.0.0.5'])), /no domain name/);
  assert.match(String(forward('south', 'a\nserver=/x/', ['10.0.0.5'])), /no domain name/);
  assert.match(String(forward('south', 'amazonaws.com', ['here'])), /no IPv4 address/);
  forward('south', 'AmazonAWS.com.', ['10.0.0.5', '10.0.0.6']);
  assert.deepEqual(forward('south', 'aws', ['10.0.0.7']), {
    ...(by.intent.table('site').get('site-south') as object),
    dns: {
      software: 'dnsmasq',
      forwards: [
        { domain: 'amazonaws.com', servers: ['10.0.0.5', '10.0.0.6'] },
        { domain: 'aws', servers: ['10.0.0.7'] },
      ],
    },
  });
  forward('south', 'aws', []);
  assert.deepEqual(by.intent.table('site').get('site-south')?.dns?.forwards.length, 1);
});

test('its router sends by hand what it is told to, by what leads to it, and as it is told else', () => {
  const { by, done } = start();
  done(createSite('north', { cidr: '192.168.0.0/16' }, by));
  done(createSite('south', { cidr: '172.16.0.0/16' }, by));
  const route = (name: string, destination: unknown, via?: unknown) =>
    done(routeAtSite(name, { destination, ...(via !== undefined && { via }) }, by));
  const routes = () => by.intent.table('site').get('site-north')?.routes;
  const whole = { ...{ account: by.account, region: 'ap-south-1', tags: {}, createdAt: by.now }, changedRevision: 0 };
  const vpn = (id: string, site: string, deletion: VpnConnection['deletion'] = null) => {
    const address = by.intent.table('site').get(`site-${site}`)?.publicAddress ?? '';
    by.intent.apply([
      put({
        ...whole,
        kind: 'customerGateway',
        id: `cgw-${site}`,
        address,
        asn: 65000,
        deviceName: null,
        deletion: null,
      }),
      put({
        ...{ ...whole, kind: 'vpnConnection', id, customerGatewayId: `cgw-${site}`, deletion },
        ...{ end: { kind: 'vpnGateway', id: 'vgw-1' }, staticOnly: true, routes: [] },
      }),
    ]);
  };
  vpn('vpn-1', 'north');
  vpn('vpn-2', 'south');
  vpn('vpn-4', 'north', { at: by.now, revision: 1 });
  by.intent.apply([
    put({
      ...{ ...whole, kind: 'dxConnection', id: 'dxcon-1', name: 'd', location: 'north', bandwidth: '1Gbps' },
      deletion: null,
    }),
    put({
      ...{ ...whole, kind: 'dxInterface', id: 'dxvif-2', type: 'private', connectionId: 'dxcon-1', name: 'v', vlan: 1 },
      ...{ asn: 65000, amazonAddress: '', customerAddress: '', authKey: '', mtu: 1500, deletion: null },
      end: { kind: 'vpnGateway', id: 'vgw-1' },
    }),
  ]);
  assert.match(String(route('west', '0.0.0.0/0', 'vpn-1')), /no site named west/);
  for (const bad of ['here', '::/0', 7]) assert.match(String(route('north', bad, 'vpn-1')), /is no IPv4 block/);
  assert.match(String(route('north', '192.168.3.0/24', 'vpn-1')), /is in north itself/);
  for (const bad of ['igw-1', 'vpn-', 7]) assert.match(String(route('north', '0.0.0.0/0', bad)), /is no id of a VPN/);
  for (const bad of ['vpn-2', 'vpn-3', 'vpn-4', 'dxvif-1']) {
    assert.match(String(route('north', '0.0.0.0/0', bad)), /is not there, or does not lead to north/);
  }
  assert.equal(routes(), undefined);
  route('north', '198.51.100.9/24', 'vpn-1');
  route('north', '0.0.0.0/0', 'vpn-1');
  route('north', '0.0.0.0/0', 'dxvif-2');
  assert.deepEqual(routes(), [
    { destination: '198.51.100.0/24', via: 'vpn-1' },
    { destination: '0.0.0.0/0', via: 'dxvif-2' },
  ]);
  route('north', '198.51.100.0/24');
  assert.deepEqual(routes(), [{ destination: '0.0.0.0/0', via: 'dxvif-2' }]);
  for (let at = 1; at < 100; at++) assert.equal(typeof route('north', `198.51.100.${at}/32`, 'vpn-1'), 'object');
  assert.match(String(route('north', '198.51.100.200/32', 'vpn-1')), /has 100 routes already/);
  // What is there may be led elsewhere, and what is not there taken away.
  assert.equal(typeof route('north', '198.51.100.9/32', 'dxvif-2'), 'object');
  assert.equal(typeof route('north', '198.51.100.200/32'), 'object');
});
