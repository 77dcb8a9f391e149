import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cgroupMode, cgroupParent } from './cgroups.ts';
import { overlayOptions } from './crun.ts';

const tmpfs = 'tmpfs /sys/fs/cgroup tmpfs rw 0 0';
const v1 = 'cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0';

test('what the host mounts at /sys/fs/cgroup tells the mode', () => {
  assert.equal(cgroupMode('cgroup2 /sys/fs/cgroup cgroup2 rw 0 0'), 'v2');
  assert.equal(cgroupMode([tmpfs, v1].join('\n')), 'v1');
  assert.equal(cgroupMode([tmpfs, v1, 'cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0'].join('\n')), 'hybrid');
  // Mounted over: the last one is what is seen.
  assert.equal(cgroupMode([tmpfs, 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0'].join('\n')), 'v2');
});

test('each run folder has a parent group of its own', () => {
  assert.notEqual(cgroupParent('/run/culvert'), cgroupParent('/tmp/culvert-1/run'));
  assert.match(cgroupParent('/run/culvert'), /^\/culvert-[0-9a-f]{10}$/);
});

test('overlay layers in their order; a path that would end early is refused', () => {
  assert.equal(overlayOptions(['/top', '/base'], '/u', '/w'), 'lowerdir=/top:/base,upperdir=/u,workdir=/w');
  for (const path of ['/a:b', '/a,b', '/a\\b'])
    assert.throws(() => overlayOptions([path], '/u', '/w'), /must not hold/);
});
