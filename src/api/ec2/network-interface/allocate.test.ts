/** Free addresses by index against a walk through all that are used, while interfaces with one, several and no address come and go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Harness, harness } from '../../testing.ts';

/** As AWS leaves them: the first four and the last of the /24 are its own. */
function walk(aws: Harness, SubnetId: string) {
  const used = new Set(
    aws.intent
      .table('networkInterface')
      .by('subnetId', SubnetId)
      .flatMap(({ addresses }) => addresses),
  );
  const free = Array.from({ length: 251 }, (_, n) => `10.0.0.${n + 4}`).filter((each) => !used.has(each));
  return { lowest: free[0], count: free.length };
}

test('the lowest free address and how many there are, whoever came and went', () => {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.0.0/24' }).Subnet;
  const made: string[] = [];
  const check = () => {
    const { lowest, count } = walk(aws, SubnetId);
    const [subnet] = aws.call('DescribeSubnets', { SubnetIds: [SubnetId] }).Subnets;
    assert.equal(subnet.AvailableIpAddressCount, count);
    if (lowest === undefined) {
      assert.match(aws.refusal('CreateNetworkInterface', { SubnetId }), /^InsufficientFreeAddressesInSubnet/);
      return false;
    }
    const { NetworkInterface } = aws.call('CreateNetworkInterface', { SubnetId });
    assert.equal(NetworkInterface.PrivateIpAddress, lowest);
    made.push(NetworkInterface.NetworkInterfaceId);
    return true;
  };
  // Every seventh goes again, every fifth has more: blocks fill, open, and fill.
  for (let n = 0; check(); n++) {
    const NetworkInterfaceId = made.at(-1) ?? '';
    const { count } = walk(aws, SubnetId);
    if (n % 5 === 0 && count > 3) {
      aws.call('AssignPrivateIpAddresses', { NetworkInterfaceId, SecondaryPrivateIpAddressCount: 2 });
    }
    if (n % 7 === 3)
      aws.call('DeleteNetworkInterface', { NetworkInterfaceId: made.splice(n % made.length, 1)[0] ?? '' });
  }
  const { count } = walk(aws, SubnetId);
  assert.equal(count, 0);
  aws.call('DeleteNetworkInterface', { NetworkInterfaceId: made[100] ?? '' });
  assert.ok(check());
});
