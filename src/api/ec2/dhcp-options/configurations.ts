/**
 * The options of a set as callers write them, checked, and as AWS shows them.
 * https://docs.aws.amazon.com/vpc/latest/userguide/VPC_DHCP_Options.html
 */
import type { DhcpConfiguration, NewDhcpConfiguration } from '@aws-sdk/client-ec2';
import { AMAZON_DNS } from '../../../model/dhcp-options.ts';
import type { DhcpOptions } from '../../../model/resources.ts';
import { formatIp, parseIp } from '../../../net/ip.ts';
import { distinct, invalidValue, required } from '../../shared/input.ts';

const MAX_SERVERS = 4;
const NODE_TYPES = ['1', '2', '4', '8'];
const LEASE_SECONDS = { least: 140, most: 2_147_483_647 };
const LABEL = '[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const NAMES = new RegExp(`^${LABEL}(\\.${LABEL})*\\.?( ${LABEL}(\\.${LABEL})*\\.?)*$`);
const MAX_NAMES = 255;

/** By key: what its values must be, and how they are kept. */
const OPTIONS: Readonly<Record<string, (values: readonly string[], key: string) => readonly string[]>> = {
  'domain-name': (values, key) => {
    const name = one(values, key);
    if (name.length > MAX_NAMES || !NAMES.test(name)) invalidValue(name, key, 'It is not a domain name.');
    return [name];
  },
  'domain-name-servers': (values, key) =>
    atMost(
      MAX_SERVERS,
      values.map((value) => (value === AMAZON_DNS ? value : address(value, key))),
      key,
    ),
  'ntp-servers': (values, key) => {
    const found = values.map((value) => address(value, key));
    for (const version of [4, 6]) {
      atMost(
        MAX_SERVERS,
        found.filter((each) => parseIp(each)?.version === version),
        key,
      );
    }
    return found;
  },
  'netbios-name-servers': (values, key) =>
    atMost(
      MAX_SERVERS,
      values.map((value) => address(value, key, 4)),
      key,
    ),
  'netbios-node-type': (values, key) => {
    const type = one(values, key);
    if (!NODE_TYPES.includes(type)) invalidValue(type, key, `It must be one of ${NODE_TYPES.join(', ')}.`);
    return [type];
  },
  'ipv6-address-preferred-lease-time': (values, key) => {
    const seconds = one(values, key);
    const { least, most } = LEASE_SECONDS;
    if (!/^[1-9]\d{0,9}$/.test(seconds) || Number(seconds) < least || Number(seconds) > most) {
      invalidValue(seconds, key, `It must be between ${least} and ${most} seconds.`);
    }
    return [seconds];
  },
};

type Options = Pick<DhcpOptions, 'domainName' | 'domainNameServers' | 'others'>;

/** No options, no key or values, an unknown key, one twice, then each option's own values: refused in this order. */
export function optionsAsked(asked: readonly NewDhcpConfiguration[]): Options {
  if (asked.length === 0) required(undefined, 'dhcpConfiguration');
  const found = new Map<string, readonly string[]>();
  for (const { Key, Values = [] } of asked) {
    const key = required(Key, 'dhcpConfiguration.key');
    const values = Values.flatMap((each) => each.split(',')).map((each) => each.trim());
    required(
      values.find((each) => each !== ''),
      'dhcpConfiguration.value',
    );
    const check = OPTIONS[key];
    if (check === undefined) invalidValue(key, 'dhcpConfiguration.key', 'It is not a DHCP option.');
    if (found.has(key)) invalidValue(key, 'dhcpConfiguration.key', 'It must not appear multiple times.');
    found.set(key, check(values, key));
  }
  const {
    'domain-name': [domainName = null] = [],
    'domain-name-servers': domainNameServers = [],
    ...others
  } = Object.fromEntries(found) as Record<string, readonly string[] | undefined>;
  return { domainName, domainNameServers, others: others as Record<string, readonly string[]> };
}

export function configurationsOf({ domainName, domainNameServers, others = {} }: Options): DhcpConfiguration[] {
  const all = {
    ...(domainName !== null && { 'domain-name': [domainName] }),
    ...(domainNameServers.length > 0 && { 'domain-name-servers': domainNameServers }),
    ...others,
  };
  return Object.entries(all).map(([Key, values]) => ({ Key, Values: values.map((Value) => ({ Value })) }));
}

function one(values: readonly string[], key: string): string {
  const [value = '', ...more] = values;
  if (more.length > 0) invalidValue(values.join(','), key, 'It takes one value.');
  return value;
}

function atMost(most: number, values: readonly string[], key: string): readonly string[] {
  const found = distinct(values);
  if (found.length > most) invalidValue(found.join(','), key, `It takes at most ${most} addresses.`);
  return found;
}

function address(text: string, key: string, version?: 4): string {
  const ip = parseIp(text);
  if (ip === undefined || (version !== undefined && ip.version !== version)) {
    invalidValue(text, key, 'It is not an IP address.');
  }
  return formatIp(ip);
}
