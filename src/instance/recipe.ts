/**
 * What the base image is made of: the files in `image/`, the Debian suite and where its packages come from.
 * Pure but for `readRecipe`, which reads the folder and the machine's own apt sources. See mmdebstrap(1), sources.list(5).
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const IMAGE_FOLDER = fileURLToPath(new URL('../../image', import.meta.url));

/** Counts changes of the build that the files in `image/` do not show. */
const BUILD_VERSION = 1;

/** One suite on every host: an image is the same wherever it was made, and its name ("debian-12") is true. */
const SUITE = 'bookworm';

export interface Recipe {
  readonly suite: string;
  readonly packages: readonly string[];
  /** One-line entries of sources.list(5) for the suite, its updates and its security fixes. */
  readonly sources: readonly string[];
  /** Of everything but the sources: the same packages from a nearer mirror are the same image. */
  readonly hash: string;
}

export interface RecipeFile {
  readonly name: string;
  readonly content: string;
  readonly executable: boolean;
}

export function readRecipe(folder = IMAGE_FOLDER, etc = '/etc', arch: string = process.arch): Recipe {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
    .map((name) => ({
      name,
      content: readFileSync(join(folder, name), 'utf8'),
      executable: (statSync(join(folder, name)).mode & 0o100) !== 0,
    }));
  const own = debianCodename(readFileSync(join(etc, 'os-release'), 'utf8'));
  const sources = own === null ? [] : machineSources(join(etc, 'apt'), own);
  return {
    suite: SUITE,
    packages: packageNames(files.find((file) => file.name === 'packages')?.content ?? ''),
    sources: sources.length > 0 ? sources : defaultSources(),
    hash: recipeHash(files, arch),
  };
}

export function recipeHash(files: readonly RecipeFile[], arch: string): string {
  return createHash('sha256')
    .update(JSON.stringify([BUILD_VERSION, SUITE, arch, files.map((f) => [f.name, f.content, f.executable])]))
    .digest('hex')
    .slice(0, 12);
}

export function packageNames(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** null: not a Debian; its mirrors do not carry what the image needs. */
export function debianCodename(osRelease: string): string | null {
  const value = (key: string) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1];
  return value('ID') === 'debian' ? (value('VERSION_CODENAME') ?? null) : null;
}

function machineSources(apt: string, own: string): string[] {
  const texts = new Map<string, string>();
  const read = (path: string) => {
    try {
      texts.set(path, readFileSync(path, 'utf8'));
    } catch {
      // Absent, or not readable: the entries that remain decide.
    }
  };
  read(join(apt, 'sources.list'));
  const parts = join(apt, 'sources.list.d');
  try {
    for (const name of readdirSync(parts).sort()) read(join(parts, name));
  } catch {
    // No folder of sources: sources.list alone is usual on older machines.
  }
  return [...texts].flatMap(([path, text]) =>
    path.endsWith('.sources') ? deb822Sources(text, own) : path.endsWith('.list') ? oneLineSources(text, own) : [],
  );
}

/**
 * The image's suite in place of the machine's: its mirrors carry both. Third parties publish for the same machine: only Debian's
 * own suites, and of these only `main`, belong in the image.
 */
function imageSource(own: string, options: string, uri: string, name: string, components: readonly string[]): string[] {
  const fits = [own, `${own}-updates`, `${own}-security`].includes(name) && components.includes('main');
  return fits ? [`deb ${options}${uri} ${SUITE}${name.slice(own.length)} main`] : [];
}

export function oneLineSources(text: string, own: string): string[] {
  return text.split('\n').flatMap((line) => {
    const match = /^deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line.trim());
    if (match === null) return [];
    const [, options = '', uri = '', name = '', components = ''] = match;
    return imageSource(own, options, uri, name, components.trim().split(/\s+/));
  });
}

export function deb822Sources(text: string, own: string): string[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    let key = '';
    for (const line of stanza.split('\n')) {
      if (line.startsWith('#')) continue;
      const field = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
      if (field !== null) {
        key = (field[1] ?? '').toLowerCase();
        fields.set(key, field[2] ?? '');
      } else if (/^\s/.test(line)) fields.set(key, `${fields.get(key) ?? ''}\n${line.trim()}`);
    }
    const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
    if (!words('types').includes('deb') || /^(no|false|0)$/i.test(fields.get('enabled') ?? '')) return [];
    // A key given in the text of the stanza cannot stand in a one-line entry; Debian's own keyring serves then.
    const signedBy = words('signed-by');
    const options = signedBy.length === 1 && signedBy[0]?.startsWith('/') ? `[signed-by=${signedBy[0]}] ` : '';
    return words('uris').flatMap((uri) =>
      words('suites').flatMap((name) => imageSource(own, options, uri, name, words('components'))),
    );
  });
}

export function defaultSources(): string[] {
  const options = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]';
  return [
    `deb ${options} http://deb.debian.org/debian ${SUITE} main`,
    `deb ${options} http://deb.debian.org/debian ${SUITE}-updates main`,
    `deb ${options} http://deb.debian.org/debian-security ${SUITE}-security main`,
  ];
}
