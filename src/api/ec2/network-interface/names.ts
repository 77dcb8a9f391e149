/** Names that AWS derives from addresses. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html */

/** "ip-10-0-1-5.ap-south-1.compute.internal". */
export function privateName(address: string, region: string): string {
  return `ip-${address.replaceAll('.', '-')}.${privateDomain(region)}`;
}

/** The domain of private names, which the region's default DHCP options hand out. */
export function privateDomain(region: string): string {
  return region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
}

/** "ec2-198-18-0-16.ap-south-1.compute.amazonaws.com". */
export function publicName(address: string, region: string): string {
  const domain = region === 'us-east-1' ? 'compute-1.amazonaws.com' : `${region}.compute.amazonaws.com`;
  return `ec2-${address.replaceAll('.', '-')}.${domain}`;
}
