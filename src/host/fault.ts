/**
 * A Fault is the host failing: thrown, never returned. Each room that cannot go on adds one sentence and keeps the cause.
 */
export class Fault extends Error {
  constructor(sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? {} : { cause });
    this.name = 'Fault';
  }
}

/** The sentences of the whole chain, outermost first: what `culvert status` and the log show. */
export function explain(error: unknown): string {
  const sentences: string[] = [];
  for (let at: unknown = error; at !== undefined && sentences.length < 10; ) {
    sentences.push(at instanceof Error ? at.message : String(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return sentences.join(': ');
}
