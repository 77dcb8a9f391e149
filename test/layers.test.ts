/**
 * The house rules as a test: who may import whom (ARCHITECTURE.md), and why not; the head of each file; how long one may be.
 * Tests may import from anywhere above them; what they prove is not shipped.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { SERVICES } from '../src/wire/services.ts';

const ROOT = join(import.meta.dirname, '..');
const MAX_LINES = 400;
/** Tables of facts may be longer than code. */
const TABLES = /-data\.ts$/;

interface Room {
  readonly imports: readonly string[] | 'all';
  /** Packages and node: modules; a pure room has neither clock, files nor network, so that its results can be replayed. */
  readonly pure?: true;
  readonly why: string;
}

const ROOMS: Readonly<Record<string, Room>> = {
  net: { imports: [], pure: true, why: 'addresses are values: they know of nothing' },
  model: {
    imports: ['net'],
    pure: true,
    why: 'what was asked for must not depend on how it is asked, planned or done',
  },
  iam: { imports: ['net', 'model'], why: 'who may is decided from policies and roles alone' },
  api: { imports: ['net', 'model', 'iam'], why: 'the API never waits for a driver, and decides without one' },
  plan: {
    imports: ['net', 'model'],
    pure: true,
    why: 'the same Intent must give the same Plan, wherever and whenever',
  },
  dns: {
    imports: ['net', 'plan'],
    pure: true,
    why: 'a reader of the Plan that saw the Intent could disagree with the driver',
  },
  analyse: {
    imports: ['net', 'plan', 'dns'],
    pure: true,
    why: 'it explains the Plan in force, not what was asked for',
  },
  bill: {
    imports: ['model'],
    pure: true,
    why: 'the same meters and prices must give the same bill, whenever it is asked for',
  },
  wire: { imports: ['net', 'model'], why: 'it knows shapes and bytes, not VPCs' },
  host: { imports: [], why: 'the doors to the outside serve every room, so they know none' },
  driver: { imports: ['net', 'plan', 'host'], why: 'a driver never decides: it has only the Plan to go by' },
  edge: { imports: ['net', 'plan', 'dns', 'host'], why: 'it answers from the last Plan while control is down' },
  instance: { imports: ['plan', 'host'], why: 'machines are run as the Plan says; networking is the driver’s' },
  daemon: { imports: 'all', why: '' },
  scenario: { imports: 'all', why: '' },
  cli: { imports: 'all', why: '' },
};

/** What a pure room may take from the registry: libraries that only compute. */
const PURE_PACKAGES: ReadonlySet<string> = new Set(['ipaddr.js']);

/**
 * Single doors beside the table, each with its reason. One that nothing needs any more fails.
 */
