/**
 * nftables of a namespace through libnftables, in this process: about 50 µs for a change, against 4 ms for an `nft` process.
 * A context's netlink socket stays in the namespace it was opened in, so one is kept for each; it also keeps that namespace
 * alive: `closeNft` before deleting it. Without the library, the `nft` program does the same.
 * Read libnftables(3), nft(8).
 */
import { spawnSync } from 'node:child_process';
import koffi from 'koffi';
import { Fault } from './fault.ts';
import { inNetns } from './netns.ts';

/** Flags of nft_ctx_output_set_flags: JSON, and numbers in place of names. */
const OUTPUT_JSON = 0x10;
const OUTPUT_NUMERIC = 0x380;
const OUTPUT_TERSE = 0x800;
const ERROR_SHOWN = 1500;

interface Library {
  create(flags: number): unknown;
  free(context: unknown): void;
  bufferOutput(context: unknown): number;
  bufferError(context: unknown): number;
  setFlags(context: unknown, flags: number): void;
  run(context: unknown, text: string): number;
  output(context: unknown): string;
  error(context: unknown): string;
}

let library: Library | null | undefined;
const contexts = new Map<string, unknown>();

/** Applies `text` as one transaction: all of it or nothing. */
export function runNft(path: string, text: string): void {
  execute(path, text, 0);
}

/** The answer to a `list …` command, as libnftables-json(5) describes it: the objects without the metainfo. */
export function listNft(path: string, command: string, options: { readonly terse?: boolean } = {}): NftObject[] {
  const output = execute(path, command, OUTPUT_JSON | OUTPUT_NUMERIC | (options.terse ? OUTPUT_TERSE : 0));
  const answer = JSON.parse(output) as { nftables: NftObject[] };
  return answer.nftables.filter((object) => !('metainfo' in object));
}

export type NftObject = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Lets go of a namespace's context. */
export function closeNft(path: string): void {
  const context = contexts.get(path);
  if (context === undefined) return;
  contexts.delete(path);
  library?.free(context);
}

function execute(path: string, text: string, flags: number): string {
  const nft = loadLibrary();
  if (nft === null) return executeProgram(path, text, flags);
  let context = contexts.get(path);
  if (context === undefined) {
    context = inNetns(path, () => nft.create(0));
    if (context === null) throw new Fault(`nftables in ${path}: no context`);
    nft.bufferOutput(context);
    nft.bufferError(context);
    contexts.set(path, context);
  }
  nft.setFlags(context, flags);
  const status = nft.run(context, text);
  const output = nft.output(context);
  const error = nft.error(context);
  if (status !== 0) throw nftFault(path, error);
  return output;
}

function executeProgram(path: string, text: string, flags: number): string {
  const options = flags & OUTPUT_JSON ? ['-j', '-y', '-p', '-n'] : [];
  if (flags & OUTPUT_TERSE) options.push('-t');
  const { status, stdout, stderr, error } = inNetns(path, () =>
    spawnSync('nft', [...options, '-f', '-'], { input: text, encoding: 'utf8', maxBuffer: 1 << 28 }),
  );
  if (error !== undefined) throw new Fault('cannot start nft', error);
  if (status !== 0) throw nftFault(path, stderr);
  return stdout;
}

function nftFault(path: string, error: string): Fault {
  return new Fault(`nftables in ${path}: ${error.trim().slice(0, ERROR_SHOWN)}`);
}

function loadLibrary(): Library | null {
  if (library !== undefined) return library;
  if (process.env.CULVERT_NFT === 'program') {
    library = null;
    return library;
  }
  try {
    const nft = koffi.load('libnftables.so.1');
    library = {
      create: nft.func('void *nft_ctx_new(uint32_t flags)'),
      free: nft.func('void nft_ctx_free(void *ctx)'),
      bufferOutput: nft.func('int nft_ctx_buffer_output(void *ctx)'),
      bufferError: nft.func('int nft_ctx_buffer_error(void *ctx)'),
      setFlags: nft.func('void nft_ctx_output_set_flags(void *ctx, uint flags)'),
      run: nft.func('int nft_run_cmd_from_buffer(void *ctx, const char *buf)'),
      output: nft.func('const char *nft_ctx_get_output_buffer(void *ctx)'),
      error: nft.func('const char *nft_ctx_get_error_buffer(void *ctx)'),
    };
  } catch {
    library = null;
  }
  return library;
}
