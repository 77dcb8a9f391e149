/** The ways as a diagram and as a picture. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { why } from '../analyse/why.ts';
import { NO_FACTS } from '../model/facts.ts';
import { compile } from '../plan/compile.ts';
import { healthOf } from '../plan/testing/balancing.ts';
import { tellServiceStory } from '../plan/testing/service-story.ts';
import { tellStory } from '../plan/testing/story.ts';
import { whyMermaid } from './why-mermaid.ts';
import { whySvg } from './why-svg.ts';

test('a way that is free has whole arrows to its end; one that is not has dotted ones from what stops it', () => {
  const { world, privateEni, endpointRule } = tellStory();
  const drawn = () =>
    whyMermaid(
      why(compile(world.intent(), NO_FACTS), {
        from: privateEni.id,
        to: 'sqs.ap-south-1.amazonaws.com',
        protocol: '6',
        port: 443,
      }),
    );
  const free = drawn();
  assert.match(free, /^flowchart LR\n/);
  assert.match(free, /from -->\|"10\.0\.10\.5"\| w0_0\n/);
  assert.match(free, /w0_end\["service com\.amazonaws\.ap-south-1\.sqs"\]:::place\n\S+ --> w0_end/);
  assert.doesNotMatch(free, /:::blocked|-\.->/);
  world.remove(endpointRule);
  const stopped = drawn();
  const [, box = ''] = /(w0_\d+)\["[^"]*SG_HAS_NO_RULES[^"]*"\]:::blocked/.exec(stopped) ?? [];
  assert.match(stopped, new RegExp(`--> ${box}\n`));
  assert.match(stopped, new RegExp(`${box} -\\.-> \\S+`));
});

test('no text breaks out of its box', () => {
  const { world, privateEni } = tellStory();
  const question = { from: privateEni.id, to: 'no.example', protocol: '6', port: 1 } as const;
  const asked = why(compile(world.intent(), NO_FACTS), question);
  // A name that could do this is not asked for; other texts come from customers as they are.
  const found = { ...asked, question: { ...question, to: 'no"]<script>#.example' } };
  assert.match(whyMermaid(found), /nowhere\["no#quot;\]#lt;script#gt;#35;\.example<br>no address"\]/);
  const picture = whySvg(found);
  assert.match(picture, /no"\]&lt;script&gt;#\.example/);
  assert.doesNotMatch(picture, /<script/);
});

test('a picture has a box for each stage, none upon another, and the command that mends it', () => {
  const { world, client, endpoint, targets } = tellServiceStory();
  const plan = compile(world.intent(), healthOf(targets));
  const found = why(plan, { from: client.id, to: endpoint.id, protocol: '6', port: 80 });
  const picture = whySvg(found);
  const boxes = [...picture.matchAll(/<rect x="(\d+)" y="(\d+)"/g)].map(([, x, y]) => `${x} ${y}`);
  const ends = [...picture.matchAll(/<title>port eni-[0-9a-f]+<\/title>/g)];
  assert.equal(new Set(boxes).size, boxes.length);
  // Cross-zone is off: of each address's way one target.
  assert.equal(ends.length, 2);
  assert.doesNotMatch(picture, /dasharray/);
  world.put({ ...endpoint, acceptance: 'pending' });
  const asked = { from: client.id, to: endpoint.id, protocol: '6', port: 80 } as const;
  const waiting = whySvg(why(compile(world.intent(), healthOf(targets)), asked));
  assert.match(waiting, /\$ aws ec2 accept-vpc-endpoint-connections/);
  assert.match(waiting, /BAD_STATE<\/text>/);
  assert.match(waiting, /dasharray/);
});
