/** Which public zones answer, however many there are above one another that nothing leads to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIntent } from './intent.ts';
import { delegatedZones, zoneAnswering } from './public-dns.ts';
import type { HostedZone } from './resources.ts';

test('of zones below one another that no NS record leads to the uppermost answers, and is found in a walk', () => {
  const labels = Array.from({ length: 100 }, () => 'a');
  const names = labels.map((_, at) => [...labels.slice(at), 'test'].join('.')).reverse();
  const zones = names.map(
    (name, at): HostedZone => ({
      ...{
        kind: 'hostedZone',
        id: `Z${at}`,
        account: '1',
        region: '',
        tags: {},
        createdAt: '2026-11-26T00:00:00.000Z',
      },
      ...{ name, callerReference: name, comment: null, nameServers: [`ns-${at}.awsdns-00.com`] },
    }),
  );
  const intent = createIntent(zones);
  assert.deepEqual(
    delegatedZones(intent).map(({ id }) => id),
    ['Z0'],
  );
  assert.equal(zoneAnswering(intent, `www.${names.at(-1)}`)?.id, 'Z0');
});
