/**
 * How soon a whole Culvert, called as users call it, does what was asked of a service and its connections: from the reply to
 * Accept to a first connection, from the reply to Reject to the last byte of an open one, and from a target that stops
 * listening to the API calling it unhealthy.
 */

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import { tcpListener } from '../src/host/sockets.ts';
import { type TestCulvert, testCulvert, until } from '../test/culvert.ts';
import { closeSockets, dial, echo, firstOpened, serve } from '../test/flows.ts';
import {
  BLOCK,
  type Endpoint,
  given,
  makeBalancer,
  makeEndpoint,
  makeGroup,
  makeListener,
  makeSite,
  type Site,
  untilHealthy,
  untilState,
} from '../test/private-service.ts';
import { type Bench, median, quantile, type Row } from './bench.ts';

const ROUNDS = 15;
const PORT = 80;
const TARGET_PORT = 8080;
/** Groups whose one target dies; each checks at its own moment. */
const DYING = 5;
const FIRST_DYING_PORT = 9001;
const GOAL_MS = 200;
const LOST_MS = 300;
/** Of the groups that are made here: two checks 5 s apart, each with 2 s. And a second for all else. */
const DEAD_GOAL_MS = 2 * 5_000 + 2_000 + 1_000;

export const bench: Bench = {
  title: `a service's connections, through the API (${ROUNDS} rounds; ${DYING} targets)`,
  async run(progress) {
    const culvert = testCulvert();
    try {
      await culvert.up();
      return await measure(culvert, progress);
    } finally {
      closeSockets();
      await culvert.close();
    }
  },
};

async function measure(culvert: TestCulvert, progress: (line: string) => void): Promise<Row[]> {
  const provider = await makeSite(culvert, '111111111111', '10.0.10.50');
  const consumer = await makeSite(culvert, '222222222222', '10.0.10.77');
  await serve(provider.netns, TARGET_PORT, echo);
  const balancer = await makeBalancer(provider, await makeGroup(provider.ec2, provider.vpc, 'doors', BLOCK));
  const group = await makeListener(provider, balancer, 'shop', {
    Protocol: 'TCP',
    Port: PORT,
    targetPort: TARGET_PORT,
  });
  const { ServiceConfiguration } = await provider.ec2.createVpcEndpointServiceConfiguration({
    AcceptanceRequired: true,
    NetworkLoadBalancerArns: [balancer],
  });
  const service = given(ServiceConfiguration?.ServiceId);
  await provider.ec2.modifyVpcEndpointServicePermissions({
    ServiceId: service,
    AddAllowedPrincipals: [`arn:aws:iam::${consumer.account}:root`],
  });
  const endpoint = await makeEndpoint(consumer, given(ServiceConfiguration?.ServiceName));
  await untilHealthy(provider, group);
  progress('made');
  const { opened, cut } = await answers(provider, consumer, service, endpoint);
  progress('accepted and rejected');
  const dead = await deaths(provider, balancer);
  return [
    row('Accept answered → a connection is made', opened, GOAL_MS),
    row('Reject answered → the last byte of an open connection', cut, GOAL_MS),
    row('a target listens no longer → unhealthy (checks every 5 s, two of them, 2 s each)', dead, DEAD_GOAL_MS),
  ];
}

async function answers(provider: Site, consumer: Site, ServiceId: string, endpoint: Endpoint) {
  const request = { ServiceId, VpcEndpointIds: [endpoint.id] };
  const opened: number[] = [];
  const cut: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await provider.ec2.acceptVpcEndpointConnections(request);
    const accepted = performance.now();
    opened.push((await firstOpened(consumer.netns, endpoint.address, PORT)) - accepted);
    await untilState(consumer, endpoint, 'available');
    const flow = await dial(consumer.netns, endpoint.address, PORT);
    if (flow === undefined) throw new Error('an accepted endpoint does not answer');
    let lastEcho = 0;
    const talk = (async () => {
      while (await flow.echoes(LOST_MS)) lastEcho = performance.now();
    })();
    await provider.ec2.rejectVpcEndpointConnections(request);
    const rejected = performance.now();
    await talk;
    flow.close();
    cut.push(Math.max(0, lastEcho - rejected));
  }
  return { opened, cut };
}

async function deaths(provider: Site, balancer: string): Promise<number[]> {
  const ports = Array.from({ length: DYING }, (_, at) => FIRST_DYING_PORT + at);
  const dying = await Promise.all(
    ports.map(async (port) => {
      const server = createServer((socket) => void socket.on('error', () => undefined).end());
      server.listen({ fd: tcpListener(provider.netns, { address: '0.0.0.0', port }) });
      await once(server, 'listening');
      const group = await makeListener(provider, balancer, `dying-${port}`, {
        Protocol: 'TCP',
        Port: port,
        targetPort: port,
      });
      await untilHealthy(provider, group);
      return { server, group };
    }),
  );
  return Promise.all(dying.map(({ server, group }) => death(provider, server, group)));
}

async function death(provider: Site, server: Server, TargetGroupArn: string): Promise<number> {
  const elb = new ELB.ElasticLoadBalancingV2(provider.sdk);
  server.close();
  const started = performance.now();
  await until(`the target of ${TargetGroupArn} is unhealthy`, async () => {
    const { TargetHealthDescriptions: [found] = [] } = await elb.describeTargetHealth({ TargetGroupArn });
    return found?.TargetHealth?.State === 'unhealthy' ? true : undefined;
  });
  return performance.now() - started;
}

function row(what: string, values: readonly number[], goalMs: number): Row {
  const p50 = median(values);
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return {
    what: `${what}, p50 (highest ${ms(quantile(values, 1))})`,
    ours: ms(p50),
    against: '–',
    theirs: '–',
    ratio: null,
    target: `≤ ${goalMs} ms`,
    met: p50 <= goalMs,
  };
}
