/**
 * Makes the BPF objects that are committed beside their sources (clang, llvm-strip): for whoever changes a source. Each says which
 * source it is of, and a test compares. Nobody who only uses Culvert needs a compiler.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const SOURCES = ['src/driver/netns/fast-path.bpf.c', 'src/driver/netns/proxy-header.bpf.c'];
const SHARED = 'src/driver/netns/link-programs.bpf.h';

for (const source of SOURCES) {
  const path = join(import.meta.dirname, '..', source);
  const shared = readFileSync(join(import.meta.dirname, '..', SHARED));
  const digest = createHash('sha256').update(shared).update(readFileSync(path)).digest('hex');
  const object = basename(path).replace(/\.c$/, '.o');
  const at = { cwd: dirname(path), stdio: 'inherit' } as const;
  const machine = execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim();
  // Where Debian keeps <asm/types.h>.
  const headers = `-I/usr/include/${machine}-linux-gnu`;
  const flags = ['-O2', '-g', '-Wall', '-Werror', '-target', 'bpf', '-mcpu=v3', headers, '-fdebug-compilation-dir=.'];
  execFileSync('clang', [...flags, `-DSOURCE_DIGEST="${digest}"`, '-c', basename(path), '-o', object], at);
  // Only types stay, which the kernel wants.
  execFileSync('llvm-strip', ['-g', object], at);
  console.log(`${dirname(source)}/${object}`);
}
