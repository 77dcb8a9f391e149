/**
 * Route 53 Resolver by questions: those that come in by an inbound endpoint, and those that a rule sends out of an outbound one.
 * Machines stand for the customer's own servers; what security groups do to the packets on the way is part of it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import type { IpPermission } from '@aws-sdk/client-ec2';
import * as R53 from '@aws-sdk/client-route-53';
import { Route53Resolver } from '@aws-sdk/client-route53resolver';
import { REGION, type TestCulvert, testCulvert, until } from './culvert.ts';
import { closeSockets, lookUp, serveNames } from './flows.ts';
import { addMachine, BLOCK, given, makeGroup, makeSite, type Site } from './private-service.ts';

const CLIENT = '10.0.10.50';
const SERVER = '10.0.10.53';
const INBOUND = '10.0.10.70';
const OUTBOUND = ['10.0.10.80', '10.0.10.81'];
/** Of a domain that no resolver asks the world for. */
const CLOUD = 'cloud.internal';
const OFFICE = 'office.internal';
const FROM_SERVER = '192.0.2.99';

describe('Route 53 Resolver', { timeout: 120_000 }, () => {
  let culvert: TestCulvert;
  let client: Site;
  let resolver: Route53Resolver;
  let logs: CloudWatchLogs;
  let route53: R53.Route53;
  let group = '';
  let zone = '';
  let outbound = '';
  let inbound = '';
  const seen: string[] = [];

  const ask = async (name: string, at?: string) => {
    await culvert.settled();
    return lookUp(client.netns, name, at);
  };
  const silent = (name: string, at?: string) => assert.rejects(ask(name, at), { name: 'AbortError' });
  const makeEndpoint = async (Direction: 'INBOUND' | 'OUTBOUND', addresses: readonly string[]) => {
    const { ResolverEndpoint } = await resolver.createResolverEndpoint({
      CreatorRequestId: Direction,
      Direction,
      SecurityGroupIds: [group],
      IpAddresses: addresses.map((Ip) => ({ SubnetId: client.subnet, Ip })),
    });
    assert.equal(ResolverEndpoint?.Status, 'CREATING');
    const id = given(ResolverEndpoint?.Id);
    await until(`${id} is operational`, async () => {
      const { ResolverEndpoint: now } = await resolver.getResolverEndpoint({ ResolverEndpointId: id });
      return now?.Status === 'OPERATIONAL' ? true : undefined;
    });
    return id;
  };
  const makeRule = async (DomainName: string, target: string | null) => {
    const { ResolverRule } = await resolver.createResolverRule({
      CreatorRequestId: `${DomainName} ${target}`,
      DomainName,
      ...(target === null
        ? { RuleType: 'SYSTEM' }
        : { RuleType: 'FORWARD', ResolverEndpointId: outbound, TargetIps: [{ Ip: target }] }),
    });
    const ResolverRuleId = given(ResolverRule?.Id);
    await resolver.associateResolverRule({ ResolverRuleId, VPCId: client.vpc });
    return ResolverRuleId;
  };
  const dropRule = async (ResolverRuleId: string) => {
    await resolver.disassociateResolverRule({ ResolverRuleId, VPCId: client.vpc });
    await resolver.deleteResolverRule({ ResolverRuleId });
  };
  const record = (Name: string, Type: R53.RRType, Value: string) =>
    route53.changeResourceRecordSets({
      HostedZoneId: zone,
      ChangeBatch: {
        Changes: [{ Action: 'UPSERT', ResourceRecordSet: { Name, Type, TTL: 60, ResourceRecords: [{ Value }] } }],
      },
    });
  const dns: IpPermission = { IpProtocol: 'udp', FromPort: 53, ToPort: 53, IpRanges: [{ CidrIp: BLOCK }] };
  const everywhere: IpPermission = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
    client = await makeSite(culvert, '111111111111', CLIENT);
    const server = await addMachine(culvert, client, SERVER);
    await serveNames(server.netns, FROM_SERVER, seen);
    resolver = new Route53Resolver(client.sdk);
    logs = new CloudWatchLogs(client.sdk);
    route53 = new R53.Route53(client.sdk);
    group = await makeGroup(client.ec2, client.vpc, 'resolver', BLOCK);
    const VPC = { VPCId: client.vpc, VPCRegion: REGION } as const;
    const { HostedZone } = await route53.createHostedZone({ Name: CLOUD, CallerReference: 'a', VPC });
    zone = given(HostedZone?.Id);
    await record(`db.${CLOUD}`, 'A', '10.0.10.60');
  });

  after(async () => {
    closeSockets();
    for (const each of [resolver, logs, route53]) each?.destroy();
    assert.deepEqual(await culvert.close(), []);
  });

  it('an inbound endpoint answers as the VPC does, to whom its groups let in', async () => {
    await silent(`db.${CLOUD}`, INBOUND);
    inbound = await makeEndpoint('INBOUND', [INBOUND, '10.0.10.71']);
    for (const at of [INBOUND, '10.0.10.71']) assert.deepEqual(await ask(`db.${CLOUD}`, at), ['10.0.10.60']);
    assert.equal(await ask(`none.${CLOUD}`, INBOUND), 'NXDOMAIN');
    await client.ec2.revokeSecurityGroupIngress({
      GroupId: group,
      IpPermissions: [{ ...everywhere, IpRanges: [{ CidrIp: BLOCK }] }],
    });
    await silent(`db.${CLOUD}`, INBOUND);
    await client.ec2.authorizeSecurityGroupIngress({ GroupId: group, IpPermissions: [dns] });
    assert.deepEqual(await ask(`db.${CLOUD}`, INBOUND), ['10.0.10.60']);
  });

  it('a rule sends questions out of the outbound endpoint, through its groups', async () => {
    outbound = await makeEndpoint('OUTBOUND', OUTBOUND);
    assert.equal(await ask(`files.${OFFICE}`), 'NXDOMAIN');
    const rule = await makeRule(OFFICE, SERVER);
    assert.deepEqual(await ask(`files.${OFFICE}`), [FROM_SERVER]);
    const [from, name] = seen.at(-1)?.split(' ') ?? [];
    assert.ok(OUTBOUND.includes(from ?? ''), `asked from ${from}`);
    assert.equal(name, `files.${OFFICE}`);
    // Whoever asks at the inbound endpoint gets there as well.
    assert.deepEqual(await ask(`files.${OFFICE}`, INBOUND), [FROM_SERVER]);
    await client.ec2.revokeSecurityGroupEgress({ GroupId: group, IpPermissions: [everywhere] });
    const before = seen.length;
    await assert.rejects(ask(`files.${OFFICE}`), { name: 'AbortError' });
    assert.equal(seen.length, before);
    await client.ec2.authorizeSecurityGroupEgress({ GroupId: group, IpPermissions: [dns] });
    assert.deepEqual(await ask(`files.${OFFICE}`), [FROM_SERVER]);
    await dropRule(rule);
    assert.equal(await ask(`files.${OFFICE}`), 'NXDOMAIN');
  });

  it('a rule comes before the zone of its name, the longer domain before the shorter, SYSTEM keeps names here', async () => {
    const forward = await makeRule(CLOUD, SERVER);
    assert.deepEqual(await ask(`db.${CLOUD}`), [FROM_SERVER]);
    await record(`keep.${CLOUD}`, 'A', '10.0.10.61');
    const system = await makeRule(`keep.${CLOUD}`, null);
    assert.deepEqual(await ask(`keep.${CLOUD}`), ['10.0.10.61']);
    assert.deepEqual(await ask(`db.${CLOUD}`), [FROM_SERVER]);
    await dropRule(system);
    assert.deepEqual(await ask(`keep.${CLOUD}`), [FROM_SERVER]);
    await dropRule(forward);
    assert.deepEqual(await ask(`db.${CLOUD}`), ['10.0.10.60']);
  });

  it('an alias in a zone that leads to a forwarded name is answered whole', async () => {
    await record(`share.${CLOUD}`, 'CNAME', `files.${OFFICE}`);
    const rule = await makeRule(OFFICE, SERVER);
    assert.deepEqual(await ask(`share.${CLOUD}`), [FROM_SERVER]);
    assert.equal(seen.at(-1)?.split(' ')[1], `files.${OFFICE}`);
    await dropRule(rule);
  });

  it('a loop of endpoints ends', async () => {
    const rule = await makeRule(OFFICE, INBOUND);
    assert.equal(await ask(`files.${OFFICE}`), 'SERVFAIL');
    await dropRule(rule);
  });

  it('private DNS for inbound endpoints only: instances go the public way, by the gateway endpoint', async () => {
    const name = `s3.${REGION}.amazonaws.com`;
    const service = { VpcId: client.vpc, ServiceName: `com.amazonaws.${REGION}.s3` };
    const [address] = await ask(name);
    await client.ec2.createVpcEndpoint({ ...service, VpcEndpointType: 'Gateway' });
    const { VpcEndpoint } = await client.ec2.createVpcEndpoint({
      ...service,
      VpcEndpointType: 'Interface',
      SubnetIds: [client.subnet],
      PrivateDnsEnabled: true,
      DnsOptions: { PrivateDnsOnlyForInboundResolverEndpoint: true },
    });
    const endpoint = given(VpcEndpoint?.VpcEndpointId);
    const { NetworkInterfaces } = await client.ec2.describeNetworkInterfaces({
      NetworkInterfaceIds: VpcEndpoint?.NetworkInterfaceIds ?? [],
    });
    const inside = given(NetworkInterfaces?.[0]?.PrivateIpAddress);
    assert.deepEqual(await ask(name, INBOUND), [inside]);
    assert.deepEqual(await ask(`bucket.${name}`, INBOUND), [inside]);
    assert.deepEqual(await ask(name), [address]);
    await client.ec2.modifyVpcEndpoint({
      VpcEndpointId: endpoint,
      DnsOptions: { PrivateDnsOnlyForInboundResolverEndpoint: false },
    });
    assert.deepEqual(await ask(name), [inside]);
    await client.ec2.deleteVpcEndpoints({ VpcEndpointIds: [endpoint] });
  });

  it('what is asked through endpoints is logged with the endpoint that it came in by, or was passed on through', async () => {
    const GROUP = '/dns';
    await logs.createLogGroup({ logGroupName: GROUP });
    const { ResolverQueryLogConfig } = await resolver.createResolverQueryLogConfig({
      Name: 'log',
      DestinationArn: `arn:aws:logs:${REGION}:${client.account}:log-group:${GROUP}`,
    });
    const on = { ResolverQueryLogConfigId: given(ResolverQueryLogConfig?.Id), ResourceId: client.vpc };
    await resolver.associateResolverQueryLogConfig(on);
    const rule = await makeRule(OFFICE, SERVER);
    await ask(`db.${CLOUD}`, INBOUND);
    await ask(`in.${OFFICE}`, INBOUND);
    await ask(`out.${OFFICE}`);
    const { IpAddresses } = await resolver.listResolverEndpointIpAddresses({ ResolverEndpointId: inbound });
    const door = { resolver_network_interface: given(IpAddresses?.find(({ Ip }) => Ip === INBOUND)?.IpId) };
    const events = await until('three questions are logged', async () => {
      const found = await logs.filterLogEvents({ logGroupName: GROUP }).then(({ events = [] }) => events);
      return found.length < 3 ? undefined : found;
    });
    const told = events.map(({ message = '' }) => JSON.parse(message));
    const sources = Object.fromEntries(told.map(({ query_name, srcids }) => [query_name, srcids]));
    assert.deepEqual(sources, {
      [`db.${CLOUD}.`]: { resolver_endpoint: inbound, ...door },
      [`in.${OFFICE}.`]: { resolver_endpoint: outbound, ...door },
      [`out.${OFFICE}.`]: { instance: client.machine, resolver_endpoint: outbound },
    });
    assert.deepEqual(told.find(({ query_name: name }) => name === `out.${OFFICE}.`)?.answers, [
      { Rdata: FROM_SERVER, Type: 'A', Class: 'IN' },
    ]);
    await dropRule(rule);
    await resolver.disassociateResolverQueryLogConfig(on);
  });

  it('what is in use stays, and all goes in the right order', async () => {
    const rule = await makeRule(OFFICE, SERVER);
    await assert.rejects(resolver.deleteResolverRule({ ResolverRuleId: rule }), { name: 'ResourceInUseException' });
    await assert.rejects(resolver.deleteResolverEndpoint({ ResolverEndpointId: outbound }), {
      name: 'InvalidRequestException',
    });
    await dropRule(rule);
    for (const ResolverEndpointId of [inbound, outbound]) await resolver.deleteResolverEndpoint({ ResolverEndpointId });
    await silent(`db.${CLOUD}`, INBOUND);
    const { NetworkInterfaces } = await client.ec2.describeNetworkInterfaces({});
    assert.deepEqual(NetworkInterfaces?.map((each) => each.PrivateIpAddress).sort(), [CLIENT, SERVER]);
  });
});
