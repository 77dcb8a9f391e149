/** struct sockaddr_in and sockaddr_in6 as bytes (ip(7), ipv6(7)). */
import { endianness } from 'node:os';
import ipaddr from 'ipaddr.js';
import { Fault } from './fault.ts';

export const AF_INET = 2;
export const AF_INET6 = 10;

export function parseSocketAddress(address: string, port: number): { family: number; bytes: Buffer } {
  if (!ipaddr.isValid(address)) throw new Fault(`not an address: ${address}`);
  const octets = Buffer.from(ipaddr.parse(address).toByteArray());
  const family = octets.length === 4 ? AF_INET : AF_INET6;
  const bytes = Buffer.alloc(family === AF_INET ? 16 : 28);
  if (endianness() === 'LE') bytes.writeUInt16LE(family, 0);
  else bytes.writeUInt16BE(family, 0);
  bytes.writeUInt16BE(port, 2);
  octets.copy(bytes, family === AF_INET ? 4 : 8);
  return { family, bytes };
}
