import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { respondMirror } from './respond.ts';

const HASH = '0123456789ab';
let bases: string;

before(() => {
  bases = mkdtempSync(join(tmpdir(), 'culvert-mirror-'));
  const folder = join(bases, HASH, 'packages');
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(bases, HASH, 'root'));
  writeFileSync(join(folder, 'Packages'), 'Package: x\n');
  writeFileSync(join(folder, 'x_1.2~3+b1_amd64.deb'), 'deb');
  writeFileSync(join(bases, HASH, 'root', 'shadow'), 'secret');
  writeFileSync(join(bases, 'outside'), 'secret');
  mkdirSync(join(folder, 'folder'));
  utimesSync(join(folder, 'Packages'), 1_000_000.5, 1_000_000.5);
});
after(() => rmSync(bases, { recursive: true }));

const ask = (url: string, method = 'GET', ifModifiedSince?: string) =>
  respondMirror(bases, { method, url, ifModifiedSince });

test('files of a repository, as apt asks for them', () => {
  for (const url of [`/${HASH}/./Packages`, `/${HASH}/Packages`]) {
    const { status, headers, path } = ask(url);
    assert.equal(status, 200, url);
    assert.equal(path, join(bases, HASH, 'packages', 'Packages'));
    assert.equal(headers['Content-Length'], '11');
  }
  assert.equal(ask(`/${HASH}/./x_1.2%7e3%2bb1_amd64.deb`).status, 200);
  assert.deepEqual([ask(`/${HASH}/Packages`, 'HEAD').status, ask(`/${HASH}/Packages`, 'HEAD').path], [200, null]);
});

test('what a client has already is not sent again', () => {
  const date = ask(`/${HASH}/Packages`).headers['Last-Modified'] ?? '';
  assert.deepEqual(
    [ask(`/${HASH}/Packages`, 'GET', date).status, ask(`/${HASH}/Packages`, 'GET', date).path],
    [304, null],
  );
  assert.equal(ask(`/${HASH}/Packages`, 'GET', 'Mon, 12 Jan 1970 13:46:39 GMT').status, 200);
  assert.equal(ask(`/${HASH}/Packages`, 'GET', 'never').status, 200);
});

test('nothing else of the host', () => {
  for (const url of [
    '/',
    '/outside',
    `/${HASH}`,
    `/${HASH}/`,
    `/${HASH}/folder`,
    `/${HASH}/absent`,
    `/${HASH}/../root/shadow`,
    `/${HASH}/..%2froot%2fshadow`,
    `/${HASH}/%2e%2e/root/shadow`,
    `/${HASH}/.%00`,
    '/..%2f..%2fetc/passwd',
    '/0123456789zz/Packages',
    'http://other/etc/passwd',
  ]) {
    const { status, path } = ask(url);
    assert.deepEqual([status, path], [404, null], url);
  }
  for (const url of [`/${HASH}/%`, '//[']) assert.equal(ask(url).status, 400, url);
  for (const method of ['PUT', 'POST', 'DELETE', 'CONNECT', ''])
    assert.equal(ask(`/${HASH}/Packages`, method).status, 405);
});
