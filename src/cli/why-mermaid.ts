/**
 * The ways of `culvert why` as a diagram in Mermaid's language: a box for each stage, those that stop the packet red, dotted
 * what it would meet if they were mended. Pure.
 */
import type { Hop, Trace } from '../analyse/flow.ts';
import type { Why } from '../analyse/why.ts';

export function whyMermaid({ sender, question, paths }: Why): string {
  const lines = [
    'flowchart LR',
    'classDef blocked fill:#fdd,stroke:#c00,color:#600',
    'classDef place fill:#def,stroke:#06c,color:#036',
    `from["${text(sender.machine ?? sender.port)}<br>${text(sender.domain)}"]:::place`,
  ];
  for (const [at, { address, trace }] of paths.entries())
    draw(trace, { id: 'from', isStopped: false }, `w${at}`, address, lines);
  if (paths.length === 0) lines.push(`nowhere["${text(question.to)}<br>no address"]:::blocked`, 'from -.-> nowhere');
  return lines.join('\n');
}

/** Goes on from the box `after`, dotted where the packet was stopped before. */
function draw(trace: Trace, after: Box, id: string, label: string, lines: string[]): void {
  let last = after;
  const edge = (to: string, isStopped: boolean, words = '') => {
    lines.push(`${last.id} ${last.isStopped ? '-.->' : '-->'}${words === '' ? '' : `|"${text(words)}"|`} ${to}`);
    last = { id: to, isStopped: last.isStopped || isStopped };
  };
  for (const [at, hop] of trace.hops.entries()) {
    const box = `${id}_${at}`;
    const isStopped = hop.reason !== null;
    lines.push(`${box}["${boxText(hop)}"]${isStopped ? ':::blocked' : ''}`);
    edge(box, isStopped, at === 0 ? label : '');
  }
  for (const [at, target] of trace.targets.entries()) {
    draw(target, last, `${id}_t${at}`, `${target.flow.to.address}:${target.flow.to.port}`, lines);
  }
  if (trace.receiver === null || trace.targets.length > 0) return;
  const end = `${id}_end`;
  lines.push(`${end}["${text(`${trace.receiver.kind} ${trace.receiver.id}`)}"]:::place`);
  edge(end, false);
}

interface Box {
  readonly id: string;
  /** The packet comes no further than there. */
  readonly isStopped: boolean;
}

function boxText({ stage, direction, component, by, reason }: Hop): string {
  const why = reason === null ? [`by ${by}`] : [reason.code, reason.sentence];
  return [`${stage} ${direction}`, component, ...why].map(text).join('<br>');
}

/** As Mermaid takes it inside quotes. */
function text(words: string): string {
  return words.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;');
}
