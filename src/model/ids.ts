/** AWS's resource ids: a prefix and 17 hexadecimal digits. The digits come from the caller, so that decisions replay. */

const PREFIXES = {
  vpc: 'vpc',
  subnet: 'subnet',
  routeTable: 'rtb',
  routeTableAssociation: 'rtbassoc',
  internetGateway: 'igw',
  egressOnlyInternetGateway: 'eigw',
  natGateway: 'nat',
  securityGroup: 'sg',
  securityGroupRule: 'sgr',
  networkInterface: 'eni',
  attachment: 'eni-attach',
  networkAcl: 'acl',
  networkAclAssociation: 'aclassoc',
  flowLog: 'fl',
  dhcpOptions: 'dopt',
  prefixList: 'pl',
  vpcPeering: 'pcx',
  transitGateway: 'tgw',
  transitAttachment: 'tgw-attach',
  transitRouteTable: 'tgw-rtb',
  customerGateway: 'cgw',
  vpnGateway: 'vgw',
  vpnConnection: 'vpn',
  elasticAddress: 'eipalloc',
  addressAssociation: 'eipassoc',
  vpcEndpoint: 'vpce',
  endpointService: 'vpce-svc',
  servicePermission: 'vpce-svc-perm',
  endpointConnection: 'vpce-con',
  connectionNotification: 'vpce-nfn',
  networkInsightsPath: 'nip',
  networkInsightsAnalysis: 'nia',
  instance: 'i',
  reservation: 'r',
  image: 'ami',
  keyPair: 'key',
  profileAssociation: 'iip-assoc',
  volume: 'vol',
  snapshot: 'snap',
  cidrAssociation: 'vpc-cidr-assoc',
  inboundEndpoint: 'rslvr-in',
  outboundEndpoint: 'rslvr-out',
  resolverAddress: 'rni',
  resolverRule: 'rslvr-rr',
  resolverAssociation: 'rslvr-rrassoc',
  queryLog: 'rslvr-qlc',
  queryLogAssociation: 'rslvr-qlcassoc',
} as const;

export type IdKind = keyof typeof PREFIXES;

export function newId(kind: IdKind, source: { hex(count: number): string }): string {
  return `${PREFIXES[kind]}-0${source.hex(16)}`;
}

/** True where the text has the form of such an id (8 or 17 digits, as old and new ids have). */
export function isId(kind: IdKind, text: string): boolean {
  return new RegExp(`^${PREFIXES[kind]}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(text);
}
