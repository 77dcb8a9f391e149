/**
 * Whether a value is one of its record type, with Route 53's words where it is not. Values are kept as they came.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
 */
import { parseIp } from '../../net/ip.ts';
import { parseName } from './names.ts';

export const RECORD_TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SPF', 'SRV', 'TXT'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

const MAX_STRING = 255;

/** What is wrong with the value; undefined: nothing. */
export function fault(type: RecordType, value: string): string | undefined {
  const problem = CHECKS[type](value);
  return problem && `Invalid Resource Record: 'FATAL problem: ${problem} encountered with '${value}''`;
}

const CHECKS: Readonly<Record<RecordType, (value: string) => string | undefined>> = {
  A: (value) =>
    parseIp(value)?.version === 4 ? undefined : 'ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)',
  AAAA: (value) =>
    parseIp(value)?.version === 6 ? undefined : 'AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)',
  CNAME: (value) => (isHost(value) ? undefined : 'CNAMERRDATAIllegalDomainName (Value is not a valid domain name)'),
  NS: (value) => (isHost(value) ? undefined : 'NSRRDATAIllegalDomainName (Value is not a valid domain name)'),
  PTR: (value) => (isHost(value) ? undefined : 'PTRRRDATAIllegalDomainName (Value is not a valid domain name)'),
  MX: (value) => fields('MX', value, [isUint16, isHost]),
  SRV: (value) => fields('SRV', value, [isUint16, isUint16, isUint16, isHost]),
  SOA: (value) => fields('SOA', value, [isHost, isHost, isUint32, isUint32, isUint32, isUint32, isUint32]),
  CAA: (value) => {
    const [, flags, tag, text] = /^(\S+) +(\S+) +(\S.*)$/.exec(value) ?? [];
    if (flags === undefined || tag === undefined || text === undefined) {
      return 'CAARRDATANotThreeFields (Value must have 3 fields)';
    }
    if (!/^\d+$/.test(flags) || Number(flags) > 255) return 'CAARRDATAIllegalFlags (Flags must be between 0 and 255)';
    if (!/^[A-Za-z0-9]{1,15}$/.test(tag)) return 'CAARRDATAIllegalTag (Tag must be 1 to 15 letters and digits)';
    return strings(text, 1);
  },
  SPF: (value) => strings(value, Number.POSITIVE_INFINITY),
  TXT: (value) => strings(value, Number.POSITIVE_INFINITY),
};

type Check = (text: string) => boolean;

function fields(type: string, value: string, checks: readonly Check[]): string | undefined {
  const parts = value.split(/ +/);
  if (parts.length !== checks.length) {
    return `${type}RRDATANotRightNumberOfFields (Value must have ${checks.length} fields)`;
  }
  const at = checks.findIndex((check, index) => !check(parts[index] ?? ''));
  return at < 0 ? undefined : `${type}RRDATAIllegalField (Field ${at + 1} of the value is not valid)`;
}

/** One or more strings in quotation marks, with spaces between. */
function strings(value: string, most: number): string | undefined {
  if (!/^"(?:[^"\\]|\\.)*"( +"(?:[^"\\]|\\.)*")*$/.test(value)) {
    return 'InvalidCharacterString (Value should be enclosed in quotation marks)';
  }
  const found = value.match(/"(?:[^"\\]|\\.)*"/g) ?? [];
  if (found.length > most) return 'InvalidCharacterString (Value should be one string)';
  const isLong = found.some((each) => unescaped(each.slice(1, -1)).length > MAX_STRING);
  return isLong ? 'CharacterStringTooLong (Value is too long)' : undefined;
}

function unescaped(text: string): string {
  return text.replace(/\\(\d{3}|.)/g, 'x');
}

function isHost(text: string): boolean {
  return text === '.' || parseName(text) !== undefined;
}

function isUint16(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 0xffff;
}

function isUint32(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) <= 0xffffffff;
}
