/**
 * The API against moto_server (where that is on the PATH) in one run, over HTTP with keep-alive: DescribeVpcEndpoints by id with
 * 10 and 1,000 endpoints there, and CreateVpcEndpoint with its durable reply. Our signatures are verified, moto's are not.
 * Every request is signed before the clock starts, so that the load generator's own cost stays small and equal.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateSubnetCommand, CreateVpcCommand, CreateVpcEndpointCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateAccessKeyCommand, IAMClient } from '@aws-sdk/client-iam';
import { findProcess, PROCESS_NAMES } from '../src/daemon/processes.ts';
import { run } from '../src/host/exec.ts';
import { hostPaths, type Paths, rootsOf } from '../src/host/paths.ts';
import { type Bench, median, type Row } from './bench.ts';
import { signedForm } from './signed-form.ts';

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const FIRST_ACCOUNT = '000000000001';
const REGION = 'ap-south-1';
/** AWS's quotas: 5 VPCs in a region, 50 interface endpoints in a VPC; so several accounts share the load. */
const VPCS_PER_ACCOUNT = 4;
const ENDPOINTS_PER_VPC = 50;
const FEW = 10;
const MANY = 1000;
const CONNECTIONS = 8;
const ROUNDS = 3;
const ROUND_MS = 2000;
/** Creations of one round; less than a VPC's quota, so that both servers do the same. */
const CREATIONS = 40;

interface Target {
  readonly name: string;
  readonly port: number;
  /** Access key and secret that requests of this account are signed with. */
  key(account: number): Promise<Key>;
}

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const bench: Bench = {
  title: `API: requests a second over ${CONNECTIONS} connections (medians of ${ROUNDS} interleaved rounds)`,
  async run(progress) {
    const culvert = await startCulvert(progress);
    const moto = await startMoto();
    if (moto === null) progress('moto_server is not installed: no comparison');
    try {
      const rows: Row[] = [
        limit('`up` to the first CreateVpc answered', culvert.firstCallMs, 'ms', 1500),
        limit('memory of all processes then (shared pages once)', culvert.startMebibytes, 'MiB', 238),
        ...(await measure(culvert.target, moto?.target ?? null, progress)),
      ];
      rows.push(limit(`memory with ${MANY} endpoints and more`, culvert.residentMebibytes(), 'MiB', null));
      return rows;
    } finally {
      moto?.stop();
      await culvert.stop();
    }
  },
};

async function measure(ours: Target, theirs: Target | null, progress: (line: string) => void): Promise<Row[]> {
  const targets = theirs === null ? [ours] : [ours, theirs];
  const rows: Row[] = [];

  progress(`making ${FEW} endpoints on each`);
  const small = await Promise.all(targets.map((target) => fill(target, FEW, 0)));
  const few = await describeRounds(targets, small);
  progress(`making ${MANY} endpoints on each`);
  const large = await Promise.all(targets.map((target) => fill(target, MANY, 100)));
  const many = await describeRounds(targets, large);
  rows.push(compare('DescribeVpcEndpoints of one by id, 10 endpoints', few, '≥ 15', 15));
  rows.push(compare(`DescribeVpcEndpoints of one by id, ${MANY} endpoints`, many, '≥ 15', 15));
  const flat = median(many[0] ?? []) / median(few[0] ?? []);
  rows.push({
    what: `… ours, ${MANY} against 10 endpoints`,
    ours: rate(many[0]),
    against: 'itself with 10',
    theirs: rate(few[0]),
    ratio: flat,
    target: 'flat',
    met: flat >= 0.8,
  });

  progress('creating endpoints');
  const created = await createRounds(targets);
  rows.push(compare('CreateVpcEndpoint, durable before replied', created, '≥ 3', 3));
  return rows;
}

function limit(what: string, value: number, unit: string, most: number | null): Row {
  return {
    what,
    ours: `${value.toFixed(0)} ${unit}`,
    against: '–',
    theirs: '–',
    ratio: null,
    target: most === null ? '–' : `≤ ${most} ${unit}`,
    met: most === null ? null : value <= most,
  };
}

