/** Files of AWS CLI commands: what a shell means by them, or refused with the line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesOf, literal, parseCalls } from './calls-file.ts';
import { SyntaxFault } from './syntax.ts';
import { fillIn } from './words.ts';

const NAMES = new Map([
  ['VPC', 'vpc-1'],
  ['subnet', 'subnet-1'],
]);

/** Its words after `aws`, filled in. */
function wordsOf(text: string): string[] {
  return parseCalls(text).flatMap((step) =>
    step.kind === 'call' ? step.words.map((word) => fillIn(word.text, NAMES, (name) => new Error(name))) : [],
  );
}

test('quotes, comments, joined lines and variables mean what they mean to a shell', () => {
  const text = `#!/bin/sh
set -eu
# a subnet
aws ec2 create-subnet --vpc-id "$VPC" \\
  --cidr-block 10.0.1.0/24 # at the end
sudo ./culvert aws iam put-role-policy --policy-document '{
  "Resource": "arn:aws:iam::*:user/\${aws:username}"
}' --role-name "a \\"b\\" \\$c"; aws ec2 delete-subnet --subnet-id=\${subnet}x >/dev/null
`;
  assert.deepEqual(wordsOf(text), [
    ...['ec2', 'create-subnet', '--vpc-id', 'vpc-1', '--cidr-block', '10.0.1.0/24'],
    ...['iam', 'put-role-policy', '--policy-document'],
    `{\n  "Resource": "arn:aws:iam::*:user/\${aws:username}"\n}`,
    ...['--role-name', 'a "b" $c'],
    ...['ec2', 'delete-subnet', '--subnet-id=subnet-1x'],
  ]);
  assert.deepEqual(
    parseCalls(text).map(({ line }) => line),
    [4, 6, 8],
  );
});

test('joined lines are one word where nothing is between; what goes to /dev/null is no word', () => {
  assert.deepEqual(wordsOf('aws ec2 delete-\\\nvpc --vpc-id "vp\\\nc-1"'), ['ec2', 'delete-vpc', '--vpc-id', 'vpc-1']);
  for (const end of ['>/dev/null', '2>/dev/null', '>> /dev/null 2>&1', '1>/dev/null', '> /dev/null 2> /dev/null']) {
    assert.deepEqual(wordsOf(`aws ec2 delete-vpc --vpc-id v2 ${end}`), ['ec2', 'delete-vpc', '--vpc-id', 'v2'], end);
    assert.deepEqual(wordsOf(`${end} aws ec2 delete-vpc; aws ec2 x`), ['ec2', 'delete-vpc', 'ec2', 'x'], end);
  }
  assert.deepEqual(wordsOf('aws ec2 delete-vpc --vpc-id v2>/dev/null'), ['ec2', 'delete-vpc', '--vpc-id', 'v2']);
  assert.equal(parseCalls('A=$(aws ec2 describe-vpcs --query Vpcs[0].VpcId 2>/dev/null)').length, 1);
});

test('a name is bound to what a query picks out of an answer', () => {
  const bound = (query: string) => {
    const [step] = parseCalls(`ID=$(aws ec2 describe-subnets --query ${query} --output text)`);
    assert.ok(step?.kind === 'call');
    assert.deepEqual(
      step.words.map(({ text }) => text),
      ['ec2', 'describe-subnets'],
    );
    return step.expected.map((each) => (each.kind === 'binding' ? [each.name, each.path] : each.kind));
  };
  assert.deepEqual(bound('Vpc.VpcId'), [['ID', 'Vpc.VpcId']]);
  assert.deepEqual(bound("'Subnets[0].SubnetId'"), [['ID', 'Subnets[0].SubnetId']]);
  assert.deepEqual(bound(`"Subnets[?CidrBlock=='10.0.1.0/24'].SubnetId | [0]"`), [
    ['ID', 'Subnets[CidrBlock=10.0.1.0/24].SubnetId'],
  ]);
});

