import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

for (const name of ['fast-path', 'proxy-header']) {
  test(`the object of ${name} is of the sources beside it: npm run bpf`, () => {
    const hash = createHash('sha256');
    for (const file of ['link-programs.bpf.h', `${name}.bpf.c`])
      hash.update(readFileSync(join(import.meta.dirname, file)));
    const object = readFileSync(join(import.meta.dirname, `${name}.bpf.o`));
    assert.ok(object.includes(hash.digest('hex')));
  });
}
