/** Address blocks as callers give them: parsed, made canonical, and AWS's words where they are none. */

import { refuse } from '../../model/refusal.ts';
import { type Cidr, formatCidr, parseCidr } from '../../net/cidr.ts';
import { invalidValue } from '../shared/input.ts';

/** An IPv4 block; host bits are cleared, as AWS does. */
export function blockOf(text: string, parameter: string): Cidr {
  return blockOfVersion(4, text, parameter);
}

/** An IPv6 block likewise. */
export function ipv6BlockOf(text: string, parameter: string): Cidr {
  return blockOfVersion(6, text, parameter);
}

function blockOfVersion(version: 4 | 6, text: string, parameter: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined || cidr.version !== version) invalidValue(text, parameter, 'This is not a valid CIDR block.');
  return cidr;
}

/** A VPC's or subnet's block: /16 to /28, in canonical text. */
export function sizedBlock(text: string, code: 'InvalidVpc.Range' | 'InvalidSubnet.Range'): Cidr {
  const cidr = blockOf(text, 'cidrBlock');
  if (cidr.prefix < 16 || cidr.prefix > 28) refuse(code, `The CIDR '${formatCidr(cidr)}' is invalid.`);
  return cidr;
}