test('who calls and where; waiting; plain values', () => {
  const steps = parseCalls(`export AWS_REGION=eu-west-1
AWS_ACCESS_KEY_ID=222222222222 aws ec2 describe-vpcs --no-cli-pager
aws ec2 describe-vpcs --region us-east-1 --output json
aws ec2 wait vpc-available --vpc-ids x
ZONE="$VPC"b
`);
  assert.deepEqual(
    steps.map((step) => (step.kind === 'call' ? [step.actor, step.words.map(({ text }) => text).join(' ')] : step)),
    [
      { kind: 'set', line: 1, name: 'AWS_REGION', value: 'eu-west-1' },
      ['222222222222', 'ec2 describe-vpcs --region eu-west-1'],
      [null, 'ec2 describe-vpcs --region us-east-1'],
      { kind: 'wait', line: 4 },
      { kind: 'set', line: 5, name: 'ZONE', value: `\${VPC}b` },
    ],
  );
});

test('where whoever plays it is, until the file says where', () => {
  const words = (text: string) =>
    parseCalls(text, 'eu-west-1').flatMap((step) => (step.kind === 'call' ? step.words.map((word) => word.text) : []));
  assert.deepEqual(words('aws ec2 describe-vpcs'), ['ec2', 'describe-vpcs', '--region', 'eu-west-1']);
  assert.equal(words('export AWS_REGION=us-east-1\naws ec2 describe-vpcs').at(-1), 'us-east-1');
  const again = 'export AWS_REGION=us-east-1\nAWS_REGION=us-east-2\naws ec2 describe-vpcs';
  assert.equal(words(again).at(-1), 'us-east-2');
  // What one player has exported another may not have.
  assert.throws(() => words('AWS_REGION=us-east-2\naws ec2 describe-vpcs'), /no command sees AWS_REGION/);
});

test('the files that calls read, whose dollars are dollars', () => {
  const steps = parseCalls("aws iam create-role --assume-role-policy-document file://trust.json --path='file://p/a b'");
  assert.deepEqual(filesOf(steps), ['trust.json', 'p/a b']);
  assert.equal(
    fillIn(literal(`\${aws:username} $subnet $$`), NAMES, () => new Error()),
    `\${aws:username} $subnet $$`,
  );
});

test('what a shell would do otherwise is refused with its line', () => {
  for (const [line, sentence, text] of [
    [2, /only aws commands and NAME=value/, 'aws sts get-caller-identity\nfor i in 1 2; do'],
    [1, /^\| is a shell's/, 'aws ec2 describe-vpcs | jq .'],
    [1, /^` is a shell's/, 'ID=`aws ec2 describe-vpcs`'],
    [2, /single quote is not closed/, "\naws ec2 create-vpc --tags 'Key"],
    [1, /double quote is not closed/, 'aws ec2 create-vpc --tags "Key\n\n'],
    [1, /\$\( is not closed/, 'A=$(aws ec2 create-vpc'],
    [1, /--query PATH/, 'A=$(aws ec2 create-vpc)'],
    [1, /takes a path here/, "A=$(aws ec2 describe-vpcs --query 'length(Vpcs)')"],
    [1, /takes a path here/, "A=$(aws ec2 describe-vpcs --query 'Vpcs[].VpcId')"],
    [3, /value of its own/, '\n\naws ec2 delete-vpc --vpc-id $(aws ec2 describe-vpcs --query a)'],
    [1, /12 digits here/, 'AWS_ACCESS_KEY_ID=AKIA1 aws ec2 describe-vpcs'],
    [2, /there are no profiles/, 'export AWS_PROFILE=prod\naws ec2 describe-vpcs'],
    [1, /a \$ that is no \$NAME/, 'aws ec2 delete-vpc --vpc-id $1'],
    [1, /SERVICE OPERATION/, 'aws ec2'],
    [1, /^> is a shell's/, 'aws ec2 describe-vpcs >/dev/nullx'],
    [1, /^> is a shell's/, 'aws ec2 describe-vpcs > out'],
    [1, /^> is a shell's/, 'aws ec2 describe-vpcs 2> errors'],
    [1, /^& is a shell's/, 'aws ec2 describe-vpcs &>/dev/null'],
    [1, /goes to \/dev\/null/, 'A=$(aws ec2 describe-vpcs --query Vpcs[0].VpcId >/dev/null)'],
    [1, /no command sees AWS_REGION but by: export/, 'AWS_REGION=eu-west-1\naws ec2 describe-vpcs'],
    [2, /cannot be what a call answers/, '\nexport AWS_REGION=$(aws ec2 describe-regions --query a)'],
  ] as const) {
    assert.throws(
      () => parseCalls(text),
      (error) => error instanceof SyntaxFault && error.line === line && sentence.test(error.message),
      text,
    );
  }
});
