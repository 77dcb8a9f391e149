/** The language of policies: what is understood, and what is refused with its line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFault, parseAssertions } from './assertion.ts';

const noun = (word: string, kind: string | null = null) => ({ kind, word });

test('who never reaches whom, who always does, on which ports, through what, and who does not count', () => {
  const [outside, only, port, always, all] = parseAssertions(`
nothing in vpc-a reaches the internet   # a comment
only endpoint traffic, sg-1 and group "the admins" reach my-nlb
nothing reaches subnet b on tcp/22, 8000-8080 or udp except instance bastion
i-x reaches sqs on 443 through endpoint queue
everything in vpc prod reaches i-y on udp/53, ping
`);
  assert.deepEqual(outside, {
    ...{ line: 2, text: 'nothing in vpc-a reaches the internet', mode: 'never', from: [noun('vpc-a')] },
    ...{ to: [noun('internet')], ports: null, through: null, except: [] },
  });
  assert.deepEqual(only?.from, null);
  assert.deepEqual(only?.except, [noun('endpoint traffic'), noun('sg-1'), noun('the admins', 'group')]);
  assert.deepEqual(port?.to, [noun('b', 'subnet')]);
  assert.deepEqual(port?.ports, [
    { protocol: '6', from: 22, to: 22 },
    { protocol: '6', from: 8000, to: 8080 },
    { protocol: '17', from: 1, to: 65_535 },
  ]);
  assert.deepEqual(port?.except, [noun('bastion', 'instance')]);
  assert.deepEqual([always?.mode, always?.through], ['always', [noun('queue', 'endpoint')]]);
  assert.deepEqual(
    all?.ports?.map(({ protocol, from }) => [protocol, from]),
    [
      ['17', 53],
      ['1', 0],
    ],
  );
  assert.deepEqual([all?.mode, all?.from], ['always', [noun('prod', 'vpc')]]);
});

test('a quoted word is nobody’s keyword', () => {
  const [found] = parseAssertions('"nothing" reaches "on" on 80');
  assert.deepEqual([found?.mode, found?.from, found?.to], ['always', [noun('nothing')], [noun('on')]]);
});

test('what is not understood is refused with its line', () => {
  for (const [line, sentence, text] of [
    [1, /nothing is asserted/, '# nothing'],
    [2, /"reaches" somebody/, '\nvpc-a is closed'],
    [1, /missing who reaches it/, 'reaches i-x on 80'],
    [1, /missing who is reached/, 'nothing reaches on 80'],
    [1, /on which port/, 'i-x reaches i-y'],
    [1, /"nothing in" somewhere, not: vpc-a/, 'nothing vpc-a reaches i-y'],
    [1, /no port: 70000/, 'i-x reaches i-y on 70000'],
    [1, /no port: tcp.90-80/, 'i-x reaches i-y on tcp/90-80'],
    [1, /no port: ssh/, 'i-x reaches i-y on ssh'],
    [1, /no port: 0/, 'i-x reaches i-y on 0'],
    [1, /no port: /, 'i-x reaches i-y on'],
    [1, /"on" is there twice/, 'i-x reaches i-y on 80 on 81'],
    [1, /this is nobody: the admins/, 'the admins reaches i-y on 80'],
    [1, /"only" says already/, 'only i-x reaches i-y except i-z'],
    [1, /a quote is not closed/, 'i-x reaches "i-y on 80'],
  ] as const) {
    assert.throws(
      () => parseAssertions(text),
      (error) => error instanceof AssertionFault && error.line === line && sentence.test(error.message),
      text,
    );
  }
});
