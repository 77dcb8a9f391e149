/**
 * Private hosted zones by questions that instances ask: two accounts whose VPCs have the very same addresses, a zone that comes
 * and goes, and names that lead to an endpoint with private DNS off.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as R53 from '@aws-sdk/client-route-53';
import { REGION, type TestCulvert, testCulvert } from './culvert.ts';
import { lookUp } from './flows.ts';
import { given, makeEndpoint, makeSite, type Site } from './private-service.ts';

const SQS = `sqs.${REGION}.amazonaws.com`;
/** Of a domain that no resolver asks the world for. */
const ZONE = 'corp.internal';

describe('private hosted zones', { timeout: 120_000 }, () => {
  let culvert: TestCulvert;
  let owner: Site;
  let other: Site;
  let owners: R53.Route53;
  let others: R53.Route53;

  const vpc = ({ vpc: VPCId }: Site) => ({ VPCId, VPCRegion: REGION }) as const;
  const ask = async (site: Site, name: string) => {
    await culvert.settled();
    return lookUp(site.netns, name);
  };
  const change = async (zone: string, ResourceRecordSet: R53.ResourceRecordSet, Action: R53.ChangeAction = 'UPSERT') =>
    owners.changeResourceRecordSets({
      HostedZoneId: zone,
      ChangeBatch: { Changes: [{ Action, ResourceRecordSet }] },
    });
  const addresses = (Name: string, ...values: string[]): R53.ResourceRecordSet => ({
    Name,
    Type: 'A',
    TTL: 60,
    ResourceRecords: values.map((Value) => ({ Value })),
  });
  const makeZone = async (Name: string) => {
    const { HostedZone } = await owners.createHostedZone({ Name, CallerReference: Name, VPC: vpc(owner) });
    return given(HostedZone?.Id);
  };

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
    owner = await makeSite(culvert, '111111111111', '10.0.10.50');
    other = await makeSite(culvert, '222222222222', '10.0.10.50');
    owners = new R53.Route53(owner.sdk);
    others = new R53.Route53(other.sdk);
  });

  after(async () => {
    for (const each of [owners, others]) each?.destroy();
    assert.deepEqual(await culvert.close(), []);
  });

  it('answers in its VPC only, once GetChange says INSYNC, and owns all names below its own', async () => {
    const zone = await makeZone(ZONE);
    const { ChangeInfo } = await change(zone, addresses(`db.${ZONE}`, '10.0.10.60', '10.0.10.61'));
    await R53.waitUntilResourceRecordSetsChanged(
      { client: owners, maxWaitTime: 20, minDelay: 1 },
      { Id: given(ChangeInfo?.Id) },
    );
    assert.deepEqual(await lookUp(owner.netns, `db.${ZONE}`), ['10.0.10.60', '10.0.10.61']);
    assert.equal(await lookUp(owner.netns, `none.${ZONE}`), 'NXDOMAIN');
    assert.equal(await ask(other, `db.${ZONE}`), 'NXDOMAIN');
    await change(zone, addresses(`*.${ZONE}`, '10.0.10.62'));
    assert.deepEqual(await ask(owner, `none.${ZONE}`), ['10.0.10.62']);
  });

  it('answers in another account’s VPC with the leave of its owner', async () => {
    const { HostedZones } = await owners.listHostedZonesByName({ DNSName: ZONE });
    const association = { HostedZoneId: HostedZones?.[0]?.Id, VPC: vpc(other) };
    await assert.rejects(others.associateVPCWithHostedZone(association), { name: 'NotAuthorizedException' });
    await owners.createVPCAssociationAuthorization(association);
    await others.associateVPCWithHostedZone(association);
    assert.deepEqual(await ask(other, `db.${ZONE}`), ['10.0.10.60', '10.0.10.61']);
    await owners.disassociateVPCFromHostedZone(association);
    assert.equal(await ask(other, `db.${ZONE}`), 'NXDOMAIN');
  });

  it('goes with the DNS attributes of the VPC', async () => {
    const attribute = (on: boolean) =>
      owner.ec2.modifyVpcAttribute({ VpcId: owner.vpc, EnableDnsHostnames: { Value: on } });
    await attribute(false);
    assert.equal(await ask(owner, `db.${ZONE}`), 'NXDOMAIN');
    await attribute(true);
    assert.deepEqual(await ask(owner, `db.${ZONE}`), ['10.0.10.60', '10.0.10.61']);
  });

  it('leads the service’s own name to an endpoint without private DNS, in each VPC that has the zone', async () => {
    const endpoint = await makeEndpoint(owner, `com.amazonaws.${REGION}.sqs`, { PrivateDnsEnabled: false });
    const [before] = await ask(owner, SQS);
    assert.notEqual(before, endpoint.address);
    const zone = await makeZone(SQS);
    const { VpcEndpoints } = await owner.ec2.describeVpcEndpoints({ VpcEndpointIds: [endpoint.id] });
    const AliasTarget = {
      HostedZoneId: VpcEndpoints?.[0]?.DnsEntries?.[0]?.HostedZoneId,
      DNSName: endpoint.name,
      EvaluateTargetHealth: true,
    };
    // Until there is a record the zone hides the public name: nothing falls through.
    assert.deepEqual(await ask(owner, SQS), []);
    await change(zone, { Name: SQS, Type: 'A', AliasTarget });
    assert.deepEqual(await ask(owner, SQS), [endpoint.address]);
    assert.deepEqual(await ask(other, SQS), [before]);
    await assert.rejects(
      owner.ec2.modifyVpcEndpoint({ VpcEndpointId: endpoint.id, PrivateDnsEnabled: true }),
      /there is already a conflicting DNS domain for sqs/,
    );
  });

  it('draws weighted sets, each now and then', async () => {
    const { HostedZones } = await owners.listHostedZonesByName({ DNSName: ZONE });
    const zone = given(HostedZones?.[0]?.Id);
    for (const [Weight, address] of [
      [0, '10.0.10.1'],
      [10, '10.0.10.2'],
      [10, '10.0.10.3'],
    ] as const) {
      await change(zone, { ...addresses(`w.${ZONE}`, address), SetIdentifier: address, Weight });
    }
    await culvert.settled();
    const seen = new Set<string>();
    // One of two alike is missed forty times in a row once in a million million runs.
    for (let at = 0; at < 40; at++) for (const address of await lookUp(owner.netns, `w.${ZONE}`)) seen.add(address);
    assert.deepEqual([...seen].sort(), ['10.0.10.2', '10.0.10.3']);
  });
});
