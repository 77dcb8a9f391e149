import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { parseScenario } from './parse.ts';
import { type Step, SyntaxFault } from './syntax.ts';

function stepsOf(...lines: readonly string[]): readonly Step[] {
  return parseScenario(['# Title', '', '```console', ...lines, '```'].join('\n')).steps;
}

function only(...lines: readonly string[]): Step {
  const [step, ...others] = stepsOf(...lines);
  assert.ok(step !== undefined && others.length === 0);
  return step;
}

describe('steps', () => {
  const rows: readonly (readonly [line: string, expected: object])[] = [
    ['account consumer 222222222222', { kind: 'account', name: 'consumer', account: '222222222222' }],
    ['keys alice $id $secret', { kind: 'keys', name: 'alice', values: ['$id', '$secret'] }],
    ['include ../parts/consumer.md', { kind: 'include', path: '../parts/consumer.md' }],
    ['web serves tcp/80', { kind: 'serve', place: 'web', protocol: 'tcp', port: 80, status: 200 }],
    ['web serves http/80 503', { kind: 'serve', place: 'web', protocol: 'tcp', port: 80, status: 503 }],
    ['fw forwards', { kind: 'sendOn', place: 'fw', how: 'plain' }],
    ['fw forwards as itself', { kind: 'sendOn', place: 'fw', how: 'translated' }],
    ['fw forwards nothing', { kind: 'sendOn', place: 'fw', how: 'not' }],
    ['web stops udp/53', { kind: 'stop', place: 'web', protocol: 'udp', port: 53 }],
    ['call is reset', { kind: 'flow', flow: 'call', expected: 'is reset', before: 'call ' }],
    ['flows are logged', { kind: 'logged' }],
    ['meters are read', { kind: 'metered' }],
    ['clock +7 days', { kind: 'clock', milliseconds: 604_800_000 }],
    ['clock +1 minute', { kind: 'clock', milliseconds: 60_000 }],
    ['hold', { kind: 'hold' }],
    ['culvert up --internet', { kind: 'up' }],
    ['web serves protocol 47', { kind: 'serve', place: 'web', protocol: 47, port: 0 }],
    ['client -> web protocol 47: refused by web', { kind: 'packet', to: 'web', port: null, protocol: 47 }],
    ['client why web protocol 50: delivered', { kind: 'why', to: 'web', port: null, protocol: 50 }],
    [
      'client dig $name: 10.0.1.5, 10.0.2.5',
      {
        kind: 'dig',
        place: 'client',
        name: '$name',
        type: 'A',
        expected: { line: 4, before: 'client dig $name: ', values: ['10.0.1.5', '10.0.2.5'] },
      },
    ],
    ['ns serves dns 192.0.2.9', { kind: 'serve', place: 'ns', protocol: 'udp', port: 53, told: '192.0.2.9' }],
    ['client dig a.b @10.0.1.53: 10.0.1.7', { kind: 'dig', name: 'a.b', type: 'A', server: '10.0.1.53' }],
    ['client dig a.b MX @$ns: NODATA', { kind: 'dig', type: 'MX', server: '$ns' }],
    ['client dig a.b MX: NXDOMAIN', { kind: 'dig', type: 'MX' }],
    [
      'client dig a.b 600 times: 10.0.1.1 in 50 %, 10.0.1.2 in 50 %',
      { kind: 'shares', place: 'client', name: 'a.b', times: 600, expected: { before: 'client dig a.b 600 times: ' } },
    ],
    [
      'client tls $name:443: another name',
      { kind: 'tls', name: '$name', port: 443, expected: { value: 'another name' } },
    ],
    ['client why https://$name: delivered', { kind: 'why', to: '$name', port: 443, protocol: 'tcp', tls: true }],
    ['client why $a:53 udp: delivered', { kind: 'why', to: '$a', port: 53, protocol: 'udp', tls: false, action: null }],
    ['client why web ping: BAD_STATE $web', { kind: 'why', port: null, expected: { value: 'BAD_STATE $web' } }],
    [
      'client why http://a.b for sqs:Send: delivered',
      { kind: 'why', port: 80, action: 'sqs:Send', text: 'client why http://a.b for sqs:Send' },
    ],
    ['provider$ fix', { kind: 'fix', actor: 'provider' }],
    [
      'client -> 10.0.1.5:443 tcp: delivered to web, seen from 10.0.1.9',
      {
        kind: 'packet',
        flow: null,
        from: 'client',
        source: null,
        to: '10.0.1.5',
        port: 443,
        protocol: 'tcp',
        text: 'client -> 10.0.1.5:443 tcp',
      },
    ],
    ['call = client -> $name:80 tcp: delivered', { flow: 'call', to: '$name', port: 80 }],
    ['client from 10.0.9.9 -> 10.0.1.5 ping: dropped at source', { source: '10.0.9.9', port: null, protocol: 'ping' }],
    ['client -> [2001:db8::1]:53 udp: refused by web', { to: '2001:db8::1', port: 53, protocol: 'udp' }],
    ['client -> 2001:db8::1 ping: delivered', { to: '2001:db8::1', port: null }],
  ];
  for (const [line, expected] of rows) it(line, () => assert.partialDeepStrictEqual(only(line), expected));
});

