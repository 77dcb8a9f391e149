import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  deb822Sources,
  debianCodename,
  defaultSources,
  oneLineSources,
  packageNames,
  readRecipe,
  recipeHash,
} from './recipe.ts';

test('one-line sources: only the machine’s own Debian suites and main, told for the image’s suite', () => {
  const text = `
# a comment
deb http://mirror.example/debian trixie main contrib # near
deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian trixie-updates main
deb-src http://mirror.example/debian trixie main
deb http://security.debian.org/debian-security trixie-security main
deb https://packages.example.com/apt trixie stable
deb https://apt.postgresql.example trixie-pgdg main
deb http://mirror.example/debian bookworm main`;
  assert.deepEqual(oneLineSources(text, 'trixie'), [
    'deb http://mirror.example/debian bookworm main',
    'deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm-updates main',
    'deb http://security.debian.org/debian-security bookworm-security main',
  ]);
});

test('deb822 sources: several addresses and suites, disabled and foreign stanzas left out', () => {
  const text = `Types: deb deb-src
# a comment inside
URIs: http://a.example/debian
  http://b.example/debian
Suites: bookworm bookworm-updates
Components: main non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://c.example/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb
URIs: http://d.example
Suites: nodistro
Components: main
`;
  const signed = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ';
  assert.deepEqual(deb822Sources(text, 'bookworm'), [
    `deb ${signed}http://a.example/debian bookworm main`,
    `deb ${signed}http://a.example/debian bookworm-updates main`,
    `deb ${signed}http://b.example/debian bookworm main`,
    `deb ${signed}http://b.example/debian bookworm-updates main`,
  ]);
});

test('a machine that is no Debian takes Debian’s own mirror', () => {
  assert.equal(debianCodename('NAME="Ubuntu"\nID=ubuntu\nVERSION_CODENAME=noble\n'), null);
  assert.equal(debianCodename('ID=debian\nVERSION_CODENAME=bookworm\n'), 'bookworm');
  assert.ok(defaultSources().every((line) => / bookworm(-updates|-security)? main$/.test(line)));
});

test('the hash follows every file of the recipe, its name and its mode', () => {
  const file = { name: 'a', content: 'x', executable: false };
  const hashes = [
    recipeHash([file], 'x64'),
    recipeHash([{ ...file, content: 'y' }], 'x64'),
    recipeHash([{ ...file, name: 'b' }], 'x64'),
    recipeHash([{ ...file, executable: true }], 'x64'),
    recipeHash([file], 'arm64'),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
  assert.equal(recipeHash([file], 'x64'), hashes[0]);
});

test('the recipe of this checkout names its packages', () => {
  const { packages, hash } = readRecipe();
  for (const name of ['systemd-sysv', 'awscli', 'bind9-dnsutils']) assert.ok(packages.includes(name), name);
  assert.match(hash, /^[0-9a-f]{12}$/);
  assert.deepEqual(packageNames('# x\n\n a \nb\n'), ['a', 'b']);
});
