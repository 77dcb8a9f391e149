/** The unchanged AWS SDK against Route 53's actions, over HTTP: what it sends is read, what is answered it understands. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import {
  ChangeResourceRecordSetsCommand,
  ChangeTagsForResourceCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  HostedZoneNotEmpty,
  InvalidChangeBatch,
  InvalidInput,
  InvalidVPCId,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  ListTagsForResourceCommand,
  NoSuchHostedZone,
  Route53Client,
  waitUntilResourceRecordSetsChanged,
} from '@aws-sdk/client-route-53';
import { Refusal } from '../../model/refusal.ts';
import { authenticate, decodeRequest } from '../../wire/index.ts';
import { invoke } from '../shared/dispatch.ts';
import { harness } from '../testing.ts';
import { route53Actions } from './index.ts';

const h = harness(route53Actions);
let server: Server;
let client: Route53Client;

before(async () => {
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    );
    const { method = '', url: path = '' } = request;
    const raw = { method, path, headers, body: Buffer.concat(parts) };
    const call = decodeRequest(raw);
    const reply = () => {
      try {
        const caller = authenticate(raw, call, {
          mode: 'strict',
          defaultAccount: '',
          lookup: () => ({ secret: 'x', active: true, principal: h.context.principal }),
          openSession: () => undefined,
          isSessionKey: () => false,
          now: Date.now(),
        });
        if (caller instanceof Refusal) throw caller;
        if (call.kind === 'refused') throw call.refusal;
        const { edits, output } = invoke(route53Actions, call.operation, call.input, h.context);
        h.intent.apply(edits);
        if (edits.length > 0) h.intent.revision++;
        return call.encode(output as object, 'request-1');
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return call.encodeError(error, 'request-1');
      }
    };
    const { status, headers: sent, body } = reply();
    response.writeHead(status, sent).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new Route53Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: '111122223333', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
});
after(() => {
  client.destroy();
  server.closeAllConnections();
  server.close();
});

test('a zone’s whole life', async () => {
  const made = await client.send(
    new CreateHostedZoneCommand({ Name: 'shop.test', CallerReference: 'a & b', HostedZoneConfig: { Comment: '<ä>' } }),
  );
  const id = made.HostedZone?.Id ?? '';
  assert.equal(made.$metadata.httpStatusCode, 201);
  assert.equal(made.Location, `https://route53.amazonaws.com/2013-04-01${id}`);
  assert.equal(made.HostedZone?.CallerReference, 'a & b');
  assert.equal(made.HostedZone?.Config?.Comment, '<ä>');
  assert.equal(made.DelegationSet?.NameServers?.length, 4);
  assert.equal(made.ChangeInfo?.Status, 'PENDING');
  assert.ok(made.ChangeInfo?.SubmittedAt instanceof Date);

  const Value = '"a & <b>" "c"';
  const changed = await client.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: id,
      ChangeBatch: {
        Comment: 'why',
        Changes: [
          {
            Action: 'CREATE',
            ResourceRecordSet: { Name: '*.shop.test', Type: 'TXT', TTL: 60, ResourceRecords: [{ Value }] },
          },
          {
            Action: 'UPSERT',
            ResourceRecordSet: {
              Name: 'www.shop.test.',
              Type: 'A',
              TTL: 0,
              ResourceRecords: [{ Value: '10.0.0.1' }, { Value: '10.0.0.2' }],
            },
          },
        ],
      },
    }),
  );
  assert.equal(changed.ChangeInfo?.Comment, 'why');
  const { Id } = changed.ChangeInfo ?? {};
  assert.equal((await client.send(new GetChangeCommand({ Id }))).ChangeInfo?.Status, 'PENDING');
  h.facts.appliedRevision = h.intent.revision;
  const waited = await waitUntilResourceRecordSetsChanged({ client, minDelay: 1, maxWaitTime: 5 }, { Id });
  assert.equal(waited.state, 'SUCCESS');

  const list = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: id, MaxItems: 3 }));
  assert.deepEqual(list.ResourceRecordSets?.at(-1), {
    Name: '\\052.shop.test.',
    Type: 'TXT',
    TTL: 60,
    ResourceRecords: [{ Value }],
  });
  assert.deepEqual(
    [list.IsTruncated, list.NextRecordName, list.NextRecordType, list.MaxItems],
    [true, 'www.shop.test.', 'A', 3],
  );
  const rest = await client.send(
    new ListResourceRecordSetsCommand({
      HostedZoneId: id,
      StartRecordName: list.NextRecordName,
      StartRecordType: list.NextRecordType,
    }),
  );
  assert.deepEqual(
    rest.ResourceRecordSets?.map((set) => [set.Name, set.TTL]),
    [['www.shop.test.', 0]],
  );

  const got = await client.send(new GetHostedZoneCommand({ Id: id }));
  assert.equal(got.HostedZone?.ResourceRecordSetCount, 4);
  const zones = await client.send(new ListHostedZonesCommand({ MaxItems: 1 }));
  assert.deepEqual([zones.HostedZones?.length, zones.IsTruncated, zones.MaxItems], [1, false, 1]);
  const byName = await client.send(new ListHostedZonesByNameCommand({ DNSName: 'shop.test' }));
  assert.deepEqual([byName.HostedZones?.[0]?.Id, byName.DNSName], [id, 'shop.test']);

  const resource = { ResourceType: 'hostedzone' as const, ResourceId: id.replace('/hostedzone/', '') };
  await client.send(new ChangeTagsForResourceCommand({ ...resource, AddTags: [{ Key: 'k', Value: 'v' }] }));
  const tags = await client.send(new ListTagsForResourceCommand(resource));
  assert.deepEqual(tags.ResourceTagSet?.Tags, [{ Key: 'k', Value: 'v' }]);

  await assert.rejects(client.send(new DeleteHostedZoneCommand({ Id: id })), HostedZoneNotEmpty);
  await client.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: id,
      ChangeBatch: {
        Changes: [...(list.ResourceRecordSets ?? []), ...(rest.ResourceRecordSets ?? [])]
          .filter((set) => set.Type === 'TXT' || set.Type === 'A')
          .map((ResourceRecordSet) => ({ Action: 'DELETE' as const, ResourceRecordSet })),
      },
    }),
  );
  const gone = await client.send(new DeleteHostedZoneCommand({ Id: id }));
  assert.match(gone.ChangeInfo?.Id ?? '', /^\/change\//);
  await assert.rejects(client.send(new GetHostedZoneCommand({ Id: id })), NoSuchHostedZone);
});

test('a wrong secret is told as the other services tell it', async () => {
  const credentials = { accessKeyId: 'AKIA1', secretAccessKey: 'wrong' };
  const { endpoint } = client.config;
  const stranger = new Route53Client({
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
    ...(endpoint && { endpoint }),
  });
  await assert.rejects(stranger.send(new ListHostedZonesCommand({})), { name: 'SignatureDoesNotMatch' });
  stranger.destroy();
});

test('errors are the SDK’s own classes', async () => {
  const made = await client.send(new CreateHostedZoneCommand({ Name: 'other.test', CallerReference: 'b' }));
  const change = (ResourceRecordSet: object, HostedZoneId = made.HostedZone?.Id) =>
    client.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId,
        ChangeBatch: { Changes: [{ Action: 'DELETE', ResourceRecordSet: ResourceRecordSet as never }] },
      }),
    );
  const set = { Name: 'a.other.test', Type: 'A', TTL: 60, ResourceRecords: [{ Value: '10.0.0.1' }] };
  await assert.rejects(change(set), (error) => {
    assert.ok(error instanceof InvalidChangeBatch);
    assert.equal(
      error.message,
      "[Tried to delete resource record set [name='a.other.test.', type='A'] but it was not found]",
    );
    assert.equal(error.$metadata.httpStatusCode, 400);
    return true;
  });
  await assert.rejects(
    change(set, 'Z1'),
    (error) => error instanceof NoSuchHostedZone && error.$metadata.httpStatusCode === 404,
  );
  await assert.rejects(change({ ...set, Type: 'NOPE' }), InvalidInput);
  await assert.rejects(change({ ...set, Type: undefined }), InvalidInput);
  await assert.rejects(change({ ...set, Region: 'ap-south-1', SetIdentifier: 'x' }), { name: 'UnsupportedOperation' });
  await assert.rejects(
    client.send(new CreateHostedZoneCommand({ Name: 'p.test', CallerReference: 'c', VPC: { VPCId: 'vpc-1' } })),
    InvalidVPCId,
  );
});
