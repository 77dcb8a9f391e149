/**
 * A load generator for DNS where dnsperf is not installed: `dns-load.ts ADDRESS NAMES SECONDS WINDOW EDNS`. Keeps WINDOW
 * questions under way, asks the names in turn, prints `{ perSecond, p50, p99 }` (µs) as JSON. One socket, Node's dgram: it
 * reaches its own limit before the servers reach theirs.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import dnsPacket from 'dns-packet';
import { quantile } from './bench.ts';

const [address = '', namesFile = '', seconds = '1', window = '1', edns = ''] = process.argv.slice(2);
const IDS = 65_536;
const additionals = edns === 'edns' ? [{ type: 'OPT' as const, name: '.', udpPayloadSize: 1232, flags: 0 }] : [];
const questions = readFileSync(namesFile, 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(' ')[0] ?? '')
  .map((name) =>
    dnsPacket.encode({
      type: 'query',
      flags: dnsPacket.RECURSION_DESIRED,
      questions: [{ type: 'A', name }],
      additionals: additionals as never,
    }),
  );

const socket = createSocket('udp4');
socket.connect(53, address);
await once(socket, 'connect');

const sentAt = new Float64Array(IDS);
const times: number[] = [];
let next = 0;
let wrong = 0;
const until = performance.now() + 1000 * Number(seconds);

function ask(): void {
  const id = next++ % IDS;
  const question = Buffer.from(questions[next % questions.length] as Buffer);
  question.writeUInt16BE(id, 0);
  sentAt[id] = performance.now();
  socket.send(question);
}

await new Promise<void>((resolve) => {
  // A question that was lost is not asked again: the window shrinks, and the rate says so.
  const timer = setTimeout(resolve, 1000 * Number(seconds) + 1000);
  socket.on('message', (message) => {
    times.push(1000 * (performance.now() - (sentAt[message.readUInt16BE(0)] ?? 0)));
    if (((message[3] ?? 0) & 15) !== 0 || message.readUInt16BE(6) === 0) wrong++;
    if (performance.now() < until) return ask();
    clearTimeout(timer);
    resolve();
  });
  for (let at = 0; at < Number(window); at++) ask();
});
socket.close();
if (wrong > 0) throw new Error(`${wrong} of ${times.length} answers hold nothing`);
const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
process.stdout.write(JSON.stringify({ perSecond: times.length / Number(seconds), p50, p99 }));
