/** A question why, as a scenario writes it: `client why $name:443 tcp: CODE $resource`, and below it `fix: aws …`. Pure. */
import { SyntaxFault, type WhyStep } from './syntax.ts';

const WHY =
  /^(?<place>[a-z]\w*) why (?<to>\S+?)(?::(?<port>\d+))?(?: (?<protocol>tcp|udp|ping))?(?: for (?<action>[\w-]+:\w+))?: (?<value>\S+(?: \S+)?)$/;
const URL_FORM = /^(?<scheme>https?):\/\/(?<host>[^/:]+)$/;
const FIX = /^\s+fix: (?<value>aws .+)$/;

interface Line {
  readonly line: number;
  readonly text: string;
}

/** undefined: it is none. */
export function parseWhy({ line, text }: Line, below: readonly Line[]): WhyStep | undefined {
  const found = WHY.exec(text)?.groups;
  if (found === undefined) return undefined;
  const { place = '', to = '', port, protocol, action = null, value = '' } = found;
  const { scheme, host = to } = URL_FORM.exec(to)?.groups ?? {};
  const before = text.slice(0, text.length - value.length);
  if ((scheme === undefined) === (protocol === undefined)) {
    throw new SyntaxFault(line, 'a question has a protocol, or a URL that says it');
  }
  if (scheme === undefined && (protocol === 'ping') !== (port === undefined)) {
    throw new SyntaxFault(line, 'tcp and udp have a port, a ping has none');
  }
  const usual = scheme === undefined ? null : scheme === 'https' ? 443 : 80;
  return {
    ...{ kind: 'why', line, text: before.slice(0, -2), place, action, to: host, tls: scheme === 'https' },
    port: port === undefined ? usual : Number(port),
    protocol: (protocol ?? 'tcp') as WhyStep['protocol'],
    expected: { line, before, value },
    fixes: below.map(parseFix),
  };
}

function parseFix({ line, text }: Line): WhyStep['fixes'][number] {
  const { value } = FIX.exec(text)?.groups ?? {};
  if (value === undefined) throw new SyntaxFault(line, `below a question stands "fix: aws …", not: ${text.trim()}`);
  return { line, before: text.slice(0, text.length - value.length), value };
}