function compare(what: string, rates: readonly (readonly number[])[], target: string, least: number): Row {
  const [ours = [], theirs] = rates;
  const ratio = theirs === undefined ? null : median(ours) / median(theirs);
  return {
    what,
    ours: rate(ours),
    against: 'moto_server',
    theirs: theirs === undefined ? 'not installed' : rate(theirs),
    ratio,
    target,
    met: ratio === null ? null : ratio >= least,
  };
}

function rate(values: readonly number[] | undefined): string {
  return `${median(values ?? []).toFixed(0)}/s`;
}

/** Makes `count` endpoints; the id of one of them, and its account. */
async function fill(target: Target, count: number, firstAccount: number): Promise<{ id: string; account: number }> {
  let id = '';
  let account = firstAccount;
  for (let made = 0; made < count; account++) {
    const client = clientOf(target, await target.key(account));
    for (let vpc = 0; vpc < VPCS_PER_ACCOUNT && made < count; vpc++) {
      const { vpcId, subnetId } = await makeVpc(client);
      const here = Math.min(ENDPOINTS_PER_VPC, count - made);
      const replies = await Promise.all(
        Array.from({ length: here }, () => client.send(new CreateVpcEndpointCommand(endpointInput(vpcId, subnetId)))),
      );
      id = replies[0]?.VpcEndpoint?.VpcEndpointId ?? '';
      made += here;
    }
    client.destroy();
  }
  return { id, account: account - 1 };
}

async function makeVpc(client: EC2Client): Promise<{ vpcId: string; subnetId: string }> {
  const vpc = await client.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const vpcId = vpc.Vpc?.VpcId ?? '';
  const subnet = await client.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: '10.0.0.0/20' }));
  return { vpcId, subnetId: subnet.Subnet?.SubnetId ?? '' };
}

function endpointInput(vpcId: string, subnetId: string) {
  return {
    VpcId: vpcId,
    VpcEndpointType: 'Interface' as const,
    ServiceName: `com.amazonaws.${REGION}.sqs`,
    SubnetIds: [subnetId],
    PrivateDnsEnabled: false,
  };
}

async function describeRounds(targets: readonly Target[], made: readonly { id: string; account: number }[]) {
  const rates: number[][] = targets.map(() => []);
  // The round before the first warms both up: it does not count.
  for (let round = -1; round < ROUNDS; round++) {
    for (const [at, target] of targets.entries()) {
      const { id, account } = made[at] ?? { id: '', account: 0 };
      const form = `Action=DescribeVpcEndpoints&Version=2016-11-15&VpcEndpointId.1=${id}`;
      const call = signedForm({ port: target.port, region: REGION, form, ...(await target.key(account)) });
      const until = performance.now() + ROUND_MS;
      const { count, ms } = await load(target.port, () => (performance.now() < until ? call : null));
      if (round >= 0) rates[at]?.push((count * 1000) / ms);
    }
  }
  return rates;
}

async function createRounds(targets: readonly Target[]) {
  const rates: number[][] = targets.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, target] of targets.entries()) {
      const account = 900 + round;
      const client = clientOf(target, await target.key(account));
      const vpcs = [];
      for (let vpc = 0; vpc < VPCS_PER_ACCOUNT; vpc++) vpcs.push(await makeVpc(client));
      client.destroy();
      const key = await target.key(account);
      const calls = vpcs.flatMap(({ vpcId, subnetId }) => {
        const form = new URLSearchParams({
          Action: 'CreateVpcEndpoint',
          Version: '2016-11-15',
          VpcId: vpcId,
          VpcEndpointType: 'Interface',
          ServiceName: `com.amazonaws.${REGION}.sqs`,
          'SubnetId.1': subnetId,
          PrivateDnsEnabled: 'false',
        }).toString();
        const call = signedForm({ port: target.port, region: REGION, form, ...key });
        return Array.from({ length: CREATIONS }, () => call);
      });
      const { count, ms } = await load(target.port, () => calls.pop() ?? null);
      rates[at]?.push((count * 1000) / ms);
    }
  }
  return rates;
}

