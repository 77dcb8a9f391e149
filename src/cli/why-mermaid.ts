/** The ways of `culvert why` as a diagram in Mermaid's language, dotted where the packet does not come. Pure. */
import type { Why } from '../analyse/why.ts';
import { type Box, whyGraph } from './why-graph.ts';

const MARKS = { place: ':::place', stage: '', blocked: ':::blocked' } as const;

export function whyMermaid(found: Why): string {
  return [
    'flowchart LR',
    'classDef blocked fill:#fdd,stroke:#c00,color:#600',
    'classDef place fill:#def,stroke:#06c,color:#036',
    ...whyGraph(found).flatMap(boxLines),
  ].join('\n');
}

function boxLines({ id, kind, lines, after }: Box): readonly string[] {
  const box = `${id}["${lines.map(text).join('<br>')}"]${MARKS[kind]}`;
  if (after === null) return [box];
  const label = after.label === '' ? '' : `|"${text(after.label)}"|`;
  return [box, `${after.box} ${after.isReached ? '-->' : '-.->'}${label} ${id}`];
}

/** As Mermaid takes it inside quotes. */
function text(words: string): string {
  return words.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;');
}
