import assert from 'node:assert/strict';
import { test } from 'node:test';
import { why } from '../analyse/why.ts';
import { NO_FACTS } from '../model/facts.ts';
import { compile } from '../plan/compile.ts';
import { tellStory } from '../plan/testing/story.ts';
import { whyMermaid } from './why-mermaid.ts';

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
  const found = why(compile(world.intent(), NO_FACTS), {
    from: privateEni.id,
    to: 'no"]<script>#.example',
    protocol: '6',
    port: 1,
  });
  assert.match(whyMermaid(found), /nowhere\["no#quot;\]#lt;script#gt;#35;\.example<br>no address"\]/);
});