test('what is expected of a packet', () => {
  const fateOf = (text: string) => (only(`a -> b:1 tcp: ${text}`) as Extract<Step, { kind: 'packet' }>).expected;
  const span = { line: 4, before: 'a -> b:1 tcp: ' };
  assert.deepEqual(fateOf('delivered'), { kind: 'delivered', ...span, to: [], seenFrom: null });
  assert.deepEqual(fateOf('delivered to b or $c'), { kind: 'delivered', ...span, to: ['b', '$c'], seenFrom: null });
  assert.deepEqual(fateOf('refused by b'), { kind: 'refused', ...span, to: ['b'] });
  assert.deepEqual(fateOf('dropped at group_in (SG_HAS_NO_RULES)'), {
    kind: 'dropped',
    ...span,
    stage: 'group_in',
    reason: 'SG_HAS_NO_RULES',
  });
});

test('a call, over several lines, with what is expected below it', () => {
  const step = only(
    "consumer$ aws ec2 describe-vpcs --filters 'Name=state,Values=a b' \\",
    '    --region eu-west-1',
    '  # whatever',
    '  $vpc = Vpcs[0].VpcId',
    '  Vpcs[0].State becomes available within 3 seconds',
    '  Vpcs[*].VpcId contains $vpc',
    '  Vpcs[0].Tags[Key=Name].Value: the one',
  );
  assert.partialDeepStrictEqual(step, {
    kind: 'call',
    line: 4,
    actor: 'consumer',
    words: [
      { text: 'ec2', literal: false },
      { text: 'describe-vpcs', literal: false },
      { text: '--filters', literal: false },
      { text: 'Name=state,Values=a b', literal: true },
      { text: '--region', literal: false },
      { text: 'eu-west-1', literal: false },
    ],
    expected: [
      { kind: 'binding', name: 'vpc', path: 'Vpcs[0].VpcId' },
      { kind: 'output', path: 'Vpcs[0].State', verb: 'is', value: 'available', withinMs: 3000 },
      { kind: 'output', path: 'Vpcs[*].VpcId', verb: 'contains', value: '$vpc', withinMs: null },
      { kind: 'output', verb: 'is', value: 'the one', before: '  Vpcs[0].Tags[Key=Name].Value: ' },
    ],
  });
});

test('a call from inside an instance, by its role or by other keys', () => {
  const command = '$ aws sqs list-queues';
  assert.partialDeepStrictEqual(only(`[client]${command}`), { kind: 'call', place: 'client', actor: null });
  assert.partialDeepStrictEqual(only(`[client as bob]${command}`), { place: 'client', actor: 'bob' });
  assert.partialDeepStrictEqual(only(`[a as 222222222222]${command}`), { place: 'a', actor: '222222222222' });
  assert.partialDeepStrictEqual(only(command), { place: null, actor: null });
});

test('the commands that a question is to advise stand below it', () => {
  const step = only('client why $a:1 tcp: CODE', '  fix: aws ec2 x --y $z', "  fix: aws ec2 x '{}'");
  assert.partialDeepStrictEqual(step, {
    kind: 'why',
    expected: { line: 4, before: 'client why $a:1 tcp: ', value: 'CODE' },
    fixes: [
      { line: 5, before: '  fix: ', value: 'aws ec2 x --y $z' },
      { line: 6, before: '  fix: ', value: "aws ec2 x '{}'" },
    ],
  });
});

test('what is among the status stands below it', () => {
  assert.partialDeepStrictEqual(only('$ culvert status', '  office ...  up'), {
    ...{ kind: 'status', text: '$ culvert status' },
    expected: [{ line: 5, before: '  ', value: 'office ...  up' }],
  });
});

test('steps below a "for" are repeated, with their own lines', () => {
  const step = only(
    'for n in 1 to 50',
    '  $ aws ec2 x --y 10.$n.0.0/16',
    '    $id = Vpc.Id',
    '  client -> $id ping: delivered',
  );
  assert.partialDeepStrictEqual(step, {
    ...{ kind: 'repeat', name: 'n', first: 1, last: 50 },
    steps: [
      { kind: 'call', line: 5, expected: [{ kind: 'binding', line: 6, name: 'id' }] },
      { kind: 'packet', line: 7, to: '$id' },
    ],
  });
});

