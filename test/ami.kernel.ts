/**
 * The AMI lab, by the unchanged SDK: user data to the letter installs a web server, an image is made of that instance, and
 * instances of the image serve the page at boot. And instances that shut themselves down.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as EC2 from '@aws-sdk/client-ec2';
import { type TestCulvert, testCulvert, until } from './culvert.ts';

const PAGE = 'THIS IS A SERVICE HOSTED BEHIND AWS PRIVATELINK';
const USER_DATA = `#!/bin/bash
yum install -y httpd
systemctl start httpd
systemctl enable httpd
echo ${PAGE} > /var/www/html/index.html
`;

describe('the AMI lab', { timeout: 300_000 }, () => {
  let culvert: TestCulvert;
  let ec2: EC2.EC2;
  let base = '';
  /** With a public address: the one that runs the user data, and one that looks at pages. */
  let maker = '';
  let visitor = '';

  async function launch(input: Partial<EC2.RunInstancesCommandInput> = {}): Promise<string> {
    const { Instances } = await ec2.runInstances({
      ImageId: base,
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      ...input,
    });
    return text(Instances?.[0]?.InstanceId);
  }

  async function describeInstance(id: string): Promise<EC2.Instance> {
    const { Reservations } = await ec2.describeInstances({ InstanceIds: [id] });
    const instance = Reservations?.[0]?.Instances?.[0];
    assert.ok(instance);
    return instance;
  }

  const reaches = (id: string, state: EC2.InstanceStateName) =>
    until(`${id} ${state}`, async () => {
      const instance = await describeInstance(id);
      return instance.State?.Name === state ? instance : undefined;
    });

  /** Waits until this is what the instance shows at its public address. */
  async function shows(id: string, content: string): Promise<void> {
    const { PublicIpAddress: address } = await reaches(id, 'running');
    let last = 'nothing';
    const look = async () => {
      last = await culvert.inside(visitor, `curl -sf -m 2 http://${address}/`).catch(String);
      return last === content ? true : undefined;
    };
    await until(`the page at ${address}`, look, 60_000).catch((error) =>
      assert.fail(`${error}; ${last.slice(0, 300)}`),
    );
  }

  /** An init that has only begun knows no such request yet. */
  async function powerOff(id: string): Promise<void> {
    const booted = () => culvert.inside(id, 'ls /run/culvert/booted').catch(() => undefined);
    await until(`${id} has booted`, booted);
    await culvert.inside(id, 'systemctl poweroff').catch(() => undefined);
  }

  async function imageOf(InstanceId: string, Name: string, NoReboot?: boolean): Promise<string> {
    const { ImageId } = await ec2.createImage({ InstanceId, Name, ...(NoReboot === undefined ? {} : { NoReboot }) });
    const id = text(ImageId);
    await EC2.waitUntilImageAvailable({ client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { ImageIds: [id] });
    return id;
  }

  const encoded = (script: string) => Buffer.from(script).toString('base64');

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
    ec2 = new EC2.EC2(culvert.sdk());
    base = text((await ec2.describeImages({ Owners: ['amazon'] })).Images?.[0]?.ImageId);
    const { SecurityGroups } = await ec2.describeSecurityGroups({
      Filters: [{ Name: 'group-name', Values: ['default'] }],
    });
    const http = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    await ec2.authorizeSecurityGroupIngress({ GroupId: text(SecurityGroups?.[0]?.GroupId), IpPermissions: [http] });
    visitor = await launch();
    maker = await launch({ UserData: encoded(USER_DATA) });
  });

  after(async () => {
    assert.deepEqual(await culvert.close(), []);
  });

  it('user data to the letter: the page is served at the public address, and yum says what it does', async () => {
    await shows(maker, `${PAGE}\n`);
    assert.equal(
      await culvert.inside(maker, 'systemctl is-enabled httpd; systemctl is-active httpd'),
      'enabled\nactive\n',
    );
    assert.equal(await culvert.inside(maker, 'systemctl is-enabled apache2 || true'), 'disabled\n');
    const log = await culvert.inside(maker, 'cat /var/log/cloud-init-output.log');
    assert.match(log, /^yum\(compat\): httpd is Debian's apache2 here$/m);
    assert.match(log, /user data ended with exit code 0/);
  });

  it('yum: neither starts nor enables; what it does not know it refuses', async () => {
    const yum = (args: string) => culvert.inside(visitor, `${args} 2>&1; echo "code $?"`);
    assert.match(await yum('dnf -y -q install redis'), /^code 0$/m);
    assert.equal(
      await culvert.inside(visitor, 'systemctl is-enabled redis-server redis; systemctl is-active redis-server; true'),
      'disabled\ndisabled\ninactive\n',
    );
    assert.match(await yum('systemctl start redis && redis-cli ping'), /PONG/);
    assert.match(await yum('yum install -y redis'), /already installed[\s\S]*nothing to do\ncode 0/);
    assert.match(await yum('yum list installed redis'), /^redis-server\.amd64 +\S+ +@installed\ncode 0/m);
    assert.match(await yum('yum info httpd'), /^Package: apache2$/m);
    assert.match(await yum('yum search reliable load balancing'), /^haproxy - /m);
    assert.match(await yum('yum -y remove redis'), /^code 0$/m);
    assert.match(await yum('systemctl cat redis'), /No files found for redis\.service[\s\S]*code 1/);
    assert.match(await yum('yum -y update'), /0 upgraded[\s\S]*code 0/);
    assert.match(
      await yum('yum install -y no-such-package'),
      /Unable to locate package no-such-package[\s\S]*no package for: no-such-package[\s\S]*code 1/,
    );
    assert.match(
      await yum('yum install --enablerepo=epel -y httpd'),
      /--enablerepo=epel is not supported[\s\S]*code 1/,
    );
    assert.match(await yum('yum groupinstall -y x'), /groupinstall is not supported[\s\S]*code 1/);
    assert.match(await yum('yum install -y ./x.rpm'), /is not the name of a package[\s\S]*code 1/);
    assert.match(await yum('yum list installed no-such-package'), /no matching packages[\s\S]*code 1/);
    assert.match(await yum('apt-get install -y no-such-package'), /Unable to locate package no-such-package\ncode 100/);
  });

  it('a private instance does not reach the mirror, and yum says why', async () => {
    const { Vpcs } = await ec2.describeVpcs({ Filters: [{ Name: 'is-default', Values: ['true'] }] });
    const VpcId = text(Vpcs?.[0]?.VpcId);
    const { Subnet } = await ec2.createSubnet({ VpcId, CidrBlock: '172.31.200.0/24' });
    const id = await launch({ SubnetId: text(Subnet?.SubnetId) });
    await reaches(id, 'running');
    assert.match(
      await culvert.inside(
        id,
        'dig +short packages.culvert.internal; curl -m 2 http://packages.culvert.internal/; echo "code $?"',
      ),
      /^198\.19\.255\.254\ncode 28\n$/,
    );
    assert.match(
      await culvert.inside(id, 'yum install -y httpd 2>&1; echo "code $?"'),
      /only with a way out to the internet[\s\S]*code 1\n$/,
    );
    await ec2.terminateInstances({ InstanceIds: [id] });
  });

  it('an image with a reboot; instances of it serve the page at boot, and are themselves', async () => {
    await culvert.inside(maker, 'touch /run/this-boot');
    const image = await imageOf(maker, 'with a reboot');
    await shows(maker, `${PAGE}\n`);
    await assert.rejects(culvert.inside(maker, 'ls /run/this-boot'));
    const id = await launch({ ImageId: image, UserData: encoded('#!/bin/sh\necho mine > /var/www/html/mine\n') });
    await shows(id, `${PAGE}\n`);
    await until('its own user data ran', () => culvert.inside(id, 'cat /var/www/html/mine').catch(() => undefined));
    assert.doesNotMatch(await culvert.inside(id, 'cat /var/log/cloud-init-output.log'), /compat/);
    const { PrivateDnsName } = await describeInstance(id);
    const who = (instance: string) => culvert.inside(instance, 'cat /etc/machine-id; hostname');
    const [machineId, hostname] = (await who(id)).split('\n');
    assert.match(text(machineId), /^[0-9a-f]{32}$/);
    assert.notEqual(machineId, (await who(maker)).split('\n')[0]);
    assert.equal(hostname, text(PrivateDnsName).split('.')[0]);
    await ec2.deregisterImage({ ImageId: image });
    await ec2.rebootInstances({ InstanceIds: [id] });
    await shows(id, `${PAGE}\n`);
    await ec2.terminateInstances({ InstanceIds: [id] });
  });

  it('NoReboot: the instance goes on; an image of an image', async () => {
    await culvert.inside(
      maker,
      'touch /run/this-boot; rm /etc/motd; rm -r /var/www/html; mkdir /var/www/html; echo two > /var/www/html/index.html',
    );
    const first = await imageOf(maker, 'without a reboot', true);
    await culvert.inside(maker, 'ls /run/this-boot');
    const id = await launch({ ImageId: first });
    await shows(id, 'two\n');
    assert.equal(await culvert.inside(id, 'ls /etc/motd 2>/dev/null; ls /var/www/html'), 'index.html\n');
    await culvert.inside(id, 'echo three > /var/www/html/index.html');
    await ec2.stopInstances({ InstanceIds: [id] });
    await reaches(id, 'stopped');
    const second = await imageOf(id, 'of a stopped instance of an image');
    await shows(await launch({ ImageId: second }), 'three\n');
    assert.equal((await describeInstance(id)).State?.Name, 'stopped');
  });

  it('power-off inside: stopped, with the reason; started again it runs; or terminated', async () => {
    const id = await launch();
    await reaches(id, 'running');
    await powerOff(id);
    const stopped = await reaches(id, 'stopped');
    assert.equal(stopped.StateReason?.Code, 'Client.InstanceInitiatedShutdown');
    assert.equal(stopped.PublicIpAddress, undefined);
    await ec2.startInstances({ InstanceIds: [id] });
    await reaches(id, 'running');
    await ec2.modifyInstanceAttribute({ InstanceId: id, InstanceInitiatedShutdownBehavior: { Value: 'terminate' } });
    await powerOff(id);
    assert.equal((await reaches(id, 'terminated')).StateReason?.Code, 'Client.InstanceInitiatedShutdown');
  });

  it('Culvert stops and starts: what ran runs again, images are there', async () => {
    const { Images: before } = await ec2.describeImages({ Owners: ['self'] });
    await culvert.down();
    await culvert.up();
    assert.equal((await reaches(maker, 'running')).StateReason, undefined);
    assert.deepEqual((await ec2.describeImages({ Owners: ['self'] })).Images, before);
    assert.equal(before?.length, 2);
  });
});

function text(value: string | undefined): string {
  assert.ok(value);
  return value;
}
