import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULTS, fromEnvironment, settle, toEnvironment } from './settings.ts';

test('nothing asked: loopback, lenient, the usual port', () => {
  assert.deepEqual(settle({}), DEFAULTS);
});

test('beyond loopback the default is strict, and lenient is refused', () => {
  for (const listen of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.0.0.1.example.org']) {
    assert.equal(settle({ listen }).auth, 'strict', listen);
    assert.throws(() => settle({ listen, auth: 'lenient' }), /would let anyone who reaches/, listen);
  }
  for (const listen of ['127.0.0.1', '127.8.9.10', '::1', 'localhost']) {
    assert.equal(settle({ listen, auth: 'lenient' }).auth, 'lenient', listen);
  }
});

test('what is no port, mode or account is refused', () => {
  for (const port of ['x', '-1', '65536', '1.5']) assert.throws(() => settle({ port }), /not a port/, port);
  assert.throws(() => settle({ auth: 'none' }), /lenient or strict/);
  for (const account of ['12345678901', '1234567890123', 'abcdefghijkl']) {
    assert.throws(() => settle({ account }), /12 digits/, account);
  }
});

test('the children read what the supervisor wrote', () => {
  for (const internet of [true, false]) {
    const settings = settle({ listen: '0.0.0.0', port: '0', account: '111122223333', internet });
    assert.deepEqual(fromEnvironment(toEnvironment(settings)), settings);
  }
});
