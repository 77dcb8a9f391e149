/**
 * Proxy Protocol version 2 as AWS's network load balancers write it: CRC32C, then the endpoint's id for what came through an
 * endpoint, then padding, always 100 bytes, of either address family. Read haproxy.org/download/2.8/doc/proxy-protocol.txt and the
 * test of aws/elastic-load-balancing-tools (proprot).
 */

import ipaddr from 'ipaddr.js';
import { crc32c } from '../../net/crc32c.ts';

/** The two ends as the target shall see them. */
export interface ProxiedEnds {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const VERSION_2_LOCAL = 0x20;
const VERSION_2_PROXY = 0x21;
const UNSPECIFIED = 0x00;
const FAMILY_IPV4 = 0x10;
const FAMILY_IPV6 = 0x20;
const TRANSPORTS = { tcp: 1, udp: 2 } as const;
const PP2_TYPE_CRC32C = 0x03;
const PP2_TYPE_NOOP = 0x04;
const PP2_TYPE_AWS = 0xea;
const PP2_SUBTYPE_AWS_VPCE_ID = 0x01;
const HEADER_BYTES = 100;
const FIXED_BYTES = 16;
const TLV_BYTES = 3;

/** `vpcEndpointId`: null where the connection came by none. */
export function proxyHeader(
  ends: ProxiedEnds,
  vpcEndpointId: string | null,
  transport: keyof typeof TRANSPORTS = 'tcp',
): Buffer {
  // What nobody writes to stays zero: the checksum, and the padding's contents.
  const header = Buffer.alloc(HEADER_BYTES);
  SIGNATURE.copy(header);
  header[12] = VERSION_2_PROXY;
  const addresses = Buffer.concat([ends.source, ends.destination].map(bytesOf));
  header[13] = (addresses.length === 8 ? FAMILY_IPV4 : FAMILY_IPV6) | TRANSPORTS[transport];
  header.writeUInt16BE(HEADER_BYTES - FIXED_BYTES, 14);
  let at = FIXED_BYTES + addresses.copy(header, FIXED_BYTES);
  at = header.writeUInt16BE(ends.sourcePort, at);
  at = header.writeUInt16BE(ends.destinationPort, at);
  at = startTlv(header, at, PP2_TYPE_CRC32C, 4);
  const checksumAt = at;
  at += 4;
  if (vpcEndpointId !== null) {
    at = startTlv(header, at, PP2_TYPE_AWS, 1 + vpcEndpointId.length);
    header[at] = PP2_SUBTYPE_AWS_VPCE_ID;
    at += 1 + header.write(vpcEndpointId, at + 1, 'latin1');
  }
  startTlv(header, at, PP2_TYPE_NOOP, HEADER_BYTES - at - TLV_BYTES);
  header.writeUInt32BE(crc32c(header), checksumAt);
  return header;
}

/** For connections that are the load balancer's own: health checks. */
export function localHeader(): Buffer {
  return Buffer.concat([SIGNATURE, Buffer.of(VERSION_2_LOCAL, UNSPECIFIED, 0, 0)]);
}

/** Where its value goes. */
function startTlv(header: Buffer, at: number, type: number, length: number): number {
  header[at] = type;
  header.writeUInt16BE(length, at + 1);
  return at + TLV_BYTES;
}

function bytesOf(address: string): Buffer {
  return Buffer.from(ipaddr.parse(address).toByteArray());
}