const EXCEPTIONS: readonly { readonly from: string; readonly to: RegExp; readonly why: string }[] = [
  { from: 'edge', to: /^iam\//, why: 'docs/processes.md: it verifies signatures and sessions of the calls it answers' },
  { from: 'edge', to: /^wire\//, why: 'the embedded services speak AWS’s protocols' },
  { from: 'edge', to: /^model\/refusal\.ts$/, why: 'AWS says no in one way, wherever it is said' },
  { from: 'wire', to: /^iam\/(principal|credentials)\.ts$/, why: 'a verified signature is a principal' },
  { from: 'instance', to: /^model\/facts\.ts$/, why: 'the state of machines is measured here, and is a Fact' },
];

/** Tests, and what only tests use: testing/, testing.ts, test-host.ts, fixture.ts. */
const TEST_FILE = /\.(test|kernel)\.ts$|(^|\/)testing[/.]|(^|\/)test-[^/]+\.ts$|(^|\/)fixture\.ts$/;

interface File {
  /** Below src/. */
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly isTest: boolean;
}

const files: readonly File[] = globSync('**/*.ts', { cwd: join(ROOT, 'src') }).map((path) => ({
  path,
  room: path.split('/')[0] ?? '',
  text: readFileSync(join(ROOT, 'src', path), 'utf8'),
  isTest: TEST_FILE.test(path),
}));

/** Where each import statement, export-from and dynamic import leads. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found = code.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/g,
  );
  return [...found].map((each) => each[1] ?? each[2] ?? each[3] ?? '');
}

/** The file that a relative import leads to, below src/; undefined for packages. */
function fileOf(file: File, target: string): string | undefined {
  return target.startsWith('.') ? normalize(join(dirname(file.path), target)) : undefined;
}

test('every folder of src/ is a room of ARCHITECTURE.md', () => {
  const unknown = new Set(files.map(({ room }) => room).filter((room) => !(room in ROOMS)));
  assert.deepEqual([...unknown], []);
});

test('rooms import only what they may', () => {
  const used = new Set<object>();
  const findings: string[] = [];
  for (const file of files) {
    const room = ROOMS[file.room];
    if (file.isTest || room === undefined || room.imports === 'all') continue;
    for (const target of importsOf(file.text)) {
      const to = fileOf(file, target);
      const toRoom = to?.split('/')[0] ?? '';
      if (to === undefined || toRoom === file.room || room.imports.includes(toRoom)) continue;
      const exception = EXCEPTIONS.find((each) => each.from === file.room && each.to.test(to));
      if (exception === undefined) findings.push(`${file.path} imports ${target}: ${room.why}`);
      else used.add(exception);
    }
  }
  assert.deepEqual(findings, []);
  const unused = EXCEPTIONS.filter((each) => !used.has(each));
  assert.deepEqual(
    unused.map(({ from, to }) => `${from} -> ${to} is not needed any more`),
    [],
  );
});

test('pure rooms name neither Node nor a package that reaches out', () => {
  const findings: string[] = [];
  for (const file of files) {
    const room = ROOMS[file.room];
    if (file.isTest || room?.pure !== true) continue;
    for (const target of importsOf(file.text)) {
      if (fileOf(file, target) === undefined && !PURE_PACKAGES.has(target)) {
        findings.push(`${file.path} imports ${target}: ${room.why}`);
      }
    }
  }
  assert.deepEqual(findings, []);
});

test('nothing shipped imports a test', () => {
  const findings = files
    .filter((file) => !file.isTest)
    .flatMap((file) => importsOf(file.text).map((target) => `${file.path} imports ${target}`))
    .filter((text) => TEST_FILE.test(text));
  assert.deepEqual(findings, []);
});

test('what is shipped needs no package of the tests: those come with the first `culvert test`', () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const named = files
    .filter((file) => !file.isTest)
    .flatMap((file) => importsOf(withoutTypes(file.text)).filter((target) => fileOf(file, target) === undefined));
  // Loaded by their names.
  const clients = SERVICES.map(({ client }) => client);
  const missing = [...named, ...clients]
    .filter((target) => !target.startsWith('node:'))
    .filter((target) => !Object.keys(dependencies).some((each) => target === each || target.startsWith(`${each}/`)));
  assert.deepEqual(missing, []);
});

/** A type is nothing when it runs. */
function withoutTypes(text: string): string {
  return text.replace(/^(import|export) type [^;]*;/gm, '');
}

/** A list of what its folder holds: the folder's name says it all. */
function isIndex({ path }: File): boolean {
  return path.endsWith('/index.ts');
}

test('every file begins with what it is for', () => {
  const findings = files
    .filter((file) => !file.isTest && !isIndex(file) && !/^(#![^\n]*\n)?\/\*\*/.test(file.text))
    .map(({ path }) => `${path} has no head`);
  assert.deepEqual(findings, []);
});

test(`no file is longer than ${MAX_LINES} lines`, () => {
  const findings = files
    .filter(({ path, isTest }) => !isTest && !TABLES.test(path))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path} has ${lines}`);
  assert.deepEqual(findings, []);
});

test('imports are found however they are written', () => {
  const text = `import a from './a.ts';\nimport {\n  b,\n} from './b.ts';\nimport './c.ts';\nexport * from './d.ts';
export type { E } from './e.ts';\nawait import('./f.ts');\n// import './no.ts';\n/* import './no.ts' */`;
  assert.deepEqual(importsOf(text).sort(), ['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts', './f.ts']);
});
