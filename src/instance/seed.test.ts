import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seedEntries, shortHostname, trustEntries } from './seed.ts';
import { testMachine, testPlan } from './test-plan.ts';

const contents = (entries: ReturnType<typeof seedEntries>) =>
  Object.fromEntries(entries.flatMap(({ path, content }) => (content === undefined ? [] : [[path, content]])));

test('a name, hosts and the resolver of its own VPC', () => {
  const machine = testMachine('i-1', { hostname: 'ip-10-0-1-5.ap-south-1.compute.internal' });
  assert.deepEqual(contents(seedEntries(testPlan([machine]), machine)), {
    'etc/hostname': 'ip-10-0-1-5\n',
    'etc/hosts':
      '127.0.0.1 localhost\n127.0.1.1 ip-10-0-1-5.ap-south-1.compute.internal ip-10-0-1-5\n::1 localhost ip6-localhost\n',
    'etc/resolv.conf': 'nameserver 10.0.0.2\nsearch ap-south-1.compute.internal\n',
  });
});

test('name servers and domains are those of the VPC’s DHCP options, or none', () => {
  const machine = testMachine('i-1');
  const plan = testPlan([machine]);
  const withDhcp = (dhcp: { readonly domainNames: readonly string[]; readonly nameServers: readonly string[] }) => {
    const domains = plan.domains.map((domain) => ({ ...domain, dhcp }));
    return contents(seedEntries({ ...plan, domains }, machine))['etc/resolv.conf'];
  };
  assert.equal(
    withDhcp({ domainNames: ['corp.example', 'example'], nameServers: ['10.0.1.53', '10.0.0.2'] }),
    'nameserver 10.0.1.53\nnameserver 10.0.0.2\nsearch corp.example example\n',
  );
  assert.equal(withDhcp({ domainNames: [], nameServers: [] }), '');
});

test('the key pair is the admin user’s alone', () => {
  const machine = testMachine('i-1', { publicKey: { name: 'mine', openssh: 'ssh-rsa AAAA\n' } });
  const entries = seedEntries(testPlan([machine]), machine).filter(({ path }) => path.startsWith('home/admin'));
  assert.deepEqual(
    entries.map(({ path, mode, owner }) => [path, mode, owner]),
    [
      ['home/admin', 0o700, 1000],
      ['home/admin/.ssh', 0o700, 1000],
      ['home/admin/.ssh/authorized_keys', 0o600, 1000],
    ],
  );
  assert.equal(entries[2]?.content, 'ssh-rsa AAAA mine\n');
});

test('the host name is one label that the kernel takes', () => {
  assert.equal(shortHostname({ hostname: 'a.b.c' }), 'a');
  assert.equal(shortHostname({ hostname: 'x'.repeat(80) }).length, 63);
});

test('the CA is added to the bundle, none of the others is lost, and folders come before what they hold', () => {
  const entries = trustEntries('ONE\nTWO\n', 'OURS', '0123abcd');
  assert.equal(contents(entries)['etc/ssl/certs/ca-certificates.crt'], 'ONE\nTWO\nOURS\n');
  assert.ok(entries.some(({ path, linkTo }) => path === 'etc/ssl/certs/0123abcd.0' && linkTo === 'culvert.pem'));
  const seen = new Set(['.']);
  for (const { path, content, linkTo } of entries) {
    assert.ok(seen.has(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'), path);
    if (content === undefined && linkTo === undefined) seen.add(path);
  }
});