interface Call {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends what `next` gives over the connections until it gives null. A reply that is not 200 ends the benchmark. */
async function load(port: number, next: () => Call | null): Promise<{ count: number; ms: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const started = performance.now();
  let count = 0;
  async function connectionLoop(): Promise<void> {
    for (let call = next(); call !== null; call = next()) {
      await send(agent, port, call);
      count++;
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, connectionLoop));
  agent.destroy();
  return { count, ms: performance.now() - started };
}

function send(agent: Agent, port: number, { headers, body }: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: '127.0.0.1', port, method: 'POST', path: '/', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`status ${response.statusCode}: ${text.slice(0, 400)}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function clientOf(target: Pick<Target, 'port'>, credentials: Key): EC2Client {
  return new EC2Client({
    region: REGION,
    endpoint: `http://127.0.0.1:${target.port}`,
    credentials,
  });
}

async function startCulvert(progress: (line: string) => void) {
  const scratch = mkdtempSync(join(tmpdir(), 'culvert-bench-'));
  const paths = hostPaths({ ...process.env, CULVERT_HOME: join(scratch, 'home'), CULVERT_RUN: join(scratch, 'run') });
  const port = await freePort();
  const started = performance.now();
  await culvert(paths, ['up', '--detach', '--port', String(port)]);
  const client = clientOf({ port }, { accessKeyId: FIRST_ACCOUNT, secretAccessKey: 'any' });
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
  const firstCallMs = performance.now() - started;
  client.destroy();
  progress(`culvert answers on port ${port}: ${Vpc?.VpcId}`);
  const startMebibytes = residentMebibytes(paths);
  const keys = new Map<number, Promise<Key>>();
  const target: Target = {
    name: 'culvert',
    port,
    key(account) {
      const known = keys.get(account) ?? issueKey(port, String(account).padStart(12, '1'));
      keys.set(account, known);
      return known;
    },
  };
  return {
    target,
    firstCallMs,
    startMebibytes,
    residentMebibytes: () => residentMebibytes(paths),
    async stop() {
      await culvert(paths, ['down', '--purge']);
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

function culvert(paths: Paths, args: readonly string[]): Promise<unknown> {
  return run(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], { env: rootsOf(paths) });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** A key that Culvert issued: only such a key's signatures are always verified. */
async function issueKey(port: number, account: string): Promise<Key> {
  const credentials = { accessKeyId: account, secretAccessKey: 'any' };
  const iam = new IAMClient({ region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, credentials });
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({}));
  iam.destroy();
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

/** Of all three processes; pages that they share (Node itself) are counted once. */
function residentMebibytes(paths: Paths): number {
  const kibibytes = PROCESS_NAMES.map((name) => {
    const pid = findProcess(paths, name)?.pid;
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? Number.NaN);
  });
  return kibibytes.reduce((sum, each) => sum + each, 0) / 1024;
}

async function startMoto(): Promise<{ target: Target; stop(): void } | null> {
  const port = 20_000 + (process.pid % 20_000);
  const child: ChildProcess = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const missing = new Promise<false>((resolve) => child.once('error', () => resolve(false)));
  const up = (async () => {
    const until = performance.now() + 20_000;
    while (performance.now() < until) {
      if (await answers(port)) return true;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    child.kill();
    throw new Error('moto_server does not answer');
  })();
  if (!(await Promise.race([missing, up]))) return null;
  const key = async (account: number) => ({ accessKeyId: `key${account}`, secretAccessKey: 'any' });
  return { target: { name: 'moto', port, key }, stop: () => void child.kill() };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path: '/moto-api/', timeout: 1000 }, (response) => {
      response.resume();
      resolve(true);
    });
    sent.on('error', () => resolve(false));
    sent.end();
  });
}
