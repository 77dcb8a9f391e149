import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OciInput, ociConfig } from './oci.ts';

const input: OciInput = {
  rootfs: '/mnt',
  hostname: 'ip-10-0-1-5',
  netns: '/run/culvert/netns/i-1',
  userns: '/run/culvert/userns/i-1',
  cgroup: '/culvert-1/i-1',
  cgroupMode: 'hybrid',
  limits: { memoryMiB: 1024, cpus: 0.5, processes: 100 },
  arch: 'x64',
};
const config = ociConfig(input);

test('every namespace is its own; network and user are those that the driver made', () => {
  const { namespaces } = config.linux;
  assert.deepEqual(namespaces.map(({ type }) => type).sort(), [
    'cgroup',
    'ipc',
    'mount',
    'network',
    'pid',
    'user',
    'uts',
  ]);
  assert.deepEqual(
    namespaces.filter((namespace) => 'path' in namespace),
    [
      { type: 'user', path: '/run/culvert/userns/i-1' },
      { type: 'network', path: '/run/culvert/netns/i-1' },
    ],
  );
});

test('limits in the runtime’s units', () => {
  const { memory, cpu, pids } = config.linux.resources;
  assert.deepEqual([memory.limit, cpu.quota, cpu.period, pids.limit], [1024 * 1024 * 1024, 50_000, 100_000, 100]);
});

test('no file of the host is mounted into it', () => {
  for (const { type, source } of config.mounts) {
    assert.notEqual(type, 'bind');
    assert.doesNotMatch(source, /^\//);
  }
});

test('no right that only concerns the host, and no set that outlives an exec', () => {
  const { bounding, effective, permitted, inheritable, ambient } = config.process.capabilities;
  for (const set of [bounding, effective, permitted]) {
    for (const right of ['MODULE', 'RAWIO', 'TIME', 'RESOURCE', 'MKNOD', 'SYSLOG', 'BPF', 'PERFMON', 'MAC_ADMIN']) {
      assert.ok(!set.some((name) => name.endsWith(right)), right);
    }
  }
  assert.deepEqual([inheritable, ambient], [[], []]);
});

test('dangerous system calls are refused in every calling convention of the machine', () => {
  const { seccomp } = config.linux;
  assert.deepEqual(seccomp.architectures, ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']);
  for (const name of ['bpf', 'open_by_handle_at', 'kexec_load', 'init_module', 'syslog']) {
    assert.ok(seccomp.syscalls[0]?.names.includes(name), name);
  }
});

test('all devices are denied but those that the runtime always gives', () => {
  assert.deepEqual(config.linux.resources.devices, [{ allow: false, access: 'rwm' }]);
  assert.equal('devices' in ociConfig({ ...input, cgroupMode: 'v2' }).linux.resources, false);
});

test('its own network settings stay writable, the host’s settings do not', () => {
  assert.ok(!config.linux.readonlyPaths.includes('/proc/sys/net'));
  for (const name of ['kernel', 'vm', 'fs']) assert.ok(config.linux.readonlyPaths.includes(`/proc/sys/${name}`), name);
});
