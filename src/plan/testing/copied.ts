/** An equal Intent whose resources are all new objects: nothing is kept of it between compiles (see memo.ts, lists.ts). */
import { createIntent, type Intent, KINDS } from '../../model/intent.ts';

export function copied(intent: Intent): Intent {
  return createIntent(
    KINDS.flatMap((kind) => [...intent.table(kind).all()].map((each) => JSON.parse(JSON.stringify(each)))),
    intent.revision,
  );
}
