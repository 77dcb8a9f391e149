/**
 * An entry as callers write it, checked and made canonical.
 * https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
 */
import type { CreateNetworkAclEntryRequest } from '@aws-sdk/client-ec2';
import { refuse } from '../../../model/refusal.ts';
import type { NetworkAcl, NetworkAclEntry } from '../../../model/resources.ts';
import { formatCidr, parseCidr } from '../../../net/cidr.ts';
import { invalidValue, required } from '../../shared/input.ts';
import type { Reads } from '../../shared/unsupported.ts';
import { blockOf } from '../blocks.ts';

export const ENTRY_READS = {
  NetworkAclId: true,
  RuleNumber: true,
  Protocol: true,
  RuleAction: ['allow', 'deny'],
  Egress: true,
  CidrBlock: true,
  Ipv6CidrBlock: true,
  IcmpTypeCode: { Type: true, Code: true },
  PortRange: { From: true, To: true },
} as const satisfies Reads<CreateNetworkAclEntryRequest>;

const ICMP = '1';
const ICMPV6 = '58';
/** Protocols with types and codes in place of ports. */
export const WITH_TYPES = new Set([ICMP, ICMPV6]);
const NAMES: Readonly<Record<string, string>> = { tcp: '6', udp: '17', icmp: ICMP, all: '-1' };
/** Numbers above it are AWS's own. */
const MAX_NUMBER = 32_766;
const MAX_PORT = 65_535;

/** Refuses, in this order: number, protocol, ports or ICMP type, block. */
export function entryOf(input: CreateNetworkAclEntryRequest): NetworkAclEntry {
  const number = ruleNumberOf(input.RuleNumber);
  const protocol = protocolOf(required(input.Protocol, 'protocol'));
  return {
    number,
    egress: input.Egress ?? false,
    action: required(input.RuleAction, 'ruleAction'),
    protocol,
    ports: portsOf(protocol, input),
    cidr: cidrIn(input),
  };
}

function cidrIn({ CidrBlock: block, Ipv6CidrBlock: ipv6 }: CreateNetworkAclEntryRequest): string {
  if (ipv6 === undefined) return formatCidr(blockOf(required(block, 'cidrBlock'), 'cidrBlock'));
  if (block !== undefined) {
    refuse('InvalidParameterCombination', 'The parameter cidrBlock may not be used in combination with ipv6CidrBlock');
  }
  const cidr = parseCidr(ipv6);
  if (cidr?.version !== 6) invalidValue(ipv6, 'ipv6CidrBlock', 'This is not a valid CIDR block.');
  return formatCidr(cidr);
}

export function ruleNumberOf(asked: number | undefined): number {
  const number = required(asked, 'ruleNumber');
  if (number < 1 || number > MAX_NUMBER) {
    invalidValue(number, 'ruleNumber', `Must be between 1 and ${MAX_NUMBER}.`);
  }
  return number;
}

/** The entry with that number and direction. */
export function entryAt(acl: NetworkAcl, number: number, egress: boolean): NetworkAclEntry | undefined {
  return acl.entries.find((entry) => entry.number === number && entry.egress === egress);
}

export function missingEntry(number: number): never {
  refuse('InvalidNetworkAclEntry.NotFound', `The network acl entry identified by ${number} does not exist.`);
}

/** The ACL without the entry at that number, and with the new one, in their order. */
export function withEntry(acl: NetworkAcl, number: number, egress: boolean, entry?: NetworkAclEntry): NetworkAcl {
  const others = acl.entries.filter((each) => each.number !== number || each.egress !== egress);
  const entries = entry === undefined ? others : [...others, entry];
  return { ...acl, entries: entries.sort((a, b) => Number(b.egress) - Number(a.egress) || a.number - b.number) };
}

function protocolOf(asked: string): string {
  const protocol = NAMES[asked.toLowerCase()] ?? asked;
  const isNumber = /^(0|[1-9]\d{0,2})$/.test(protocol) && Number(protocol) <= 255;
  if (protocol !== '-1' && !isNumber) {
    refuse('InvalidParameterValue', `Invalid value '${asked}' for IP protocol. Unknown protocol.`);
  }
  return protocol;
}

function portsOf(protocol: string, input: CreateNetworkAclEntryRequest): NetworkAclEntry['ports'] {
  if (protocol === '6' || protocol === '17') {
    const { From: from, To: to } = required(input.PortRange, 'portRange');
    if (from === undefined || to === undefined) {
      refuse('MissingParameter', 'The request must contain the parameter portRange.from and portRange.to');
    }
    for (const port of [from, to]) {
      if (port < 0 || port > MAX_PORT) refuse('InvalidParameterValue', `TCP/UDP port (${port}) out of range`);
    }
    if (from > to) refuse('InvalidParameterValue', `Invalid TCP/UDP port range (${from}:${to})`);
    return { from, to };
  }
  // Of other protocols any ports and types that are given do not count; nor do ICMPv6's where the block is IPv4.
  if (protocol !== ICMP && (protocol !== ICMPV6 || input.Ipv6CidrBlock === undefined)) return null;
  const { Type: type, Code: code = -1 } = required(input.IcmpTypeCode, 'icmpTypeCode');
  if (type === undefined) refuse('MissingParameter', 'The request must contain the parameter icmpTypeCode.type');
  if (type < -1 || type > 255) refuse('InvalidParameterValue', `ICMP type (${type}) out of range`);
  if (code < -1 || code > 255) refuse('InvalidParameterValue', `ICMP code (${code}) out of range`);
  return { from: type, to: code };
}