test('an error is expected at once, or at last', () => {
  const errorOf = (line: string) => (only('$ aws ec2 x', line) as Extract<Step, { kind: 'call' }>).expected[0];
  assert.partialDeepStrictEqual(errorOf('  error A.B: it is so'), { code: 'A.B', message: 'it is so', withinMs: null });
  assert.partialDeepStrictEqual(errorOf('  becomes error A'), { code: 'A', message: null, withinMs: 30_000 });
});

test('a block with a name is a file', () => {
  const { files } = parseScenario('# T\n```json policy.json\n{"a": 1}\n```\n```text\nfor people\n```');
  assert.deepEqual([...files], [['policy.json', '{"a": 1}\n']]);
});

describe('what is not understood has its line', () => {
  const rows: readonly (readonly [text: string, line: number, sentence: RegExp])[] = [
    ['no title', 1, /begins with/],
    ['# T\n```console\nhold', 2, /not closed/],
    ['# T\n```bash\nls\n```', 2, /console/],
    ['# T\n```json a\n```\n```json a\n```', 4, /above/],
    ['# T\n```json a/b\n```', 2, /no name of a file/],
    ['# T\n```console\nclient sings\n```', 3, /no step: client sings/],
    ['# T\n```console\n  hold\n```', 3, /nothing stands above/],
    ['# T\n```console\nhold\n  Vpc: a\n```', 4, /only calls/],
    ['# T\n```console\n$ ls -l x\n```', 3, /aws SERVICE OPERATION/],
    ['# T\n```console\n$ aws ec2 describe-vpcs | jq\n```', 3, /\| is a shell's/],
    ['# T\n```console\n$ aws ec2 "describe\n```', 3, /not closed/],
    ['# T\n```console\n$ aws ec2 describe-vpcs \\\n```', 3, /goes on/],
    ['# T\n```console\n$ aws ec2 describe-vpcs\n  Vpcs = a\n```', 4, /no expectation/],
    ['# T\n```console\n$ aws ec2 describe-vpcs\n  error A\n  Vpcs: []\n```', 3, /no output/],
    ['# T\n```console\nclient -> 10.0.0.1 tcp: delivered\n```', 3, /port is missing/],
    ['# T\n```console\nclient -> 10.0.0.1:1 ping: delivered\n```', 3, /ping has no port/],
    ['# T\n```console\nclient -> 10.0.0.1:1 tcp: lost\n```', 3, /a packet is/],
    ['# T\n```console\ncall = client -> 10.0.0.1:1 udp: delivered\n```', 3, /TCP/],
    ['# T\n```console\ncall = client -> 10.0.0.1:1 tcp: refused\n```', 3, /delivered/],
    ['# T\n```console\nclient why a.b: delivered\n```', 3, /a protocol, or a URL/],
    ['# T\n```console\nclient why https://a.b tcp: delivered\n```', 3, /a protocol, or a URL/],
    ['# T\n```console\nclient why a.b tcp: delivered\n```', 3, /have a port/],
    ['# T\n```console\nclient why a.b:1 tcp: CODE\n  aws ec2 x\n```', 4, /fix: aws/],
    ['# T\n```console\nweb serves tcp/80 503\n```', 3, /http only/],
    ['# T\n```console\nfor n in 1 to 3\n```', 3, /no step stands below/],
    ['# T\n```console\nfor n in 1 to 3\n  include a.md\n```', 4, /not repeated/],
    ['# T\n```console\nfor n in 1 to 3\n  culvert up --internet\n```', 4, /not repeated/],
    ['# T\n```console\nfor n in 3 to 2\n  hold\n```', 3, /never played/],
    ['# T\n```console\n$ culvert status\n```', 3, /stand below it/],
    ['# T\n```console\nfor n in 1 to 3\n  hold\n    Vpc: a\n```', 5, /only calls/],
    ['# T\n```console\nhold\nculvert up --internet\n```', 4, /first step/],
    ['# T\n```console\nclient -> a.b protocol 6: delivered\n```', 3, /protocol 6 is tcp/],
    ['# T\n```console\nclient -> a.b protocol 255: delivered\n```', 3, /no protocol 255/],
    ['# T\n```console\nclient -> a.b:1 protocol 47: delivered\n```', 3, /has no port/],
  ];
  for (const [text, line, sentence] of rows) {
    it(JSON.stringify(text), () => {
      assert.throws(
        () => parseScenario(text),
        (error) => error instanceof SyntaxFault && error.line === line && sentence.test(error.message),
      );
    });
  }
});
