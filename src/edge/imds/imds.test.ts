import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { silentLog } from '../../host/log.ts';
import { openSession } from '../../host/seal.ts';
import type { Principal } from '../../iam/principal.ts';
import type { Machine, Plan } from '../../plan/plan.ts';
import type { Listeners, Wanted } from '../listeners.ts';
import { machine, planWith } from '../test-plans.ts';
import { createCredentialSource } from './credentials.ts';
import { createLimiter } from './limiter.ts';
import { createMetadataServer, type MetadataServer } from './server.ts';
import { createTokens } from './token.ts';

const SEAL_KEY = randomBytes(32);
const A = '127.0.0.11';
const B = '127.0.0.12';

describe('instance metadata', () => {
  let service: MetadataServer;
  let sockets: Server;
  let port: number;
  let accept: Wanted['accept'];

  before(async () => {
    // One domain, its listener on loopback instead of in a namespace: the source address still tells the instance.
    sockets = createServer((socket) => accept(socket)).listen(0, '127.0.0.1');
    await once(sockets, 'listening');
    port = (sockets.address() as AddressInfo).port;
    const listeners: Listeners = {
      apply(wanted) {
        for (const each of wanted) accept = each.accept;
        return [];
      },
      close: () => undefined,
    };
    service = createMetadataServer({ log: silentLog(), sealKey: SEAL_KEY, listeners });
  });
  after(() => {
    service.close();
    sockets.close();
  });

  function put(...machines: Machine[]): void {
    assert.deepEqual(service.apply(plan(...machines)), []);
  }
  beforeEach(() => put(machine('i-a', A), machine('i-b', B)));

  interface Answer {
    status: number;
    headers: IncomingMessage['headers'];
    body: string;
  }
  async function ask(
    from: string,
    method: string,
    path: string,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      localAddress: from,
      method,
      path,
      headers,
      agent: false,
    }).end();
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    let body = '';
    for await (const chunk of incoming) body += chunk;
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, body };
  }
  const newToken = (from: string, seconds = '60') =>
    ask(from, 'PUT', '/latest/api/token', { 'X-aws-ec2-metadata-token-ttl-seconds': seconds });
  async function get(from: string, path: string): Promise<Answer> {
    return ask(from, 'GET', path, { 'X-aws-ec2-metadata-token': (await newToken(from)).body });
  }

  describe('tokens', () => {
    it('are issued for 1 to 21600 seconds', async () => {
      for (const seconds of ['1', '21600']) {
        const answer = await newToken(A, seconds);
        assert.equal(answer.status, 200);
        assert.equal(answer.headers['x-aws-ec2-metadata-token-ttl-seconds'], seconds);
        assert.equal(answer.body.length, 56);
      }
      for (const seconds of ['0', '21601', '-1', '1.5', 'abc', '', '999999999999']) {
        assert.equal((await newToken(A, seconds)).status, 400, seconds);
      }
      assert.equal((await ask(A, 'PUT', '/latest/api/token')).status, 400);
    });

    it('are not given to a proxy', async () => {
      const headers = { 'X-aws-ec2-metadata-token-ttl-seconds': '60', 'X-Forwarded-For': '10.0.0.1' };
      assert.equal((await ask(A, 'PUT', '/latest/api/token', headers)).status, 403);
    });

    it('are of one instance', async () => {
      const token = (await newToken(A)).body;
      const with_ = { 'X-aws-ec2-metadata-token': token };
      assert.equal((await ask(A, 'GET', '/latest/meta-data/instance-id', with_)).body, 'i-a');
      assert.equal((await ask(B, 'GET', '/latest/meta-data/instance-id', with_)).status, 401);
    });

    it('are refused when changed, truncated or empty', async () => {
      const token = (await newToken(A)).body;
      const changed = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
      const longer = token.replace(/^..../, 'Af__');
      for (const bad of [changed, longer, token.slice(1), '', 'x'.repeat(56)]) {
        assert.equal((await ask(A, 'GET', '/latest/meta-data/', { 'X-aws-ec2-metadata-token': bad })).status, 401, bad);
      }
    });

    it('expire, and outlive the process that made them', () => {
      const token = createTokens(SEAL_KEY).issue('i-a', 60, 1_000_000);
      const other = createTokens(SEAL_KEY);
      assert.equal(other.verify('i-a', token, 1_059_000), 1);
      assert.equal(other.verify('i-a', token, 1_060_000), undefined);
      assert.equal(createTokens(randomBytes(32)).verify('i-a', token, 1_000_000), undefined);
    });

    it('are asked for by PUT only', async () => {
      const answer = await ask(A, 'GET', '/latest/api/token');
      assert.equal(answer.status, 405);
      assert.match(answer.headers.allow ?? '', /PUT/);
      assert.equal((await ask(A, 'POST', '/latest/meta-data/')).status, 405);
    });
  });

  describe('options', () => {
    it('required: nothing without a token', async () => {
      for (const path of ['/', '/latest/meta-data/', '/latest/user-data', '/nothing']) {
        const answer = await ask(A, 'GET', path);
        assert.equal(answer.status, 401, path);
        assert.match(answer.body, /<h1>401 - Unauthorized<\/h1>/);
      }
    });

    it('optional: version 1 works, but a wrong token is still refused', async () => {
      put(machine('i-a', A, { httpTokens: 'optional' }));
      assert.equal((await ask(A, 'GET', '/latest/meta-data/instance-id')).body, 'i-a');
      const wrong = { 'X-aws-ec2-metadata-token': 'x'.repeat(56) };
      assert.equal((await ask(A, 'GET', '/latest/meta-data/instance-id', wrong)).status, 401);
    });

    it('disabled: 403 for everything', async () => {
      put(machine('i-a', A, { enabled: false }));
      assert.equal((await newToken(A)).status, 403);
      assert.equal((await ask(A, 'GET', '/latest/meta-data/')).status, 403);
    });

    it('an address that is no instance learns nothing', async () => {
      assert.equal((await newToken('127.0.0.13')).status, 404);
    });
  });

  describe('tree', () => {
    it('lists versions and directories as AWS prints them', async () => {
      assert.match((await get(A, '/')).body, /^1\.0\n2007-01-19\n[\s\S]*\nlatest$/);
      assert.equal((await get(A, '/latest')).body, 'dynamic/\nmeta-data/\nuser-data');
      assert.equal(
        (await get(A, '/latest/meta-data/placement/')).body,
        'availability-zone\navailability-zone-id\nregion',
      );
      assert.equal((await get(A, '/latest/meta-data/public-keys/')).body, '0=my-key');
      assert.equal((await get(A, '/latest/meta-data/public-keys/0/openssh-key')).body, 'ssh-ed25519 AAAA my-key');
      const top = (await get(A, '/latest/meta-data/')).body.split('\n');
      assert.deepEqual(top, top.toSorted());
      for (const name of ['ami-id', 'iam/', 'network/', 'placement/', 'public-keys/', 'services/', 'tags/'])
        assert.ok(top.includes(name), name);
    });

    it('tells each interface apart, and is asked from the address of any', async () => {
      const one = machine('i-a', A);
      const [first] = one.metadata.interfaces;
      assert.ok(first);
      const second = {
        ...first,
        ...{ portId: 'eni-second', mac: '02:00:00:00:01:0b', deviceIndex: 1, addresses: ['127.0.1.11', '127.0.1.12'] },
        ...{
          publics: [{ address: '127.0.1.12', publicAddress: '198.18.0.8' }],
          publicName: null,
          subnetId: 'subnet-2',
          subnetCidr: '127.0.1.0/24',
        },
        ...{ groupIds: ['sg-3'], groupNames: ['back'] },
      };
      put({ ...one, metadata: { ...one.metadata, interfaces: [first, second] } });
      const macs = '/latest/meta-data/network/interfaces/macs/';
      for (const from of [A, '127.0.1.11', '127.0.1.12']) {
        assert.equal((await get(from, macs)).body, `${first.mac}/\n${second.mac}/`);
        assert.equal((await get(from, '/latest/meta-data/mac')).body, first.mac);
        assert.equal((await get(from, '/latest/meta-data/local-ipv4')).body, A);
      }
      for (const [name, value] of Object.entries({
        'device-number': '1',
        'interface-id': 'eni-second',
        'local-ipv4s': '127.0.1.11\n127.0.1.12',
        'public-ipv4s': '198.18.0.8',
        'ipv4-associations/': '198.18.0.8',
        'ipv4-associations/198.18.0.8': '127.0.1.12',
        'security-groups': 'back',
        'subnet-id': 'subnet-2',
        'subnet-ipv4-cidr-block': '127.0.1.0/24',
      })) {
        assert.equal((await get(A, `${macs}${second.mac}/${name}`)).body, value, name);
      }
      put({ ...one, metadata: { ...one.metadata, interfaces: [first, { ...second, publics: [] }] } });
      for (const name of ['public-ipv4s', 'ipv4-associations/'])
        assert.equal((await get(A, `${macs}${second.mac}/${name}`)).status, 404);
      put(one);
      assert.equal((await get(A, macs)).body, `${first.mac}/`);
      assert.equal((await get(A, `${macs}${second.mac}/device-number`)).status, 404);
    });

    it('has every value of the instance', async () => {
      const values = {
        'ami-id': 'ami-1',
        'ami-launch-index': '0',
        hostname: 'ip-127-0-0-11.ap-south-1.compute.internal',
        'instance-action': 'none',
        'instance-id': 'i-a',
        'instance-life-cycle': 'on-demand',
        'instance-type': 't3.micro',
        'local-hostname': 'ip-127-0-0-11.ap-south-1.compute.internal',
        'local-ipv4': A,
        mac: '02:00:00:00:00:0b',
        'network/interfaces/macs/': '02:00:00:00:00:0b/',
        'network/interfaces/macs/02:00:00:00:00:0b/device-number': '0',
        'network/interfaces/macs/02:00:00:00:00:0b/ipv4-associations/198.18.0.7': A,
        'network/interfaces/macs/02:00:00:00:00:0b/security-group-ids': 'sg-1\nsg-2',
        'network/interfaces/macs/02:00:00:00:00:0b/subnet-ipv4-cidr-block': '127.0.0.0/24',
        'network/interfaces/macs/02:00:00:00:00:0b/vpc-ipv4-cidr-blocks': '127.0.0.0/16',
        'placement/availability-zone': 'ap-south-1a',
        'placement/availability-zone-id': 'aps1-az1',
        'placement/region': 'ap-south-1',
        profile: 'default-hvm',
        'public-hostname': 'ec2-198-18-0-7.ap-south-1.compute.amazonaws.com',
        'public-ipv4': '198.18.0.7',
        'reservation-id': 'r-1',
        'security-groups': 'web\ndb',
        'services/domain': 'amazonaws.com',
        'services/partition': 'aws',
        'tags/instance/': 'Name\nteam',
        'tags/instance/Name': 'first',
      };
      for (const [path, value] of Object.entries(values)) {
        assert.equal((await get(A, `/latest/meta-data/${path}`)).body, value, path);
      }
    });

    it('shows the same under a dated version', async () => {
      assert.equal((await get(A, '/2021-07-15/meta-data/instance-id')).body, 'i-a');
      assert.equal((await get(A, '/2021-07-16/meta-data/instance-id')).status, 404);
    });

    it('takes a slash after a leaf, as the AWS CLI writes it', async () => {
      assert.equal((await get(A, '/latest/meta-data/placement/availability-zone/')).body, 'ap-south-1a');
    });

    it("answers AWS's page where nothing is", async () => {
      for (const path of [
        '/latest/meta-data/nothing',
        '/latest/meta-data//ami-id',
        '/x',
        '/latest/dynamic/instance-identity/pkcs7',
      ]) {
        const answer = await get(A, path);
        assert.equal(answer.status, 404, path);
        assert.match(
          answer.body,
          /^<\?xml version="1.0" encoding="iso-8859-1"\?>[\s\S]*<title>404 - Not Found<\/title>/,
        );
      }
    });

    it('refuses broken escapes and does not climb', async () => {
      assert.equal((await get(A, '/latest/meta-data/%zz')).status, 400);
      assert.equal((await get(A, '/latest/meta-data/../meta-data/ami-id')).status, 404);
      assert.equal((await get(A, '/latest/meta-data/__proto__')).status, 404);
    });

    it('hides what an instance has not', async () => {
      put(machine('i-a', A, { role: null, tags: null }, { userData: null, publicKey: null, publicAddress: null }));
      const listing = (await get(A, '/latest/meta-data/')).body.split('\n');
      for (const name of ['iam/', 'tags/', 'public-keys/', 'public-ipv4', 'public-hostname'])
        assert.ok(!listing.includes(name), name);
      for (const path of [
        'meta-data/iam/info',
        'meta-data/iam/security-credentials/',
        'meta-data/tags/instance/',
        'user-data',
      ])
        assert.equal((await get(A, `/latest/${path}`)).status, 404, path);
    });

    it('gives user data as the bytes they are', async () => {
      const answer = await get(A, '/latest/user-data');
      assert.equal(answer.body, '#!/bin/sh\necho hi\n');
      assert.equal(answer.headers['content-type'], 'application/octet-stream');
    });

    it('answers HEAD without a body', async () => {
      const token = (await newToken(A)).body;
      const answer = await ask(A, 'HEAD', '/latest/meta-data/instance-id', { 'X-aws-ec2-metadata-token': token });
      assert.deepEqual([answer.status, answer.headers['content-length'], answer.body], [200, '3', '']);
    });

    it('gives the identity document', async () => {
      const identity = JSON.parse((await get(A, '/latest/dynamic/instance-identity/document')).body);
      assert.equal(identity.accountId, '111122223333');
      assert.equal(identity.instanceId, 'i-a');
      assert.equal(identity.privateIp, A);
      assert.equal(identity.pendingTime, '2026-11-23T10:00:00Z');
    });
  });

  describe('role credentials', () => {
    it('name the role, and open to a session of this instance', async () => {
      assert.equal((await get(A, '/latest/meta-data/iam/security-credentials/')).body, 'app');
      const info = JSON.parse((await get(A, '/latest/meta-data/iam/info')).body);
      assert.equal(info.InstanceProfileArn, 'arn:aws:iam::111122223333:instance-profile/app');
      const given = JSON.parse((await get(A, '/latest/meta-data/iam/security-credentials/app')).body);
      assert.equal(given.Code, 'Success');
      assert.equal(given.Type, 'AWS-HMAC');
      assert.match(given.AccessKeyId, /^ASIA[A-Z2-7]{16}$/);
      assert.match(given.SecretAccessKey, /^[A-Za-z0-9+/]{40}$/);
      const session = openSession<Principal>(SEAL_KEY, given.Token);
      assert.deepEqual(session, {
        accessKeyId: given.AccessKeyId,
        secret: given.SecretAccessKey,
        expiresAt: given.Expiration,
        principal: {
          kind: 'session',
          account: '111122223333',
          roleName: 'app',
          roleId: 'AROAEXAMPLE',
          path: '/team/',
          sessionName: 'i-a',
          policies: [],
        },
      });
      assert.equal((await get(A, '/latest/meta-data/iam/security-credentials/other')).status, 404);
    });

    it('stay for five of their six hours, across restarts, then change', () => {
      const first = createCredentialSource(SEAL_KEY);
      const one = machine('i-a', A);
      const launched = Date.parse(one.metadata.launchedAt);
      const hour = 3_600_000;
      const then = first(one, launched + 5 * hour - 1);
      assert.equal(then.expiresAt, '2026-11-23T16:00:00Z');
      const restarted = createCredentialSource(SEAL_KEY)(one, launched + hour);
      assert.equal(restarted.secretAccessKey, then.secretAccessKey);
      assert.equal(restarted.accessKeyId, then.accessKeyId);
      const next = first(one, launched + 5 * hour);
      assert.notEqual(next.secretAccessKey, then.secretAccessKey);
      assert.equal(next.expiresAt, '2026-11-23T21:00:00Z');
    });

    it('differ by instance, by role and by installation', () => {
      const at = Date.parse('2026-11-23T11:00:00Z');
      const role = {
        roleName: 'x',
        roleArn: 'arn:aws:iam::111122223333:role/x',
        roleId: 'AROAX',
        profileArn: '',
        profileId: '',
      };
      const all = [
        createCredentialSource(SEAL_KEY)(machine('i-a', A), at),
        createCredentialSource(SEAL_KEY)(machine('i-b', A), at),
        createCredentialSource(SEAL_KEY)(machine('i-a', A, { role }), at),
        createCredentialSource(randomBytes(32))(machine('i-a', A), at),
      ];
      assert.equal(new Set(all.map((each) => each.secretAccessKey)).size, 4);
      assert.equal(new Set(all.map((each) => each.accessKeyId)).size, 4);
    });
  });

  it('bounds the rate of each instance by itself', () => {
    const limiter = createLimiter();
    const taken = (id: string, at: number) =>
      Array.from({ length: 1000 }, () => limiter.take(id, at)).filter(Boolean).length;
    assert.equal(taken('i-a', 0), 400);
    assert.equal(taken('i-a', 1000), 200);
    assert.equal(taken('i-b', 1000), 400);
  });
});

function plan(...machines: Machine[]): Plan {
  return planWith({ machines });
}
