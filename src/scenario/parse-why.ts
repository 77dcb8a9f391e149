/** A question why, as a scenario writes it: `client why $name:443 tcp: CODE $resource`, and below it `fix: aws …`. Pure. */
import { protocolOf } from './parse-packet.ts';
import { type Span, SyntaxFault, type WhyStep } from './syntax.ts';

const WHY =
  /^(?<place>[a-z]\w*) why (?<to>\S+?)(?::(?<port>\d+))?(?: (?<protocol>tcp|udp|ping|protocol \d{1,3}))?(?: for (?<action>[\w-]+:\w+)(?: on (?<resource>\S+))?(?: as (?<as>\S+))?)?: (?<value>\S+(?: \S+)?)$/;
const URL_FORM = /^(?<scheme>https?):\/\/(?<host>[^/:]+)$/;
const SAYS = /^\s+says: (?<value>.+)$/;
const FIX = /^\s+fix: (?<value>aws .+)$/;

interface Line {
  readonly line: number;
  readonly text: string;
}

/** undefined: it is none. */
export function parseWhy({ line, text }: Line, below: readonly Line[]): WhyStep | undefined {
  const found = WHY.exec(text)?.groups;
  if (found === undefined) return undefined;
  const { place = '', to = '', port, protocol: word, action = null, resource = null, as = null, value = '' } = found;
  const { scheme, host = to } = URL_FORM.exec(to)?.groups ?? {};
  const before = text.slice(0, text.length - value.length);
  if ((scheme === undefined) === (word === undefined)) {
    throw new SyntaxFault(line, 'a question has a protocol, or a URL that says it');
  }
  const protocol = protocolOf(line, word ?? 'tcp');
  const hasPort = protocol === 'tcp' || protocol === 'udp';
  if (scheme === undefined && hasPort === (port === undefined)) {
    throw new SyntaxFault(line, 'tcp and udp have a port, others have none');
  }
  const usual = scheme === undefined ? null : scheme === 'https' ? 443 : 80;
  return {
    ...{ kind: 'why', line, text: before.slice(0, -2), place, action, resource, as, to: host, tls: scheme === 'https' },
    port: port === undefined ? usual : Number(port),
    protocol,
    expected: { line, before, value },
    says: parseSays(below[0]),
    fixes: below.slice(SAYS.test(below[0]?.text ?? '') ? 1 : 0).map(parseFix),
  };
}

function parseSays(below: Line | undefined): WhyStep['says'] {
  const value = SAYS.exec(below?.text ?? '')?.groups?.value;
  return below === undefined || value === undefined ? null : spanOf(below, value);
}

function parseFix(below: Line): WhyStep['fixes'][number] {
  const value = FIX.exec(below.text)?.groups?.value;
  if (value === undefined) {
    const sentence = `below a question stand "says: …", then "fix: aws …", not: ${below.text.trim()}`;
    throw new SyntaxFault(below.line, sentence);
  }
  return spanOf(below, value);
}

/** A value that its line ends with, and where it stands. */
export function spanOf({ line, text }: Line, value: string): Span & { readonly value: string } {
  return { line, before: text.slice(0, text.length - value.length), value };
}
