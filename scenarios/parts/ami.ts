/** The AMI lab: user data installs a web server in the default VPC, and an image is made of the instance. */
import * as EC2 from '@aws-sdk/client-ec2';
import type { At, Stage } from '../stage.ts';
import { id, tagged, terminate, untilReady } from './lab.ts';

export const PAGE = 'THIS IS A SERVICE HOSTED BEHIND AWS PRIVATELINK';

export const USER_DATA = `#!/bin/bash
yum install -y httpd
systemctl start httpd
systemctl enable httpd
echo ${PAGE} > /var/www/html/index.html
`;

/** The image's id. `visitor` is an account whose instance, in its own default VPC, fetches the page over the internet. */
export async function makeImage(stage: Stage, visitor: string): Promise<string> {
  const ec2 = new EC2.EC2(stage.sdk);
  const elsewhere = new EC2.EC2(stage.as(visitor).sdk);
  let image = '';
  await stage.step('In the default VPC: user data makes a web server, and an AMI is made of it', async () => {
    const base = await stage.js(
      'ec2.describeImages({ Owners: ["amazon"] })',
      async () => id((await ec2.describeImages({ Owners: ['amazon'] })).Images?.[0]?.ImageId),
      (found) => found,
    );
    await stage.js('ec2.authorizeSecurityGroupIngress({ the default group: port 80 from anywhere })', async () => {
      const { Vpcs } = await ec2.describeVpcs({ Filters: [{ Name: 'is-default', Values: ['true'] }] });
      const { SecurityGroups } = await ec2.describeSecurityGroups({
        Filters: [
          { Name: 'vpc-id', Values: [id(Vpcs?.[0]?.VpcId)] },
          { Name: 'group-name', Values: ['default'] },
        ],
      });
      await ec2.authorizeSecurityGroupIngress({
        GroupId: id(SecurityGroups?.[0]?.GroupId),
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      });
    });
    const { Instances } = await stage.aws<EC2.Reservation>(
      [
        ...['ec2', 'run-instances', '--image-id', base, '--instance-type', 't3.micro', '--user-data', USER_DATA],
        ...tagged('instance', 'baker'),
      ],
      ({ Instances }) => `${Instances?.[0]?.InstanceId} ${Instances?.[0]?.State?.Name}`,
    );
    const baker: At = { name: 'baker', id: id(Instances?.[0]?.InstanceId) };
    const guest = await stage.js(
      `ec2.runInstances({ a visitor, in the default VPC of account ${visitor} })`,
      async () => {
        const launched = await elsewhere.runInstances({
          ImageId: base,
          InstanceType: 't3.micro',
          MinCount: 1,
          MaxCount: 1,
        });
        return { name: 'visitor', id: id(launched.Instances?.[0]?.InstanceId) };
      },
      (made) => made.id,
    );
    await untilReady(stage, stage, [baker]);
    await untilReady(stage, stage.as(visitor), [guest]);
    const address = await stage.js(
      'ec2.describeInstances({ … })',
      async () =>
        id(
          (await ec2.describeInstances({ InstanceIds: [baker.id] })).Reservations?.[0]?.Instances?.[0]?.PublicIpAddress,
        ),
      (found) => `its public address is ${found}`,
    );
    await stage.inside(
      guest,
      // The server runs before its page is written.
      `timeout 180 sh -c 'until curl -sS --connect-timeout 2 http://${address}/ | grep ^THIS; do sleep 1; done'`,
      new RegExp(`^${PAGE}$`, 'm'),
    );
    const { ImageId } = await stage.aws<EC2.CreateImageResult>(
      ['ec2', 'create-image', '--instance-id', baker.id, '--name', 'web-server'],
      (made) => made.ImageId ?? '',
    );
    image = id(ImageId);
    await stage.until(
      'ec2.describeImages({ … }) until it is available',
      async () => (await ec2.describeImages({ ImageIds: [image] })).Images?.find(({ State }) => State === 'available'),
      ({ State }) => `${State}`,
      60_000,
    );
    await terminate(stage, stage, [baker]);
    await terminate(stage, stage.as(visitor), [guest]);
  });
  return image;
}
