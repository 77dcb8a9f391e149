import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { silentLog } from '../../host/log.ts';
import type { Crossing, Service } from '../../plan/plan.ts';
import type { Wanted } from '../listeners.ts';
import { type Ca, ensureCa } from '../tls/ca.ts';
import { createEndpoints, type Endpoints } from './endpoints.ts';
import type { Arrival } from './handler.ts';
import { isName, publicS3Host } from './names.ts';
import { service } from './test-clients.ts';

describe('service endpoints', () => {
  let home: string;
  let ca: Ca;
  let sockets: Server;
  let endpoints: Endpoints;
  let wanted: readonly Wanted[] = [];
  const arrivals: Arrival[] = [];

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'culvert-endpoints-'));
    ca = await ensureCa({ caCert: join(home, 'ca.pem'), caKey: join(home, 'ca.key') });
    sockets = createServer((socket) => wanted[0]?.accept(socket)).listen(0, '127.0.0.1');
    await once(sockets, 'listening');
    endpoints = createEndpoints({
      log: silentLog(),
      ca,
      listeners: {
        apply(next) {
          wanted = next;
          return [];
        },
        close: () => undefined,
      },
      handler: {
        allow: () => undefined,
        async handle(_request, response, arrival) {
          arrivals.push(arrival);
          response.end();
        },
      },
      untranslated: (domain, { source, destinationPort }) =>
        domain === 'vpc-1'
          ? { source: `10.0.0.${source.slice(-2)}`, sourcePort: 1, destination: '', destinationPort }
          : undefined,
    });
  });
  after(() => {
    endpoints.close();
    sockets.close();
    rmSync(home, { recursive: true, force: true });
  });

  async function dial(localAddress: string, servername: string): Promise<TLSSocket> {
    const { port } = sockets.address() as AddressInfo;
    const options = { host: '127.0.0.1', port, localAddress, servername, ca: ca.certificate };
    const socket = connect(options as ConnectionOptions);
    await once(socket, 'secureConnect');
    return socket;
  }

  async function ask(socket: TLSSocket): Promise<void> {
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
  }

  const crossing: Crossing = {
    id: 'eni-1',
    origin: ['eni-1', 'vpce-1', 'com.amazonaws.ap-south-1.sqs'],
    consumer: 'vpc-1',
    port: 'eni-1',
    address: '10.0.0.9',
    guards: null,
    linkAddress: '127.0.0.21',
    provider: 'services',
    targetAddress: '248.0.0.1',
    listeners: [],
    open: true,
    closedBy: null,
  };

  const policy = { id: 'vpce-1', origin: ['vpce-1'], kind: 'interface', document: '{}' } as const;
  const gateway = {
    id: 'vpce-2',
    origin: ['vpce-2', 'com.amazonaws.ap-south-1.sqs'],
    domain: 'vpc-1',
    service: service('sqs').id,
    address: service('sqs').internetAddress,
    port: 443,
    linkAddress: '127.0.0.23',
  };

  it('wants a socket in the services domain and one in the internet, and at the public address where gateways lead', () => {
    endpoints.apply({ services: [service('sqs')], crossings: [], serviceGateways: [], endpointPolicies: [] });
    assert.deepEqual(
      wanted.map(({ domain, port }) => [domain, port]),
      [
        ['services', 443],
        ['internet', 443],
      ],
    );
    endpoints.apply({ services: [service('sqs')], crossings: [], serviceGateways: [gateway], endpointPolicies: [] });
    assert.deepEqual([wanted[2]?.domain, wanted[2]?.address], ['services', gateway.address]);
  });

  it('knows the endpoint that a connection crossed by its link address, and who is behind it', async () => {
    endpoints.apply({
      services: [service('sqs')],
      crossings: [crossing],
      serviceGateways: [gateway],
      endpointPolicies: [policy],
    });
    for (const from of ['127.0.0.21', '127.0.0.22', '127.0.0.23']) {
      const socket = await dial(from, 'sqs.ap-south-1.amazonaws.com');
      await ask(socket);
      socket.destroy();
    }
    assert.deepEqual(
      arrivals.map(({ endpoint, clientAddress }) => ({ ...endpoint, clientAddress })),
      [
        { vpcEndpointId: 'vpce-1', vpcId: 'vpc-1', policy, clientAddress: '10.0.0.21' },
        { clientAddress: '127.0.0.22' },
        { vpcEndpointId: 'vpce-2', vpcId: 'vpc-1', policy: null, clientAddress: '10.0.0.23' },
      ],
    );
  });

  it('has a certificate for the names that a new plan adds, under open connections', async () => {
    const open = await dial('127.0.0.1', 'sqs.ap-south-1.amazonaws.com');
    await assert.rejects(dial('127.0.0.1', 'queue.example.com'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    endpoints.apply({
      services: [service('sqs', undefined, ['queue.example.com'])],
      crossings: [],
      serviceGateways: [],
      endpointPolicies: [],
    });
    (await dial('127.0.0.1', 'queue.example.com')).destroy();
    await ask(open);
    open.destroy();
  });

  it('cuts the connections of a service that is gone', async () => {
    const open = await dial('127.0.0.1', 'sqs.ap-south-1.amazonaws.com');
    open.on('error', () => undefined);
    await ask(open);
    endpoints.apply({ services: [], crossings: [], serviceGateways: [], endpointPolicies: [] });
    await once(open, 'close');
  });
});

describe("a service's names", () => {
  const s3 = service('s3', undefined, ['*.s3.ap-south-1.amazonaws.com']);
  const table: readonly [Service, string, boolean][] = [
    [service('sqs'), 'sqs.ap-south-1.amazonaws.com', true],
    [service('sqs'), 'SQS.ap-south-1.amazonaws.com:443', true],
    [service('sqs'), 'vpce-1-a.sqs.ap-south-1.vpce.amazonaws.com', true],
    [service('sqs'), 'a.b.sqs.ap-south-1.vpce.amazonaws.com', false],
    [service('sqs'), '.sqs.ap-south-1.vpce.amazonaws.com', false],
    [service('sqs'), 'sqs.ap-south-1.vpce.amazonaws.com', false],
    [service('sqs'), 'sns.ap-south-1.amazonaws.com', false],
    [service('sqs'), '', false],
    [s3, 'my.bucket.s3.ap-south-1.amazonaws.com', true],
    [s3, 'evils3.ap-south-1.amazonaws.com', false],
  ];
  for (const [of, host, expected] of table) {
    it(`${host || '(none)'} is ${expected ? '' : 'not '}one of ${of.service}'s`, () => {
      assert.equal(isName(of, host), expected);
    });
  }
});

describe('a bucket in the host name of an endpoint', () => {
  const table = [
    ['bucket.vpce-1a-2b.s3.ap-south-1.vpce.amazonaws.com', 's3.ap-south-1.amazonaws.com'],
    ['my.own.bucket.vpce-1a-2b.s3.ap-south-1.vpce.amazonaws.com:443', 'my.own.s3.ap-south-1.amazonaws.com'],
    ['my-bucket.s3.ap-south-1.amazonaws.com', 'my-bucket.s3.ap-south-1.amazonaws.com'],
    ['vpce-1.sqs.ap-south-1.vpce.amazonaws.com', 'vpce-1.sqs.ap-south-1.vpce.amazonaws.com'],
  ] as const;
  for (const [host, expected] of table) {
    it(`${host} is ${expected}`, () => assert.equal(publicS3Host(host), expected));
  }
});
