/** What `culvert why --live` saw, below what was predicted: each packet by the places that it was seen at. */
import type { Live, LivePacket, Sighting } from '../daemon/live/live.ts';
import { columns, type Pen } from './text.ts';

const REPORT =
  'this is a bug of Culvert, or its rules were changed by hand: please report it, with what --live --json says';

/** Whether what was sent had another fate than was predicted. */
export function differs({ name, packets }: Live): boolean {
  return [...(name === null ? [] : [name]), ...packets].some(({ difference }) => difference !== null);
}

export function liveLines({ name, packets }: Live, pen: Pen): string[] {
  return [
    pen('bold', 'sent'),
    ...(name === null ? [] : nameLines(name, pen)),
    ...packets.flatMap((packet) => packetLines(packet, pen)),
  ];
}

function nameLines({ name, answers, difference }: NonNullable<Live['name']>, pen: Pen): string[] {
  const mark = difference === null ? pen('green', '✓') : pen('red', '✗');
  return [`${mark} ${name}: ${answers.join(' ')}`, ...differenceLines(difference, pen)];
}

function packetLines({ address, kind, words, seen, milliseconds, difference }: LivePacket, pen: Pen): string[] {
  // Of what was answered, where it was not seen is no news: it went another of the possible ways.
  const isAnswered = kind === 'delivered' || kind === 'refused';
  const shown = isAnswered ? seen.filter(({ sent, answer }) => sent !== null || answer !== null) : seen;
  const mark = difference === null ? pen('green', '✓') : pen('red', '✗');
  const said = difference === null ? `${words}, as predicted` : words;
  return [
    `${mark} ${pen('bold', address)} ${said} (${milliseconds} ms)`,
    ...differenceLines(difference, pen),
    ...columns(
      shown.map((sighting) => cells(sighting, pen)),
      '  ',
    ),
  ];
}

function differenceLines(difference: string | null, pen: Pen): string[] {
  return difference === null ? [] : [`  ${pen('red', difference)}`, `  ${REPORT}`];
}

function cells({ place, sent, answer }: Sighting, pen: Pen): string[] {
  if (sent === null && answer === null) return [pen('dim', '·'), place, pen('dim', 'not seen there'), ''];
  return ['→', place, sent ?? '', answer === null ? '' : `← ${answer}`];
}
