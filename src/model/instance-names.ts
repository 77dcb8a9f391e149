/**
 * The DNS names that follow from an instance's addresses. Whether a name is in force depends on the VPC's DNS attributes.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html#vpc-dns-hostnames
 */

/** "ip-10-0-1-5.ap-south-1.compute.internal". */
export function privateInstanceName(region: string, address: string): string {
  return `ip-${address.replaceAll('.', '-')}.${privateInstanceZone(region)}`;
}

/** The domain of private names, which the region's default DHCP options hand out. */
export function privateInstanceZone(region: string): string {
  return region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
}

/** "ec2-198-18-0-16.ap-south-1.compute.amazonaws.com". */
export function publicInstanceName(region: string, address: string): string {
  return `ec2-${address.replaceAll('.', '-')}.${publicInstanceZone(region)}`;
}

export function publicInstanceZone(region: string): string {
  return region === 'us-east-1' ? 'compute-1.amazonaws.com' : `${region}.compute.amazonaws.com`;
}
